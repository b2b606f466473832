import type { Column } from "../api/types";

export type ChartKind = "bar" | "line" | "area" | "scatter" | "histogram";
export type ChartSpec = { kind: ChartKind; x: number; y: number; group: number; agg: string; bins: number };

export type Point = { x: number | string | Date; y: number; x2?: number; g?: string };

/**
 * whole adds a zero wherever a group has no point, so that the areas of a stack
 * stand on each other at every place.
 */
export function whole(points: Point[]): Point[] {
  const key = (x: Point["x"]) => (x instanceof Date ? x.getTime() : x);
  const places = new Map(points.map((p) => [key(p.x), p.x]));
  const groups = [...new Set(points.map((p) => p.g))];
  const there = new Set(points.map((p) => `${key(p.x)}\0${p.g}`));
  const gaps = [...places.values()].flatMap((x) => groups.filter((g) => !there.has(`${key(x)}\0${g}`)).map((g) => ({ x, y: 0, g })));
  return [...points, ...gaps];
}

/** plottable tells the columns that can lie on an axis. */
const plottable = (c: Column) => c.kind !== "json" && c.kind !== "binary";

/** looksLikeId tells numbers that name rather than measure. */
const looksLikeId = (c: Column) => /(^|_)(id|key|no|number|zip|year)$/i.test(c.name) || /^id_/i.test(c.name);

/**
 * firstGuess is the chart a person would most likely draw: a measure over time
 * as a line, a measure by a name as bars, two measures as points, one measure
 * alone as a histogram, and else how often each text occurs.
 */
export function firstGuess(columns: Column[]): ChartSpec | null {
  const at = (f: (c: Column) => boolean) => columns.findIndex((c) => plottable(c) && f(c));
  const measure = at((c) => c.kind === "number" && !looksLikeId(c));
  const time = at((c) => c.kind === "time");
  const text = at((c) => c.kind === "text" || c.kind === "boolean");
  const base = { group: -1, bins: 30 };
  if (time >= 0 && measure >= 0) return { ...base, kind: "line", x: time, y: measure, agg: "sum" };
  if (text >= 0 && measure >= 0) return { ...base, kind: "bar", x: text, y: measure, agg: "sum" };
  const second = columns.findIndex((c, i) => i > measure && c.kind === "number" && !looksLikeId(c));
  if (measure >= 0 && second >= 0) return { ...base, kind: "scatter", x: measure, y: second, agg: "" };
  if (measure >= 0) return { ...base, kind: "histogram", x: measure, y: -1, agg: "count" };
  if (time >= 0) return { ...base, kind: "line", x: time, y: -1, agg: "count" };
  if (text >= 0) return { ...base, kind: "bar", x: text, y: -1, agg: "count" };
  const number = at((c) => c.kind === "number");
  return number >= 0 ? { ...base, kind: "histogram", x: number, y: -1, agg: "count" } : null;
}

/** queryOf is what the server is asked for a chart. */
export function queryOf(s: ChartSpec, view?: string): Record<string, string | number | undefined> {
  const histogram = s.kind === "histogram";
  return {
    kind: s.kind, x: s.x, y: histogram || s.y < 0 ? undefined : s.y, group: histogram || s.group < 0 ? undefined : s.group,
    agg: histogram ? undefined : s.y < 0 ? "count" : s.agg || undefined, bins: histogram ? s.bins : undefined, view,
  };
}
