/**
 * The scroll of a grid higher than a browser lets an element be. The spacer is
 * at most `limit` high; top is where we are in the true height. Small moves go
 * pixel by pixel, jumps (the scroll bar dragged) go by share.
 */
export type Scroll = { top: number; physical: number };

/** Browsers cut elements at 17 to 33 million pixels; half of the least leaves room for rounding. */
export const heightLimit = 8_000_000;

export type Frame = { height: number; view: number; limit?: number };

export function spacer(f: Frame): number {
  return Math.min(f.height, f.limit ?? heightLimit);
}

function ranges(f: Frame): { virtual: number; physical: number } {
  return { virtual: Math.max(0, f.height - f.view), physical: Math.max(0, spacer(f) - f.view) };
}

/** moved is the scroll after the element reported scrollTop. */
export function moved(s: Scroll, scrollTop: number, f: Frame): Scroll {
  const r = ranges(f);
  if (r.virtual === r.physical) return { top: clamp(scrollTop, 0, r.virtual), physical: scrollTop };
  const by = scrollTop - s.physical;
  if (Math.abs(by) > 3 * f.view || scrollTop <= 0 || scrollTop >= r.physical) {
    const top = r.physical === 0 ? 0 : (scrollTop / r.physical) * r.virtual;
    // At an edge that was met by small steps the true edge may still be far: go on by steps.
    if (Math.abs(by) <= 3 * f.view && Math.abs(top - s.top) > 3 * f.view) {
      return { top: clamp(s.top + by, 0, r.virtual), physical: scrollTop };
    }
    return { top, physical: scrollTop };
  }
  return { top: clamp(s.top + by, 0, r.virtual), physical: scrollTop };
}

/** settled is the scrollTop that the scroll bar should rest at for where we are. */
export function settled(s: Scroll, f: Frame): number {
  const r = ranges(f);
  if (r.virtual === r.physical || r.virtual === 0) return clamp(s.top, 0, r.physical);
  const at = (s.top / r.virtual) * r.physical;
  // Keep off the edges while there is more to see that way.
  if (s.top > 0 && at < 1) return 1;
  if (s.top < r.virtual && at > r.physical - 1) return r.physical - 1;
  return Math.round(at);
}

export function clamp(n: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, n));
}

/** visible is the first row and the number of rows in view, with some either side. */
export function visible(top: number, view: number, row: number, total: number, around = 8): { from: number; to: number } {
  const from = clamp(Math.floor(top / row) - around, 0, Math.max(0, total));
  const to = clamp(Math.ceil((top + view) / row) + around, 0, total);
  return { from, to };
}

/** spanOf finds the columns that meet [left, left + view] from the left edges (edges has one more entry than columns). */
export function spanOf(edges: number[], left: number, view: number, around = 1): { from: number; to: number } {
  const count = edges.length - 1;
  if (count <= 0) return { from: 0, to: 0 };
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (edges[mid + 1] <= left) low = mid + 1;
    else high = mid;
  }
  let to = low;
  while (to < count && edges[to] < left + view) to++;
  return { from: clamp(low - around, 0, count), to: clamp(to + around, 0, count) };
}
