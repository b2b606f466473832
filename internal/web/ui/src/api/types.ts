/** The wire types of /api, as the Go server sends them. */

export type Param = {
  name: string;
  title: string;
  help: string;
  required: boolean;
  secret: boolean;
  default?: string;
  choices?: string[];
};

export type EngineSpec = { kind: string; title: string; dialect: string; path: string[]; params: Param[] };
export type SinkFormat = { name: string; endings: string[]; help: string };
export type Theme = "system" | "light" | "dark";

export type Settings = {
  theme: Theme;
  /** Rows a run stops at unless the tab says otherwise; 0 is no limit. */
  row_limit?: number;
  confirm_production?: boolean;
  plan_before_run?: boolean;
  font_size?: number;
  wrap?: boolean;
  null_text?: string;
};

export type Info = {
  version: string;
  engines: EngineSpec[];
  formats: SinkFormat[];
  demo: boolean;
  settings: Settings;
  home: string;
  boot?: string;
  warnings?: string[];
  /** Why the connections file cannot be read, when it cannot. */
  error?: Fault | null;
};

/** What a button can do about a fault: login, edit-connection, add-profile, unlock, allow-scan, retry; ours: history, profiles. */
export type Action = { kind: string; profile?: string; connection?: string };

export type Fault = {
  code: string;
  message: string;
  cause?: string;
  remedy?: string;
  service?: { name?: string; code?: string; message?: string; request_id?: string; line?: number; column?: number };
  actions?: Action[];
};

export type Login = {
  id: string;
  profile: string;
  profiles?: string[];
  session: string;
  start_url: string;
  reason?: Fault;
  state: "asking" | "running" | "done" | "failed" | "cancelled";
  method?: string;
  why?: string;
  code?: string;
  url?: string;
  full_url?: string;
  seconds_left?: number;
  /** Whether Wait longer gives more time now. */
  more_time?: boolean;
  output?: string[];
  error?: Fault;
  /** Runs and calls that go on by themselves once the log in lands. */
  waiting: number;
};

export type SsoSession = {
  name: string;
  start_url: string;
  region: string;
  state: string;
  seconds_left: number;
  expires_at?: string;
  profiles: string[];
  renews?: boolean;
  detail?: string;
};

export type Profile = {
  name: string;
  kind: string;
  account?: string;
  role?: string;
  region?: string;
  origin: { file: string; line: number };
  session?: string;
  state?: string;
  source?: string;
  problems?: number;
};

export type Profiles = { profiles: Profile[]; error?: Fault | null };

export type Identity = { arn?: string; account?: string; ARN?: string; Account?: string };

export type Auth = {
  name: string;
  source: "static" | "profile";
  profile?: string;
  region?: string;
  access_key_hint?: string;
  account?: string;
  scope: string;
  used_by: string[];
  problem?: string;
};

export type AuthBody = {
  source: "static" | "profile";
  access_key_id?: string;
  secret_access_key?: string;
  session_token?: string;
  profile?: string;
  region?: string;
  storage?: "keyring" | "file" | "memory";
  passphrase?: string;
  /** Ask AWS who the keys are before they are saved. */
  verify?: boolean;
};

export type Connection = {
  name: string;
  engine: string;
  auth?: string;
  profile?: string;
  region?: string;
  account?: string;
  label?: string;
  color?: string;
  production: boolean;
  read_only: boolean;
  params: Record<string, string>;
  scope: "user" | "workspace";
  file: string;
  line: number;
  hides?: string;
  problem?: string;
  warnings?: string[];
  status: "idle" | "open" | "error";
  error?: Fault | null;
  revision?: string;
};

export type ConnectionBody = {
  engine: string;
  auth?: string;
  profile?: string;
  region?: string;
  account?: string;
  label?: string;
  read_only?: boolean;
  params: Record<string, string>;
  scope?: "user" | "workspace";
  rename_from?: string;
  revision?: string;
};

export type TestResult = { ok: boolean; lines: { name: string; value: string }[]; error?: Fault };

export type Detail = { name: string; value: string };
export type TreeObject = {
  name: string;
  kind: string;
  type?: string;
  comment?: string;
  rows?: number;
  bytes?: number;
  as_of?: string;
  leaf: boolean;
  broken?: string;
  details?: Detail[];
};
/**
 * Tree is a listing; more says that it is still coming, a fault that it broke off after these objects. object is
 * there when details were asked for and the engine has more than its listing tells.
 */
export type Tree = { objects: TreeObject[]; cached_at?: string; more?: boolean; fault?: Fault; object?: TreeObject };
/** TreeLine is a line of a listing that is told as it comes; the last has done or error. */
export type TreeLine = { objects?: TreeObject[]; done?: boolean; cached_at?: string; error?: Fault };
/** Names are what completion knows; growing says that a listing goes on behind them. */
export type Names = { names: { path: string[]; kind: string; type?: string }[]; complete: boolean; growing?: boolean; home?: string[] };

export type PlanBody = {
  access?: string;
  object?: string;
  index?: string;
  full: boolean;
  rows?: number;
  bytes?: number;
  capacity_units?: number;
  cost_usd?: number;
  basis?: string;
  better?: string;
  notes?: string[];
};
export type Plan = { plan: PlanBody | null; class: string; guarded?: string; production?: boolean; error?: Fault };

export type ColumnKind = "number" | "text" | "boolean" | "time" | "json" | "binary";
export type Column = { name: string; type: string; kind: ColumnKind; nullable?: boolean };

export type Stats = {
  rows: number;
  rows_affected?: number;
  bytes_scanned?: number;
  capacity_units?: number;
  queued_ms?: number;
  ran_ms?: number;
  elapsed_ms?: number;
  remote_id?: string;
  cost_usd?: number;
  truncated?: boolean;
  path?: string;
  notes?: string[];
};

export type ResultState = "queued" | "running" | "fetching" | "done" | "failed" | "cancelled" | "waiting-login" | string;

export type RunResult = {
  index: number;
  text: string;
  /** 1-based line of the editor's document on which the statement starts. */
  line: number;
  state: ResultState;
  rows: number;
  columns: Column[] | null;
  stats?: Stats;
  progress?: { state?: string; rows?: number; bytes_scanned?: number };
  error?: Fault | null;
  kept?: boolean;
  journal_id?: string;
};

export type RunState = "waiting-login" | "queued" | "running" | "fetching" | "done" | "failed" | "cancelled";

export type Run = {
  id: string;
  connection: string;
  engine: string;
  text: string;
  started: string;
  ended?: string;
  state: RunState;
  login?: string;
  results: RunResult[];
};

export type RunBody = {
  connection: string;
  text: string;
  offset_line?: number;
  params?: { name: string; type: string; value: string }[];
  limit?: number;
  allow_scan?: boolean;
  confirmed?: boolean;
};

export type Cell = null | string | { t: string; n: number };
export type Rows = { from: number; rows: Cell[][]; total: number; done: boolean };

export type SortKey = { column: number; descending: boolean };
export type FilterOp = "contains" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "null" | "notnull";
export type Filter = { column: number; op: FilterOp; value: string };
export type ViewQuery = { sort: SortKey[]; filter: Filter[] };

export type HistoryEntry = {
  /** The service may still have its rows, or run it. */
  attachable?: boolean;
  id: string;
  connection: string;
  engine: string;
  text: string;
  started: string;
  state: string;
  rows?: number;
  elapsed_ms?: number;
  bytes_scanned?: number;
  cost_usd?: number;
  kept: boolean;
  remote_id?: string;
  error?: Fault;
};

export type Saved = { name: string; connection?: string; text: string; tags?: string; updated?: string };

export type ChartData = { points: (string | number | null)[][]; x_type: string; truncated: boolean };

/** A DynamoDB value as the service writes it: {"S": "x"}, {"L": [...]}. */
export type Typed = { [type: string]: unknown };
export type Item = Record<string, Typed>;

export type SetupRole = { name: string; profile?: string };
export type SetupAccount = { id: string; name: string; roles: SetupRole[] };
export type Setup = { state: "login" | "ready" | "failed"; accounts: SetupAccount[]; login?: string; error?: Fault | null };

/** A device's code that AWS wants before it gives the credentials of a role. */
export type MfaQuestion = { id: string; profile: string; serial: string; role_arn?: string; why?: string; open: boolean };

export type ServerEvent =
  | { type: "hello"; boot: string }
  | { type: "login"; login: Login }
  | { type: "run"; run: Run }
  | { type: "sessions"; sessions: SsoSession[] }
  | { type: "connections" }
  | { type: "mfa"; question: MfaQuestion };
