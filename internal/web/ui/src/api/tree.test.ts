import { afterEach, expect, test, vi } from "vitest";
import { tree } from "./tree";
import type { Tree } from "./types";

afterEach(() => vi.unstubAllGlobals());

/** answer stands in for the server: pieces of a body, the last of which may be a failure of the connection. */
function answer(pieces: (string | Error)[], type = "application/x-ndjson") {
  const body = new ReadableStream<Uint8Array>({
    pull(c) {
      const next = pieces.shift();
      if (next === undefined) c.close();
      else if (next instanceof Error) c.error(next);
      else c.enqueue(new TextEncoder().encode(next));
    },
  });
  vi.stubGlobal("fetch", vi.fn(async () => new Response(body, { headers: { "Content-Type": type } })));
}
const line = (doc: unknown) => JSON.stringify(doc) + "\n";
const objects = (...names: string[]) => ({ objects: names.map((name) => ({ name, kind: "table", leaf: false })) });
const names = (t: Tree) => t.objects.map((o) => o.name).join(" ");

test("names are shown before the last have come", async () => {
  const text = line(objects("a", "é")) + line(objects("c")) + line({ done: true, cached_at: "2026-01-01T00:00:00Z" });
  const bytes = [...text];
  answer(bytes); // a character at a time, so that lines and letters are cut anywhere
  const seen: Tree[] = [];
  const whole = await tree("lake", ["x"], false, undefined, (t) => seen.push(t));
  expect(names(whole)).toBe("a é c");
  expect(whole.more).toBeUndefined();
  expect(whole.cached_at).toBe("2026-01-01T00:00:00Z");
  expect(names(seen[0])).toBe("a é");
  expect(seen[0].more).toBe(true);
});

test("one answer is a whole listing", async () => {
  answer([JSON.stringify({ ...objects("a"), cached_at: "2026-01-01T00:00:00Z" })], "application/json");
  expect(names(await tree("lake", []))).toBe("a");
});

test("what breaks off keeps what came and says so", async () => {
  const cut = "Fairlead does not answer";
  for (const [pieces, why] of [
    [[line(objects("a")), line({ error: { code: "throttled", message: "slow down" } })], "slow down"],
    [[line(objects("a")), new Error("cut")], cut],
    [[line(objects("a"))], cut], // the end is missing
    [[line(objects("a")), `{"objects":[{"na`], cut],
  ] as [(string | Error)[], string][]) {
    answer([...pieces]);
    const t = await tree("lake", []);
    expect(names(t)).toBe("a");
    expect(t.fault?.message).toBe(`The listing broke off: ${why}`);
  }
});

test("what fails before the first name is refused", async () => {
  answer([new Error("cut")]);
  await expect(tree("lake", [])).rejects.toMatchObject({ fault: { code: "unreachable" } });
});
