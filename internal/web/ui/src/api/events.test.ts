import { expect, test } from "vitest";
import { readEvents, retryDelay } from "./events";

function body(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(c) {
      for (const x of chunks) c.enqueue(new TextEncoder().encode(x));
      c.close();
    },
  });
}

test("events are read whole, however they are cut", async () => {
  const got: string[] = [];
  let alive = 0;
  await readEvents(body('data: {"a":1}\n', "\n: still here\n\nda", "ta: two\ndata: lines\n\n"), (d) => got.push(d), () => alive++);
  expect(got).toEqual(['{"a":1}', "two\nlines"]);
  expect(alive).toBe(3);
});

test("the waits grow to five seconds and no more", () => {
  expect([0, 1, 2, 10].map(retryDelay)).toEqual([300, 600, 1200, 5000]);
});
