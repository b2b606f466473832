import { Button, Modal, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import { paramPrompt } from "../editor/run";
import { guessType } from "../editor/statements";
import { useStore } from "../state/store";
import { dialog, failed, toast } from "../state/ui";
import { flush, patchTab, workspace } from "../state/workspace";

/** ParamDialog asks for the values of a text's parameters before it runs. */
export function ParamDialog() {
  const p = useStore(paramPrompt);
  if (!p) return null;
  return <ParamForm key={p.names.join()} />;
}

function ParamForm() {
  const p = useStore(paramPrompt)!;
  const [values, setValues] = useState(() => Object.fromEntries(p.names.map((n) => [n, p.values[n] ?? { type: "", value: "" }])));
  return (
    <Modal opened onClose={() => p.answer(null)} title="Parameters" size={460} zIndex={300}>
      <form className="form" onSubmit={(e) => { e.preventDefault(); p.answer(values); }}>
        {p.names.map((n, i) => (
          <div key={n} className="param-row">
            <TextInput label={`:${n}`} className="mono-input grow" value={values[n].value} onChange={(e) => setValues({ ...values, [n]: { ...values[n], value: e.currentTarget.value } })} data-autofocus={i === 0 || undefined} disabled={values[n].type === "null"} autoComplete="off" />
            <Select label="Type" w={130} value={values[n].type} onChange={(v) => setValues({ ...values, [n]: { ...values[n], type: v ?? "" } })}
              data={[{ value: "", label: `Auto: ${guessType(values[n].value)}` }, ...["text", "number", "boolean", "date", "timestamp", "null"].map((t) => ({ value: t, label: t }))]} />
          </div>
        ))}
        <p className="dim">Values are sent apart from the statement's text, so they need no quotes.</p>
        <div className="dialog-buttons"><span className="grow" /><Button variant="default" onClick={() => p.answer(null)}>Cancel</Button><Button type="submit">Run</Button></div>
      </form>
    </Modal>
  );
}

/** SaveDialog names a query and keeps it. */
export function SaveDialog({ tabId }: { tabId: string }) {
  const tab = useStore(workspace, (w) => w.tabs.find((t) => t.id === tabId));
  const [name, setName] = useState(tab?.kind === "sql" ? (tab.saved ?? (tab.named ? tab.title : "")) : "");
  const [busy, setBusy] = useState(false);
  if (tab?.kind !== "sql") return null;
  const save = async () => {
    setBusy(true);
    try {
      await api.save(name.trim(), { connection: tab.connection || undefined, text: tab.text });
      patchTab(tab.id, { saved: name.trim(), title: name.trim(), named: true });
      void flush();
      toast(`Saved "${name.trim()}"`, "good");
      dialog.set(null);
      window.dispatchEvent(new Event("fairlead-saved"));
    } catch (e) { failed(faultOf(e)); } finally { setBusy(false); }
  };
  return (
    <Modal opened onClose={() => dialog.set(null)} title="Save query" size={400}>
      <form onSubmit={(e) => { e.preventDefault(); void save(); }}>
        <TextInput label="Name" value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus placeholder="Orders by country" />
        <div className="dialog-buttons"><span className="grow" /><Button variant="default" onClick={() => dialog.set(null)}>Cancel</Button><Button type="submit" loading={busy} disabled={name.trim() === ""}>Save</Button></div>
      </form>
    </Modal>
  );
}
