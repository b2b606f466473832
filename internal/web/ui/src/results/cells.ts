import type { Cell, Column } from "../api/types";

/**
 * Characters that would hide, reorder or break the line of a cell: controls,
 * bidirectional marks, zero-width ones, line separators and lone surrogates.
 */
const strange =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u00a0]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const names: Record<number, string> = { 9: "⇥", 10: "↵", 13: "␍", 0: "␀", 27: "␛", 0xa0: "⍽" };

/** strangeName is the visible stand-in of a strange character. */
export function strangeName(c: string): string {
  const code = c.charCodeAt(0);
  if (names[code]) return names[code];
  if (code < 32) return String.fromCharCode(0x2400 + code);
  if (code === 127) return "␡";
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

export type Part = { text: string; strange: boolean };

/** parts cuts text into plain runs and visible stand-ins. Most cells have one part. */
export function parts(text: string): Part[] {
  strange.lastIndex = 0;
  if (!strange.test(text)) return [{ text, strange: false }];
  strange.lastIndex = 0; // matchAll would begin behind what test has found
  const out: Part[] = [];
  let at = 0;
  for (const m of text.matchAll(strange)) {
    if (m.index > at) out.push({ text: text.slice(at, m.index), strange: false });
    out.push({ text: strangeName(m[0]), strange: true });
    at = m.index + m[0].length;
  }
  if (at < text.length) out.push({ text: text.slice(at), strange: false });
  return out;
}

export function isLong(c: Cell): c is { t: string; n: number } {
  return typeof c === "object" && c !== null;
}

export function cellText(c: Cell): string {
  return c === null ? "" : typeof c === "string" ? c : c.t;
}

/** The most of a cell that is put in the grid: more is never seen there. */
export const shownLength = 300;

/** rightAligned tells the columns whose digits should stand under one another. */
export function rightAligned(c: Column): boolean {
  return c.kind === "number";
}

/** Measure tells how wide a text is drawn, in pixels. */
export type Measure = (text: string, kind: Column["kind"]) => number;

/** byLength measures without a screen. */
export const byLength: Measure = (text) => text.length * 7.4;

/** widthOf guesses a column's width in pixels from its name and the first rows: of those the longest is measured. */
export function widthOf(column: Column, sample: Cell[], measure: Measure = byLength): number {
  let longest = "";
  for (const c of sample) {
    const text = cellText(c);
    if (text.length > longest.length) longest = text;
  }
  const name = measure(column.name, "text") + 46; // beside it: sort mark, menu
  return Math.round(Math.min(420, Math.max(64, name, measure(longest.slice(0, 70), column.kind) + 26)));
}

/** onScreen measures as the grid draws. */
export function onScreen(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return byLength;
  const css = getComputedStyle(document.documentElement);
  const fonts = { sans: `12.5px ${css.getPropertyValue("--sans")}`, mono: `11.5px ${css.getPropertyValue("--mono")}` };
  return (text, kind) => {
    context.font = kind === "json" || kind === "binary" ? fonts.mono : fonts.sans;
    return context.measureText(text).width;
  };
}
