import { expect, test } from "vitest";
import { NumberText } from "./JsonTree";
import { parseUnquoted, unquotedType } from "./unquoted";

/** written writes a value back as Athena does. */
function written(v: unknown): string {
  if (v === null) return "null";
  if (v instanceof NumberText) return v.digits;
  if (Array.isArray(v)) return `[${v.map(written).join(", ")}]`;
  if (typeof v === "object") return `{${Object.entries(v as object).map(([k, x]) => `${k}=${written(x)}`).join(", ")}}`;
  return v as string;
}

test.each([
  "[]", "{}", "[a, b]", "[{sku=SKU-0171, qty=2, price=125.10}, {sku=SKU-2, qty=1, price=1e-7}]", "{method=standard, city=São Paulo, weight=8.636}", "{a={b=[1, null, {c=}]}, d=x}",
  "{a=one, two, b=3}", "[, ]", "{formula=a=b}",
])("%s is read and can be written back", (text) => expect(written(parseUnquoted(text))).toBe(text));

test("what it holds", () => {
  expect(parseUnquoted("{name=Lovelace, Ada, born=1815, dead=null}")).toEqual({ name: "Lovelace, Ada", born: new NumberText("1815"), dead: null });
});

test.each(["", "plain", "[a", "{a}", "{a=1, a=2}", "[a] b", "{=}x"])("%j is not such a value", (text) => expect(parseUnquoted(text)).toBeUndefined());

test("of which types", () => expect(["array", "map", "row", "varchar", "struct<a:int>", "arrayish"].map(unquotedType)).toEqual([true, true, true, false, true, false]));
