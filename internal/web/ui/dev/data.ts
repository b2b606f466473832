import type { Auth, Cell, Column, Connection, Info, Profile, SsoSession, Tree, TreeObject } from "../src/api/types";

/** What the mock knows. It is made up, but shaped like what the sandbox serves. */

export const info: Info = {
  version: "0.4.0-dev",
  demo: true,
  home: "/home/ada/.config/fairlead",
  settings: { theme: "system", row_limit: 10000 },
  formats: [
    { name: "csv", endings: [".csv"], help: "Comma-separated values" },
    { name: "tsv", endings: [".tsv"], help: "Tab-separated values" },
    { name: "json", endings: [".json"], help: "One array of objects" },
    { name: "jsonl", endings: [".jsonl"], help: "One object a line" },
    { name: "markdown", endings: [".md"], help: "A Markdown table" },
    { name: "parquet", endings: [".parquet"], help: "Apache Parquet" },
    { name: "arrow", endings: [".arrow"], help: "Apache Arrow IPC" },
    { name: "xlsx", endings: [".xlsx"], help: "Excel workbook" },
  ],
  engines: [
    {
      kind: "athena", title: "Amazon Athena", dialect: "trino", path: ["catalog", "database"],
      params: [
        { name: "catalog", title: "Catalog", default: "AwsDataCatalog", help: "Data catalog that names without one belong to.", required: false, secret: false },
        { name: "database", title: "Database", help: "Database that names without one belong to.", required: false, secret: false },
        { name: "workgroup", title: "Workgroup", default: "primary", help: "Workgroup that runs and pays for the queries.", required: false, secret: false },
        { name: "output_location", title: "Result location", help: "S3 folder for results, s3://BUCKET/PREFIX/; needed only when the workgroup has none.", required: false, secret: false },
        { name: "fetch", title: "Fetch path", default: "auto", choices: ["auto", "pages", "s3", "unload"], help: "How rows are brought here.", required: false, secret: false },
      ],
    },
    {
      kind: "redshift", title: "Amazon Redshift", dialect: "redshift", path: ["name", "database"],
      params: [
        { name: "name", title: "Workgroup or cluster", help: "Serverless workgroup or provisioned cluster; the workgroup wins when both have the name.", required: false, secret: false },
        { name: "database", title: "Database", default: "dev", help: "Database to connect to.", required: false, secret: false },
        { name: "db_user", title: "Database user", help: "Database user to be on a cluster; without it the user follows from your AWS identity.", required: false, secret: false },
        { name: "sslmode", title: "TLS", default: "verify-full", choices: ["verify-full", "verify-ca", "require", "disable"], help: "How far the server's certificate is checked.", required: false, secret: false },
      ],
    },
    {
      kind: "dynamodb", title: "Amazon DynamoDB", dialect: "partiql", path: [],
      params: [
        { name: "consistent_read", title: "Strong reads", default: "false", choices: ["false", "true"], help: "Read what was written last, at twice the price; not possible on a global index.", required: false, secret: false },
        { name: "page_limit", title: "Items a page", help: "Items to evaluate for each page (1 to 100000); without it a page is 1 MB.", required: false, secret: false },
      ],
    },
  ],
};

const file = "/home/ada/.config/fairlead/connections.toml";

export const connections: Connection[] = [
  { name: "lake", engine: "athena", profile: "analytics", region: "eu-west-1", account: "123456789012", label: "staging", color: "#2f9e44", production: false, read_only: false, params: { database: "sales", workgroup: "primary" }, scope: "user", file, line: 3, warnings: [], status: "idle", revision: "1" },
  { name: "orders", engine: "dynamodb", profile: "analytics", region: "eu-west-1", account: "123456789012", production: false, read_only: false, params: {}, scope: "user", file, line: 12, warnings: [], status: "idle", revision: "1" },
  { name: "warehouse", engine: "redshift", profile: "prod", region: "eu-west-1", account: "210987654321", label: "prod", color: "#e03131", production: true, read_only: true, params: { name: "main", database: "dev" }, scope: "workspace", file: "/home/ada/reports/.fairlead.toml", line: 1, warnings: ["unknown key \"colour\" is kept but not used"], status: "idle", revision: "1" },
];

export const sessions: SsoSession[] = [
  { name: "acme", start_url: "https://acme.awsapps.com/start", region: "eu-west-1", state: "expired", seconds_left: 0, profiles: ["analytics", "prod"] },
];

const config = "/home/ada/.aws/config";
export const profiles: Profile[] = [
  { name: "analytics", kind: "sso", account: "123456789012", role: "Analyst", region: "eu-west-1", origin: { file: config, line: 8 }, session: "acme", state: "expired" },
  { name: "prod", kind: "sso", account: "210987654321", role: "ReadOnly", region: "eu-west-1", origin: { file: config, line: 15 }, session: "acme", state: "expired" },
  { name: "ci", kind: "static", region: "us-east-1", origin: { file: "/home/ada/.aws/credentials", line: 2 } },
  { name: "audit", kind: "assume-role", account: "555555555555", role: "Auditor", region: "us-east-1", origin: { file: config, line: 22 } },
  { name: "vault", kind: "process", region: "eu-central-1", origin: { file: config, line: 30 }, problems: 1 },
];

export const auths: Auth[] = [
  { name: "loader", source: "static", region: "eu-west-1", access_key_hint: "AKIA…7Q3D", scope: "user", used_by: [] },
];

const detail = (ddl: string) => [
  { name: "Location", value: "s3://acme-lake/sales/orders/" },
  { name: "Format", value: "Parquet, snappy" },
  { name: "DDL", value: ddl },
];

const ordersDdl = "CREATE EXTERNAL TABLE `orders`(\n  `order_id` bigint,\n  `customer` string,\n  `amount` decimal(12,2),\n  `placed_at` timestamp)\nPARTITIONED BY (`day` date)\nSTORED AS PARQUET\nLOCATION 's3://acme-lake/sales/orders/'";

export function tree(engine: string, path: string[]): Tree {
  const cached_at = new Date(Date.now() - 90_000).toISOString();
  return { objects: objects(engine, path), cached_at };
}

function objects(engine: string, path: string[]): TreeObject[] {
  const dir = (name: string, kind: string, more: Partial<TreeObject> = {}): TreeObject => ({ name, kind, leaf: false, ...more });
  const col = (name: string, type: string, comment?: string, kind = "column"): TreeObject => ({ name, kind, type, comment, leaf: true });
  if (engine === "dynamodb") {
    if (path.length === 0) return [dir("carts", "table", { rows: 120_334, bytes: 48_200_110 }), dir("sessions", "table", { rows: 2_204_118, bytes: 910_233_008 })];
    return [
      { ...col("customer", "S", "partition key", "key") }, { ...col("placed", "N", "sort key", "key") },
      { name: "by-status", kind: "index", type: "global", comment: "status, placed; all attributes", leaf: true, details: [{ name: "Keys", value: "status (S), placed (N)" }, { name: "Projection", value: "ALL" }] },
    ];
  }
  if (path.length === 0) return engine === "athena" ? [dir("AwsDataCatalog", "catalog")] : [dir("dev", "database")];
  if (path.length === 1) return [dir("sales", "schema"), dir("huge", "schema", { comment: "20,000 tables" }), dir("web", "schema", { comment: "Page views" })];
  if (path.length === 2) {
    if (path[1] === "huge") return Array.from({ length: 20_000 }, (_, i) => dir(`events_${String(i).padStart(5, "0")}`, "table"));
    return [
      dir("customers", "table", { rows: 40_000, bytes: 8_100_000, comment: "One row a customer" }),
      dir("daily", "view"),
      dir("old_imports", "table", { broken: "Its SerDe library com.acme.Gone is not known to the service" }),
      dir("orders", "table", { rows: 10_000_000, bytes: 1_240_000_000, as_of: "2026-11-20T04:00:00Z", details: detail(ordersDdl) }),
    ];
  }
  return [col("order_id", "bigint"), col("customer", "varchar"), col("amount", "decimal(12,2)", "with tax"), col("placed_at", "timestamp(3)"), col("lines", "array(row(sku varchar, n integer))"), col("note", "varchar"), col("day", "date", "partition")];
}

export const columns: Column[] = [
  { name: "order_id", type: "bigint", kind: "number", nullable: false },
  { name: "customer", type: "varchar", kind: "text", nullable: true },
  { name: "country", type: "varchar", kind: "text", nullable: true },
  { name: "amount", type: "decimal(12,2)", kind: "number", nullable: true },
  { name: "paid", type: "boolean", kind: "boolean", nullable: true },
  { name: "placed_at", type: "timestamp(3)", kind: "time", nullable: true },
  { name: "lines", type: "array(row(sku varchar, n integer))", kind: "json", nullable: true },
  { name: "note", type: "varchar", kind: "text", nullable: true },
];

const people = ["Ada Lovelace", "Grace Hopper", "Edsger Dijkstra", "Barbara Liskov", "Ken Thompson", "Radia Perlman", "Donald Knuth", "Frances Allen"];
const countries = ["DE", "FR", "GB", "US", "NL", "SE", "JP"];
const notes: Cell[] = [
  null, "", "call before delivery", null, '<img src=x onerror="document.title=1">', "user\u202Egnp.exe", "tab\there\nand a new line",
  { t: "long ".repeat(200), n: 10_000_000 }, "naïve café", "leave at the door",
];

/** row is row i of the mock's result: the same for the same i, whatever was read before. */
export function row(i: number): Cell[] {
  const r = Math.imul(i ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  const at = new Date(Date.UTC(2026, 0, 1) + i * 1000);
  return [
    String(i + 1),
    people[r % people.length],
    r % 13 === 0 ? null : countries[r % countries.length],
    r % 11 === 0 ? null : ((r % 100_000) / 100).toFixed(2),
    r % 5 === 0 ? null : r % 2 === 0 ? "true" : "false",
    at.toISOString().replace("T", " ").replace("Z", ""),
    JSON.stringify([{ sku: `A-${r % 900}`, n: 1 + (r % 4) }, { sku: `B-${r % 77}`, n: 2 }]),
    notes[r % notes.length],
  ];
}

export function wideColumns(n: number): Column[] {
  return Array.from({ length: n }, (_, i) => ({ name: `c${i}`, type: "integer", kind: "number" as const, nullable: true }));
}
