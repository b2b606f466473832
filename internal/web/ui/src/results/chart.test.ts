import { expect, test } from "vitest";
import { whole } from "./chart";

test("a group without a point at a place has a zero there", () => {
  const jan = new Date("2026-01-01T00:00:00Z"), feb = new Date("2026-02-01T00:00:00Z");
  const points = [{ x: jan, y: 3, g: "EU" }, { x: new Date(jan), y: 1, g: "NA" }, { x: feb, y: 2, g: "EU" }];
  expect(whole(points)).toEqual([...points, { x: feb, y: 0, g: "NA" }]);
  const texts = [{ x: "a", y: 1, g: "1" }, { x: "b", y: 1, g: "2" }];
  expect(whole(texts).map((p) => `${p.x}${p.g}:${p.y}`)).toEqual(["a1:1", "b2:1", "a2:0", "b1:0"]);
  expect(whole([])).toEqual([]);
});
