import { Button, Menu, Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import { useConnection } from "../api/queries";
import { treeQuery } from "../browse/rows";
import type { Cell, Fault, Filter, Run, RunResult, SortKey } from "../api/types";
import { isOver } from "../state/live";
import { dialog, failed, toast } from "../state/ui";
import { startAsked } from "../ui/actions";
import { ErrorView } from "../ui/ErrorView";
import { Icon } from "../ui/icons";
import { copyText, Empty, IconButton, StateMark, Waiting } from "../ui/parts";
import { PointMenu, type MenuEntry, type Place } from "../ui/PointMenu";
import { count, oneLine, plural } from "../ui/text";
import { hide, pin, plainColumns, order, type ColumnState } from "./columns";
import { Detail } from "./Detail";
import { FilterForm, filterText } from "./Filters";
import { Grid, type GridHandle } from "./Grid";
import { tableOf, type ItemSource } from "./item";
import { boxOf, sizeOf, start, type Selection } from "./selection";
import { ResultStats } from "./ResultStats";

const ChartView = lazy(() => import("./ChartView"));

type Props = { run: Run; index: number; onIndex: (i: number) => void; nullText: string; onAgain: (force: { allow_scan?: boolean; confirmed?: boolean }) => void; onCancel: () => void };

/** ResultPane shows what a run brought: one result of several, as a grid or a chart, and how it went. */
export default function ResultPane(p: Props) {
  const { run } = p;
  const i = Math.min(p.index, run.results.length - 1);
  const r = run.results[i];
  if (!r) return <Empty title="Nothing was run" />;
  return (
    <section className="results" aria-label="Results">
      {run.results.length > 1 && (
        <div className="result-tabs" role="tablist" aria-label="Results of the run">
          {run.results.map((x) => (
            <button key={x.index} role="tab" aria-selected={x.index === i} className={`result-tab state-${x.state}`} onClick={() => p.onIndex(x.index)} title={oneLine(x.text, 400)}
              onKeyDown={(e) => { const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key]; if (by) { e.preventDefault(); p.onIndex(Math.max(0, Math.min(run.results.length - 1, i + by))); } }}>
              <StateMark state={x.state} />{x.index + 1}<span className="result-tab-text">{oneLine(x.text, 40)}</span>
            </button>
          ))}
        </div>
      )}
      <OneResult key={`${run.id}:${r.index}`} {...p} index={i} r={r} />
    </section>
  );
}

function OneResult(p: Props & { r: RunResult }) {
  const { run, r } = p;
  if (r.columns === null) return <NoRows {...p} />;
  if (r.columns.length === 0) {
    return (
      <>
        <div className="result-message">{r.error ? <ResultError {...p} /> : isOver(r.state) ? <><StateMark state={r.state} /> {r.stats?.rows_affected !== undefined ? `${plural(r.stats.rows_affected, "row")} changed` : r.state === "done" ? "Done" : r.state}</> : <Waiting text="Running" />}</div>
        <ResultStats run={run} r={r} />
      </>
    );
  }
  return <Rows {...p} columns={r.columns} />;
}

function NoRows(p: Props & { r: RunResult }) {
  const { run, r } = p;
  return (
    <>
      <div className="result-message">
        {r.error && r.error.code !== "interrupted" ? <ResultError {...p} />
          : r.state === "cancelled" ? <Empty title="Cancelled">No rows had come.</Empty>
          : r.state === "skipped" ? <Empty title="Not run">A statement before this one failed.</Empty>
          : run.state === "waiting-login" ? <Empty title="Waiting for the log in" actions={<>{run.login && <Button onClick={() => void startAsked(run.login!)}>Log in now</Button>}<Button variant="default" onClick={p.onCancel}>Cancel</Button></>}>The run goes on by itself once you are logged in.</Empty>
          : r.state === "done" ? <Empty title="Done">{r.stats?.rows_affected !== undefined ? `${plural(r.stats.rows_affected, "row")} changed.` : "The statement returned no rows."}</Empty>
          : <div className="running"><Waiting text={r.progress?.state ? `${r.progress.state[0].toUpperCase()}${r.progress.state.slice(1)}` : "Running"} /><Button variant="default" onClick={p.onCancel}>Cancel</Button></div>}
      </div>
      <ResultStats run={run} r={r} />
    </>
  );
}

function ResultError({ run, r, onAgain }: Props & { r: RunResult }) {
  const f = r.error!;
  const scan = f.actions?.some((a) => a.kind === "allow-scan") ?? false;
  const confirm = f.code === "guarded" && !scan && /is labelled/.test(f.message);
  const again = f.actions?.some((a) => a.kind === "retry") ?? false;
  return (
    <ErrorView fault={f} retry={again ? () => onAgain({}) : undefined} again={() => onAgain({})}>
      {isOver(run.state) && scan && <Button onClick={() => onAgain({ allow_scan: true })}>Read all of it</Button>}
      {isOver(run.state) && confirm && <Button color="red" onClick={() => onAgain({ confirmed: true })}>Run it all the same</Button>}
      {isOver(run.state) && f.actions?.some((a) => a.kind === "login") && <Button variant="default" onClick={() => onAgain({})}>Run again</Button>}
    </ErrorView>
  );
}

type View = { id: string; total: number; rows: number; query: string };

function Rows({ run, r, columns, nullText, index, ...p }: Props & { r: RunResult; columns: NonNullable<RunResult["columns"]> }) {
  const [tab, setTab] = useState<"grid" | "chart">("grid");
  const [state, setState] = useState<ColumnState>(plainColumns);
  const [sort, setSort] = useState<SortKey[]>([]);
  const [filters, setFilters] = useState<Filter[]>([]);
  const [view, setView] = useState<View | null>(null);
  const [building, setBuilding] = useState<AbortController | null>(null);
  const [viewFault, setViewFault] = useState<Fault | null>(null);
  const [selection, setSelection] = useState<Selection>(start);
  const [detail, setDetail] = useState<"value" | "row" | null>(null);
  const [finding, setFinding] = useState(false);
  const [menu, setMenu] = useState<{ column: number; at: HTMLElement } | null>(null);
  const [cellMenu, setCellMenu] = useState<Place | null>(null);
  const [filtering, setFiltering] = useState<{ column: number; at: HTMLElement } | null>(null);
  const grid = useRef<GridHandle>(null);
  const [, rowsCame] = useReducer((n: number) => n + 1, 0);
  const total = view ? view.total : r.rows;
  const { shown } = useMemo(() => order(columns, state), [columns, state]);
  const box = boxOf(selection);
  const headColumn = shown[Math.min(selection.head.column, shown.length - 1)] ?? 0;
  const item = useItemSource(run, r);

  // Sort and filter are the server's; the view is made anew when either changes, and once more when all rows are there.
  const wanted = JSON.stringify({ sort, filters });
  const plain = sort.length === 0 && filters.length === 0;
  const done = isOver(r.state);
  useEffect(() => {
    if (plain) { setView(null); setViewFault(null); return; }
    const abort = new AbortController();
    setBuilding(abort);
    setViewFault(null);
    const rows = r.rows;
    api.view(run.id, r.index, { sort, filter: filters }, abort.signal).then(
      (v) => { setView({ id: v.view, total: v.total, rows, query: wanted }); setSelection(start); },
      (e: unknown) => { if (!abort.signal.aborted) setViewFault(faultOf(e)); },
    ).finally(() => setBuilding((b) => (b === abort ? null : b)));
    return () => abort.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted, plain, run.id, r.index, done]);

  const onSort = (column: number, add: boolean) => {
    const at = sort.findIndex((k) => k.column === column);
    const next: SortKey | null = at < 0 ? { column, descending: false } : sort[at].descending ? null : { column, descending: true };
    if (add) setSort(at < 0 ? [...sort, next!] : next ? sort.map((k, i) => (i === at ? next : k)) : sort.filter((_, i) => i !== at));
    else setSort(next ? [next] : []);
  };
  const copy = (format: string, header: boolean) => {
    const one = box.top === box.bottom && box.left === box.right;
    const text = one && format === "plain" ? api.cell(run.id, r.index, box.top, shown[box.left], view?.id)
      : api.copy(run.id, r.index, { format: format === "plain" ? "tsv" : format, rows: [box.top, box.bottom + 1], columns: shown.slice(box.left, box.right + 1), view: view?.id, header: format === "plain" || format === "tsv" || format === "csv" ? header : undefined, table: format === "insert" ? (item?.table ?? undefined) : undefined });
    copyText(text.then((t) => (format === "plain" && !one ? t.replace(/\n$/, "") : t))).then(() => toast(one ? "Copied the value" : `Copied ${plural(box.bottom - box.top + 1, "row")}`), (e: unknown) => failed(faultOf(e)));
  };
  const onKey = (e: React.KeyboardEvent): boolean => {
    const mod = e.ctrlKey || e.metaKey;
    const k = e.key.toLowerCase();
    if (mod && k === "c") return copy("plain", e.shiftKey), true;
    if (mod && k === "f") return setFinding(true), true;
    if (e.key === "F3") return setFinding(true), true;
    if (e.key === "Enter") return setDetail(detail === "value" ? null : "value"), true;
    if (e.key === " ") return setDetail(detail === "row" ? null : "row"), true;
    if (e.key === "ContextMenu" || (e.key === "F10" && e.shiftKey)) {
      const at = document.getElementById(`cell-${selection.head.row}-${selection.head.column}`)?.getBoundingClientRect();
      // The key that opens a menu is one outside of it, which would close it again.
      setTimeout(() => setCellMenu(at ?? { left: 200, top: 200 }));
      return true;
    }
    if (e.key === "Escape" && detail) return setDetail(null), true;
    return false;
  };
  const size = sizeOf(selection);
  const closeFind = () => { setFinding(false); grid.current?.focus(); };
  const ofColumn = (column: number, at: HTMLElement): MenuEntry[] => [
    { title: "Sort ascending", run: () => setSort([{ column, descending: false }]) },
    { title: "Sort descending", run: () => setSort([{ column, descending: true }]) },
    { title: "Filter …", run: () => void setTimeout(() => setFiltering({ column, at }), 80) },
    ...(columnFilters(column).length ? [{ title: "Clear its filters", run: () => setFilters(filters.filter((f) => f.column !== column)) }] : []),
    null,
    { title: state.pinned.includes(column) ? "Unpin the column" : "Pin the column to the left", run: () => setState(pin(state, column)) },
    { title: "Hide the column", run: () => setState(hide(state, column)) },
    { title: "Copy the column's name", run: () => void copyText(columns[column].name) },
  ];
  const columnFilters = (c: number) => filters.filter((f) => f.column === c);

  return (
    <>
      <div className="result-tools">
        <div className="seg" role="tablist" aria-label="Show as">
          <button role="tab" aria-selected={tab === "grid"} onClick={() => setTab("grid")}><Icon name="grid" size={14} />Grid</button>
          <button role="tab" aria-selected={tab === "chart"} onClick={() => setTab("chart")}><Icon name="chart" size={14} />Chart</button>
        </div>
        <div className="chips">
          {sort.map((k) => <Chip key={`s${k.column}`} onRemove={() => setSort(sort.filter((x) => x !== k))}>{columns[k.column].name} {k.descending ? "descending" : "ascending"}</Chip>)}
          {filters.map((f, n) => <Chip key={`f${n}`} onRemove={() => setFilters(filters.filter((x) => x !== f))}>{filterText(f, columns)}</Chip>)}
          {state.hidden.length > 0 && <Chip onRemove={() => setState({ ...state, hidden: [] })}>{state.hidden.length} hidden</Chip>}
          {building && <span className="view-wait"><Waiting inline text={`${sort.length ? "Sorting" : "Filtering"} ${plural(r.rows, "row")}`} /><button className="link-button" onClick={() => { building.abort(); setSort([]); setFilters([]); }}>Cancel</button></span>}
        </div>
        <span className="grow" />
        <IconButton icon="filter" label="Filter rows" active={filters.length > 0} onClick={(e) => setFiltering({ column: -1, at: e.currentTarget as HTMLElement })} />
        <IconButton icon="search" label="Find in the result" keys="Mod+F" active={finding} onClick={() => setFinding(!finding)} />
        <ColumnsMenu columns={columns} state={state} onState={setState} />
        <IconButton icon="row" label="Row detail" active={detail === "row"} onClick={() => setDetail(detail === "row" ? null : "row")} />
        <Menu position="bottom-end">
          <Menu.Target><button className="tool-button" aria-label="Copy as"><Icon name="copy" size={15} />Copy</button></Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{size.rows === 1 && size.columns === 1 ? "The picked cell" : `${plural(size.rows, "row")}, ${plural(size.columns, "column")}`}</Menu.Label>
            <Menu.Item onClick={() => copy("plain", false)} rightSection={<span className="dim">Ctrl C</span>}>Values</Menu.Item>
            {[["csv", "CSV"], ["tsv", "TSV"], ["json", "JSON"], ["markdown", "Markdown"], ["insert", "SQL inserts"]].map(([f, title]) => <Menu.Item key={f} onClick={() => copy(f, true)}>{title}</Menu.Item>)}
            <Menu.Divider />
            <Menu.Item onClick={() => setSelection({ anchor: { row: 0, column: 0 }, head: { row: Math.max(0, total - 1), column: shown.length - 1 } })} rightSection={<span className="dim">Ctrl A</span>}>Pick all rows</Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <button className="tool-button" onClick={() => dialog.set({ kind: "export", run: run.id, result: r.index, view: view?.id })}><Icon name="download" size={15} />Export</button>
      </div>
      {finding && <FindBar run={run.id} index={r.index} view={view?.id} total={total} at={selection.head.row} onClose={closeFind} onFound={(row, c) => {
        const column = Math.max(0, shown.indexOf(c));
        setSelection({ anchor: { row, column }, head: { row, column } });
        grid.current?.scrollTo(row, column);
      }} />}
      {viewFault && <ErrorView fault={viewFault} compact />}
      {r.error && <div className="result-partial"><ResultError {...p} run={run} r={r} index={index} nullText={nullText} /></div>}
      <div className="result-body">
        {tab === "chart" ? <Suspense fallback={<Waiting text="Opening the chart" />}><ChartView run={run.id} index={r.index} columns={columns} view={view?.id} rows={isOver(r.state) ? r.rows : 0} name={run.connection} /></Suspense>
          : total === 0 && done && !building ? <Empty title={plain ? "No rows" : "No row fits"} actions={plain ? undefined : <Button variant="default" onClick={() => setFilters([])}>Clear the filters</Button>}>{plain ? "The statement returned none. Its columns: " + columns.slice(0, 12).map((c) => c.name).join(", ") : ""}</Empty>
          : <Grid run={run.id} index={r.index} view={view?.id} columns={columns} total={total} state={state} onState={setState} sort={sort} onSort={onSort} onMenu={(column, at) => setMenu({ column, at })} onCellMenu={setCellMenu}
              selection={selection} onSelection={setSelection} onKey={onKey} onOpen={() => setDetail("value")} nullText={nullText} onRows={detail ? rowsCame : undefined} handle={grid} label={`Rows of ${oneLine(r.text, 80)}`} />}
        {tab === "grid" && detail && total > 0 && (
          <Detail run={run.id} index={r.index} view={view?.id} columns={columns} row={selection.head.row} column={headColumn} cells={grid.current?.row(selection.head.row)} mode={detail} onMode={setDetail}
            onClose={() => { setDetail(null); grid.current?.focus(); }} nullText={nullText} item={item} dynamo={run.engine === "dynamodb"}
            onColumn={(c) => { const at = shown.indexOf(c); if (at >= 0) setSelection({ anchor: { row: selection.head.row, column: at }, head: { row: selection.head.row, column: at } }); }} />
        )}
      </div>
      <ResultStats run={run} r={r} view={view ? view.total : undefined} selected={size.rows * size.columns > 1 ? size : undefined} />
      {menu && <PointMenu at={menu.at.getBoundingClientRect()} onClose={() => setMenu(null)} entries={ofColumn(menu.column, menu.at)} />}
      {cellMenu && <PointMenu at={cellMenu} onClose={() => setCellMenu(null)} entries={[
        { title: "Copy", run: () => copy("plain", false) },
        { title: "Copy with names", run: () => copy("tsv", true) },
        null,
        { title: "Show value", run: () => setDetail("value") },
        { title: "Show row", run: () => setDetail("row") },
        null,
        ...sameValue(grid.current?.row(selection.head.row)?.[headColumn], headColumn, (f) => setFilters([...filters, f])),
        null,
        // What its header offers, for the keyboard.
        ...ofColumn(headColumn, document.getElementById(`cell-${selection.head.row}-${selection.head.column}`) ?? document.body),
      ]} />}
      {filtering && <Anchored at={filtering.at} onClose={() => setFiltering(null)}>
        <FilterForm columns={columns} column={filtering.column} onApply={(f) => { setFilters([...filters, f]); setFiltering(null); grid.current?.focus(); }} />
      </Anchored>}
    </>
  );
}

/** sameValue offers filters by a cell's value; a value that was cut cannot be compared. */
function sameValue(cell: Cell | undefined, column: number, add: (f: Filter) => void): MenuEntry[] {
  if (cell === undefined || (cell !== null && typeof cell !== "string")) return [];
  if (cell === null) return [{ title: "Only NULL here", run: () => add({ column, op: "null", value: "" }) }, { title: "Without NULL here", run: () => add({ column, op: "notnull", value: "" }) }];
  return [{ title: "Only this value", run: () => add({ column, op: "eq", value: cell }) }, { title: "Without this value", run: () => add({ column, op: "ne", value: cell }) }];
}

/** useItemSource tells whether the rows of a result are items of one DynamoDB table, and by which keys. */
function useItemSource(run: Run, r: RunResult): ItemSource | null {
  const connection = useConnection(run.connection);
  const table = run.engine === "dynamodb" && /^\s*select\b/i.test(r.text) ? tableOf(r.text) : null;
  const { data } = useQuery({ ...treeQuery(run.connection, [table ?? ""]), enabled: table !== null && connection?.status === "open" });
  return useMemo(() => {
    if (!table || !data || !connection) return null;
    const keys = data.objects.filter((o) => o.kind === "key").map((o) => ({ name: o.name, type: dynamoType(o.type) }));
    return keys.length ? { connection: connection.name, table, keys, readOnly: connection.read_only } : null;
  }, [table, data, connection]);
}

function dynamoType(type: string | undefined): string {
  return { string: "S", number: "N", binary: "B", s: "S", n: "N", b: "B" }[(type ?? "S").toLowerCase()] ?? "S";
}

function Chip({ children, onRemove }: { children: React.ReactNode; onRemove: () => void }) {
  return <span className="filter-chip">{children}<button aria-label="Remove" onClick={onRemove}><Icon name="close" size={11} /></button></span>;
}

function Anchored({ at, onClose, children }: { at: HTMLElement; onClose: () => void; children: React.ReactNode }) {
  const b = at.getBoundingClientRect();
  return (
    <Popover opened onChange={(o) => !o && onClose()} onDismiss={onClose} position="bottom-end" withinPortal trapFocus shadow="md">
      <Popover.Target><span className="anchor" style={{ left: b.left, top: b.top, width: b.width, height: b.height }} /></Popover.Target>
      <Popover.Dropdown p="sm">{children}</Popover.Dropdown>
    </Popover>
  );
}

function ColumnsMenu({ columns, state, onState }: { columns: NonNullable<RunResult["columns"]>; state: ColumnState; onState: (s: ColumnState) => void }) {
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState(false);
  const q = search.toLowerCase();
  const list = columns.map((c, i) => ({ c, i })).filter((x) => q === "" || x.c.name.toLowerCase().includes(q)).slice(0, 200);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="md" trapFocus withinPortal>
      <Popover.Target><IconButton icon="columns" label="Columns" onClick={() => setOpen(!open)} /></Popover.Target>
      <Popover.Dropdown p={6}>
        <div className="columns-menu">
          <input className="plain-input" placeholder="Filter columns" aria-label="Filter columns" value={search} onChange={(e) => setSearch(e.target.value)} data-autofocus />
          <div className="columns-list">
            {list.map(({ c, i }) => (
              <div key={i} className="columns-item">
                <label><input type="checkbox" checked={!state.hidden.includes(i)} onChange={(e) => onState(e.target.checked ? { ...state, hidden: state.hidden.filter((h) => h !== i) } : hide(state, i))} />{c.name}</label>
                <span className="dim">{c.type.slice(0, 24)}</span>
                <IconButton icon="pin" size={18} label={state.pinned.includes(i) ? `Unpin ${c.name}` : `Pin ${c.name}`} active={state.pinned.includes(i)} onClick={() => onState(pin(state, i))} />
              </div>
            ))}
            {columns.length > list.length && q === "" && <div className="dim">{count(columns.length - list.length)} more; filter to see them</div>}
          </div>
          <div className="columns-foot"><button className="link-button" onClick={() => onState({ ...state, hidden: [] })}>Show all</button><button className="link-button" onClick={() => onState({ ...state, widths: {} })}>Reset widths</button></div>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function FindBar({ run, index, view, total, at, onFound, onClose }: { run: string; index: number; view?: string; total: number; at: number; onFound: (row: number, column: number) => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const [state, setState] = useState<"" | "busy" | "none">("");
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const find = async (backward: boolean) => {
    if (text === "") return;
    abort.current?.abort();
    abort.current = new AbortController();
    setState("busy");
    try {
      const ask = (from: number) => api.find(run, index, { text, from, view, backward }, abort.current!.signal);
      const from = backward ? at - 1 : at + 1;
      let hit = from >= 0 && from < total ? await ask(from) : null;
      // Round the end once, as editors do.
      hit ??= await ask(backward ? Math.max(0, total - 1) : 0);
      setState(hit ? "" : "none");
      if (hit) onFound(hit.row, hit.column);
    } catch (e) {
      if (e instanceof DOMException) return;
      setState("");
      failed(faultOf(e));
    }
  };
  return (
    <div className="find-bar" role="search">
      <input className="plain-input" autoFocus placeholder="Find in all rows" aria-label="Find in all rows" value={text} onChange={(e) => { setText(e.target.value); setState(""); }}
        onKeyDown={(e) => { if (e.key === "Enter") { e.preventDefault(); void find(e.shiftKey); } if (e.key === "Escape") onClose(); }} />
      <IconButton icon="up" label="Previous" keys="Shift+Enter" onClick={() => void find(true)} />
      <IconButton icon="down" label="Next" keys="Enter" onClick={() => void find(false)} />
      <span className="dim" role="status">{state === "none" ? "Not found" : ""}{state === "busy" && <Waiting inline text="Searching" />}</span>
      <span className="grow" />
      <IconButton icon="close" label="Close find" onClick={onClose} />
    </div>
  );
}
