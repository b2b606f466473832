import type { Cell, Rows } from "../api/types";

export type Fetch = (from: number, count: number, signal: AbortSignal) => Promise<Rows>;

/** total is the length the result had when the chunk was asked for: a short chunk is asked for again only after growth. */
type Chunk = { rows: Cell[][]; used: number; total: number };

/**
 * Windows keeps the parts of a result that are near the view. Rows are asked
 * for in aligned chunks; what has scrolled by is not fetched, and what was not
 * used for long is let go, so memory is flat whatever the result's length.
 */
export class Windows {
  private chunks = new Map<number, Chunk>();
  private waiting = new Map<number, AbortController>();
  private clock = 0;
  private listeners = new Set<() => void>();
  private closed = false;
  /** The last failure. Nothing more is fetched until retry. */
  error: unknown = null;

  constructor(
    private fetch: Fetch,
    readonly size: number,
    private keep = 60,
    private atOnce = 3,
  ) {}

  /** chunkSize asks for fewer rows of wide results, so that a window is of like weight; and of a sorted view, each of whose rows the server takes from another place. */
  static chunkSize(columns: number, sorted = false): number {
    return Math.min(sorted ? 60 : 200, Math.max(20, Math.floor(12_000 / Math.max(1, columns))));
  }

  row(i: number): Cell[] | undefined {
    const c = this.chunks.get(Math.floor(i / this.size));
    return c?.rows[i % this.size];
  }

  /** want names the rows in view: missing ones are fetched, requests for others are dropped. */
  want(from: number, to: number, total: number): void {
    if (this.closed) return;
    const first = Math.floor(from / this.size);
    const last = Math.floor(Math.max(from, Math.min(to, total) - 1) / this.size);
    for (const [n, c] of this.waiting) {
      if (n < first - 1 || n > last + 1) {
        c.abort();
        this.waiting.delete(n);
      }
    }
    for (let n = first; n <= last; n++) {
      const c = this.chunks.get(n);
      if (c) c.used = ++this.clock;
      const have = c ? c.rows.length : 0;
      const need = Math.min(this.size, total - n * this.size);
      if (have < need && this.error === null && c?.total !== total) this.load(n, total);
    }
  }

  private load(n: number, total: number): void {
    if (this.waiting.has(n) || this.waiting.size >= this.atOnce) return;
    const abort = new AbortController();
    this.waiting.set(n, abort);
    this.fetch(n * this.size, this.size, abort.signal).then(
      (r) => {
        if (this.waiting.get(n) === abort) this.waiting.delete(n);
        if (this.closed || abort.signal.aborted) return;
        this.chunks.set(n, { rows: r.rows, used: ++this.clock, total });
        this.trim();
        this.tell();
      },
      (e: unknown) => {
        if (this.waiting.get(n) === abort) this.waiting.delete(n);
        if (this.closed || abort.signal.aborted) return;
        this.error = e;
        this.tell();
      },
    );
  }

  /** retry forgets the error; the next want asks again. */
  retry(): void {
    this.error = null;
    this.tell();
  }

  private trim(): void {
    while (this.chunks.size > this.keep) {
      let oldest = -1;
      let used = Infinity;
      for (const [n, c] of this.chunks) if (c.used < used) [oldest, used] = [n, c.used];
      this.chunks.delete(oldest);
    }
  }

  private tell(): void {
    for (const l of [...this.listeners]) l();
  }

  subscribe(l: () => void): () => void {
    this.listeners.add(l);
    return () => this.listeners.delete(l);
  }

  /** held is how many chunks are in memory. */
  get held(): number {
    return this.chunks.size;
  }

  close(): void {
    this.closed = true;
    for (const c of this.waiting.values()) c.abort();
    this.waiting.clear();
    this.listeners.clear();
  }
}
