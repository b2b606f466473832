import { expect, test } from "vitest";
import { rank, score, type Command } from "./commands";

const c = (title: string, hint = ""): Command => ({ id: title, group: "g", title, hint, run: () => {} });

test("letters in order match, others do not", () => {
  expect(score("nq", "New query")).toBeGreaterThan(0);
  expect(score("qn", "New query")).toBe(0);
  expect(score("", "anything")).toBe(1);
});

test("whole words beat scattered letters, starts beat middles", () => {
  const list = [c("Reorder things"), c("orders"), c("Open recent docs, everything, really")];
  expect(rank("order", list).map((x) => x.title)).toEqual(["orders", "Reorder things", "Open recent docs, everything, really"]);
});

test("without a query the commands stand in their own order", () => {
  expect(rank(" ", [c("b"), c("a")]).map((x) => x.title)).toEqual(["b", "a"]);
});
