import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useEffect, useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import type { Cell, Column } from "../api/types";
import { failed, toast } from "../state/ui";
import { ErrorView } from "../ui/ErrorView";
import { copyText, Empty, IconButton, Waiting } from "../ui/parts";
import { count } from "../ui/text";
import { isLong } from "./cells";
import { CellText, Value } from "./Grid";
import { JsonTree, parseExact } from "./JsonTree";
import type { ItemSource } from "./item";
import { parseUnquoted, unquotedType } from "./unquoted";

const ItemEditor = lazy(() => import("./ItemEditor"));

/** The most of a text that is put into the page at once. */
const shown = 200_000;

type Props = {
  run: string; index: number; view?: string; columns: Column[]; row: number; column: number; cells: Cell[] | undefined;
  mode: "value" | "row"; onMode: (m: "value" | "row") => void; onClose: () => void; onColumn: (c: number) => void; nullText: string; item: ItemSource | null; dynamo: boolean;
};

/** Detail is the panel beside the grid: one whole value, or one whole row. */
export function Detail(p: Props) {
  return (
    <aside className="detail" aria-label="Detail">
      <div className="detail-head">
        <SegmentedControl size="xs" value={p.mode} onChange={(m) => p.onMode(m as "value" | "row")} data={[{ value: "value", label: "Value" }, { value: "row", label: "Row" }]} aria-label="What to show" />
        <span className="dim tabular">row {count(p.row + 1)}</span>
        <span className="grow" />
        <IconButton icon="close" label="Close" onClick={p.onClose} />
      </div>
      {p.mode === "value" ? <ValuePane key={`${p.row}:${p.column}`} {...p} /> : <RowPane {...p} />}
    </aside>
  );
}

function ValuePane(p: Props) {
  const col = p.columns[p.column];
  const cell = p.cells?.[p.column];
  const long = cell !== undefined && isLong(cell);
  const { data: whole, error, refetch } = useQuery({
    queryKey: ["cell", p.run, p.index, p.view, p.row, p.column], queryFn: () => api.cell(p.run, p.index, p.row, p.column, p.view), enabled: long, retry: false, gcTime: 20_000,
  });
  const text = long ? whole : (cell as string | null | undefined);
  const [form, setForm] = useState<"tree" | "text">("tree");
  const [limit, setLimit] = useState(shown);
  if (!col) return <Empty title="No cell is picked" />;
  const json = typeof text === "string" && text.length < 5_000_000 && /^\s*[[{]/.test(text) ? tryParse(text) : undefined;
  const guessed = json === undefined && typeof text === "string" && unquotedType(col.type) ? parseUnquoted(text) : undefined;
  const parsed = json ?? guessed;
  return (
    <>
      <div className="detail-name"><b><CellText text={col.name} /></b><span className="dim">{col.type}</span><span className="grow" />
        {parsed !== undefined && <IconButton icon={form === "tree" ? "text" : "index"} label={form === "tree" ? "Show as text" : "Show as a tree"} onClick={() => setForm(form === "tree" ? "text" : "tree")} />}
        {text !== null && text !== undefined && <IconButton icon="copy" label="Copy value" onClick={() => copyText(text).then(() => toast("Copied"), (e) => failed(faultOf(e)))} />}
      </div>
      <div className="detail-body" tabIndex={0} role="region" aria-label="Value">
        {error ? <ErrorView fault={faultOf(error)} retry={() => void refetch()} compact />
          : p.cells === undefined || (long && text === undefined) ? <Waiting text="Reading the value" />
          : text === null || text === undefined ? <span className="null">{p.nullText}</span>
          : text === "" ? <span className="dim">Empty text</span>
          : parsed !== undefined && form === "tree" ? <JsonTree value={parsed} typed={p.dynamo} />
          : <>
              <pre className="detail-text"><Lines text={text.slice(0, limit)} /></pre>
              {text.length > limit && <button className="link-button" onClick={() => setLimit(limit + shown)}>{count(text.length - limit)} more characters</button>}
            </>}
      </div>
      {typeof text === "string" && <div className="detail-foot dim">{count(text.length)} characters{guessed !== undefined && form === "tree" && <span title="Athena writes nested values without quotes: a comma or an equals sign inside a text cannot be told from those between values. The text is exact."> · read from unquoted text</span>}</div>}
    </>
  );
}

/** Lines keeps line ends as they are and makes other strange characters visible. */
function Lines({ text }: { text: string }) {
  const lines = text.split("\n");
  return <>{lines.map((l, i) => <span key={i}><CellText text={l.replace(/\r$/, "")} />{i < lines.length - 1 && "\n"}</span>)}</>;
}

function tryParse(text: string): unknown {
  try { return parseExact(text); } catch { return undefined; }
}

function RowPane(p: Props) {
  const [edit, setEdit] = useState(false);
  const [search, setSearch] = useState("");
  useEffect(() => setEdit(false), [p.row]);
  if (!p.cells) return <Waiting text="Reading the row" />;
  if (edit && p.item) return <Suspense fallback={<Waiting text="Opening" />}><ItemEditor source={p.item} columns={p.columns} cells={p.cells} done={() => setEdit(false)} /></Suspense>;
  const q = search.toLowerCase();
  return (
    <>
      {(p.columns.length > 12 || p.item) && (
        <div className="detail-name">
          {p.columns.length > 12 && <input className="plain-input grow" placeholder="Filter columns" aria-label="Filter columns" value={search} onChange={(e) => setSearch(e.target.value)} />}
          <span className="grow" />
          {p.item && <button className="link-button" onClick={() => setEdit(true)}>{p.item.readOnly ? "Whole item" : "Edit item"}</button>}
        </div>
      )}
      <div className="detail-body" tabIndex={0} role="region" aria-label="Row">
        <table className="row-table">
          <tbody>
            {p.columns.map((c, i) => (q === "" || c.name.toLowerCase().includes(q)) && (
              <tr key={i} className={i === p.column ? "now" : ""} onClick={() => p.onColumn(i)} onDoubleClick={() => { p.onColumn(i); p.onMode("value"); }}>
                <th scope="row" title={c.type}><CellText text={c.name} /></th>
                <td className={`kind-${c.kind}`}><Value cell={p.cells![i] ?? null} nullText={p.nullText} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
