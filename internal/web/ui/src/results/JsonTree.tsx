import { useState } from "react";
import { Icon } from "../ui/icons";
import { CellText } from "./Grid";

const most = 200;

/** The one-letter types of DynamoDB's own JSON. */
const dynamoTypes: Record<string, string> = { S: "text", N: "number", B: "binary", BOOL: "boolean", NULL: "null", M: "map", L: "list", SS: "set of text", NS: "set of numbers", BS: "set of binary" };

/** typedValue tells {"S": "x"} from a map that happens to have one key. Only for columns that are known to hold typed values. */
export function typedValue(v: unknown): { type: string; value: unknown } | null {
  if (typeof v !== "object" || v === null || Array.isArray(v)) return null;
  const keys = Object.keys(v);
  if (keys.length !== 1 || !dynamoTypes[keys[0]]) return null;
  const value = (v as Record<string, unknown>)[keys[0]];
  const fits: Record<string, boolean> = {
    S: typeof value === "string", N: typeof value === "string", B: typeof value === "string", BOOL: typeof value === "boolean", NULL: value === true,
    M: typeof value === "object" && value !== null && !Array.isArray(value), L: Array.isArray(value), SS: Array.isArray(value), NS: Array.isArray(value), BS: Array.isArray(value),
  };
  return fits[keys[0]] ? { type: keys[0], value } : null;
}

/** JsonTree shows nested values; branches open on demand, so that a large value does not stop the page. */
export function JsonTree({ value, typed }: { value: unknown; typed?: boolean }) {
  return <div className="json-tree" role="tree" aria-label="Value"><Node name={null} value={value} depth={0} typed={typed} /></div>;
}

function Node({ name, value, depth, typed }: { name: string | null; value: unknown; depth: number; typed?: boolean }) {
  const [open, setOpen] = useState(depth < 2);
  const [limit, setLimit] = useState(most);
  const t = typed ? typedValue(value) : null;
  const v = t ? t.value : value;
  const branch = typeof v === "object" && v !== null && !(v instanceof NumberText);
  const entries = branch ? (Array.isArray(v) ? v.map((x, i) => [String(i), x] as const) : Object.entries(v)) : [];
  const label = name === null ? null : <span className="json-key"><CellText text={name} /></span>;
  const mark = t && <abbr className="json-type" title={dynamoTypes[t.type]}>{t.type}</abbr>;
  if (!branch) return <div className="json-line" role="treeitem" style={{ paddingLeft: depth * 14 + 16 }}>{label}{mark}<Scalar v={v} number={t?.type === "N"} /></div>;
  const sum = Array.isArray(v) ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <div role="treeitem" aria-expanded={open}>
      <button className="json-line json-branch" style={{ paddingLeft: depth * 14 }} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} size={12} />{label}{mark}<span className="dim">{sum}</span>
      </button>
      {open && (
        <div role="group">
          {entries.slice(0, limit).map(([k, x]) => <Node key={k} name={k} value={x} depth={depth + 1} typed={typed && !(t && /^[SNB]S$/.test(t.type))} />)}
          {entries.length > limit && <button className="link-button json-more" style={{ marginLeft: depth * 14 + 30 }} onClick={() => setLimit(limit + 1000)}>{entries.length - limit} more</button>}
        </div>
      )}
    </div>
  );
}

function Scalar({ v, number }: { v: unknown; number?: boolean }) {
  if (v === null) return <span className="null">null</span>;
  if (typeof v === "string") return <span className={number ? "json-number" : "json-string"}>{v === "" ? <span className="dim">empty</span> : <CellText text={v.length > 5000 ? v.slice(0, 5000) + "…" : v} />}</span>;
  return <span className="json-number">{v instanceof NumberText ? v.digits : String(v)}</span>;
}

/** NumberText is a number in the digits it was written with, where a double would change them. */
export class NumberText {
  constructor(readonly digits: string) {}
}

/** parseExact parses JSON and keeps numbers that a double would change as NumberText. */
export function parseExact(text: string): unknown {
  // Browsers that can tell a number's source text pass it third; others round.
  const revive = (_: string, v: unknown, c?: { source?: string }) =>
    typeof v === "number" && c?.source !== undefined && String(v) !== c.source ? new NumberText(c.source) : v;
  return JSON.parse(text, revive as (k: string, v: unknown) => unknown);
}
