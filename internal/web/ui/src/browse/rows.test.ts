import { expect, test } from "vitest";
import { connections } from "../../dev/data";
import type { TreeObject } from "../api/types";
import { nodeId, rowsOf, type Listing } from "./rows";

const dir = (name: string, kind = "schema"): TreeObject => ({ name, kind, leaf: false });
const known = new Map<string, Listing>([
  [nodeId("lake", []), { objects: [dir("AwsDataCatalog", "catalog")] }],
  [nodeId("lake", ["AwsDataCatalog"]), { objects: [dir("sales"), dir("web")] }],
  [nodeId("lake", ["AwsDataCatalog", "sales"]), { objects: [dir("orders", "table"), { name: "old", kind: "table", leaf: false, broken: "gone" }] }],
  [nodeId("warehouse", []), { fault: { code: "sso-expired", message: "expired" } }],
]);
const rows = (open: string[], search = "") => rowsOf(connections, new Set(open), (id) => known.get(id), search);
const names = (list: ReturnType<typeof rows>) => list.map((r) => (r.kind === "connection" ? r.connection.name : r.kind === "object" ? "  ".repeat(r.depth) + r.object.name : r.kind));

test("closed connections are one row each", () => expect(names(rows([]))).toEqual(["lake", "orders", "warehouse"]));

test("open nodes show what is below; a fault and a wait take its place", () => {
  expect(names(rows([nodeId("lake", []), nodeId("lake", ["AwsDataCatalog"]), nodeId("orders", []), nodeId("warehouse", [])]))).toEqual(
    ["lake", "  AwsDataCatalog", "    sales", "    web", "orders", "wait", "warehouse", "fault"]);
});

test("a search finds objects that were listed, with the way to them", () => {
  expect(names(rows([], "orders"))).toEqual(["lake", "  AwsDataCatalog", "    sales", "      orders", "orders"]);
  expect(names(rows([], "nothing"))).toEqual([]);
  expect(names(rows([], "prod"))).toEqual(["warehouse"]);
});

test("20,000 tables are flattened in one pass", () => {
  known.set(nodeId("orders", []), { objects: Array.from({ length: 20_000 }, (_, i) => dir(`t${i}`, "table")) });
  expect(rows([nodeId("orders", [])])).toHaveLength(20_003);
  known.delete(nodeId("orders", []));
});

test("a listing that grows says how far it is, one that broke off says why", () => {
  const id = nodeId("orders", []);
  known.set(id, { objects: [dir("a", "table")], more: true });
  expect(names(rows([id]))).toEqual(["lake", "orders", "  a", "wait", "warehouse"]);
  expect(rows([id]).find((r) => r.kind === "wait")).toMatchObject({ text: "Listing, 1 so far" });
  expect(names(rows([], "a"))).not.toContain("wait");
  known.set(id, { objects: [dir("a", "table")], fault: { code: "throttled", message: "slow down" } });
  expect(names(rows([id]))).toEqual(["lake", "orders", "  a", "fault", "warehouse"]);
  known.delete(id);
});
