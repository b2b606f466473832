import type { Fault } from "./types";

/** ApiError is a refusal by our server; its fault is fit to be shown. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly fault: Fault,
    /** The whole answer: a 409 carries the present state beside the error. */
    readonly body: Record<string, unknown> = {},
  ) {
    super(fault.message);
  }
}

/** The server did not answer at all: it has stopped, or the machine slept. */
export const unreachable: Fault = {
  code: "unreachable",
  message: "Fairlead does not answer",
  cause: "The process behind this page has stopped, or is starting again",
  remedy: "Start it with: fairlead ui",
};

type Options = { method?: string; body?: unknown; signal?: AbortSignal; text?: boolean };

/** call asks the server. It throws ApiError for a refusal and AbortError when the signal fires. */
export async function call<T>(path: string, o: Options = {}): Promise<T> {
  const answer = await request(path, o.text ? "text/plain" : "application/json", o);
  if (o.text) return (await answer.text()) as T;
  if (answer.status === 204) return undefined as T;
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

const lineType = "application/x-ndjson";

/**
 * callLines is call for an answer of one JSON object a line, each handed on as
 * it comes; an answer that is one JSON object is one line. It throws as call
 * does; an answer that breaks off is an ApiError too.
 */
export async function callLines<T>(path: string, line: (doc: T) => void, o: Options = {}): Promise<void> {
  const answer = await request(path, `${lineType}, application/json`, o);
  if (!answer.headers.get("Content-Type")?.startsWith(lineType) || !answer.body) return line((await answer.json()) as T);
  const read = answer.body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>).getReader();
  let rest = "";
  for (;;) {
    let part: ReadableStreamReadResult<string>;
    try {
      part = await read.read();
    } catch (e) {
      if (o.signal?.aborted) throw e;
      throw new ApiError(0, unreachable);
    }
    if (part.done) break;
    const lines = (rest + part.value).split("\n");
    rest = lines.pop()!;
    for (const text of lines) line(JSON.parse(text) as T);
  }
  if (rest.trim() !== "") throw new ApiError(0, unreachable);
}

async function request(path: string, accept: string, o: Options): Promise<Response> {
  const method = o.method ?? (o.body === undefined ? "GET" : "POST");
  const headers: Record<string, string> = { Accept: accept, "X-Fairlead": key() };
  if (o.body !== undefined) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: o.body === undefined ? undefined : JSON.stringify(o.body),
      signal: o.signal,
      credentials: "same-origin",
    });
  } catch (e) {
    if (e instanceof DOMException && e.name === "AbortError") throw e;
    throw new ApiError(0, unreachable);
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

async function refusal(answer: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {};
  try {
    body = (await answer.json()) as Record<string, unknown>;
  } catch {
    // Not ours: a proxy's page, or an empty body. The status is all there is.
  }
  const fault = body.error as Fault | undefined;
  return new ApiError(
    answer.status,
    fault?.message ? fault : { code: `http-${answer.status}`, message: `Fairlead answered ${answer.status} ${answer.statusText}` },
    body,
  );
}

/** faultOf makes any thrown thing fit to be shown. */
export function faultOf(e: unknown): Fault {
  if (e instanceof ApiError) return e.fault;
  return { code: "internal", message: e instanceof Error ? e.message : String(e) };
}

/** query renders the defined entries as a query string, arrays as repeated keys. */
export function query(values: Record<string, string | number | boolean | string[] | undefined>): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const v of value) q.append(name, v);
    else q.append(name, String(value));
  }
  const s = q.toString();
  return s === "" ? "" : `?${s}`;
}

const keyName = "fairlead-key";

/**
 * key is what the server gave this page for its token. Cookies are shared by
 * all ports of a host; the key in this origin's storage is not.
 */
export function key(): string {
  try {
    return localStorage.getItem(keyName) ?? "none";
  } catch {
    return heldKey;
  }
}
let heldKey = "none";

/** exchangeToken trades the token of the address for the session and takes it out of the address bar. */
export async function exchangeToken(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  history.replaceState(null, "", location.pathname + location.search);
  const answer = await call<{ key: string }>("/api/session", { body: { token } });
  heldKey = answer.key;
  try {
    localStorage.setItem(keyName, answer.key);
  } catch {
    // Storage is off: the key holds until the page is loaded anew.
  }
}

/** ticket makes an address that may be navigated to once, for what a browser downloads by itself. */
export async function ticket(path: string): Promise<string> {
  return (await call<{ url: string }>("/api/ticket", { body: { path } })).url;
}
