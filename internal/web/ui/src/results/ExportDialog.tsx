import { Button, Modal, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "../api";
import { faultOf, ticket } from "../api/client";
import { useInfo } from "../api/queries";
import type { Fault } from "../api/types";
import { runs } from "../state/live";
import { useStore } from "../state/store";
import { dialog, type Dialog } from "../state/ui";
import { ErrorView } from "../ui/ErrorView";
import { useNow } from "../ui/parts";
import { bytes, count, plural } from "../ui/text";

type Progress = { bytes: number; done: boolean; started: number };

const titles: Record<string, string> = { csv: "CSV", tsv: "TSV", json: "JSON", jsonl: "JSON lines", markdown: "Markdown", parquet: "Parquet", arrow: "Arrow", xlsx: "Excel", insert: "SQL inserts", "dynamodb-json": "DynamoDB JSON", table: "Text table" };

/** ExportDialog writes a result into a file: streamed to where the person chose, with progress, or as the browser's own download. */
export default function ExportDialog({ d }: { d: Extract<Dialog, { kind: "export" }> }) {
  const formats = (useInfo().data?.formats ?? []).filter((f) => f.name !== "table");
  const result = useStore(runs, (all) => all[d.run]?.results[d.result]);
  const connection = useStore(runs, (all) => all[d.run]?.connection);
  const [format, setFormat] = useState("csv");
  const [compress, setCompress] = useState("");
  const [name, setName] = useState(`${connection ?? "result"}-${new Date().toISOString().slice(0, 10)}`);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [abort, setAbort] = useState<AbortController | null>(null);
  const now = useNow(progress !== null && !progress.done, 250);
  const spec = formats.find((f) => f.name === format);
  const packed = ["parquet", "xlsx", "arrow"].includes(format);
  const path = () => api.downloadPath(d.run, d.result, { format, compress: packed ? undefined : compress || undefined, view: d.view, name });
  const fileName = `${name}${spec?.endings[0] ?? ""}${!packed && compress ? `.${compress}` : ""}`;

  const download = async () => {
    setFault(null);
    const picker = (window as unknown as { showSaveFilePicker?: (o: object) => Promise<FileSystemFileHandle> }).showSaveFilePicker;
    try {
      if (!picker) return await byBrowser();
      let file: FileSystemFileHandle;
      try {
        file = await picker({ suggestedName: fileName });
      } catch (e) {
        if (e instanceof DOMException && e.name === "AbortError") return;
        return await byBrowser();
      }
      await intoFile(file);
    } catch (e) {
      if (!(e instanceof DOMException && e.name === "AbortError")) setFault(faultOf(e));
      setProgress(null);
    }
  };
  const byBrowser = async () => {
    const a = document.createElement("a");
    a.href = await ticket(path());
    a.download = fileName;
    a.click();
    dialog.set(null);
  };
  const intoFile = async (file: FileSystemFileHandle) => {
    const stop = new AbortController();
    setAbort(stop);
    const p: Progress = { bytes: 0, done: false, started: Date.now() };
    setProgress({ ...p });
    const answer = await fetch(await ticket(path()), { credentials: "same-origin", signal: stop.signal });
    if (!answer.ok || !answer.body) {
      const body = (await answer.json().catch(() => ({}))) as { error?: Fault };
      throw Object.assign(new Error(body.error?.message ?? `Fairlead answered ${answer.status}`));
    }
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) { p.bytes += chunk.length; setProgress({ ...p }); out.enqueue(chunk); },
    });
    await answer.body.pipeThrough(counted).pipeTo(await file.createWritable(), { signal: stop.signal });
    setProgress({ ...p, done: true });
  };
  const rate = progress ? progress.bytes / Math.max(0.25, (now - progress.started) / 1000) : 0;
  return (
    <Modal opened onClose={() => { abort?.abort(); dialog.set(null); }} title="Export" size={440}>
      <form className="form" onSubmit={(e) => { e.preventDefault(); void download(); }}>
        <p className="dim">{result ? `${plural(result.rows, "row")}${result.state === "done" ? "" : " so far; those still to come are written too"}` : ""}{d.view ? ", sorted and filtered as shown" : ""}</p>
        <div className="form-grid">
          <Select label="Format" data={formats.map((f) => ({ value: f.name, label: titles[f.name] ?? f.name }))} value={format} onChange={(v) => setFormat(v!)} description={spec?.help} data-autofocus />
          <Select label="Compression" data={[{ value: "", label: "None" }, { value: "gz", label: "gzip" }, { value: "zst", label: "zstd" }]} value={packed ? "" : compress} onChange={(v) => setCompress(v ?? "")} disabled={packed} description={packed ? "The format has its own" : undefined} />
          <TextInput className="span-2 mono-input" label="File name" value={name} onChange={(e) => setName(e.currentTarget.value)} rightSection={<span className="dim nowrap">{fileName.slice(name.length)}</span>} rightSectionWidth={90} />
        </div>
        {progress && (
          <div role="status" className="export-progress">
            {!progress.done && <div className="meter meter-moving"><div /></div>}
            <span>{bytes(progress.bytes)}{progress.done ? ` written to ${fileName}` : ` · ${bytes(rate)}/s`}</span>
          </div>
        )}
        {fault && <ErrorView fault={fault} compact />}
        <div className="dialog-buttons">
          <span className="grow" />
          {progress && !progress.done ? <Button variant="default" onClick={() => { abort?.abort(); setProgress(null); }}>Cancel</Button>
            : <><Button variant="default" onClick={() => dialog.set(null)}>Close</Button>{!progress?.done && <Button type="submit" disabled={name.trim() === ""}>Export {result ? count(result.rows) : ""}</Button>}</>}
        </div>
      </form>
    </Modal>
  );
}
