import { expect, test } from "vitest";
import { columns } from "../../dev/data";
import type { Column, Typed } from "../api/types";
import { firstGuess, queryOf } from "./chart";
import { edgesOf, hide, order, pin, plainColumns } from "./columns";
import { filterText, opsFor } from "./Filters";
import { keyOf, problemOf, tableOf } from "./item";
import { NumberText, parseExact, typedValue } from "./JsonTree";
import { boxOf, moveTo, start, step } from "./selection";

const col = (name: string, kind: Column["kind"]): Column => ({ name, kind, type: kind });

test.each([
  [[col("day", "time"), col("total", "number")], "line", 0, 1],
  [[col("region", "text"), col("order_id", "number"), col("total", "number")], "bar", 0, 2],
  [[col("a", "number"), col("b", "number")], "scatter", 0, 1],
  [[col("price", "number")], "histogram", 0, -1],
  [[col("region", "text"), col("order_id", "number")], "bar", 0, -1],
  [[col("id", "number")], "histogram", 0, -1],
])("the first guess of a chart", (cols, kind, x, y) => expect(firstGuess(cols)).toMatchObject({ kind, x, y }));

test("no chart of nested values alone", () => expect(firstGuess([col("doc", "json")])).toBeNull());

test("a histogram sends its bins, others their aggregate", () => {
  expect(queryOf({ kind: "histogram", x: 1, y: -1, group: -1, agg: "count", bins: 12 })).toMatchObject({ x: 1, bins: 12, agg: undefined, y: undefined });
  expect(queryOf({ kind: "bar", x: 0, y: -1, group: -1, agg: "sum", bins: 30 })).toMatchObject({ agg: "count", bins: undefined });
});

test("pinned columns come first, hidden ones not at all", () => {
  const s = hide(pin(pin(plainColumns, 3), 1), 0);
  expect(order(columns.slice(0, 5), s)).toEqual({ shown: [3, 1, 2, 4], pinned: 2 });
  expect(order(columns.slice(0, 5), hide(s, 3)).pinned).toBe(1);
  expect(edgesOf([3, 1], (c) => c * 10)).toEqual([0, 30, 40]);
});

test("keys move within the result, and extend with Shift", () => {
  const e = { rows: 100, columns: 4, page: 20 };
  expect(step("ArrowDown", { row: 99, column: 0 }, false, e)).toEqual({ row: 99, column: 0 });
  expect(step("End", { row: 5, column: 0 }, true, e)).toEqual({ row: 99, column: 3 });
  expect(step("PageUp", { row: 5, column: 2 }, false, e)).toEqual({ row: 0, column: 2 });
  expect(step("x", { row: 5, column: 2 }, false, e)).toBeNull();
  expect(boxOf(moveTo(start, { row: 3, column: 2 }, true))).toEqual({ top: 0, bottom: 3, left: 0, right: 2 });
});

test("filters read as sentences and fit the column", () => {
  expect(filterText({ column: 3, op: "gt", value: "5" }, columns)).toBe("amount is more than 5");
  expect(filterText({ column: -1, op: "contains", value: "x" }, columns)).toBe("any column contains x");
  expect(opsFor(columns[4])).not.toContain("lt");
});

test("numbers keep their digits in the tree", () => {
  const v = parseExact('{"n": 12345678901234567890.5, "m": 1.5}') as { n: unknown; m: unknown };
  // Node 20 cannot tell a number's source; Chromium can.
  if (v.n instanceof NumberText) expect(v.n.digits).toBe("12345678901234567890.5");
  expect(v.m).toBe(1.5);
});

test("typed values are told from maps that look like them", () => {
  expect(typedValue({ S: "x" })).toEqual({ type: "S", value: "x" });
  expect(typedValue({ N: 5 })).toBeNull();
  expect(typedValue({ S: "x", N: "1" })).toBeNull();
});

test("an item's key is made from its row", () => {
  const source = { connection: "c", table: "t", keys: [{ name: "pk", type: "S" }, { name: "sk", type: "N" }], readOnly: false };
  const cols = [col("sk", "number"), col("pk", "text")];
  expect(keyOf(source, cols, ["7", "a"])).toEqual({ pk: { S: "a" }, sk: { N: "7" } });
  expect(keyOf(source, cols, [null, "a"])).toBeNull();
  expect(tableOf('SELECT * FROM "shop"."by-status" WHERE x = 1')).toBe("shop");
  expect(tableOf("select 1")).toBeNull();
});

test.each<[Typed, boolean]>([
  [{ N: "12.5e3" }, true], [{ N: "twelve" }, false], [{ N: "1".repeat(39) }, false], [{ N: "1" + "0".repeat(60) }, true],
  [{ SS: [] }, false], [{ SS: ["a", "a"] }, false], [{ NS: ["1", "x"] }, false], [{ B: "AQID" }, true], [{ B: "???" }, false],
  [{ L: [{ M: { x: { N: "no" } } }] }, false], [{ BOOL: true }, true],
])("problemOf(%j)", (v, fine) => expect(problemOf(v) === null).toBe(fine));
