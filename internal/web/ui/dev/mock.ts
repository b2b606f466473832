import type { Connection, Fault, Filter, HistoryEntry, Login, Run, RunBody, RunResult, Saved, ServerEvent, Setup, SortKey } from "../src/api/types";
import * as data from "./data.ts";

export type Answer = { status: number; body?: unknown; text?: string; headers?: Record<string, string> };
type View = { rows: (i: number) => number; total: number };
type Live = { run: Run; total: number[]; views: Map<string, View>; timer?: ReturnType<typeof setTimeout> };

const fault = (code: string, message: string, more: Partial<Fault> = {}): Fault => ({ code, message, ...more });
const refuse = (status: number, f: Fault, more: object = {}): Answer => ({ status, body: { error: f, ...more } });
const ok = (body: unknown = undefined): Answer => (body === undefined ? { status: 204 } : { status: 200, body });

/**
 * Mock answers the contract of /api from memory. It stands in for the server
 * in unit tests and in `vite dev`; it signs in without asking and its
 * "queries" return made-up rows.
 *
 * What a statement says steers it: a number after LIMIT is the number of rows,
 * the words slow, fail and wide do what they say.
 */
export class Mock {
  boot = "boot-1";
  settings = { ...data.info.settings };
  connections: Connection[] = structuredClone(data.connections);
  sessions = structuredClone(data.sessions);
  profiles = structuredClone(data.profiles);
  auths = structuredClone(data.auths);
  workspace: unknown = {};
  saved: Saved[] = [{ name: "Orders by country", connection: "lake", text: "SELECT country, sum(amount) AS total\nFROM sales.orders\nGROUP BY country\nORDER BY total DESC", updated: new Date().toISOString() }];
  history: HistoryEntry[] = [];
  logins = new Map<string, Login>();
  runs = new Map<string, Live>();
  setup: Setup = { state: "login", accounts: [] };
  requests: { method: string; path: string; body: unknown }[] = [];
  private listeners = new Set<(e: ServerEvent) => void>();
  private next = 1;
  /** Milliseconds between the steps of a run or log in. */
  pace = 250;

  listen(l: (e: ServerEvent) => void): () => void {
    this.listeners.add(l);
    l({ type: "hello", boot: this.boot });
    for (const g of this.logins.values()) l({ type: "login", login: g });
    return () => this.listeners.delete(l);
  }

  emit(e: ServerEvent): void {
    for (const l of [...this.listeners]) l(structuredClone(e));
  }

  /** handle answers one request; url is the path with its query. */
  handle(method: string, url: string, body: any): Answer {
    const u = new URL(url, "http://mock");
    this.requests.push({ method, path: u.pathname, body });
    const p = u.pathname.split("/").slice(2).map(decodeURIComponent);
    const q = u.searchParams;
    switch (p[0]) {
      case "session": return ok({ key: "key-of-the-mock" });
      case "ticket": return ok({ url: body.path });
      case "info": return ok({ ...data.info, settings: this.settings });
      case "settings": if (method === "PUT") this.settings = body; return ok(this.settings);
      case "workspace": if (method === "PUT") { this.workspace = body; return ok(); } return ok(this.workspace);
      case "sso": return this.sso(method, p, body);
      case "logins": return this.loginCall(p, body);
      case "profiles": return ok({ profiles: this.profiles });
      case "auths": return this.authCall(method, p, body);
      case "connections": return this.connectionCall(method, p, body);
      case "tree": return this.treeCall(q);
      case "names": return ok(this.names(q.get("connection")!));
      case "sample": return this.start({ connection: q.get("connection")!, text: `SELECT * FROM ${q.getAll("path").join(".")} LIMIT 100` });
      case "plan": return ok(this.plan(body));
      case "runs": return this.runCall(method, p, q, body);
      case "history": return this.historyCall(method, p, q);
      case "saved": return this.savedCall(method, p, body);
      case "items": return method === "POST" ? ok({ item: { customer: { S: "ada" }, placed: { N: "1764100000" }, status: { S: "open" }, total: { N: "12.50" }, lines: { L: [{ M: { sku: { S: "A-1" }, n: { N: "2" } } }] }, tags: { SS: ["new", "gift"] }, gift: { BOOL: true }, note: { NULL: true } }, version: "1" }) : ok();
    }
    return refuse(404, fault("not-found", `No ${u.pathname}`));
  }

  private sso(method: string, p: string[], body: any): Answer {
    if (p[1] === "sessions") return ok(this.sessions);
    if (p[1] === "login") return ok(this.ask(body.profile, 0));
    if (p[1] === "logout") {
      for (const s of this.sessions) Object.assign(s, { state: "absent", seconds_left: 0 });
      this.emit({ type: "sessions", sessions: this.sessions });
      return ok({ also_used_by: ["prod"] });
    }
    if (p[1] === "setup" && method === "POST" && !p[2]) {
      this.setup = { state: "login", accounts: [] };
      const login = this.ask("acme", 1);
      const wait = setInterval(() => {
        if (this.logins.get(login.id)?.state !== "done") return;
        clearInterval(wait);
        this.setup = { state: "ready", accounts: [
          { id: "123456789012", name: "Analytics", roles: [{ name: "Analyst", profile: "analytics" }, { name: "Admin" }] },
          { id: "210987654321", name: "Production", roles: [{ name: "ReadOnly" }] },
        ] };
      }, 20);
      return ok({ setup: "s1", login, session: "acme", region: "eu-west-1" });
    }
    if (p[3] === "preview") return ok({ file: "/home/ada/.aws/config", profiles: ["analytics-Analyst"], skipped: [], diff: " [profile ci]\n region = us-east-1\n+\n+[sso-session acme]\n+sso_start_url = https://acme.awsapps.com/start\n+sso_region = eu-west-1\n+\n+[profile analytics-Analyst]\n+sso_session = acme\n+sso_account_id = 123456789012\n+sso_role_name = Analyst\n+region = eu-west-1\n" });
    if (p[3] === "write") return ok({ file: "/home/ada/.aws/config", backup: "/home/ada/.aws/config.fairlead-backup", profiles: ["analytics-Analyst"] });
    return ok(this.setup);
  }

  ask(profile: string, waiting: number): Login {
    for (const g of this.logins.values()) {
      if (g.state === "asking" || g.state === "running") {
        g.waiting += waiting;
        this.emit({ type: "login", login: g });
        return g;
      }
    }
    const s = this.sessions[0];
    const login: Login = {
      id: `login-${this.next++}`, profile, session: s.name, start_url: s.start_url, state: "asking", waiting, output: [],
      reason: fault("sso-expired", `SSO session expired for profile "${profile}"`, { remedy: `Log In, or: fairlead login ${profile}` }),
    };
    this.logins.set(login.id, login);
    this.emit({ type: "login", login });
    return login;
  }

  private loginCall(p: string[], body: any): Answer {
    const g = this.logins.get(p[1]);
    if (!g) return refuse(404, fault("not-found", "No such log in"));
    if (p[2] === "start") {
      Object.assign(g, { state: "running", method: body?.method === "auto" || !body?.method ? "device" : body.method, why: "a browser on another machine can finish it", code: "WDDD-HPFT", url: "https://device.sso.eu-west-1.amazonaws.com/", full_url: "https://device.sso.eu-west-1.amazonaws.com/?user_code=WDDD-HPFT", seconds_left: 120, more_time: true });
      setTimeout(() => g.state === "running" && this.landed(g), this.pace * 8);
    } else if (p[2] === "cancel") {
      g.state = "cancelled";
      for (const l of this.runs.values()) if (l.run.login === g.id) this.end(l, "cancelled");
    } else g.seconds_left = 120;
    this.emit({ type: "login", login: g });
    return ok(g);
  }

  landed(g: Login): void {
    g.state = "done";
    for (const s of this.sessions) Object.assign(s, { state: "valid", seconds_left: 8 * 3600 - 60, expires_at: new Date(Date.now() + 8 * 3600_000).toISOString() });
    for (const f of this.profiles) if (f.session) Object.assign(f, { state: "valid", seconds_left: 8 * 3600 - 60 });
    this.emit({ type: "login", login: g });
    this.emit({ type: "sessions", sessions: this.sessions });
    for (const l of this.runs.values()) if (l.run.login === g.id && l.run.state === "waiting-login") this.go(l);
  }

  private authCall(method: string, p: string[], body: any): Answer {
    if (p[1] === "check") return ok(body.secret_access_key === "wrong" ? { ok: false, error: fault("creds-rejected", "The secret access key does not fit the access key ID", { cause: "SignatureDoesNotMatch", remedy: "Copy both parts again" }) } : { ok: true, identity: "arn:aws:iam::123456789012:user/loader" });
    if (method === "PUT") {
      this.auths = [...this.auths.filter((a) => a.name !== p[1]), { name: p[1], source: body.source, profile: body.profile, region: body.region, access_key_hint: body.access_key_id ? "AKIA…" + String(body.access_key_id).slice(-4) : undefined, scope: "user", used_by: [] }];
      return ok();
    }
    if (method === "DELETE") { this.auths = this.auths.filter((a) => a.name !== p[1]); return ok(); }
    return ok(this.auths);
  }

  private connectionCall(method: string, p: string[], body: any): Answer {
    if (p[1] === "test") return ok(this.expired(body.profile) ? { ok: false, lines: [], error: fault("sso-expired", `SSO session expired for profile "${body.profile}"`, { actions: [{ kind: "login", profile: body.profile }] }) } : { ok: true, lines: [{ name: "Identity", value: "arn:aws:sts::123456789012:assumed-role/Analyst/ada" }, { name: "Region", value: body.region ?? "eu-west-1" }, { name: "Answer", value: "workgroup primary, engine version 3" }, { name: "Time", value: "212 ms" }] });
    if (p[1] === "parse") return /redshift/.test(body.text) ? ok({ engine: "redshift", region: "eu-west-1", name: "main", params: { name: "main", database: "dev" } }) : refuse(400, fault("usage", "This is no address Fairlead knows", { remedy: "athena://PROFILE@REGION/CATALOG/DATABASE, a Redshift endpoint, an ARN or a JDBC URL" }));
    if (method === "PUT") {
      const old = this.connections.find((c) => c.name === (body.rename_from ?? p[1]));
      if (old && body.revision && body.revision !== old.revision) return refuse(409, fault("config", `Connection "${p[1]}" was changed meanwhile`, { cause: "Another page or program wrote it", remedy: "Load its present state, or write yours over it" }), { now: old });
      const { rename_from: _r, ...rest } = body;
      const next: Connection = { scope: "user", file: data.connections[0].file, line: 1, status: "idle", production: false, read_only: false, ...rest, name: p[1], revision: String(Number(old?.revision ?? 0) + 1) };
      this.connections = [...this.connections.filter((c) => c !== old), next].sort((a, b) => a.name.localeCompare(b.name));
      this.emit({ type: "connections" });
      return ok(next);
    }
    if (method === "DELETE") {
      this.connections = this.connections.filter((c) => c.name !== p[1]);
      this.emit({ type: "connections" });
      return ok();
    }
    return ok(this.connections);
  }

  private expired(profile?: string): boolean {
    return this.sessions.some((s) => s.profiles.includes(profile ?? "") && s.state !== "valid");
  }

  private treeCall(q: URLSearchParams): Answer {
    const c = this.connections.find((x) => x.name === q.get("connection"));
    if (!c) return refuse(404, fault("connection-missing", `No connection "${q.get("connection")}"`));
    if (this.expired(c.profile)) return refuse(401 + 0, fault("sso-expired", `SSO session expired for profile "${c.profile}"`, { cause: "The session ended at 09:12", remedy: `Log In, or: fairlead login ${c.profile}`, actions: [{ kind: "login", profile: c.profile! }] }));
    return ok(data.tree(c.engine, q.getAll("path")));
  }

  private names(connection: string) {
    const engine = this.connections.find((c) => c.name === connection)?.engine ?? "athena";
    if (engine === "dynamodb") return { names: [{ path: ["carts"], kind: "table" }, { path: ["sessions"], kind: "table" }, { path: ["carts", "customer"], kind: "key", type: "S" }], complete: true };
    const top = engine === "athena" ? "AwsDataCatalog" : "dev";
    const names = [{ path: [top], kind: "catalog" }, { path: [top, "sales"], kind: "schema" }] as { path: string[]; kind: string; type?: string }[];
    for (const t of ["customers", "orders", "daily"]) {
      names.push({ path: [top, "sales", t], kind: "table" });
      for (const c of data.columns) names.push({ path: [top, "sales", t, c.name], kind: "column", type: c.type });
    }
    return { names, complete: true };
  }

  private plan(b: { connection: string; text: string }) {
    const write = /^\s*(insert|update|delete|create|drop|alter)/i.test(b.text);
    const full = !/\b(where|limit)\b/i.test(b.text);
    const c = this.connections.find((x) => x.name === b.connection);
    const cls = write ? "write" : "read";
    if (write) return { plan: null, class: cls, guarded: c?.read_only ? `Connection "${c.name}" is read-only` : undefined };
    if (c?.engine === "dynamodb") return { plan: { access: full ? "Scan" : "Query", object: "carts", full, rows: full ? 120_334 : 14, bytes: full ? 48_200_110 : 5_600, capacity_units: full ? 5884 : 1, cost_usd: full ? 0.00147 : 0.00000025, basis: "table description of 09:30", better: full ? "Name the partition key: WHERE customer = …" : undefined, notes: [] }, class: cls };
    return { plan: { access: full ? "full scan" : "partitions", object: "sales.orders", full, bytes: full ? 1_240_000_000 : 38_000_000, cost_usd: full ? 0.0062 : 0.00019, basis: "table statistics of 2026-11-20", notes: [] }, class: cls };
  }

  start(b: RunBody): Answer {
    const c = this.connections.find((x) => x.name === b.connection);
    if (!c) return refuse(404, fault("connection-missing", `No connection "${b.connection}"`, { remedy: "Choose another connection for this tab" }));
    const texts = b.text.split(";").map((t) => t.trim()).filter(Boolean);
    let line = (b.offset_line ?? 0) + 1;
    const results: RunResult[] = texts.map((text, index) => {
      const r: RunResult = { index, text, line, state: "queued", rows: 0, columns: null, kept: false };
      line += text.split("\n").length;
      return r;
    });
    const run: Run = { id: `run-${this.next++}`, connection: c.name, engine: c.engine, text: b.text, started: new Date().toISOString(), state: "queued", results };
    const totals = texts.map((t) => (/fail/i.test(t) ? 0 : /wide/i.test(t) ? 500 : Number(/limit\s+(\d+)/i.exec(t)?.[1] ?? 1200)));
    const live: Live = { run, total: totals, views: new Map() };
    this.runs.set(run.id, live);
    if (this.expired(c.profile)) {
      run.state = "waiting-login";
      run.login = this.ask(c.profile!, 1).id;
      this.emit({ type: "run", run });
    } else this.go(live);
    return ok(run);
  }

  private go(l: Live, n = 0): void {
    const { run } = l;
    const r = run.results[n];
    if (!r) return this.end(l, run.results.some((x) => x.state === "failed") ? "failed" : "done");
    const tick = (f: () => void, times = 1) => { l.timer = setTimeout(f, this.pace * times); };
    run.state = r.state = "running";
    this.emit({ type: "run", run });
    const slow = /slow/i.test(r.text);
    tick(() => {
      if (/fail/i.test(r.text)) {
        r.state = "failed";
        r.error = fault("statement", "Athena could not run the statement", { cause: "line 2:8: Column 'amuont' cannot be resolved", remedy: "Did you mean amount?", service: { name: "Athena", code: "COLUMN_NOT_FOUND", message: "line 2:8: Column 'amuont' cannot be resolved", request_id: "7c1f3c9e-0a1b-4f7e-9a55-3b8d3c5ad1f0", line: r.line + 1, column: 8 } });
        return this.go(l, run.results.length);
      }
      r.columns = /wide/i.test(r.text) ? data.wideColumns(1600) : data.columns;
      run.state = r.state = "fetching";
      r.rows = Math.min(l.total[n], 200);
      this.emit({ type: "run", run });
      const grow = () => {
        r.rows = Math.min(l.total[n], r.rows + Math.ceil(l.total[n] / (slow ? 20 : 3)));
        if (r.rows < l.total[n]) {
          this.emit({ type: "run", run });
          return tick(grow);
        }
        r.state = "done";
        r.kept = true;
        r.stats = { rows: r.rows, bytes_scanned: 38_211_004, queued_ms: 140, ran_ms: 880, elapsed_ms: 1240, remote_id: "7c1f3c9e-0a1b-4f7e-9a55-3b8d3c5ad1f0", cost_usd: 0.00019, truncated: false, path: "s3 (4 ranges)", notes: [] };
        this.go(l, n + 1);
      };
      tick(grow);
    }, slow ? 4 : 1);
  }

  private end(l: Live, state: Run["state"]): void {
    clearTimeout(l.timer);
    l.run.state = state;
    l.run.ended = new Date().toISOString();
    for (const r of l.run.results) if (r.state !== "done" && r.state !== "failed") r.state = "cancelled";
    const last = l.run.results[0];
    this.history.unshift({ id: `j-${l.run.id}`, connection: l.run.connection, engine: l.run.engine, text: l.run.text, started: l.run.started, state, rows: last?.rows, elapsed_ms: 1240, bytes_scanned: 38_211_004, cost_usd: 0.00019, kept: state === "done", remote_id: "7c1f3c9e", error: last?.error ?? undefined });
    for (const r of l.run.results) r.journal_id = `j-${l.run.id}`;
    this.emit({ type: "run", run: l.run });
  }

  private runCall(method: string, p: string[], q: URLSearchParams, body: any): Answer {
    if (!p[1]) return method === "POST" ? this.start(body) : ok([...this.runs.values()].map((l) => l.run));
    const l = this.runs.get(p[1]);
    if (!l) return refuse(404, fault("not-found", "That run is of an earlier process", { remedy: "Open its kept rows from the history" }));
    if (p[2] === "cancel") { this.end(l, "cancelled"); return ok(); }
    if (p[2] !== "results") { if (method === "DELETE") { this.runs.delete(p[1]); return ok(); } return ok(l.run); }
    const n = Number(p[3]);
    const r = l.run.results[n];
    const view = l.views.get(q.get("view") ?? "");
    const total = view ? view.total : r.rows;
    const wide = (r.columns?.length ?? 0) > 100;
    const read = (i: number) => (wide ? r.columns!.map((_, c) => String(i * 1600 + c)) : data.row(view ? view.rows(i) : i));
    switch (p[4]) {
      case "rows": {
        const from = Number(q.get("from"));
        const count = Math.max(0, Math.min(Number(q.get("count")), total - from));
        return ok({ from, rows: Array.from({ length: count }, (_, i) => read(from + i)), total, done: r.state === "done" });
      }
      case "cell": {
        const c = read(Number(q.get("row")))[Number(q.get("column"))];
        return { status: 200, text: c === null ? "" : typeof c === "string" ? c : c.t.repeat(4) };
      }
      case "view": return ok(this.makeView(l, r, body));
      case "find": {
        const text = q.get("text")!.toLowerCase();
        const back = q.get("backward") === "true";
        for (let i = Number(q.get("from")), steps = 0; i >= 0 && i < total && steps < 50_000; i += back ? -1 : 1, steps++) {
          const column = read(i).findIndex((c) => typeof c === "string" && c.toLowerCase().includes(text));
          if (column >= 0) return ok({ row: i, column });
        }
        return ok(null);
      }
      case "copy": {
        const rows = [];
        for (let i = body.rows[0]; i < Math.min(body.rows[1], total); i++) rows.push(body.columns.map((c: number) => { const v = read(i)[c]; return v === null ? "" : typeof v === "string" ? v : v.t; }).join("\t"));
        return { status: 200, text: rows.join("\n") + "\n" };
      }
      case "chart": {
        const points = q.get("kind") === "histogram"
          ? Array.from({ length: 20 }, (_, i) => [i * 50, Math.round(400 * Math.exp(-((i - 9) ** 2) / 20))])
          : q.get("x") === "5" ? Array.from({ length: 60 }, (_, i) => [new Date(Date.UTC(2026, 0, 1 + i)).toISOString(), 300 + Math.round(120 * Math.sin(i / 6)) + (i % 7) * 9])
          : ["DE", "FR", "GB", "US", "NL", "SE", "JP"].map((c, i) => [c, 9000 - i * 911]);
        return ok({ points, x_type: q.get("x") === "5" ? "time" : "text", truncated: false });
      }
      case "download": return { status: 200, text: "order_id,customer\n1,Ada Lovelace\n", headers: { "Content-Disposition": 'attachment; filename="result.csv"' } };
    }
    return refuse(404, fault("not-found", `No ${p[4]}`));
  }

  private makeView(l: Live, r: RunResult, q: { sort: SortKey[]; filter: Filter[] }) {
    const id = `v${this.next++}`;
    const keep: number[] = [];
    const bound = Math.min(r.rows, 200_000);
    for (let i = 0; i < bound; i++) {
      const cells = data.row(i);
      const fits = q.filter.every((f) => (f.column < 0 ? cells : [cells[f.column]]).some((c) => {
        const s = c === null ? null : typeof c === "string" ? c : c.t;
        if (f.op === "null") return s === null;
        if (f.op === "notnull") return s !== null;
        if (s === null) return false;
        if (f.op === "contains") return s.toLowerCase().includes(f.value.toLowerCase());
        const d = Number.isNaN(Number(f.value)) ? s.localeCompare(f.value) : Number(s) - Number(f.value);
        return { eq: d === 0, ne: d !== 0, lt: d < 0, le: d <= 0, gt: d > 0, ge: d >= 0 }[f.op];
      }));
      if (fits) keep.push(i);
    }
    for (const k of [...q.sort].reverse()) {
      const number = data.columns[k.column]?.kind === "number";
      keep.sort((a, b) => {
        const [x, y] = [data.row(a)[k.column], data.row(b)[k.column]];
        if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
        const d = number ? Number(x) - Number(y) : String(x).localeCompare(String(y));
        return k.descending ? -d : d;
      });
    }
    const view: View = { rows: (i) => keep[i], total: keep.length };
    l.views.set(id, view);
    return { view: id, total: view.total };
  }

  private historyCall(method: string, p: string[], q: URLSearchParams): Answer {
    if (!p[1]) {
      const s = (q.get("search") ?? "").toLowerCase();
      const c = q.get("connection");
      const before = q.get("before");
      return ok(this.history.filter((h) => h.text.toLowerCase().includes(s) && (!c || h.connection === c) && (!before || h.started < before)));
    }
    const h = this.history.find((x) => x.id === p[1]);
    if (!h) return refuse(404, fault("not-found", "No such entry"));
    if (method === "DELETE") { this.history = this.history.filter((x) => x !== h); return ok(); }
    return this.start({ connection: h.connection, text: h.text });
  }

  private savedCall(method: string, p: string[], body: any): Answer {
    if (method === "PUT") this.saved = [...this.saved.filter((s) => s.name !== p[1]), { name: p[1], ...body, updated: new Date().toISOString() }];
    else if (method === "DELETE") this.saved = this.saved.filter((s) => s.name !== p[1]);
    else return ok(this.saved);
    return ok();
  }
}
