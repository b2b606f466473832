import { Menu, TextInput } from "@mantine/core";
import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import { useConnections, useInfo } from "../api/queries";
import type { Connection, Tree } from "../api/types";
import { nodeId, rowsOf, tableLike, treeKey, treeQuery, type Listing, type TreeRow } from "../browse/rows";
import { dialog, failed } from "../state/ui";
import { ask, toast } from "../state/ui";
import { sessions } from "../state/live";
import { useStore } from "../state/store";
import { change, openObject, openSql, workspace } from "../state/workspace";
import { ErrorView } from "../ui/ErrorView";
import { EngineMark, Icon, type IconName } from "../ui/icons";
import { Empty, IconButton, Waiting } from "../ui/parts";
import { bytes, count } from "../ui/text";
import { startLogin } from "../ui/actions";
import { labelTone } from "./labels";
import { quoteFor, qualified } from "../editor/names";
import { copyText } from "../ui/parts";

/** ConnectionsPane is the tree of connections and, below each, its catalog. */
export function ConnectionsPane() {
  const { data, error, refetch } = useConnections();
  const info = useInfo().data;
  const openList = useStore(workspace, (w) => w.open);
  const open = useMemo(() => new Set(openList), [openList]);
  const [search, setSearch] = useState("");
  const cache = useQueryClient();
  const searchBox = useRef<HTMLInputElement>(null);
  const wanted = useMemo(() => openNodes(data ?? [], openList), [data, openList]);
  const listings = useQueries({
    queries: wanted.map(({ connection, path }) => treeQuery(connection, path)),
  });
  const known = new Map<string, Listing>();
  for (const [key, tree] of cache.getQueriesData<Tree>({ queryKey: ["tree"] })) if (tree) known.set((key.slice(1) as string[]).join("\u0001"), tree);
  wanted.forEach((w, i) => {
    const l = listings[i];
    if (l.data) known.set(nodeId(w.connection, w.path), l.data);
    else if (l.error && !l.isFetching) known.set(nodeId(w.connection, w.path), { fault: faultOf(l.error) });
  });
  const rows = rowsOf(data ?? [], open, (id) => known.get(id), search);

  if (error) return <ErrorView fault={faultOf(error)} retry={() => void refetch()} />;
  if (!data) return <Waiting text="Reading connections" />;
  return (
    <>
      <div className="side-tools">
        <TextInput ref={searchBox} id="tree-search" value={search} onChange={(e) => setSearch(e.currentTarget.value)} placeholder="Search" aria-label="Search connections and objects"
          leftSection={<Icon name="search" size={14} />} className="grow" onKeyDown={(e) => {
            if (e.key === "Escape") setSearch("");
            if (e.key === "ArrowDown") { e.preventDefault(); document.querySelector<HTMLElement>("#tree")?.focus(); }
          }} />
        <IconButton icon="plus" label="New connection" onClick={() => dialog.set({ kind: "connection" })} />
      </div>
      {info?.error && <div className="side-fault"><ErrorView fault={info.error} compact /></div>}
      {data.length === 0 ? (
        <Empty title="No connections yet" actions={<button className="link-button" onClick={() => dialog.set({ kind: "connection" })}>New connection</button>}>
          A connection is an engine, where it is, and whose credentials to use. You can paste an endpoint, an ARN or an address.
        </Empty>
      ) : rows.length === 0 ? <Empty title="Nothing fits">Only what was listed before is searched; open a connection to list it.</Empty> : <TreeList rows={rows} />}
    </>
  );
}

/** openNodes names the listings that are on screen: each open node whose parents are open too. */
function openNodes(connections: Connection[], open: string[]): { connection: string; path: string[] }[] {
  const names = new Set(connections.map((c) => c.name));
  const set = new Set(open);
  const out: { connection: string; path: string[] }[] = [];
  for (const id of open) {
    const [connection, ...path] = id.split("\u0001");
    if (!names.has(connection)) continue;
    let all = true;
    for (let i = 0; i < path.length && all; i++) all = set.has(nodeId(connection, path.slice(0, i)));
    if (all) out.push({ connection, path });
  }
  return out;
}

export function toggleNode(id: string, on?: boolean): void {
  change((w) => {
    const has = w.open.includes(id);
    const want = on ?? !has;
    if (has === want) return w;
    return { ...w, open: want ? [...w.open, id] : w.open.filter((o) => o !== id) };
  });
}

const rowHeight = 24;

function TreeList({ rows }: { rows: TreeRow[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState<string | null>(null);
  const cache = useQueryClient();
  const tabs = useStore(workspace);
  const activeTab = tabs.tabs.find((t) => t.id === tabs.active);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: (i) => heightOf(rows[i]), overscan: 12, getItemKey: (i) => rows[i].id });
  useEffect(() => virtual.measure(), [rows.length, virtual]);
  const at = rows.findIndex((r) => r.id === focus);
  const move = (to: number) => {
    const i = Math.max(0, Math.min(rows.length - 1, to));
    setFocus(rows[i].id);
    virtual.scrollToIndex(i);
  };
  const menu = (row: Element | null | undefined) => row?.querySelector<HTMLElement>(".row-more")?.click();
  const onKey = (e: React.KeyboardEvent) => {
    const r = rows[at];
    if (e.key === "ContextMenu" || (e.key === "F10" && e.shiftKey)) {
      e.preventDefault();
      return menu(r && document.getElementById(`row-${cssId(r.id)}`));
    }
    const keys: Record<string, () => void> = {
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at - 1),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      PageDown: () => move(at + 20),
      PageUp: () => move(at - 20),
      ArrowRight: () => { if (r && "open" in r && !r.open && expands(r)) toggleNode(r.id, true); else move(at + 1); },
      ArrowLeft: () => {
        if (r && "open" in r && r.open) return toggleNode(r.id, false);
        for (let i = at - 1; i >= 0; i--) if (r && rows[i].depth < r.depth) return move(i);
      },
      Enter: () => r && act(r),
      " ": () => r && "open" in r && expands(r) && toggleNode(r.id),
      F5: () => r && refresh(cache, r),
      F2: () => r?.kind === "connection" && dialog.set({ kind: "connection", connection: r.connection }),
      Delete: () => r?.kind === "connection" && void removeConnection(r.connection, cache),
    };
    if (keys[e.key]) {
      e.preventDefault();
      keys[e.key]();
      return;
    }
    if (e.key.length === 1 && !e.ctrlKey && !e.metaKey && /\S/.test(e.key)) {
      const n = rows.length;
      for (let i = 1; i <= n; i++) {
        const x = rows[(Math.max(at, 0) + i) % n];
        if (nameOf(x).toLowerCase().startsWith(e.key.toLowerCase())) return move((Math.max(at, 0) + i) % n);
      }
    }
  };
  return (
    <div ref={box} id="tree" className="tree" role="tree" aria-label="Connections" tabIndex={0} onKeyDown={onKey}
      aria-activedescendant={at >= 0 ? `row-${cssId(rows[at].id)}` : undefined} onFocus={() => { if (at < 0 && rows.length) setFocus(rows[0].id); }}>
      <div role="none" className="tree-space" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((v) => {
          const r = rows[v.index];
          return (
            <div key={v.key} id={`row-${cssId(r.id)}`} role="treeitem" aria-level={r.depth + 1} aria-selected={r.id === focus} aria-expanded={"open" in r && expands(r) ? r.open : undefined}
              className={`tree-row${r.id === focus ? " focus" : ""}${marks(r, activeTab) ? " active" : ""}${r.kind === "connection" && r.connection.production ? " production" : ""}`}
              style={{ top: v.start, height: v.size, paddingLeft: 6 + r.depth * 14 }}
              onContextMenu={(e) => { e.preventDefault(); setFocus(r.id); menu(e.currentTarget); }}
              onClick={(e) => { setFocus(r.id); if ((e.target as HTMLElement).closest("button")) return; if (e.detail === 1) click(r); }}>
              <Row row={r} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function heightOf(r: TreeRow): number {
  return r.kind === "fault" ? 78 : rowHeight;
}

const cssId = (id: string) => id.replace(/[^\w-]/g, (c) => "_" + c.charCodeAt(0).toString(16));
const nameOf = (r: TreeRow) => (r.kind === "connection" ? r.connection.name : r.kind === "object" ? r.object.name : "");
const expands = (r: TreeRow) => r.kind === "connection" || (r.kind === "object" && !r.object.leaf);

function marks(r: TreeRow, tab: { kind: string; connection: string; path?: string[] } | undefined): boolean {
  if (!tab) return false;
  if (r.kind === "connection") return tab.kind === "sql" && tab.connection === r.connection.name;
  return r.kind === "object" && tab.kind === "object" && tab.connection === r.connection && (tab.path ?? []).join("\u0001") === r.path.join("\u0001");
}

function click(r: TreeRow): void {
  if (r.kind === "object" && tableLike(r.object.kind)) return openObject(r.connection, r.path, r.object.kind);
  if ("open" in r && expands(r)) toggleNode(r.id);
}

function act(r: TreeRow): void {
  if (r.kind === "connection") return void openSql({ connection: r.connection.name });
  click(r);
}

function refresh(cache: ReturnType<typeof useQueryClient>, r: TreeRow): void {
  const [connection, path] = r.kind === "connection" ? [r.connection.name, []] : r.kind === "object" || r.kind === "fault" ? [r.connection, r.path] : ["", []];
  if (!connection) return;
  void cache.fetchQuery({ queryKey: treeKey(connection, path), queryFn: () => api.tree(connection, path, true), staleTime: 0 })
    .then(() => cache.invalidateQueries({ queryKey: ["names", connection] }))
    .catch((e: unknown) => failed(faultOf(e)));
}

export async function removeConnection(c: Connection, cache: ReturnType<typeof useQueryClient>): Promise<void> {
  const yes = await ask({ title: `Remove connection "${c.name}"?`, text: `It is taken out of ${c.file}. Nothing in AWS changes.`, yes: "Remove", tone: "danger", type: c.production ? c.name : undefined });
  if (!yes) return;
  try {
    await api.removeConnection(c.name);
    await cache.invalidateQueries({ queryKey: ["connections"] });
    toast(`Removed ${c.name}`, "good");
  } catch (e) {
    failed(faultOf(e));
  }
}

const kindIcons: Record<string, IconName> = { catalog: "catalog", database: "catalog", schema: "schema", table: "table", view: "view", column: "column", key: "key", index: "index" };

const Row = memo(function Row({ row: r }: { row: TreeRow }) {
  const cache = useQueryClient();
  if (r.kind === "wait") return <Waiting inline text={r.text} />;
  if (r.kind === "none") return <span className="dim tree-none">{r.text}</span>;
  if (r.kind === "fault") {
    const login = r.fault.actions?.find((a) => a.kind === "login");
    return (
      <div className="tree-fault" title={[r.fault.message, r.fault.cause, r.fault.remedy].filter(Boolean).join("\n")}>
        <div className="tree-fault-text">{r.fault.message}</div>
        <div className="tree-fault-buttons">
          {login && <button className="link-button" onClick={() => void startLogin(login.profile!)}>Log In</button>}
          <button className="link-button" onClick={() => refresh(cache, r)}>Try again</button>
        </div>
      </div>
    );
  }
  const chevron = expands(r) ? (
    <button className="chevron" tabIndex={-1} aria-hidden="true" onClick={() => toggleNode(r.id)}><Icon name={r.open ? "down" : "right"} size={12} /></button>
  ) : <span className="chevron" />;
  if (r.kind === "connection") {
    const c = r.connection;
    const tone = labelTone(c.label);
    return (
      <>
        {chevron}
        <EngineMark engine={c.engine} />
        <span className="tree-name">{c.name}</span>
        {c.label && <span className={`label label-${tone}`}>{c.label}</span>}
        {c.read_only && <span className="tree-note" title="Read-only">ro</span>}
        {c.scope === "workspace" && <span className="tree-note" title={`From the workspace: ${c.file}`}><Icon name="folder" size={13} /></span>}
        {(c.problem || (c.warnings?.length ?? 0) > 0) && <span className="warn-text" title={[c.problem, ...(c.warnings ?? [])].filter(Boolean).join("\n")}><Icon name="broken" size={13} /></span>}
        <span className="grow" />
        <ConnectionMenu c={c} row={r} />
        <StatusDot c={c} />
      </>
    );
  }
  const o = r.object;
  const size = [o.rows !== undefined ? `${count(o.rows)} rows` : "", o.bytes !== undefined ? bytes(o.bytes) : ""].filter(Boolean).join(", ");
  return (
    <>
      {chevron}
      <span className={`tree-icon${o.broken ? " warn-text" : ""}`}><Icon name={o.broken ? "broken" : (kindIcons[o.kind] ?? "table")} size={14} /></span>
      <span className="tree-name" title={[o.comment, size, o.broken].filter(Boolean).join("\n") || undefined}>{o.name}</span>
      {o.type && o.type !== o.kind && <span className="tree-type">{o.type}</span>}
      <span className="grow" />
      {tableLike(o.kind) && <ObjectMenu row={r} />}
    </>
  );
});

/** StatusDot tells whether a connection works; amber when a log in would be asked for first. */
function StatusDot({ c }: { c: Connection }) {
  const shut = useStore(sessions, (l) => c.profile !== undefined && l.some((s) => s.profiles.includes(c.profile!) && ["expired", "absent", "revoked", "registration-expired"].includes(s.state)));
  const [tone, text] = shut ? ["soon", "Needs a log in"] : c.status === "open" ? ["good", "Connected"] : c.status === "error" ? ["bad", c.error?.message ?? "Does not work"] : ["off", "Not connected"];
  return <span className={`dot dot-${tone}`} role="img" aria-label={text} title={text} />;
}

function ConnectionMenu({ c, row }: { c: Connection; row: TreeRow }) {
  const cache = useQueryClient();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target><button className="row-more" tabIndex={-1} aria-label={`More for ${c.name}`}><Icon name="more" size={14} /></button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void openSql({ connection: c.name })}>New query</Menu.Item>
        <Menu.Item onClick={() => refresh(cache, row)}>Refresh</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => dialog.set({ kind: "connection", connection: c })}>Edit …</Menu.Item>
        <Menu.Item onClick={() => dialog.set({ kind: "connection", connection: c, duplicate: true })}>Duplicate …</Menu.Item>
        {c.profile && <Menu.Item onClick={() => void startLogin(c.profile!)}>Log in to its session</Menu.Item>}
        <Menu.Divider />
        <Menu.Item color="red" onClick={() => void removeConnection(c, cache)}>Remove …</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ObjectMenu({ row: r }: { row: Extract<TreeRow, { kind: "object" }> }) {
  const engine = useConnections().data?.find((c) => c.name === r.connection)?.engine ?? "athena";
  const name = qualified(engine, r.path);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target><button className="row-more" tabIndex={-1} aria-label={`More for ${r.object.name}`}><Icon name="more" size={14} /></button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => openObject(r.connection, r.path, r.object.kind)}>Open</Menu.Item>
        <Menu.Item onClick={() => void openSql({ connection: r.connection, text: `SELECT *\nFROM ${name}${engine === "dynamodb" ? "" : "\nLIMIT 100"}` })}>New query on it</Menu.Item>
        <Menu.Item onClick={() => void copyText(name)}>Copy name</Menu.Item>
        <Menu.Item onClick={() => void copyText(quoteFor(engine, r.object.name))}>Copy short name</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
