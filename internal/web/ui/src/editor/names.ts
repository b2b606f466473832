/** How a name is written in a statement of an engine. */

const reserved = new Set(
  "all and any as asc between by case cast create cross current_date current_time current_timestamp date default delete desc distinct drop else end exists false for from full group having in inner insert into is join key last left like limit natural not null on or order outer right select set size status table then time timestamp to true union unique update user using value values view when where with year".split(" "),
);

/** quoteFor quotes a name where it has to be. PartiQL names of tables are always quoted: they hold dots and dashes. */
export function quoteFor(engine: string, name: string): string {
  const plain = engine === "dynamodb" ? false : /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name);
  return plain ? name : `"${name.replace(/"/g, '""')}"`;
}

/** qualified writes a path: Redshift's database is where the connection is already, a Glue catalog of one's own goes without saying. */
export function qualified(engine: string, path: string[]): string {
  let p = path;
  if (engine === "athena" && p[0]?.toLowerCase() === "awsdatacatalog" && p.length > 1) p = p.slice(1);
  return p.map((n) => quoteFor(engine, n)).join(".");
}
