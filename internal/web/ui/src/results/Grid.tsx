import { memo, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useReducer, useRef, useState, type Ref } from "react";
import { api } from "../api";
import type { Cell, Column, SortKey } from "../api/types";
import { Icon } from "../ui/icons";
import { cellText, isLong, parts, onScreen, rightAligned, shownLength, widthOf } from "./cells";
import { edgesOf, order, type ColumnState } from "./columns";
import { heightLimit, moved, settled, spacer, spanOf, visible, type Scroll } from "./scale";
import { boxOf, moveTo, step, type Selection } from "./selection";
import { Windows } from "./windows";

export const rowHeight = 24;
const headHeight = 30;
const settleAfter = 160;

export type GridHandle = { scrollTo: (row: number, column?: number) => void; focus: () => void; row: (i: number) => Cell[] | undefined };

type Props = {
  run: string;
  index: number;
  view?: string;
  columns: Column[];
  total: number;
  state: ColumnState;
  onState: (s: ColumnState) => void;
  sort: SortKey[];
  onSort: (column: number, add: boolean) => void;
  onMenu: (column: number, at: HTMLElement) => void;
  onCellMenu: (at: { left: number; top: number }) => void;
  selection: Selection;
  onSelection: (s: Selection) => void;
  onKey: (e: React.KeyboardEvent) => boolean;
  onOpen: () => void;
  nullText: string;
  /** Told when rows have come. */
  onRows?: () => void;
  handle: Ref<GridHandle>;
  label: string;
};

/** Grid draws the rows in view of a result of any length, and asks for no others. */
export function Grid(p: Props) {
  const { total, state } = p;
  const columns = useSame(p.columns, sameColumns);
  const box = useRef<HTMLDivElement>(null);
  const told = useRef(p.onRows);
  told.current = p.onRows;
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [size, setSize] = useState({ width: 800, height: 400 });
  const [scroll, setScroll] = useState<Scroll>({ top: 0, physical: 0 });
  // Where we are by what has happened, which a drawing under way may not know yet.
  const latest = useRef(scroll);
  const put = useCallback((s: Scroll) => { latest.current = s; setScroll(s); }, []);
  const [left, setLeft] = useState(0);
  const [resizing, setResizing] = useState<{ column: number; width: number } | null>(null);
  const windows = useMemo(
    () => new Windows((from, count, signal) => api.rows(p.run, p.index, from, count, p.view, signal), Windows.chunkSize(columns.length, p.view !== undefined)),
    [p.run, p.index, p.view, columns.length],
  );
  useEffect(() => {
    const stop = windows.subscribe(() => { redraw(); told.current?.(); });
    return () => { stop(); windows.close(); };
  }, [windows]);

  const frame = { height: total * rowHeight + 12, view: Math.max(0, size.height - headHeight), limit: heightLimit };
  const { shown, pinned } = useMemo(() => order(columns, state), [columns, state]);
  const measure = useMemo(onScreen, []);
  // Widths are guessed once, from the first rows, and then only change by hand.
  const guessed = useRef<{ of: unknown; widths: number[] }>({ of: null, widths: [] });
  const sampleReady = windows.row(0) !== undefined || total === 0;
  if (guessed.current.of !== columns || (sampleReady && guessed.current.widths.length === 0)) {
    const rows = Array.from({ length: Math.min(total, 40) }, (_, i) => windows.row(i)).filter((r) => r !== undefined);
    guessed.current = { of: columns, widths: sampleReady ? columns.map((c, i) => widthOf(c, rows.map((r) => r[i]), measure)) : [] };
  }
  const width = useCallback((c: number) => (resizing?.column === c ? resizing.width : (state.widths[c] ?? guessed.current.widths[c] ?? widthOf(columns[c], [], measure))), [columns, state, resizing, measure]);
  const edges = edgesOf(shown, width);
  const gutter = Math.max(44, String(total).length * 8 + 18);
  const pinnedWidth = gutter + edges[pinned];
  const fullWidth = gutter + edges[edges.length - 1];

  useLayoutEffect(() => {
    const el = box.current!;
    const measure = () => setSize({ width: el.clientWidth, height: el.clientHeight });
    measure();
    const o = new ResizeObserver(measure);
    o.observe(el);
    return () => o.disconnect();
  }, []);
  // A shorter result, or another view, must not leave us below its end.
  useLayoutEffect(() => {
    const el = box.current!;
    put({ top: 0, physical: 0 });
    el.scrollTop = 0;
  }, [p.run, p.index, p.view, put]);

  const settle = useRef<ReturnType<typeof setTimeout>>(undefined);
  const onScroll = () => {
    const el = box.current!;
    setLeft(el.scrollLeft);
    const s = latest.current;
    if (s.physical !== el.scrollTop) {
      const next = moved(s, el.scrollTop, frame);
      // Ask at once: the rows come while the place they go to is drawn.
      const seen = visible(next.top, frame.view, rowHeight, total);
      windows.want(seen.from, seen.to, total);
      put(next);
    }
    clearTimeout(settle.current);
    settle.current = setTimeout(() => {
      const to = settled(latest.current, frame);
      if (Math.abs(to - el.scrollTop) < 1) return;
      el.scrollTop = to;
      put({ top: latest.current.top, physical: el.scrollTop });
    }, settleAfter);
  };
  useEffect(() => () => clearTimeout(settle.current), []);

  const goTo = useCallback((top: number) => {
    const el = box.current!;
    const f = { height: total * rowHeight + 12, view: Math.max(0, el.clientHeight - headHeight), limit: heightLimit };
    const t = Math.max(0, Math.min(top, Math.max(0, f.height - f.view)));
    const physical = settled({ top: t, physical: 0 }, f);
    el.scrollTop = physical;
    put({ top: t, physical: el.scrollTop });
  }, [total, put]);
  const reveal = useCallback((row: number, column?: number) => {
    const el = box.current!;
    const view = Math.max(rowHeight, el.clientHeight - headHeight);
    const { top } = latest.current;
    const at = row * rowHeight;
    const far = Math.abs(at - top) > view * 2;
    if (at < top) queueMicrotask(() => goTo(far ? at - view / 2 : at));
    else if (at + rowHeight > top + view) queueMicrotask(() => goTo(far ? at - view / 2 : at + rowHeight - view));
    if (column !== undefined && column >= pinned) {
      const from = edges[column] + gutter;
      const to = edges[column + 1] + gutter;
      if (from < el.scrollLeft + pinnedWidth) el.scrollLeft = from - pinnedWidth;
      else if (to > el.scrollLeft + el.clientWidth) el.scrollLeft = Math.min(from - pinnedWidth, to - el.clientWidth);
    }
  }, [edges, goTo, gutter, pinned, pinnedWidth]);
  useImperativeHandle(p.handle, () => ({ scrollTo: reveal, focus: () => box.current?.focus({ preventScroll: true }), row: (i) => windows.row(i) }), [reveal, windows]);

  // What lies beside the grid takes room from it: keep the picked cell in view.
  const seen = useRef(reveal);
  seen.current = reveal;
  const at = useRef(p.selection.head);
  at.current = p.selection.head;
  useEffect(() => seen.current(at.current.row, at.current.column), [size.width]);

  const rows = visible(scroll.top, frame.view, rowHeight, total);
  useLayoutEffect(() => windows.want(rows.from, rows.to, total));
  const span = spanOf(edges.slice(pinned).map((e) => e - edges[pinned]), Math.max(0, left), Math.max(0, size.width - pinnedWidth));
  const firstColumn = pinned + span.from;
  const lastColumn = pinned + span.to;
  const base = scroll.top - scroll.physical;
  const sel = boxOf(p.selection);
  const head = p.selection.head;

  const dragging = useRef(false);
  const place = (e: React.PointerEvent): { row: number; column: number } | null => {
    const el = (e.target as HTMLElement).closest<HTMLElement>("[data-row]");
    if (!el) return null;
    return { row: Number(el.dataset.row), column: Number(el.dataset.column ?? 0) };
  };
  const onDown = (e: React.PointerEvent) => {
    if (e.button !== 0 && e.button !== 2) return;
    const at = place(e);
    if (!at) return;
    const whole = (e.target as HTMLElement).closest("[data-whole]") !== null;
    if (e.button === 2 && at.row >= sel.top && at.row <= sel.bottom && at.column >= sel.left && at.column <= sel.right) return;
    if (whole) p.onSelection({ anchor: { row: e.shiftKey ? p.selection.anchor.row : at.row, column: 0 }, head: { row: at.row, column: shown.length - 1 } });
    else p.onSelection(moveTo(p.selection, at, e.shiftKey));
    dragging.current = !whole;
  };
  const onOver = (e: React.PointerEvent) => {
    if (!dragging.current || e.buttons !== 1) return;
    const at = place(e);
    if (at && (at.row !== head.row || at.column !== head.column)) p.onSelection({ anchor: p.selection.anchor, head: at });
  };
  const onKeyDown = (e: React.KeyboardEvent) => {
    if ((e.target as HTMLElement).closest(".grid-head")) return;
    if (p.onKey(e)) return e.preventDefault();
    const mod = e.ctrlKey || e.metaKey;
    if (mod && e.key.toLowerCase() === "a") {
      e.preventDefault();
      return p.onSelection({ anchor: { row: 0, column: 0 }, head: { row: total - 1, column: shown.length - 1 } });
    }
    const to = step(e.key, head, mod, { rows: total, columns: shown.length, page: Math.max(1, Math.floor(frame.view / rowHeight) - 1) });
    if (!to) return;
    e.preventDefault();
    p.onSelection(moveTo(p.selection, to, e.shiftKey));
    reveal(to.row, to.column);
  };

  const sortOf = (c: number) => p.sort.findIndex((k) => k.column === c);
  const headCell = (at: number, x: number) => {
    const c = shown[at];
    const col = columns[c];
    const n = sortOf(c);
    return (
      <div key={c} role="columnheader" aria-colindex={at + 2} aria-sort={n < 0 ? "none" : p.sort[n].descending ? "descending" : "ascending"}
        className={`grid-th${rightAligned(col) ? " right" : ""}`} style={{ left: x, width: width(c) }} title={`${col.name}\n${col.type}`}>
        <button className="grid-th-name" tabIndex={-1} onClick={(e) => p.onSort(c, e.shiftKey)}>
          <span className="grid-th-text"><CellText text={col.name.slice(0, shownLength)} /></span>
          {n >= 0 && <span className="grid-sort"><Icon name={p.sort[n].descending ? "sortDown" : "sortUp"} size={12} />{p.sort.length > 1 && n + 1}</span>}
        </button>
        <button className="grid-th-more" tabIndex={-1} aria-label={`Column ${col.name}`} onClick={(e) => p.onMenu(c, e.currentTarget)}><Icon name="down" size={11} /></button>
        <span className="grid-resize" aria-hidden="true"
          onPointerDown={(e) => { e.currentTarget.setPointerCapture(e.pointerId); setResizing({ column: c, width: width(c) }); }}
          onPointerMove={(e) => resizing?.column === c && setResizing({ column: c, width: Math.max(40, resizing.width + e.movementX) })}
          onPointerUp={() => { if (resizing) p.onState({ ...state, widths: { ...state.widths, [c]: resizing.width } }); setResizing(null); }}
          onDoubleClick={() => { const { [c]: _w, ...rest } = state.widths; p.onState({ ...state, widths: rest }); }} />
      </div>
    );
  };
  const pinnedHeads = Array.from({ length: pinned }, (_, i) => headCell(i, gutter + edges[i]));
  const heads = Array.from({ length: Math.max(0, lastColumn - firstColumn) }, (_, i) => headCell(firstColumn + i, gutter + edges[firstColumn + i]));
  const layout = `${firstColumn}:${lastColumn}:${pinned}:${edges.join(",")}`;
  const drawn = [];
  for (let r = rows.from; r < rows.to; r++) {
    const inBox = r >= sel.top && r <= sel.bottom;
    drawn.push(
      <GridRow key={r} row={r} top={headHeight + r * rowHeight - base} cells={windows.row(r)} columns={columns} shown={shown} edges={edges} layout={layout}
        first={firstColumn} last={lastColumn} pinned={pinned} gutter={gutter} pinnedWidth={pinnedWidth} fullWidth={fullWidth}
        selLeft={inBox ? sel.left : -1} selRight={inBox ? sel.right : -2} focus={head.row === r ? head.column : -1} nullText={p.nullText} />,
    );
  }
  return (
    <div ref={box} className="grid" role="grid" tabIndex={0} aria-label={p.label} aria-rowcount={total + 1} aria-colcount={shown.length + 1} aria-multiselectable="true"
      aria-activedescendant={total > 0 && head.row >= rows.from && head.row < rows.to ? `cell-${head.row}-${head.column}` : undefined}
      onScroll={onScroll} onKeyDown={onKeyDown} onPointerDown={onDown} onPointerOver={onOver} onPointerUp={() => (dragging.current = false)}
      onContextMenu={(e) => { if ((e.target as HTMLElement).closest("[data-row]")) { e.preventDefault(); p.onCellMenu({ left: e.clientX, top: e.clientY }); } }} onDoubleClick={(e) => (e.target as HTMLElement).closest("[data-column]") && p.onOpen()}>
      <div role="rowgroup" className="grid-space" style={{ height: spacer(frame) + headHeight, width: Math.max(fullWidth + 24, 1) }}>
        <div role="row" aria-rowindex={1} className="grid-head" style={{ height: headHeight, width: Math.max(fullWidth + 24, size.width) }}>
          <div role="none" className="grid-pinned" style={{ width: pinnedWidth, height: headHeight }}>
            <div role="columnheader" aria-colindex={1} className="grid-th grid-corner" style={{ left: 0, width: gutter }}><span className="sr-only">Row</span></div>
            {pinnedHeads}
          </div>
          {heads}
        </div>
        {drawn}
      </div>
    </div>
  );
}

/** useSame gives the value of before as long as the new one says the same, so that what hangs on it stays. */
function useSame<T>(now: T, same: (a: T, b: T) => boolean): T {
  const kept = useRef(now);
  if (kept.current !== now && !same(kept.current, now)) kept.current = now;
  return kept.current;
}

/** Each event of a run brings its columns again. */
function sameColumns(a: Column[], b: Column[]): boolean {
  return a.length === b.length && a.every((c, i) => c.name === b[i].name && c.type === b[i].type && c.kind === b[i].kind);
}

type RowProps = {
  row: number; top: number; cells: Cell[] | undefined; columns: Column[]; shown: number[]; edges: number[]; layout: string;
  first: number; last: number; pinned: number; gutter: number; pinnedWidth: number; fullWidth: number;
  selLeft: number; selRight: number; focus: number; nullText: string;
};

const GridRow = memo(function GridRow(p: RowProps) {
  const cell = (at: number) => {
    const c = p.shown[at];
    const col = p.columns[c];
    return (
      <div key={c} id={`cell-${p.row}-${at}`} role="gridcell" aria-colindex={at + 2} data-row={p.row} data-column={at}
        aria-selected={at >= p.selLeft && at <= p.selRight}
        className={`grid-td${rightAligned(col) ? " right" : ""} kind-${col.kind}${at >= p.selLeft && at <= p.selRight ? " sel" : ""}${at === p.focus ? " focus" : ""}`}
        style={{ left: p.gutter + p.edges[at], width: p.edges[at + 1] - p.edges[at] }}>
        {p.cells && inGrid(p.cells[c], p.nullText)}
      </div>
    );
  };
  // A row that is not there yet is one mark and no cells, but for the one that
  // is picked: on a jump it is drawn only to be replaced.
  const drawn = (i: number) => p.cells !== undefined || i === p.focus;
  const pinned = [];
  for (let i = 0; i < p.pinned; i++) if (drawn(i)) pinned.push(cell(i));
  const rest = [];
  for (let i = p.first; i < p.last; i++) if (drawn(i)) rest.push(cell(i));
  return (
    <div role="row" aria-rowindex={p.row + 2} className={`grid-row${p.row % 2 ? " odd" : ""}`} style={{ top: p.top, width: p.fullWidth }}>
      <div role="none" className="grid-pinned" style={{ width: p.pinnedWidth }}>
        <div role="rowheader" aria-colindex={1} className="grid-no" style={{ width: p.gutter }} data-row={p.row} data-whole="">{p.row + 1}</div>
        {pinned}
      </div>
      {rest}
      {!p.cells && <span className="grid-missing" style={{ left: p.gutter + 9 }} />}
    </div>
  );
}, (a, b) => a.row === b.row && a.top === b.top && a.cells === b.cells && a.layout === b.layout && a.columns === b.columns && a.shown === b.shown
  && a.selLeft === b.selLeft && a.selRight === b.selRight && a.focus === b.focus && a.gutter === b.gutter && a.nullText === b.nullText);

/** inGrid draws what most cells are, a line of printable ASCII, as the text alone: no direction of writing is in it to be set apart. */
function inGrid(cell: Cell, nullText: string): React.ReactNode {
  return typeof cell === "string" && cell.length <= shownLength && plain.test(cell) ? cell : <Value cell={cell} nullText={nullText} />;
}
const plain = /^[ -~]+$/;

/** Value draws one cell: NULL apart from an empty text, hostile characters made visible, long text cut. */
export const Value = memo(function Value({ cell, nullText }: { cell: Cell; nullText: string }) {
  if (cell === null || cell === undefined) return <span className="null">{nullText}</span>;
  const text = cellText(cell);
  if (text === "") return <span className="empty-text-mark" title="Empty text" aria-label="empty text" role="img" />;
  const cut = text.length > shownLength || isLong(cell);
  return <><CellText text={text.length > shownLength ? text.slice(0, shownLength) : text} />{cut && <span className="cut">…</span>}</>;
});

export function CellText({ text }: { text: string }) {
  const p = parts(text);
  if (p.length === 1 && !p[0].strange) return <bdi>{text}</bdi>;
  return <>{p.map((x, i) => (x.strange ? <span key={i} className="strange">{x.text}</span> : <bdi key={i}>{x.text}</bdi>))}</>;
}
