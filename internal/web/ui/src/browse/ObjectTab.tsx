import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import { useConnection } from "../api/queries";
import type { TreeObject } from "../api/types";
import { treeKey, treeQuery } from "./rows";
import { Sql } from "../editor/Sql";
import { cancelRun } from "../editor/run";
import { qualified } from "../editor/names";
import ResultPane from "../results/ResultPane";
import { putRun, runs } from "../state/live";
import { useStore } from "../state/store";
import { failed, toast } from "../state/ui";
import { openSql, patchTab, type ObjectTab as Tab } from "../state/workspace";
import { ErrorView } from "../ui/ErrorView";
import { Icon } from "../ui/icons";
import { copyText, Empty, IconButton, Waiting } from "../ui/parts";
import { bytes, count, when } from "../ui/text";

type Pane = "columns" | "sample" | "definition";

/** ObjectTab shows a table: its columns and keys, a sample, its definition, its size. */
export default function ObjectTab({ tab }: { tab: Tab }) {
  const connection = useConnection(tab.connection);
  const cache = useQueryClient();
  const parent = tab.path.slice(0, -1);
  const name = tab.path[tab.path.length - 1];
  const [pane, setPane] = useState<Pane>("columns");
  const siblings = useQuery(treeQuery(tab.connection, parent));
  const inside = useQuery(treeQuery(tab.connection, tab.path));
  // Asked for when it is looked at: a definition can cost the service a statement.
  const whole = useQuery({
    queryKey: ["object", tab.connection, ...tab.path], queryFn: async ({ signal }) => (await api.object(tab.connection, tab.path, false, signal)).object ?? null,
    enabled: pane === "definition", staleTime: Infinity, retry: false,
  });
  const listed = siblings.data?.objects.find((o) => o.name === name);
  const self = listed && whole.data ? together(listed, whole.data) : (whole.data ?? listed);
  const run = useStore(runs, (all) => (tab.run ? all[tab.run] : undefined));
  const engine = connection?.engine ?? "athena";
  const objects = inside.data?.objects ?? [];
  const columns = objects.filter((o) => o.kind === "column" || o.kind === "key");
  const indexes = objects.filter((o) => o.kind === "index");
  const others = objects.filter((o) => !["column", "key", "index", "setting"].includes(o.kind));
  const details = [...(self?.details ?? []), ...objects.filter((o) => o.kind === "setting").map((o) => ({ name: o.name, value: o.comment ?? "" }))];
  const ddl = details.find((d) => /^(ddl|definition)$/i.test(d.name) || /^\s*create\s/i.test(d.value));
  const facts = details.filter((d) => d !== ddl);
  const keys = columns.filter((c) => c.kind === "key");
  const sample = async () => {
    setPane("sample");
    try {
      const r = await api.sample(tab.connection, tab.path);
      putRun(runs.get()[r.id] ?? r);
      patchTab(tab.id, { run: r.id });
    } catch (e) {
      failed(faultOf(e));
    }
  };
  const refresh = () => {
    void cache.invalidateQueries({ queryKey: ["object", tab.connection, ...tab.path] });
    for (const path of [parent, tab.path]) void cache.fetchQuery({ queryKey: treeKey(tab.connection, path), queryFn: () => api.tree(tab.connection, path, true), staleTime: 0 }).catch((e: unknown) => failed(faultOf(e)));
  };
  const size = [self?.rows !== undefined ? `${count(self.rows)} ${engine === "dynamodb" ? "items" : "rows"}` : "", self?.bytes !== undefined ? bytes(self.bytes) : ""].filter(Boolean).join(" · ");
  return (
    <div className={`object-tab${connection?.production ? " production" : ""}`}>
      <div className="object-head">
        <Icon name={tab.objectKind === "view" ? "view" : "table"} />
        <h2>{name}</h2>
        <span className="dim">{[tab.connection, ...parent].join(" / ")}</span>
        {size && <span className="object-size" title={self?.as_of ? `As of ${when(self.as_of)}` : undefined}>{size}{self?.as_of ? ` (${when(self.as_of)})` : ""}</span>}
        <span className="grow" />
        <IconButton icon="copy" label="Copy name" onClick={() => void copyText(qualified(engine, tab.path)).then(() => toast("Copied the name"))} />
        <IconButton icon="refresh" label="Refresh" onClick={refresh} />
        <Button variant="default" onClick={() => openSql({ connection: tab.connection, text: `SELECT *\nFROM ${qualified(engine, tab.path)}${engine === "dynamodb" ? "" : "\nLIMIT 100"}` })}>New query</Button>
      </div>
      {self?.comment && <p className="object-comment">{self.comment}</p>}
      {self?.broken && <ErrorView fault={{ code: "not-found", message: `${name} cannot be read`, cause: self.broken }} compact />}
      <div className="object-tabs" role="tablist" aria-label="About the table">
        {([["columns", engine === "dynamodb" ? "Keys and indexes" : "Columns"], ["sample", "Sample"], ["definition", engine === "dynamodb" ? "Design" : "Definition"]] as [Pane, string][]).map(([id, title]) => (
          <button key={id} role="tab" aria-selected={pane === id} onClick={() => (id === "sample" && !tab.run ? void sample() : setPane(id))}>{title}</button>
        ))}
      </div>
      <div className="object-body">
        {pane === "columns" && (inside.error ? <ErrorView fault={faultOf(inside.error)} retry={() => void inside.refetch()} /> : inside.isPending ? <Waiting text="Reading the columns" />
          : <div className="table-scroll" tabIndex={0} role="region" aria-label="Columns"><ColumnTable columns={columns} />{indexes.length > 0 && <IndexTable indexes={indexes} />}{others.length > 0 && <OtherTable objects={others} />}</div>)}
        {pane === "sample" && (run ? <ResultPane run={run} index={0} onIndex={() => {}} nullText="NULL" onAgain={() => void sample()} onCancel={() => void cancelRun(run.id)} />
          : <Empty title="No sample is here any more" actions={<Button onClick={() => void sample()}>Read a sample</Button>}>A sample reads a few rows.</Empty>)}
        {pane === "definition" && (
          <div className="table-scroll" tabIndex={0} role="region" aria-label="Definition">
            {engine === "dynamodb" && keys.length > 0 && <KeyDesign keys={keys} indexes={indexes} />}
            {facts.length > 0 && <dl className="facts object-facts">{facts.map((d) => <div key={d.name} className="fact"><dt>{titled(d.name)}</dt><dd className={/^(s3|arn):/.test(d.value) ? "mono" : ""}>{d.value}</dd></div>)}</dl>}
            {whole.error ? <ErrorView fault={faultOf(whole.error)} retry={() => void whole.refetch()} />
              : ddl ? <><div className="ddl-head"><b>{titled(ddl.name)}</b><IconButton icon="copy" label="Copy definition" onClick={() => void copyText(ddl.value).then(() => toast("Copied"))} /></div><pre className="ddl" tabIndex={0}><Sql text={ddl.value} dialect={engine === "redshift" ? "redshift" : "trino"} /></pre></>
              : whole.isPending ? <Waiting text="Reading the definition" />
              : facts.length === 0 && <Empty title="Nothing more is known">The service tells no definition for this {tab.objectKind}.</Empty>}
          </div>
        )}
      </div>
    </div>
  );
}

/** together joins what a listing and a closer look tell: the closer look wins, but need not know all. */
function together(listed: TreeObject, whole: TreeObject): TreeObject {
  const known = new Set((whole.details ?? []).map((d) => d.name));
  return { ...listed, ...whole, details: [...(listed.details ?? []).filter((d) => !known.has(d.name)), ...(whole.details ?? [])] };
}

/** titled writes a detail's name as a heading: DDL, Time to live. */
function titled(name: string): string {
  return /^ddl$/i.test(name) ? "Definition" : name.slice(0, 1).toUpperCase() + name.slice(1);
}

const detail = (o: TreeObject, name: string) => o.details?.find((d) => d.name === name)?.value;

function ColumnTable({ columns }: { columns: TreeObject[] }) {
  if (columns.length === 0) return <Empty title="No columns are told" />;
  const about = columns.map((c) => c.broken ?? [c.comment, ...(c.details ?? []).map((d) => (d.value === "yes" ? d.name : `${d.name}: ${d.value}`))].filter(Boolean).join(" · "));
  const told = about.some((a) => a !== "");
  return (
    <table className="list-table column-table">
      <thead><tr><th className="no">#</th><th>Name</th><th>Type</th>{told && <th>About</th>}</tr></thead>
      <tbody>{columns.map((c, i) => <tr key={c.name + c.kind}><td className="no dim">{i + 1}</td><td><b>{c.name}</b>{c.kind === "key" && <span className="key-mark"><Icon name="key" size={13} /></span>}</td><td className="mono"><span className="type-text">{c.type}</span></td>{told && <td className="dim">{about[i]}</td>}</tr>)}</tbody>
    </table>
  );
}

function IndexTable({ indexes }: { indexes: TreeObject[] }) {
  return (
    <>
      <h3 className="object-sub">Indexes</h3>
      <table className="list-table column-table">
        <thead><tr><th>Name</th><th>Kind</th><th>Keys</th><th>Holds</th><th>Items</th><th>Size</th><th>State</th></tr></thead>
        <tbody>{indexes.map((o) => (
          <tr key={o.name}>
            <td><b>{o.name}</b></td><td>{o.type}</td><td className="mono">{detail(o, "keys")}</td><td>{detail(o, "projection") ?? o.comment}</td>
            <td className="tabular">{o.rows !== undefined ? count(o.rows) : ""}</td><td className="tabular nowrap">{o.bytes !== undefined ? bytes(o.bytes) : ""}</td><td className="dim">{o.broken ?? detail(o, "status")}</td>
          </tr>
        ))}</tbody>
      </table>
    </>
  );
}

function OtherTable({ objects }: { objects: TreeObject[] }) {
  return (
    <>
      <h3 className="object-sub">More</h3>
      <table className="list-table column-table">
        <thead><tr><th>Name</th><th>Kind</th><th>About</th></tr></thead>
        <tbody>{objects.map((o) => <tr key={o.name}><td><b>{o.name}</b></td><td>{[o.type, o.kind].filter(Boolean).join(" ")}</td><td className="dim">{[o.comment, ...(o.details ?? []).map((d) => `${d.name}: ${d.value}`)].filter(Boolean).join(" · ")}</td></tr>)}</tbody>
      </table>
    </>
  );
}

/** KeyDesign tells which question each key answers: how the table and its indexes can be read without a scan. */
function KeyDesign({ keys, indexes }: { keys: TreeObject[]; indexes: TreeObject[] }) {
  const ways = [{ by: "The table", kind: "", keys: keys.map((k) => k.name), holds: "all attributes" }, ...indexes.map((o) => ({ by: o.name, kind: o.type ?? "", keys: (detail(o, "keys") ?? "").split(", "), holds: detail(o, "projection") ?? o.comment ?? "" }))];
  return (
    <>
      <h3 className="object-sub">Ways to read without a scan</h3>
      <table className="list-table column-table">
        <thead><tr><th>By</th><th>Partition key</th><th>Sort key</th><th>Holds</th></tr></thead>
        <tbody>{ways.map((w) => <tr key={w.by}><td><b>{w.by}</b> <span className="dim">{w.kind}</span></td><td className="mono">{w.keys[0]}</td><td className="mono">{w.keys[1] ?? ""}</td><td>{w.holds}</td></tr>)}</tbody>
      </table>
    </>
  );
}
