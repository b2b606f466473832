import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { api } from "../api";
import { ApiError, faultOf } from "../api/client";
import type { Cell, Column, Fault, Item, Typed } from "../api/types";
import { ask, toast } from "../state/ui";
import { ErrorView } from "../ui/ErrorView";
import { IconButton, Waiting } from "../ui/parts";
import { emptyOf, keyOf, problemOf, types, type ItemSource } from "./item";

/** ItemEditor shows a whole DynamoDB item with its types and, where the connection allows, saves changes that nobody else's overwrite. */
export default function ItemEditor({ source, columns, cells, done }: { source: ItemSource; columns: Column[]; cells: Cell[]; done: () => void }) {
  const key = useMemo(() => keyOf(source, columns, cells), [source, columns, cells]);
  const cache = useQueryClient();
  const id = ["item", source.connection, source.table, JSON.stringify(key)];
  const { data, error, refetch } = useQuery({ queryKey: id, queryFn: () => api.item(source.connection, source.table, key!), enabled: key !== null, retry: false, staleTime: 0, gcTime: 0 });
  const [item, setItem] = useState<Item | null>(null);
  const [was, setWas] = useState<Item | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [theirs, setTheirs] = useState<Item | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => { if (data && !was) { setItem(data.item); setWas(data.item); } }, [data, was]);
  if (!key) return <ErrorView compact fault={{ code: "usage", message: "The row does not hold the item's whole key", remedy: `Read ${source.keys.map((k) => k.name).join(" and ")} too` }} />;
  if (error) return <ErrorView compact fault={faultOf(error)} retry={() => void refetch()} />;
  if (!item || !was) return <Waiting text="Reading the item" />;
  const problem = problemOf({ M: item });
  const changed = JSON.stringify(item) !== JSON.stringify(was);
  const place = { connection: source.connection, table: source.table, key };
  const save = async () => {
    setBusy(true);
    setFault(null);
    try {
      await agreed(source, (confirmed) => api.putItem({ ...place, item, was, confirmed }));
      toast("Saved the item", "good");
      setWas(item);
      void cache.invalidateQueries({ queryKey: id });
    } catch (e) {
      if (e instanceof ApiError && e.status === 409 && e.body.item !== undefined) setTheirs(e.body.item as Item | null);
      setFault(faultOf(e));
    } finally { setBusy(false); }
  };
  const remove = async () => {
    if (!(await ask({ title: "Delete this item?", text: `It is deleted from ${source.table}.`, lines: Object.entries(key).map(([k, v]) => `${k} = ${Object.values(v)[0]}`), yes: "Delete", tone: "danger" }))) return;
    try {
      await agreed(source, (confirmed) => api.removeItem({ ...place, was, confirmed }));
      toast("Deleted the item", "good");
      done();
    } catch (e) { setFault(faultOf(e)); }
  };
  return (
    <>
      <div className="detail-body" tabIndex={0} role="region" aria-label="Item">
        <MapFields value={item} onChange={setItem} fixed={source.keys.map((k) => k.name)} readOnly={source.readOnly} depth={0} />
      </div>
      {fault && <ErrorView fault={fault} compact>{theirs && <Button variant="default" onClick={() => { setItem(theirs); setWas(theirs); setTheirs(null); setFault(null); }}>Load theirs</Button>}</ErrorView>}
      <div className="item-foot">
        {problem && <span className="bad-text">{problem}</span>}
        {!source.readOnly && <IconButton icon="trash" label="Delete item" tone="danger" onClick={() => void remove()} />}
        <span className="grow" />
        <Button variant="default" onClick={done}>{changed ? "Discard" : "Close"}</Button>
        {!source.readOnly && <Button onClick={() => void save()} loading={busy} disabled={!changed || problem !== null}>Save</Button>}
      </div>
    </>
  );
}

/** agreed asks a person when the server wants a yes for a change on a production connection, and does it then. */
async function agreed(source: ItemSource, change: (confirmed?: boolean) => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (e) {
    if (!(e instanceof ApiError) || e.fault.code !== "guarded" || source.readOnly) throw e;
    if (!(await ask({ title: `Change an item on ${source.connection}?`, text: e.fault.message, yes: "Change it", tone: "danger", type: source.connection }))) throw e;
    await change(true);
  }
}

function MapFields({ value, onChange, fixed, readOnly, depth }: { value: Item; onChange: (v: Item) => void; fixed?: string[]; readOnly: boolean; depth: number }) {
  const [name, setName] = useState("");
  const set = (k: string, v: Typed | null) => {
    const next = { ...value };
    if (v === null) delete next[k];
    else next[k] = v;
    onChange(next);
  };
  return (
    <div className="item-map">
      {Object.entries(value).map(([k, v]) => <Field key={k} name={k} value={v} onChange={(x) => set(k, x)} fixed={fixed?.includes(k)} readOnly={readOnly} depth={depth} />)}
      {!readOnly && (
        <form className="item-add" onSubmit={(e) => { e.preventDefault(); if (name && !(name in value)) { set(name, { S: "" }); setName(""); } }}>
          <input className="plain-input" value={name} onChange={(e) => setName(e.target.value)} placeholder="New attribute" aria-label="Name of a new attribute" />
          {name !== "" && <button className="link-button">{name in value ? "is there already" : "Add"}</button>}
        </form>
      )}
    </div>
  );
}

function Field({ name, value, onChange, fixed, readOnly, depth }: { name: string; value: Typed; onChange: (v: Typed | null) => void; fixed?: boolean; readOnly: boolean; depth: number }) {
  const [type] = Object.keys(value);
  const x = value[type];
  const locked = readOnly || fixed;
  const label = `${name}, ${type}`;
  return (
    <div className="item-field" style={{ marginLeft: depth ? 12 : 0 }}>
      <div className="item-line">
        <span className="json-key">{name}</span>
        {locked ? <abbr className="json-type" title={fixed ? "Part of the key" : undefined}>{type}{fixed && " key"}</abbr>
          : <select className="type-select" value={type} aria-label={`Type of ${name}`} onChange={(e) => onChange(emptyOf(e.target.value))}>{types.map((t) => <option key={t}>{t}</option>)}</select>}
        {type === "BOOL" && <input type="checkbox" checked={x === true} disabled={locked} aria-label={label} onChange={(e) => onChange({ BOOL: e.target.checked })} />}
        {(type === "S" || type === "N" || type === "B") && (type === "S" && String(x).includes("\n")
          ? <textarea className="plain-input grow" rows={4} value={String(x)} readOnly={locked} aria-label={label} onChange={(e) => onChange({ [type]: e.target.value })} />
          : <input className={`plain-input grow${type === "N" ? " mono" : ""}`} value={String(x)} readOnly={locked} aria-label={label} onChange={(e) => onChange({ [type]: e.target.value })} />)}
        {type === "NULL" && <span className="null">NULL</span>}
        {!locked && <IconButton icon="close" label={`Remove ${name}`} size={18} onClick={() => onChange(null)} />}
      </div>
      {/^[SNB]S$/.test(type) && <textarea className="plain-input item-set mono" rows={Math.min(6, (x as string[]).length + 1)} readOnly={locked} value={(x as string[]).join("\n")} aria-label={`${label}, one member a line`} onChange={(e) => onChange({ [type]: e.target.value.split("\n").filter((l) => l !== "") })} />}
      {type === "M" && <MapFields value={x as Item} onChange={(v) => onChange({ M: v })} readOnly={readOnly} depth={depth + 1} />}
      {type === "L" && (
        <div className="item-map">
          {(x as Typed[]).map((e, i) => <Field key={i} name={String(i)} value={e} readOnly={readOnly} depth={depth + 1} onChange={(v) => onChange({ L: v === null ? (x as Typed[]).filter((_, j) => j !== i) : (x as Typed[]).map((o, j) => (j === i ? v : o)) })} />)}
          {!readOnly && <button className="link-button item-add" onClick={() => onChange({ L: [...(x as Typed[]), { S: "" }] })}>Add an element</button>}
        </div>
      )}
    </div>
  );
}
