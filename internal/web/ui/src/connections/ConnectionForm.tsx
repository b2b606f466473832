import { Autocomplete, Button, Modal, SegmentedControl, Select, Switch, TextInput, PasswordInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api } from "../api";
import { ApiError, faultOf } from "../api/client";
import { useAuths, useConnections, useInfo } from "../api/queries";
import type { Connection, ConnectionBody, Fault, Param, TestResult } from "../api/types";
import { ProfileSelect } from "../signin/Profiles";
import { RegionSelect } from "../signin/SigninDialog";
import { dialog, toast, type Dialog } from "../state/ui";
import { ErrorView } from "../ui/ErrorView";
import { EngineMark } from "../ui/icons";
import { Waiting } from "../ui/parts";
import { labelTone } from "./labels";

type Draft = {
  name: string; engine: string; source: "profile" | "auth"; profile?: string; auth?: string; region?: string;
  label: string; read_only: boolean; scope: "user" | "workspace"; params: Record<string, string>;
};

function draftOf(c: Connection | undefined, duplicate: boolean | undefined, engine: string): Draft {
  if (!c) return { name: "", engine, source: "profile", label: "", read_only: false, scope: "user", params: {} };
  return {
    name: duplicate ? `${c.name}-copy` : c.name, engine: c.engine, source: c.auth ? "auth" : "profile", profile: c.profile, auth: c.auth, region: c.region,
    label: c.label ?? "", read_only: c.read_only, scope: c.scope, params: { ...c.params },
  };
}

/** ConnectionForm makes and edits a connection; the engine's parameters are drawn from its spec. */
export default function ConnectionForm({ d }: { d: Extract<Dialog, { kind: "connection" }> }) {
  const info = useInfo().data;
  const cache = useQueryClient();
  const auths = useAuths().data ?? [];
  const all = useConnections().data ?? [];
  const editing = d.connection && !d.duplicate ? d.connection : undefined;
  const [draft, setDraft] = useState<Draft>(() => draftOf(d.connection, d.duplicate, info?.engines[0]?.kind ?? "athena"));
  const [revision, setRevision] = useState(editing?.revision);
  const [paste, setPaste] = useState("");
  const [fault, setFault] = useState<Fault | null>(null);
  const [theirs, setTheirs] = useState<Connection | null>(null);
  const [test, setTest] = useState<TestResult | "busy" | null>(null);
  const [busy, setBusy] = useState(false);
  const abort = useRef<AbortController | null>(null);
  const outcome = useRef<HTMLDivElement>(null);
  // The form is longer than a small window: what the test says must not lie below its edge.
  useEffect(() => { if (test) outcome.current?.scrollIntoView({ block: "center" }); }, [test]);
  if (!info) return null;
  const spec = info.engines.find((e) => e.kind === draft.engine);
  const set = (p: Partial<Draft>) => { setDraft((now) => ({ ...now, ...p })); setTest(null); setFault(null); };
  const setParam = (name: string, value: string) => {
    const params = { ...draft.params };
    if (value === "") delete params[name];
    else params[name] = value;
    set({ params });
  };
  const name = draft.name.trim();
  const taken = name !== "" && name !== editing?.name && all.some((c) => c.name === name && c.scope === draft.scope);
  const missing = (spec?.params ?? []).filter((p) => p.required && !draft.params[p.name]);
  const body = (): ConnectionBody => ({
    engine: draft.engine, auth: draft.source === "auth" ? draft.auth : undefined, profile: draft.source === "profile" ? draft.profile : undefined,
    account: d.connection?.account, region: draft.region || undefined, label: draft.label.trim() || undefined, read_only: draft.read_only, params: draft.params, scope: draft.scope,
  });

  const readPaste = async (text: string) => {
    if (text.trim() === "") return;
    try {
      const p = await api.parse(text);
      setFault(null);
      setDraft((now) => ({
        ...now, engine: p.engine, region: p.region ?? now.region, params: p.params ?? {}, profile: p.profile ?? now.profile, auth: p.auth ?? now.auth,
        source: p.auth ? "auth" : p.profile ? "profile" : now.source, name: now.name || p.params?.name || p.params?.database || p.engine,
      }));
      setPaste("");
    } catch (e) {
      setFault(faultOf(e));
    }
  };
  const runTest = async () => {
    abort.current?.abort();
    abort.current = new AbortController();
    setTest("busy");
    setFault(null);
    try {
      setTest(await api.testConnection({ ...body(), name: name || undefined }, abort.current.signal));
    } catch (e) {
      if (e instanceof DOMException) return;
      setTest({ ok: false, lines: [], error: faultOf(e) });
    }
  };
  const save = async (over?: string) => {
    setBusy(true);
    setFault(null);
    try {
      await api.saveConnection(name, { ...body(), revision: over ?? revision, rename_from: editing && editing.name !== name ? editing.name : undefined });
      await cache.invalidateQueries({ queryKey: ["connections"] });
      cache.removeQueries({ queryKey: ["tree", name] });
      toast(`Saved ${name}`, "good");
      dialog.set(null);
    } catch (e) {
      if (e instanceof ApiError && e.status === 409) setTheirs((e.body.now as Connection | null) ?? null);
      setFault(faultOf(e));
    } finally {
      setBusy(false);
    }
  };
  const stop = () => { abort.current?.abort(); setTest(null); };

  return (
    <Modal opened onClose={() => { stop(); dialog.set(null); }} title={editing ? `Edit ${editing.name}` : d.duplicate ? `Duplicate ${d.connection?.name}` : "New connection"} size={720}>
      <form className="form" onSubmit={(e) => { e.preventDefault(); void save(); }}>
        {!editing && (
          <div className="paste-row">
            <TextInput value={paste} onChange={(e) => setPaste(e.currentTarget.value)} placeholder="Paste an endpoint, an ARN, a JDBC URL or an address" aria-label="Endpoint or address" className="mono-input grow"
              onPaste={(e) => { const text = e.clipboardData.getData("text"); setTimeout(() => void readPaste(text)); }}
              onKeyDown={(e) => { if (e.key === "Enter") { e.preventDefault(); void readPaste(paste); } }} />
            <Button variant="default" onClick={() => void readPaste(paste)} disabled={paste.trim() === ""}>Fill in</Button>
          </div>
        )}
        <div className="engine-pick" role="radiogroup" aria-label="Engine">
          {info.engines.map((e) => (
            <label key={e.kind} className={`engine-card${draft.engine === e.kind ? " picked" : ""}`}>
              <input type="radio" name="engine" value={e.kind} checked={draft.engine === e.kind} onChange={() => set({ engine: e.kind, params: e.kind === d.connection?.engine ? { ...d.connection.params } : {} })} disabled={!!editing} />
              <EngineMark engine={e.kind} />{e.title}
            </label>
          ))}
        </div>
        <div className="form-grid">
          <TextInput label="Name" required value={draft.name} onChange={(e) => set({ name: e.currentTarget.value })} data-autofocus placeholder="lake" error={taken ? "There is a connection of that name" : undefined} />
          <Autocomplete label="Label" size="xs" value={draft.label} onChange={(label) => set({ label })} data={["production", "staging", "development", "test"]} placeholder="None"
            rightSection={draft.label ? <span className={`label-swatch label-${labelTone(draft.label)}`} /> : undefined}
            description={/^(production|prod|live)$/i.test(draft.label.trim()) ? "Writes are confirmed first" : undefined} />
          <div className="span-2 form-line" />
          <div>
            <div className="input-label" id="cred-source">Credentials</div>
            <SegmentedControl value={draft.source} onChange={(v) => set({ source: v as Draft["source"] })} aria-labelledby="cred-source" data={[{ value: "profile", label: "AWS profile" }, { value: "auth", label: "Auth profile" }]} />
          </div>
          {draft.source === "profile" ? <ProfileSelect value={draft.profile} onChange={(profile) => set({ profile })} clearable />
            : <Select label="Auth profile" data={auths.map((a) => a.name)} value={draft.auth ?? null} onChange={(v) => set({ auth: v ?? undefined })} placeholder={auths.length ? "Choose one" : "None saved yet"}
                description={<button type="button" className="link-button" onClick={() => dialog.set({ kind: "signin", pane: "auths" })}>Manage auth profiles</button>} />}
          <RegionSelect label="Region" value={draft.region} onChange={(region) => set({ region })} />
          <Select label="Saved in" data={[{ value: "user", label: "My connections" }, { value: "workspace", label: "Workspace (.fairlead.toml)" }]} value={draft.scope} onChange={(v) => set({ scope: v as Draft["scope"] })} disabled={!!editing} />
          <div className="span-2 form-line" />
          {(spec?.params ?? []).map((p) => <ParamField key={p.name} p={p} value={draft.params[p.name] ?? ""} onChange={(v) => setParam(p.name, v)} />)}
          <div className="span-2"><Switch label="Read-only" description="Refuse every statement that is not known to only read" checked={draft.read_only} onChange={(e) => set({ read_only: e.currentTarget.checked })} /></div>
        </div>
        <div ref={outcome}>{test === "busy" ? <div className="test-line"><Waiting inline text="Testing: credentials, then the service" /><Button size="compact-xs" variant="subtle" onClick={stop}>Cancel</Button></div>
          : test && (test.ok ? <div className="test-ok" role="status"><b>It works</b><dl className="facts">{test.lines.map((l) => <div key={l.name} className="fact"><dt>{l.name}</dt><dd>{l.value}</dd></div>)}</dl></div>
            : <ErrorView fault={test.error ?? { code: "internal", message: "The test failed" }} compact />)}</div>
        {fault && (
          <ErrorView fault={fault} compact>
            {theirs && <>
              <Button variant="default" onClick={() => { setDraft(draftOf(theirs, false, theirs.engine)); setRevision(theirs.revision); setTheirs(null); setFault(null); }}>Load theirs</Button>
              <Button variant="default" onClick={() => { const r = theirs.revision; setTheirs(null); void save(r); }}>Write mine over it</Button>
            </>}
          </ErrorView>
        )}
        {editing && <p className="dim form-origin mono">{editing.file}:{editing.line}</p>}
        <div className="dialog-buttons">
          <Button variant="default" onClick={() => void runTest()} disabled={test === "busy"}>Test</Button>
          <span className="grow" />
          <Button variant="default" onClick={() => { stop(); dialog.set(null); }}>Cancel</Button>
          <Button type="submit" loading={busy} disabled={name === "" || taken || missing.length > 0}>Save</Button>
        </div>
      </form>
    </Modal>
  );
}

function ParamField({ p, value, onChange }: { p: Param; value: string; onChange: (v: string) => void }) {
  const common = { label: p.title, description: p.help, required: p.required };
  if (p.choices?.length) {
    return <Select {...common} data={p.choices} value={value || p.default || null} onChange={(v) => onChange(v === p.default ? "" : (v ?? ""))} clearable={!p.default && !p.required} />;
  }
  if (p.secret) return <PasswordInput {...common} value={value} onChange={(e) => onChange(e.currentTarget.value)} autoComplete="off" />;
  return <TextInput {...common} value={value} onChange={(e) => onChange(e.currentTarget.value)} placeholder={p.default} />;
}
