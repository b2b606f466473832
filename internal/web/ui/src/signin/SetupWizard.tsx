import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import type { Fault, Setup } from "../api/types";
import { logins, putLogin } from "../state/live";
import { useStore } from "../state/store";
import { dialog, toast } from "../state/ui";
import { ErrorView } from "../ui/ErrorView";
import { Waiting } from "../ui/parts";
import { plural } from "../ui/text";
import { RegionSelect } from "./SigninDialog";

type Step = "where" | "login" | "pick" | "diff";
const steps: { id: Step; title: string }[] = [
  { id: "where", title: "Start URL" }, { id: "login", title: "Log in" }, { id: "pick", title: "Accounts and roles" }, { id: "diff", title: "Write" },
];

/** SetupWizard makes AWS profiles from an SSO start URL: log in, pick, see what would be written, write. */
export default function SetupWizard() {
  const cache = useQueryClient();
  const [step, setStep] = useState<Step>("where");
  const [url, setUrl] = useState("");
  const [region, setRegion] = useState("");
  const [name, setName] = useState("");
  const [id, setId] = useState<string | null>(null);
  const [setup, setSetup] = useState<Setup | null>(null);
  const [picked, setPicked] = useState<Set<string>>(new Set());
  const [filter, setFilter] = useState("");
  const [template, setTemplate] = useState("");
  const [profileRegion, setProfileRegion] = useState("");
  const [preview, setPreview] = useState<{ diff: string; file: string; profiles: string[]; skipped: string[] } | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  const login = useStore(logins, (all) => (setup?.login ? all[setup.login] : undefined));

  const attempt = async (f: () => Promise<void>) => {
    setBusy(true);
    setFault(null);
    try { await f(); } catch (e) { setFault(faultOf(e)); } finally { setBusy(false); }
  };
  const begin = () => attempt(async () => {
    const s = await api.setup({ start_url: url.trim(), region, session_name: name.trim() || undefined });
    putLogin(s.login);
    setRegion(s.region);
    setProfileRegion(s.region);
    setName(s.session);
    setId(s.setup);
    setSetup({ state: "login", accounts: [], login: s.login.id });
    setStep("login");
  });
  // The log in's own dialog lies above; its end is told by an event, the accounts have to be asked for.
  const over = login?.state;
  useEffect(() => {
    if (step !== "login" || !id) return;
    let stop = false;
    const look = async () => {
      try {
        const s = await api.setupState(id);
        if (stop) return;
        setSetup(s);
        if (s.state === "ready") setStep("pick");
        else if (s.state === "failed") setFault(s.error ?? null);
      } catch (e) {
        if (!stop) setFault(faultOf(e));
      }
    };
    void look();
    const t = setInterval(() => void look(), 1000);
    return () => { stop = true; clearInterval(t); };
  }, [step, id, over]);
  const show = () => attempt(async () => {
    const choices = [...picked].map((k) => { const [account, role] = k.split("\0"); return { account, role }; });
    setPreview(await api.setupPreview(id!, { choices, template: template.trim() || undefined, region: profileRegion || undefined }));
    setStep("diff");
  });
  const write = () => attempt(async () => {
    const w = await api.setupWrite(id!);
    await cache.invalidateQueries({ queryKey: ["profiles"] });
    toast(`Wrote ${plural(w.profiles.length, "profile")} to ${w.file}`, "good");
    dialog.set({ kind: "signin", pane: "profiles" });
  });
  const at = steps.findIndex((s) => s.id === step);
  const q = filter.toLowerCase();
  const shown = (setup?.accounts ?? []).map((a) => ({ ...a, roles: a.roles.filter((r) => `${a.name} ${a.id} ${r.name}`.toLowerCase().includes(q)) })).filter((a) => a.roles.length);

  return (
    <Modal opened onClose={() => dialog.set(null)} title="Set up SSO" size={680}>
      <ol className="steps">{steps.map((s, i) => <li key={s.id} className={i === at ? "now" : i < at ? "past" : ""} aria-current={i === at ? "step" : undefined}><span>{i + 1}</span>{s.title}</li>)}</ol>
      {step === "where" && (
        <form className="form" onSubmit={(e) => { e.preventDefault(); void begin(); }}>
          <div className="form-grid">
            <TextInput className="span-2 mono-input" label="Start URL" required value={url} onChange={(e) => setUrl(e.currentTarget.value)} placeholder="https://my-company.awsapps.com/start" data-autofocus
              description="The address of your AWS access portal, as your administrators gave it" />
            <RegionSelect label="Region of IAM Identity Center" placeholder="From the start URL" value={region} onChange={setRegion} description="Found by itself where the start URL tells it" />
            <TextInput label="Session name" value={name} onChange={(e) => setName(e.currentTarget.value)} placeholder="From the start URL" description="How the AWS files call it" />
          </div>
          {fault && <ErrorView fault={fault} compact />}
          <div className="dialog-buttons"><span className="grow" /><Button variant="default" onClick={() => dialog.set(null)}>Cancel</Button><Button type="submit" loading={busy} disabled={url.trim() === ""}>Log In</Button></div>
        </form>
      )}
      {step === "login" && (
        <>
          {fault ? <ErrorView fault={fault} compact retry={() => void begin()} />
            : over === "cancelled" ? <p>The log in was cancelled.</p>
            : <Waiting text={over === "done" ? "Asking for your accounts and roles" : "Waiting for the log in"} />}
          <div className="dialog-buttons"><Button variant="default" onClick={() => { setFault(null); setStep("where"); }}>Back</Button><span className="grow" />{over === "cancelled" && <Button onClick={() => void begin()} loading={busy}>Log In</Button>}</div>
        </>
      )}
      {step === "pick" && setup && (
        <>
          <TextInput placeholder="Filter accounts and roles" aria-label="Filter accounts and roles" value={filter} onChange={(e) => setFilter(e.currentTarget.value)} mb="xs" data-autofocus />
          <div className="account-list">
            {shown.map((a) => (
              <fieldset key={a.id} className="account">
                <legend>{a.name || a.id} <span className="mono dim">{a.id}</span></legend>
                {a.roles.map((r) => {
                  const k = `${a.id}\0${r.name}`;
                  return <Checkbox key={k} checked={picked.has(k)} disabled={!!r.profile} onChange={(e) => { const n = new Set(picked); if (e.currentTarget.checked) n.add(k); else n.delete(k); setPicked(n); }}
                    label={<>{r.name}{r.profile && <span className="dim"> is profile {r.profile} already</span>}</>} />;
                })}
              </fieldset>
            ))}
            {shown.length === 0 && <p className="dim">{q ? "Nothing fits the filter." : "No account is assigned to you. Ask your administrators."}</p>}
          </div>
          <div className="form-grid">
            <TextInput label="Names" value={template} onChange={(e) => setTemplate(e.currentTarget.value)} placeholder="{account_name}-{role}" className="mono-input" description="How profiles are called" />
            <RegionSelect label="Default region of the profiles" placeholder="None" value={profileRegion} onChange={setProfileRegion} />
          </div>
          {fault && <ErrorView fault={fault} compact />}
          <div className="dialog-buttons">
            <Button variant="subtle" onClick={() => setPicked(new Set(shown.flatMap((a) => a.roles.filter((r) => !r.profile).map((r) => `${a.id}\0${r.name}`))))}>Pick all shown</Button>
            <span className="grow" /><span className="dim">{plural(picked.size, "profile")}</span>
            <Button onClick={() => void show()} loading={busy} disabled={picked.size === 0}>See the change</Button>
          </div>
        </>
      )}
      {step === "diff" && preview && (
        <>
          <p className="dim">This is added to <span className="mono">{preview.file}</span>. The file as it is now is kept beside it.</p>
          <Diff text={preview.diff} />
          {preview.skipped.length > 0 && <p className="dim">Left out: {preview.skipped.join(", ")}</p>}
          {fault && <ErrorView fault={fault} compact />}
          <div className="dialog-buttons"><Button variant="default" onClick={() => setStep("pick")}>Back</Button><span className="grow" /><Button onClick={() => void write()} loading={busy} disabled={preview.diff === ""}>Write</Button></div>
        </>
      )}
    </Modal>
  );
}

function Diff({ text }: { text: string }) {
  return (
    <pre className="diff" tabIndex={0} aria-label="The change">
      {text.split("\n").map((l, i) => <div key={i} className={l.startsWith("+") ? "added" : l.startsWith("-") ? "removed" : ""}>{l || " "}</div>)}
    </pre>
  );
}
