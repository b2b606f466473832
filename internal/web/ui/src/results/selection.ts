/** A rectangle of cells: rows are those of the result or view, columns count the shown ones. */
export type Place = { row: number; column: number };
export type Selection = { anchor: Place; head: Place };
export type Box = { top: number; bottom: number; left: number; right: number };

export const start: Selection = { anchor: { row: 0, column: 0 }, head: { row: 0, column: 0 } };

export function boxOf(s: Selection): Box {
  return {
    top: Math.min(s.anchor.row, s.head.row), bottom: Math.max(s.anchor.row, s.head.row),
    left: Math.min(s.anchor.column, s.head.column), right: Math.max(s.anchor.column, s.head.column),
  };
}

export function sizeOf(s: Selection): { rows: number; columns: number } {
  const b = boxOf(s);
  return { rows: b.bottom - b.top + 1, columns: b.right - b.left + 1 };
}

export type Extent = { rows: number; columns: number; page: number };

/** step is where a key leads from a place; null for keys that do not move. */
export function step(key: string, at: Place, far: boolean, e: Extent): Place | null {
  const to = (row: number, column: number): Place => ({
    row: Math.max(0, Math.min(e.rows - 1, row)), column: Math.max(0, Math.min(e.columns - 1, column)),
  });
  switch (key) {
    case "ArrowDown": return to(far ? e.rows - 1 : at.row + 1, at.column);
    case "ArrowUp": return to(far ? 0 : at.row - 1, at.column);
    case "ArrowRight": return to(at.row, far ? e.columns - 1 : at.column + 1);
    case "ArrowLeft": return to(at.row, far ? 0 : at.column - 1);
    case "PageDown": return to(at.row + e.page, at.column);
    case "PageUp": return to(at.row - e.page, at.column);
    case "Home": return to(far ? 0 : at.row, 0);
    case "End": return to(far ? e.rows - 1 : at.row, e.columns - 1);
  }
  return null;
}

export function moveTo(s: Selection, to: Place, extend: boolean): Selection {
  return extend ? { anchor: s.anchor, head: to } : { anchor: to, head: to };
}
