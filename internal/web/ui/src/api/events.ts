import { key } from "./client";
import type { ServerEvent } from "./types";

export type Link = "connecting" | "up" | "down" | "signed-out";

type Handlers = {
  event: (e: ServerEvent) => void;
  /** Told each change of the link; restarted says that another process answers now than before. */
  link: (l: Link, restarted: boolean) => void;
};

/** How long to wait before the nth try to reach the server again. */
export function retryDelay(attempt: number): number {
  return Math.min(5000, 300 * 2 ** attempt);
}

/** The server says something every 10 seconds; silence for longer means that it, or the way to it, is gone. */
const longestSilence = 25_000;

/** How long a page that is not seen keeps its stream. */
const restAfter = 10_000;

/** readEvents calls f with the data of each event of a Server-Sent Events body, until it ends. */
export async function readEvents(body: ReadableStream<Uint8Array>, f: (data: string) => void, alive: () => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    rest += value;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const data = rest.slice(0, end).split("\n").filter((l) => l.startsWith("data:")).map((l) => l.slice(5).replace(/^ /, ""));
      rest = rest.slice(end + 2);
      if (data.length) f(data.join("\n"));
    }
  }
}

/** listen follows /api/events and opens the stream anew, slower each time, when it breaks. */
export function listen(h: Handlers): () => void {
  let abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let boot: string | null = null;
  let stopped = false;
  let open = false;

  const tell = (text: string) => {
    const e = JSON.parse(text) as ServerEvent;
    if (e.type === "hello") {
      const restarted = boot !== null && boot !== e.boot;
      boot = e.boot;
      attempt = 0;
      h.link("up", restarted);
    }
    h.event(e);
  };
  const connect = async () => {
    clearTimeout(timer);
    abort = new AbortController();
    const mine = abort;
    open = true;
    let watch: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => mine.abort(), longestSilence);
    };
    let signedOut = false;
    try {
      alive();
      const answer = await fetch("/api/events", { headers: { "X-Fairlead": key() }, credentials: "same-origin", signal: mine.signal });
      signedOut = answer.status === 401;
      if (answer.ok && answer.body) await readEvents(answer.body, tell, alive);
    } catch {
      // Gone: told below, like an end.
    }
    clearTimeout(watch);
    if (stopped || mine !== abort) return;
    open = false;
    h.link(signedOut ? "signed-out" : "down", false);
    timer = setTimeout(() => void connect(), signedOut ? 5000 : retryDelay(attempt++));
  };
  void connect();
  // A browser allows few connections to one host, for all its tabs together: a
  // page that nobody sees gives its own back, and catches up when it is seen.
  let resting: ReturnType<typeof setTimeout> | undefined;
  const seen = () => {
    clearTimeout(resting);
    if (stopped) return;
    if (document.visibilityState !== "visible") {
      resting = setTimeout(() => {
        clearTimeout(timer);
        const mine = abort;
        abort = new AbortController();
        mine.abort();
        open = false;
        h.link("connecting", false);
      }, restAfter);
      return;
    }
    // Back from sleep or another tab: do not sit out the long wait.
    if (open) return;
    attempt = 0;
    void connect();
  };
  document.addEventListener("visibilitychange", seen);
  return () => {
    stopped = true;
    clearTimeout(timer);
    clearTimeout(resting);
    document.removeEventListener("visibilitychange", seen);
    abort.abort();
  };
}
