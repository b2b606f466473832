import { expect, test } from "vitest";
import { onlyReads, planLine, whatToRun, worthAsking } from "./run";
import { namespaceOf } from "./dialects";
import { qualified, quoteFor } from "./names";
import { formatSql } from "./format";

const text = "select 1;\n\nupdate t\nset x = 1";

test("the selection, the statement under the cursor, or all", () => {
  expect(whatToRun(text, 3, 3, "trino", false)).toEqual({ text: "select 1", offsetLine: 0 });
  expect(whatToRun(text, 15, 15, "trino", false)).toEqual({ text: "update t\nset x = 1", offsetLine: 2 });
  expect(whatToRun(text, 11, 19, "trino", false)).toEqual({ text: "update t", offsetLine: 2 });
  expect(whatToRun(text, 0, 0, "trino", true)).toEqual({ text, offsetLine: 0 });
  expect(whatToRun(" -- x", 0, 0, "trino", true)).toBeNull();
});

test.each([
  ["select 1", true], ["-- note\nwith a as (select 1) select * from a", true], ["(select 1)", true], ["show tables; describe t", true],
  ["select 1; drop table t", false], ["with a as (select 1) delete from t", false], ["call p()", false], ["explain select 1", true],
])("onlyReads(%j) is %s", (t, want) => expect(onlyReads(t, "redshift")).toBe(want));

test("a full read is asked about when it is large, or of unknown size", () => {
  const plan = (p: object) => ({ class: "read", plan: { full: true, ...p } });
  expect(worthAsking(plan({}), "dynamodb")).toBe(true);
  expect(worthAsking(plan({}), "athena")).toBe(false);
  expect(worthAsking(plan({ bytes: 5_000 }), "athena")).toBe(false);
  expect(worthAsking(plan({ bytes: 5_000_000_000 }), "athena")).toBe(true);
  expect(worthAsking(plan({ bytes: 5_000, capacity_units: 9000 }), "athena")).toBe(true);
  expect(worthAsking({ class: "read", plan: { full: false, bytes: 1e12 } }, "athena")).toBe(false);
  expect(worthAsking({ class: "read", plan: null }, "athena")).toBe(false);
});

test("the plan line", () => {
  expect(planLine({ class: "read", plan: { access: "Query", object: "carts", index: "by-status", full: false, rows: 14, capacity_units: 0.5, cost_usd: 0.00000025 } }))
    .toBe("Query of carts by by-status · 14 rows · 1 units · < $0.0001");
});

test("names nest, and those of the connection's own catalog stand at the top too", () => {
  const s = namespaceOf({ names: [{ path: ["cat", "sales", "orders"], kind: "table" }, { path: ["cat", "sales", "orders", "id"], kind: "column", type: "bigint" }], complete: true, home: ["cat", "sales"] });
  const top = s.schema as Record<string, { self: { label: string }; children: Record<string, unknown> }>;
  expect(Object.keys(top).sort()).toEqual(["cat", "sales"]);
  expect(Object.keys(top.sales.children)).toEqual(["orders"]);
  expect(s.defaultSchema).toBe("sales");
});

test.each([
  ["athena", ["AwsDataCatalog", "sales", "orders"], "sales.orders"], ["athena", ["other", "s", "Order"], 'other.s."Order"'],
  ["redshift", ["dev", "public", "select"], 'dev.public."select"'], ["dynamodb", ["shop-1"], '"shop-1"'], ["athena", ["AwsDataCatalog", "a", 'x"y'], 'a."x""y"'],
])("%s writes %j as %s", (engine, path, want) => expect(qualified(engine, path)).toBe(want));

test("quoteFor leaves plain names alone", () => expect(quoteFor("athena", "order_id")).toBe("order_id"));

test("format keeps parameters and the dialects' own", () => {
  expect(formatSql("select a::int from t where x = :day and y=$1", "redshift")).toContain(":day");
  expect(formatSql("select * from \"shop\" where pk = 'a'", "partiql")).toContain('"shop"');
  expect(formatSql("select x from t limit 5", "trino")).toMatch(/^SELECT\n {2}x\nFROM\n {2}t/);
});
