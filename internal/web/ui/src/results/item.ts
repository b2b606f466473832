import type { Cell, Column, Item, Typed } from "../api/types";

/** ItemSource says which item a row of a DynamoDB result is. */
export type ItemSource = { connection: string; table: string; keys: { name: string; type: string }[]; readOnly: boolean };

/** tableOf finds the one table a PartiQL SELECT reads: FROM "table" or FROM "table"."index". */
export function tableOf(text: string): string | null {
  const m = /\bfrom\s+(?:"((?:[^"]|"")+)"|([\w.-]+))/i.exec(text);
  return m ? (m[1]?.replace(/""/g, '"') ?? m[2]) : null;
}

/** keyOf makes the key of a row's item from the cells of its key columns; null when one is not there. */
export function keyOf(source: ItemSource, columns: Column[], cells: Cell[]): Item | null {
  const key: Item = {};
  for (const k of source.keys) {
    const i = columns.findIndex((c) => c.name === k.name);
    const cell = i < 0 ? null : cells[i];
    if (typeof cell !== "string") return null;
    key[k.name] = { [k.type]: cell };
  }
  return source.keys.length > 0 ? key : null;
}

export const types = ["S", "N", "BOOL", "NULL", "M", "L", "SS", "NS", "B", "BS"];

export const emptyOf = (type: string): Typed => ({ [type]: { S: "", N: "0", BOOL: false, NULL: true, M: {}, L: [], SS: [], NS: [], B: "", BS: [] }[type] });

/** problemOf says why a typed value cannot be saved; null when it can. */
export function problemOf(v: Typed): string | null {
  const [type] = Object.keys(v);
  const x = v[type];
  switch (type) {
    case "N": return numberProblem(String(x));
    case "B": return /^[A-Za-z0-9+/]*={0,2}$/.test(String(x)) && String(x).length % 4 === 0 ? null : "Binary is written in base64";
    case "SS": case "NS": case "BS": {
      const list = x as string[];
      if (list.length === 0) return "A set has at least one member";
      if (new Set(list).size !== list.length) return "A set has each member once";
      if (type === "NS") for (const n of list) { const p = numberProblem(n); if (p) return p; }
      return null;
    }
    case "L": for (const e of x as Typed[]) { const p = problemOf(e); if (p) return p; } return null;
    case "M": for (const e of Object.values(x as Item)) { const p = problemOf(e); if (p) return p; } return null;
  }
  return null;
}

function numberProblem(text: string): string | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text.trim())) return "A number has digits, a point, an exponent";
  const digits = text.replace(/[eE].*$/, "").replace(/[^\d]/g, "").replace(/^0+|0+$/g, "");
  return digits.length > 38 ? "A number has at most 38 digits" : null;
}
