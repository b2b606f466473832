import { PostgreSQL, SQLDialect, schemaCompletionSource, keywordCompletionSource, sql, type SQLNamespace } from "@codemirror/lang-sql";
import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import type { Names } from "../api/types";
import { quoteFor } from "./names";
import { pieces, statementAt } from "./statements";

const trinoWords =
  "add all alter analyze and any array as asc at between by call case cast column comment commit constraint create cross cube current current_date current_time current_timestamp data database day deallocate delete desc describe distinct distributed drop else end escape except execute exists explain extract external false fetch filter first following for format from full functions grant group grouping having hour if in inner input insert intersect interval into is join last lateral left level like limit location localtime localtimestamp logical map minute month msck natural next no not null nullif nulls offset on only or order ordinality outer output over partition partitioned partitions position preceding prepare properties range recursive rename repair reset revoke right rollup row rows schema schemas second select serde session set sets show some start stored substring system table tables tablesample tblproperties text then time timestamp to true try_cast type uescape unbounded union unload unnest update use using vacuum validate values verbose view when where with work year zone";
const trinoTypes =
  "bigint binary boolean char date decimal double float int integer json real row smallint string struct timestamp tinyint varbinary varchar uuid ipaddress hyperloglog";
const trinoFunctions =
  "approx_distinct approx_percentile arbitrary array_agg array_distinct array_join avg bool_and bool_or cardinality ceil coalesce concat contains count count_if date_add date_diff date_format date_parse date_trunc dense_rank element_at first_value floor format_datetime from_iso8601_timestamp from_unixtime greatest json_extract json_extract_scalar json_parse lag last_value lead least length lower lpad map_agg max max_by min min_by now ntile parse_datetime percent_rank rank regexp_extract regexp_like regexp_replace replace reverse round row_number rpad sequence split split_part strpos substr sum to_unixtime transform trim try typeof upper url_extract_host width_bucket";
const trino = SQLDialect.define({
  keywords: `${trinoWords} ${trinoFunctions}`, types: trinoTypes, doubleQuotedStrings: false, identifierQuotes: '"`', operatorChars: "*+-%<>!=|/", charSetCasts: false,
});
const redshift = SQLDialect.define({
  ...PostgreSQL.spec,
  keywords: `${PostgreSQL.spec.keywords ?? ""} distkey sortkey diststyle compound interleaved encode unload copy backup super spectrum listagg qualify approximate`,
  types: `${PostgreSQL.spec.types ?? ""} super geometry geography hllsketch varbyte`,
});
const partiql = SQLDialect.define({
  keywords: "all and as asc at attribute_type begins_with between by contains delete desc exists false from in insert into is limit missing modified new not null old or order remove returning select set size true undefined update value values where",
  types: "", doubleQuotedStrings: false, identifierQuotes: '"', operatorChars: "*+-%<>!=|/",
});

export function dialectOf(name: string): SQLDialect {
  return name === "redshift" ? redshift : name === "partiql" ? partiql : trino;
}

/** language is the engine's dialect with completion from the names that are known already. */
export function language(dialect: string, engine: string, names: Names | undefined): Extension {
  const d = dialectOf(dialect);
  const support = sql({ dialect: d, upperCaseKeywords: true });
  const keywords = keywordCompletionSource(d, true);
  // After a dot stands a name.
  const sources: CompletionSource[] = [(c) => (/\.\s*"?\w*$/.test(c.state.sliceDoc(Math.max(0, c.pos - 80), c.pos)) ? null : keywords(c))];
  if (names) {
    const space = namespaceOf(names);
    sources.push(schemaCompletionSource({ dialect: d, schema: space.schema, defaultSchema: space.defaultSchema }), columnsInReach(names, dialect, engine));
  }
  return [support.language, sources.map((autocomplete) => d.language.data.of({ autocomplete }))];
}

type Tree = { self: Completion; children: Record<string, Tree> };

/** namespaceOf nests the names; what lies in the connection's own catalog may be named without it. */
export function namespaceOf(names: Names): { schema: SQLNamespace; defaultSchema?: string } {
  const root: Record<string, Tree> = {};
  for (const n of names.names) {
    let at = root;
    n.path.forEach((name, i) => {
      const last = i === n.path.length - 1;
      at[name] ??= { self: { label: name, type: iconOf(last ? n.kind : "schema"), detail: last ? (n.type ?? n.kind) : undefined, boost: last && (n.kind === "table" || n.kind === "view") ? 1 : 0 }, children: {} };
      at = at[name].children;
    });
  }
  const home = names.home ?? [];
  if (home.length > 0 && root[home[0]]) Object.assign(root, { ...root[home[0]].children, ...root });
  return { schema: root as SQLNamespace, defaultSchema: home[1] };
}

function iconOf(kind: string): string {
  return { catalog: "namespace", database: "namespace", schema: "namespace", table: "class", view: "class", column: "property", key: "property", index: "type" }[kind] ?? "variable";
}

/** wordsOf are the names a statement holds, in lower case: among them its tables. */
export function wordsOf(text: string, dialect: string): Set<string> {
  const words = new Set<string>();
  for (const p of pieces(text, dialect)) {
    if (p.kind === "code") for (const m of text.slice(p.from, p.to).matchAll(/\w+/g)) words.add(m[0].toLowerCase());
    if (p.kind === "name") words.add(text.slice(p.from + 1, p.to - 1).toLowerCase());
  }
  return words;
}

/** The most tables of one statement whose columns are listed for completion. */
const mostTables = 8;

/** withoutColumns are the tables that a statement names and whose columns are not known yet. */
export function withoutColumns(text: string, dialect: string, names: Names): string[][] {
  const words = wordsOf(text, dialect);
  const known = new Set(names.names.filter((n) => n.kind === "column" || n.kind === "key").map((n) => n.path.slice(0, -1).join("\u0001")));
  return names.names.filter((n) => (n.kind === "table" || n.kind === "view") && words.has(n.path[n.path.length - 1].toLowerCase()) && !known.has(n.path.join("\u0001"))).slice(0, mostTables).map((n) => n.path);
}

/** columnsInReach offers the columns of the tables that the statement names, without a dot before them. */
function columnsInReach(names: Names, dialect: string, engine: string): CompletionSource {
  const tables = new Map<string, Completion[]>();
  for (const n of names.names) {
    if (n.kind !== "column" && n.kind !== "key") continue;
    const name = n.path[n.path.length - 1];
    const table = n.path[n.path.length - 2]?.toLowerCase();
    if (!table) continue;
    const list = tables.get(table) ?? [];
    list.push({ label: name, type: "property", detail: n.type, apply: engine === "dynamodb" && /^\w+$/.test(name) ? name : quoteFor(engine, name), boost: 2 });
    tables.set(table, list);
  }
  return (c: CompletionContext): CompletionResult | null => {
    const word = c.matchBefore(/[\w"]+/);
    if (!word && !c.explicit) return null;
    if (/\.\s*"?$/.test(c.state.sliceDoc(Math.max(0, (word?.from ?? c.pos) - 3), word?.from ?? c.pos))) return null;
    const text = c.state.doc.toString();
    const here = statementAt(text, c.pos, dialect);
    if (!here) return null;
    const words = wordsOf(here.text, dialect);
    const options: Completion[] = [];
    const seen = new Set<string>();
    for (const w of words) for (const o of tables.get(w) ?? []) if (!seen.has(o.label)) seen.add(o.label), options.push(o);
    return options.length ? { from: word?.from ?? c.pos, options, validFor: /^[\w"]*$/ } : null;
  };
}
