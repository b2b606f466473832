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

/** widthOf guesses a column's width in pixels from its name, type and the first rows. */
export function widthOf(column: Column, sample: Cell[], charWidth = 7.4): number {
  let longest = Math.max(column.name.length + 3, column.type.length * 0.85 + 2);
  for (const c of sample) longest = Math.max(longest, Math.min(cellText(c).length, 60));
  return Math.round(Math.min(420, Math.max(64, longest * charWidth + 22)));
}
