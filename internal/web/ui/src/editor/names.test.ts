import { expect, test } from "vitest";
import type { Names } from "../api/types";
import { tableAt } from "./names";

const names: Names = {
  complete: true, home: ["AwsDataCatalog", "sales"],
  names: [
    { path: ["AwsDataCatalog", "web", "orders"], kind: "table" }, { path: ["AwsDataCatalog", "sales", "orders"], kind: "table" }, { path: ["AwsDataCatalog", "sales", "Odd.Name"], kind: "view" },
    { path: ["AwsDataCatalog", "sales", "orders", "region"], kind: "column" },
  ],
};
test.each([
  ["select * from ord|ers o", "sales.orders"], ["select * from |orders", "sales.orders"], ["select * from orders|", "sales.orders"], ["from web.or|ders x", "web.orders"], ["from ORD|ERS", "sales.orders"],
  ['from sales."odd.na|me"', "sales.Odd.Name"], ["select reg|ion from orders", undefined], ["|", undefined], ["from nowhere.ord|ers", undefined],
])("%j names %j", (marked, want) => {
  const at = marked.indexOf("|");
  expect(tableAt(marked.replace("|", ""), at, names)?.path.slice(1).join(".")).toBe(want);
});
