import type { Names } from "../api/types";

/** How a name is written in a statement of an engine. */

const reserved = new Set(
  "all and any as asc between by case cast create cross current_date current_time current_timestamp date default delete desc distinct drop else end exists false for from full group having in inner insert into is join key last left like limit natural not null on or order outer right select set size status table then time timestamp to true union unique update user using value values view when where with year".split(" "),
);

/** quoteFor quotes a name where it has to be. PartiQL names of tables are always quoted: they hold dots and dashes. */
export function quoteFor(engine: string, name: string): string {
  const plain = engine === "dynamodb" ? false : /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name);
  return plain ? name : `"${name.replace(/"/g, '""')}"`;
}

/** tableAt is the known table whose name stands at a position of a text, with what qualifies it taken into account. */
export function tableAt(text: string, at: number, names: Names): { path: string[]; kind: string } | null {
  let from = at;
  let to = at;
  while (from > 0 && /[\w".$-]/.test(text[from - 1])) from--;
  while (to < text.length && /[\w".$-]/.test(text[to])) to++;
  const parts = text.slice(from, to).split(/\.(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((p) => p.replace(/^"|"$/g, "").replace(/""/g, '"').toLowerCase());
  if (parts[parts.length - 1] === "") return null;
  const home = (names.home ?? []).join("\u0001").toLowerCase();
  const fits = names.names.filter((n) => (n.kind === "table" || n.kind === "view") && parts.every((p, i) => n.path[n.path.length - parts.length + i]?.toLowerCase() === p));
  return fits.find((n) => n.path.slice(0, -1).join("\u0001").toLowerCase() === home) ?? fits[0] ?? null;
}

/** qualified writes a path: Redshift's database is where the connection is already, a Glue catalog of one's own goes without saying. */
export function qualified(engine: string, path: string[]): string {
  let p = path;
  if (engine === "athena" && p[0]?.toLowerCase() === "awsdatacatalog" && p.length > 1) p = p.slice(1);
  return p.map((n) => quoteFor(engine, n)).join(".");
}
