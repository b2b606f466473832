import { Button, Checkbox, Modal, PasswordInput, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import { useAuths, useProfiles } from "../api/queries";
import type { Auth, AuthBody, Fault, Identity } from "../api/types";
import { ask, dialog, failed, toast, type Dialog } from "../state/ui";
import { ErrorView } from "../ui/ErrorView";
import { Empty, IconButton, Waiting } from "../ui/parts";
import { regions } from "../ui/regions";
import { ProfileSelect, ProfileTable } from "./Profiles";

/** SigninDialog holds the credentials: saved auth profiles, and what is in the AWS files. */
export default function SigninDialog({ d }: { d: Extract<Dialog, { kind: "signin" }> }) {
  const [pane, setPane] = useState<string>(d.pane ?? "auths");
  const [edit, setEdit] = useState<Auth | "new" | null>(null);
  return (
    <Modal opened onClose={() => dialog.set(null)} title="Sign-in" size={860}>
      <SegmentedControl value={pane} onChange={(p) => { setPane(p); setEdit(null); }} mb="md"
        data={[{ value: "auths", label: "Auth profiles" }, { value: "profiles", label: "AWS profiles" }]} aria-label="What to show" />
      {pane === "profiles" ? <ProfilesPane /> : edit ? <AuthForm auth={edit === "new" ? null : edit} done={() => setEdit(null)} /> : <AuthList onEdit={setEdit} />}
    </Modal>
  );
}

function ProfilesPane() {
  const { data, error, refetch } = useProfiles();
  return (
    <>
      <div className="pane-head">
        <p className="dim">What the shared AWS files hold, as the AWS CLI reads them.</p>
        <span className="grow" />
        <IconButton icon="refresh" label="Read the files again" onClick={() => void refetch()} />
        <Button variant="default" onClick={() => dialog.set({ kind: "setup" })}>Set up SSO …</Button>
      </div>
      {error ? <ErrorView fault={faultOf(error)} retry={() => void refetch()} /> : !data ? <Waiting text="Reading the AWS files" />
        : data.error ? <ErrorView fault={data.error} /> : <ProfileTable profiles={data.profiles} />}
    </>
  );
}

function AuthList({ onEdit }: { onEdit: (a: Auth | "new") => void }) {
  const { data, error, refetch } = useAuths();
  const cache = useQueryClient();
  const remove = async (a: Auth) => {
    const used = a.used_by.length ? [`Used by: ${a.used_by.join(", ")}`] : [];
    if (!(await ask({ title: `Remove auth profile "${a.name}"?`, text: a.source === "static" ? "Its access key is removed from the secret store too." : "The AWS profile it names stays.", lines: used, yes: "Remove", tone: "danger" }))) return;
    try {
      await api.removeAuth(a.name);
      await cache.invalidateQueries({ queryKey: ["auths"] });
    } catch (e) {
      failed(faultOf(e));
    }
  };
  if (error) return <ErrorView fault={faultOf(error)} retry={() => void refetch()} />;
  if (!data) return <Waiting text="Reading auth profiles" />;
  if (data.length === 0) {
    return (
      <Empty title="No auth profiles yet" actions={<Button onClick={() => onEdit("new")}>New auth profile</Button>}>
        An auth profile is a named source of credentials: an access key of your own, or one of your AWS profiles with another region. Connections may also use AWS profiles directly.
      </Empty>
    );
  }
  return (
    <>
      <table className="list-table">
        <thead><tr><th>Name</th><th>Source</th><th>Credentials</th><th>Region</th><th>Used by</th><th><span className="sr-only">Do</span></th></tr></thead>
        <tbody>
          {data.map((a) => (
            <tr key={a.name}>
              <td><b>{a.name}</b>{a.problem && <div className="bad-text">{a.problem}</div>}</td>
              <td>{a.source === "static" ? "Static" : "AWS profile"}</td>
              <td className="mono">{a.source === "static" ? (a.access_key_hint ? `…${a.access_key_hint.replace(/^.*…/, "")}` : "") : a.profile}{a.account && <span className="dim"> {a.account}</span>}</td>
              <td>{a.region}</td>
              <td className="dim">{a.used_by.join(", ")}</td>
              <td className="row-buttons"><IconButton icon="edit" label={`Edit ${a.name}`} onClick={() => onEdit(a)} /><IconButton icon="trash" label={`Remove ${a.name}`} onClick={() => void remove(a)} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="dialog-buttons"><Button onClick={() => onEdit("new")}>New auth profile</Button></div>
    </>
  );
}

function nameOf(id: string | Identity | undefined): string {
  if (typeof id === "string") return id;
  return id?.arn ?? id?.ARN ?? "The credentials work";
}

const storages = [
  { value: "keyring", label: "System keyring" },
  { value: "file", label: "Encrypted file" },
  { value: "memory", label: "Memory only" },
];
const storageHelp: Record<string, string> = {
  keyring: "Kept by the operating system's own store.",
  file: "Kept in a file encrypted with a passphrase, for machines without a keyring.",
  memory: "Forgotten when Fairlead stops.",
};

function AuthForm({ auth, done }: { auth: Auth | null; done: () => void }) {
  const cache = useQueryClient();
  const [name, setName] = useState(auth?.name ?? "");
  const [body, setBody] = useState<AuthBody>({ source: auth?.source ?? "static", profile: auth?.profile, region: auth?.region, storage: "keyring" });
  const [verify, setVerify] = useState(true);
  const [busy, setBusy] = useState<"check" | "save" | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [identity, setIdentity] = useState<string | null>(null);
  const set = (p: Partial<AuthBody>) => { setBody({ ...body, ...p }); setIdentity(null); setFault(null); };
  const isStatic = body.source === "static";
  const keyId = body.access_key_id ?? "";
  const keyWarning = keyId !== "" && !/^A(KIA|SIA)[A-Z2-7]{12,}$/.test(keyId) ? "An access key ID begins with AKIA or ASIA and has 20 characters" : undefined;
  const complete = isStatic ? keyId !== "" && !!body.secret_access_key : !!body.profile;
  const send = (): AuthBody => isStatic
    ? { source: "static", access_key_id: keyId.trim(), secret_access_key: body.secret_access_key?.trim(), session_token: body.session_token?.trim() || undefined, region: body.region || undefined, storage: body.storage, passphrase: body.storage === "file" ? body.passphrase : undefined }
    : { source: "profile", profile: body.profile, region: body.region || undefined };
  const check = async () => {
    setBusy("check"); setFault(null); setIdentity(null);
    try {
      const { storage: _s, passphrase: _p, ...rest } = send();
      const r = await api.checkAuth(rest);
      if (r.ok) setIdentity(nameOf(r.identity));
      else setFault(r.error ?? { code: "creds-failed", message: "The credentials do not work" });
    } catch (e) { setFault(faultOf(e)); } finally { setBusy(null); }
  };
  const save = async () => {
    setBusy("save"); setFault(null);
    try {
      await api.saveAuth(name.trim(), { ...send(), verify: verify || undefined });
      await cache.invalidateQueries({ queryKey: ["auths"] });
      toast(`Saved auth profile "${name.trim()}"`, "good");
      done();
    } catch (e) { setFault(faultOf(e)); } finally { setBusy(null); }
  };
  return (
    <form className="form" onSubmit={(e) => { e.preventDefault(); void save(); }}>
      <div className="form-grid">
        <TextInput label="Name" value={name} onChange={(e) => setName(e.currentTarget.value)} disabled={!!auth} required data-autofocus placeholder="loader" />
        <div>
          <div className="input-label" id="auth-source">Source</div>
          <SegmentedControl value={body.source} onChange={(v) => set({ source: v as AuthBody["source"] })} aria-labelledby="auth-source"
            data={[{ value: "static", label: "Static" }, { value: "profile", label: "AWS profile" }]} />
        </div>
        {isStatic ? (
          <>
            <TextInput label="Access key ID" value={keyId} onChange={(e) => set({ access_key_id: e.currentTarget.value })} description={keyWarning} className="mono-input" autoComplete="off" spellCheck={false} required />
            <PasswordInput label="Secret access key" value={body.secret_access_key ?? ""} onChange={(e) => set({ secret_access_key: e.currentTarget.value })} autoComplete="off" required
              description={auth ? "The saved one is never shown; enter it again to change anything" : undefined} />
            <PasswordInput label="Session token" value={body.session_token ?? ""} onChange={(e) => set({ session_token: e.currentTarget.value })} autoComplete="off"
              description={keyId.startsWith("ASIA") ? "Needed: this is a temporary key" : "Only for temporary keys"} />
            <RegionSelect label="Default region" placeholder="None" value={body.region} onChange={(region) => set({ region })} />
            <Select label="Kept in" data={storages} value={body.storage} onChange={(v) => set({ storage: v as AuthBody["storage"] })} description={storageHelp[body.storage ?? "keyring"]} />
            {body.storage === "file" && <PasswordInput label="Passphrase of the file" value={body.passphrase ?? ""} onChange={(e) => set({ passphrase: e.currentTarget.value })} autoComplete="off" />}
          </>
        ) : (
          <>
            <ProfileSelect value={body.profile} onChange={(profile) => set({ profile })} required />
            <RegionSelect label="Region override" value={body.region} onChange={(region) => set({ region })} />
          </>
        )}
      </div>
      {identity && <div className="good-line" role="status">{identity}</div>}
      {fault && <ErrorView fault={fault} compact />}
      <div className="dialog-buttons">
        <Button variant="default" onClick={() => void check()} loading={busy === "check"} disabled={!complete || busy === "save"}>Check</Button>
        {isStatic && <Checkbox label="Ask AWS before saving" checked={verify} onChange={(e) => setVerify(e.currentTarget.checked)} />}
        <span className="grow" />
        <Button variant="default" onClick={done}>Cancel</Button>
        <Button type="submit" loading={busy === "save"} disabled={!complete || name.trim() === "" || busy === "check"}>Save</Button>
      </div>
    </form>
  );
}

export function RegionSelect({ label, value, onChange, description, placeholder = "As the profile says" }: { label: string; value?: string; onChange: (r: string) => void; description?: string; placeholder?: string }) {
  const own = value && !regions.includes(value) ? [value] : [];
  const [typed, setTyped] = useState("");
  const extra = typed && /^[a-z]{2}(-[a-z]+)+-\d$/.test(typed) && !regions.includes(typed) && typed !== value ? [typed] : [];
  return (
    <Select label={label} description={description} data={[...extra, ...own, ...regions]} value={value || null} onChange={(v) => onChange(v ?? "")} searchable clearable selectFirstOptionOnChange
      onSearchChange={setTyped} placeholder={placeholder} nothingFoundMessage="No region of that name" className="mono-input" maxDropdownHeight={220} />
  );
}
