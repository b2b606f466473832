import { afterEach, expect, test, vi } from "vitest";
import { listen, readEvents, retryDelay } from "./events";

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

afterEach(() => { vi.useRealTimers(); vi.unstubAllGlobals(); });

function sight(state: "visible" | "hidden"): void {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

test("a page that nobody sees gives its stream back, and takes it up again when seen", async () => {
  vi.useFakeTimers();
  const signals: AbortSignal[] = [];
  vi.stubGlobal("fetch", (_: string, o: RequestInit) => {
    signals.push(o.signal!);
    return new Promise<Response>((done, fail) => {
      o.signal!.addEventListener("abort", () => fail(new DOMException("", "AbortError")));
      done(new Response(new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode('data: {"type":"hello","boot":"b"}\n\n')) })));
    });
  });
  const links: string[] = [];
  const stop = listen({ event: () => {}, link: (l) => links.push(l) });
  await vi.advanceTimersByTimeAsync(50);
  sight("hidden");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(signals[0].aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(signals[0].aborted).toBe(true);
  sight("visible");
  await vi.advanceTimersByTimeAsync(50);
  expect(signals).toHaveLength(2);
  expect(links).toEqual(["up", "connecting", "up"]);
  stop();
  expect(signals[1].aborted).toBe(true);
});
