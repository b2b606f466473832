import type { Column } from "../api/types";

/** How the columns of a result are shown: widths by index, the hidden and the pinned ones. */
export type ColumnState = { widths: Record<number, number>; hidden: number[]; pinned: number[] };
export const plainColumns: ColumnState = { widths: {}, hidden: [], pinned: [] };

/** order lists the shown columns, pinned ones first. */
export function order(columns: Column[], s: ColumnState): { shown: number[]; pinned: number } {
  const hidden = new Set(s.hidden);
  const pinned = s.pinned.filter((i) => i < columns.length && !hidden.has(i));
  const first = new Set(pinned);
  const rest = columns.map((_, i) => i).filter((i) => !hidden.has(i) && !first.has(i));
  return { shown: [...pinned, ...rest], pinned: pinned.length };
}

/** edgesOf gives the left edge of each shown column and the right edge of the last. */
export function edgesOf(shown: number[], width: (column: number) => number): number[] {
  const edges = [0];
  for (const c of shown) edges.push(edges[edges.length - 1] + width(c));
  return edges;
}

export function pin(s: ColumnState, column: number): ColumnState {
  return s.pinned.includes(column) ? { ...s, pinned: s.pinned.filter((c) => c !== column) } : { ...s, pinned: [...s.pinned, column] };
}

export function hide(s: ColumnState, column: number): ColumnState {
  return { ...s, hidden: [...s.hidden, column], pinned: s.pinned.filter((c) => c !== column) };
}
