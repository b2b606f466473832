import { Button, Modal, PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import type { Fault, MfaQuestion } from "../api/types";
import { codes } from "../state/live";
import { useStore } from "../state/store";
import { locked, question } from "../state/ui";
import { ErrorView } from "../ui/ErrorView";
import { useQueryClient } from "@tanstack/react-query";

/** Asks holds the small dialogs that wait for one answer: MFA code, passphrase, yes or no. */
export default function Asks() {
  const code = useStore(codes)[0];
  const isLocked = useStore(locked);
  const q = useStore(question);
  return (
    <>
      {code && <CodeDialog key={code.id} question={code} />}
      {isLocked && <UnlockDialog />}
      {q && <Confirm key={q.title} />}
    </>
  );
}

function CodeDialog({ question: q }: { question: MfaQuestion }) {
  const [code, setCode] = useState("");
  const [error, setError] = useState<Fault | null>(null);
  const send = async (c: string) => {
    try {
      await api.mfa(q.id, c);
      codes.update((all) => all.filter((x) => x.id !== q.id));
    } catch (e) {
      setError(faultOf(e));
    }
  };
  return (
    <Modal opened onClose={() => void send("")} title={`MFA code for profile "${q.profile}"`} size={400} zIndex={420}>
      <form onSubmit={(e) => { e.preventDefault(); void send(code.trim()); }}>
        <dl className="facts">
          <dt>Device</dt><dd className="mono">{q.serial}</dd>
          {q.role_arn && <><dt>Role</dt><dd className="mono">{q.role_arn}</dd></>}
        </dl>
        {q.why && <p className="dim">{q.why}</p>}
        <TextInput label="Code" value={code} onChange={(e) => setCode(e.currentTarget.value)} inputMode="numeric" autoComplete="one-time-code" data-autofocus />
        {error && <ErrorView fault={error} compact />}
        <div className="dialog-buttons">
          <Button size="sm" variant="default" onClick={() => void send("")}>Cancel</Button>
          <Button size="sm" type="submit" disabled={!/^\d{6,}$/.test(code.trim())}>Continue</Button>
        </div>
      </form>
    </Modal>
  );
}

function UnlockDialog() {
  const cache = useQueryClient();
  const [passphrase, setPassphrase] = useState("");
  const [error, setError] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      await api.unlock(passphrase);
      const then = locked.get()?.then;
      locked.set(null);
      void cache.invalidateQueries();
      then?.();
    } catch (e) {
      setError(faultOf(e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={() => locked.set(null)} title="Unlock the secret file" size={400} zIndex={420}>
      <form onSubmit={(e) => { e.preventDefault(); void send(); }}>
        <p className="dim">Saved access keys are in a file that is encrypted with your passphrase. It stays unlocked until Fairlead stops.</p>
        <PasswordInput label="Passphrase" value={passphrase} onChange={(e) => setPassphrase(e.currentTarget.value)} data-autofocus autoComplete="off" />
        {error && <ErrorView fault={{ ...error, actions: [] }} compact />}
        <div className="dialog-buttons">
          <Button size="sm" variant="default" onClick={() => locked.set(null)}>Cancel</Button>
          <Button size="sm" type="submit" loading={busy} disabled={passphrase === ""}>Unlock</Button>
        </div>
      </form>
    </Modal>
  );
}

function Confirm() {
  const q = useStore(question);
  const [typed, setTyped] = useState("");
  if (!q) return null;
  const ready = !q.type || typed === q.type;
  return (
    <Modal opened onClose={() => q.answer(false)} title={q.title} size={440} zIndex={410}>
      <form onSubmit={(e) => { e.preventDefault(); if (ready) q.answer(true); }}>
        <p>{q.text}</p>
        {q.lines && q.lines.length > 0 && <ul className="question-lines">{q.lines.map((l) => <li key={l}>{l}</li>)}</ul>}
        {q.type && <TextInput label={<>Type <b>{q.type}</b> to go on</>} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} data-autofocus autoComplete="off" />}
        <div className="dialog-buttons">
          <Button size="sm" variant="default" onClick={() => q.answer(false)}>Cancel</Button>
          <Button size="sm" type="submit" color={q.tone === "danger" ? "red" : undefined} disabled={!ready} data-autofocus={q.type ? undefined : true}>{q.yes}</Button>
        </div>
      </form>
    </Modal>
  );
}
