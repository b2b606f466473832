import { expect, test } from "vitest";
import type { Rows } from "../api/types";
import { Windows } from "./windows";

type Ask = { from: number; count: number; signal: AbortSignal; answer: (r: Rows) => void; fail: (e: unknown) => void };

function windows(size = 10, keep = 3) {
  const asks: Ask[] = [];
  const w = new Windows((from, count, signal) => new Promise((answer, fail) => asks.push({ from, count, signal, answer, fail })), size, keep);
  const rows = (a: Ask, n = a.count) => a.answer({ from: a.from, rows: Array.from({ length: n }, (_, i) => [String(a.from + i)]), total: 1000, done: true });
  const settle = () => new Promise((r) => setTimeout(r));
  return { w, asks, rows, settle };
}

test("asks for the chunks in view and no others", async () => {
  const { w, asks, rows, settle } = windows();
  w.want(5, 18, 1000);
  expect(asks.map((a) => a.from)).toEqual([0, 10]);
  rows(asks[1]);
  await settle();
  expect(w.row(12)).toEqual(["12"]);
  expect(w.row(3)).toBeUndefined();
  w.want(5, 18, 1000);
  expect(asks).toHaveLength(2);
});

test("drops what has scrolled by", () => {
  const { w, asks } = windows();
  w.want(0, 9, 1000);
  w.want(500, 509, 1000);
  expect(asks[0].signal.aborted).toBe(true);
  expect(asks[1]).toMatchObject({ from: 500 });
});

test("holds a bounded number of chunks, letting go of the longest unused", async () => {
  const { w, asks, rows, settle } = windows(10, 3);
  for (let at = 0; at < 100; at += 10) {
    w.want(at, at + 9, 1000);
    rows(asks[asks.length - 1]);
    await settle();
  }
  expect(w.held).toBe(3);
  expect(w.row(95)).toBeDefined();
  expect(w.row(5)).toBeUndefined();
});

test("a short chunk is asked for again only after the result has grown", async () => {
  const { w, asks, rows, settle } = windows();
  w.want(0, 10, 4);
  rows(asks[0], 4);
  await settle();
  w.want(0, 10, 4);
  expect(asks).toHaveLength(1);
  w.want(0, 10, 9);
  expect(asks).toHaveLength(2);
});

test("a failure stops asking until it is retried", async () => {
  const { w, asks, settle } = windows();
  w.want(0, 9, 100);
  asks[0].fail(new Error("gone"));
  await settle();
  w.want(0, 9, 100);
  expect(asks).toHaveLength(1);
  expect(w.error).toBeInstanceOf(Error);
  w.retry();
  w.want(0, 9, 100);
  expect(asks).toHaveLength(2);
});

test("wide results are asked for in fewer rows", () => {
  expect(Windows.chunkSize(8)).toBe(200);
  expect(Windows.chunkSize(1600)).toBe(20);
  expect(Windows.chunkSize(8, true)).toBe(60);
  expect(Windows.chunkSize(1600, true)).toBe(20);
});
