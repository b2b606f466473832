import { call, query } from "./client";
import { tree } from "./tree";
import type * as t from "./types";

const enc = encodeURIComponent;

/** api is every call of the contract, typed. */
export const api = {
  info: () => call<t.Info>("/api/info"),
  saveSettings: (s: t.Settings) => call<t.Settings>("/api/settings", { method: "PUT", body: s }),

  sessions: () => call<t.SsoSession[]>("/api/sso/sessions"),
  profiles: () => call<t.Profiles>("/api/profiles"),
  login: (profile: string, method?: string) => call<t.Login>("/api/sso/login", { body: { profile, method } }),
  loginStart: (id: string, method?: string) => call<t.Login | undefined>(`/api/logins/${enc(id)}/start`, { body: { method } }),
  loginCancel: (id: string) => call<void>(`/api/logins/${enc(id)}/cancel`, { body: {} }),
  loginMore: (id: string) => call<void>(`/api/logins/${enc(id)}/more`, { body: {} }),
  logout: (session?: string) =>
    call<{ also_used_by?: string[] }>("/api/sso/logout", { body: session ? { session } : { all: true } }),

  setup: (body: { start_url: string; region: string; session_name?: string }) =>
    call<{ setup: string; login: t.Login; session: string; region: string }>("/api/sso/setup", { body }),
  setupState: (id: string) => call<t.Setup>(`/api/sso/setup/${enc(id)}`),
  setupPreview: (id: string, body: { all?: boolean; template?: string; region?: string; choices?: { account: string; role: string }[] }) =>
    call<{ diff: string; file: string; profiles: string[]; skipped: string[] }>(`/api/sso/setup/${enc(id)}/preview`, { body }),
  setupWrite: (id: string) =>
    call<{ file: string; backup?: string; profiles: string[] }>(`/api/sso/setup/${enc(id)}/write`, { body: {} }),
  mfa: (id: string, code: string) => call<void>(`/api/mfa/${enc(id)}`, { body: { code } }),
  unlock: (passphrase: string) => call<void>("/api/unlock", { body: { passphrase } }),

  auths: () => call<t.Auth[]>("/api/auths"),
  saveAuth: (name: string, body: t.AuthBody) => call<void>(`/api/auths/${enc(name)}`, { method: "PUT", body }),
  removeAuth: (name: string) => call<void>(`/api/auths/${enc(name)}`, { method: "DELETE" }),
  checkAuth: (body: t.AuthBody, signal?: AbortSignal) =>
    call<{ ok: boolean; identity?: string | t.Identity; error?: t.Fault }>("/api/auths/check", { body, signal }),

  connections: () => call<t.Connection[]>("/api/connections"),
  saveConnection: (name: string, body: t.ConnectionBody) =>
    call<t.Connection | undefined>(`/api/connections/${enc(name)}`, { method: "PUT", body }),
  removeConnection: (name: string) => call<void>(`/api/connections/${enc(name)}`, { method: "DELETE" }),
  testConnection: (body: t.ConnectionBody & { name?: string }, signal?: AbortSignal) =>
    call<t.TestResult>("/api/connections/test", { body, signal }),
  parse: (text: string) => call<t.ConnectionBody & { name?: string }>("/api/connections/parse", { body: { text } }),

  tree,
  /** object tells all of the object at path, where its engine keeps more than a listing holds. */
  object: (connection: string, path: string[], refresh = false, signal?: AbortSignal) =>
    call<t.Tree>(`/api/tree${query({ connection, path, details: 1, refresh: refresh ? 1 : undefined })}`, { signal }),
  names: (connection: string) => call<t.Names>(`/api/names${query({ connection })}`),
  sample: (connection: string, path: string[]) => call<t.Run>(`/api/sample${query({ connection, path })}`),

  plan: (connection: string, text: string, params?: t.RunBody["params"], signal?: AbortSignal) =>
    call<t.Plan>("/api/plan", { body: { connection, text, params }, signal }),

  run: (body: t.RunBody) => call<t.Run>("/api/runs", { body }),
  runs: () => call<t.Run[]>("/api/runs"),
  runById: (id: string) => call<t.Run>(`/api/runs/${enc(id)}`),
  cancel: (id: string) => call<void>(`/api/runs/${enc(id)}/cancel`, { body: {} }),
  dropRun: (id: string) => call<void>(`/api/runs/${enc(id)}`, { method: "DELETE" }),

  rows: (run: string, n: number, from: number, count: number, view?: string, signal?: AbortSignal) =>
    call<t.Rows>(`${result(run, n)}/rows${query({ from, count, view })}`, { signal }),
  cell: (run: string, n: number, row: number, column: number, view?: string, as?: "json") =>
    call<string>(`${result(run, n)}/cell${query({ row, column, view, as })}`, { text: true }),
  view: (run: string, n: number, q: t.ViewQuery, signal?: AbortSignal) =>
    call<{ view: string; total: number }>(`${result(run, n)}/view`, { body: q, signal }),
  find: (run: string, n: number, o: { text: string; from: number; view?: string; backward?: boolean }, signal?: AbortSignal) =>
    call<{ row: number; column: number } | null>(
      `${result(run, n)}/find${query({ ...o, backward: o.backward ? true : undefined })}`,
      { signal },
    ),
  /** rows are the first and the one behind the last. */
  copy: (run: string, n: number, body: { format: string; rows: [number, number]; columns: number[]; view?: string; header?: boolean; table?: string }) =>
    call<string>(`${result(run, n)}/copy`, { body, text: true }),
  chart: (run: string, n: number, q: Record<string, string | number | undefined>, signal?: AbortSignal) =>
    call<t.ChartData>(`${result(run, n)}/chart${query(q)}`, { signal }),
  downloadPath: (run: string, n: number, o: { format: string; compress?: string; view?: string; name?: string }) =>
    `${result(run, n)}/download${query(o)}`,

  history: (o: { search?: string; connection?: string; before?: string }, signal?: AbortSignal) =>
    call<t.HistoryEntry[]>(`/api/history${query(o)}`, { signal }),
  historyOpen: (id: string) => call<t.Run>(`/api/history/${enc(id)}/open`, { body: {} }),
  historyAttach: (id: string) => call<t.Run>(`/api/history/${enc(id)}/attach`, { body: {} }),
  historyRemove: (id: string) => call<void>(`/api/history/${enc(id)}`, { method: "DELETE" }),

  saved: () => call<t.Saved[]>("/api/saved"),
  save: (name: string, body: { connection?: string; text: string }) =>
    call<void>(`/api/saved/${enc(name)}`, { method: "PUT", body }),
  removeSaved: (name: string) => call<void>(`/api/saved/${enc(name)}`, { method: "DELETE" }),

  item: (connection: string, table: string, key: t.Item) =>
    call<{ item: t.Item; version?: string }>("/api/items/get", { body: { connection, table, key } }),
  putItem: (body: { connection: string; table: string; key: t.Item; item: t.Item; was: t.Item; confirmed?: boolean }) =>
    call<void>("/api/items", { method: "PUT", body }),
  removeItem: (body: { connection: string; table: string; key: t.Item; was: t.Item; confirmed?: boolean }) =>
    call<void>("/api/items", { method: "DELETE", body }),

  workspace: () => call<unknown>("/api/workspace"),
  saveWorkspace: (doc: unknown) => call<void>("/api/workspace", { method: "PUT", body: doc }),
};

function result(run: string, n: number): string {
  return `/api/runs/${enc(run)}/results/${n}`;
}
