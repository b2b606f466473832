// Results and the catalog in a real browser against the real program: charts,
// exports, what the history gives back, and sizes and cells that hurt.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { artefacts, findings, open, shoot, type Browser, type Watched } from "./browser.ts";
import { sandbox, ui, type Sandbox, type Ui } from "./real.ts";
import * as steps from "./steps.ts";
import { cell, newQuery, noComplaints, run } from "./steps.ts";

let box: Sandbox;
let app: Ui;
let browser: Browser;

beforeAll(async () => {
  box = await sandbox("--rows", "20000", "--auto-approve");
  app = await ui(box.env);
  browser = await open();
  await browser.context.addInitScript(() => { delete (window as unknown as { showSaveFilePicker?: unknown }).showSaveFilePicker; });
  const page = await arrive();
  await page.getByRole("button", { name: "Log In", exact: true }).click();
  await page.locator(".chip").getByText(/left|renews/).waitFor();
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  await box?.close();
});
afterEach(async (c) => {
  for (const [i, p] of browser.context.pages().entries()) {
    if (i === 0) continue;
    if (c.task.result?.state === "fail") await p.screenshot({ path: join(artefacts, `failed-${c.task.name.replace(/\W+/g, "-")}-${i}.png`) }).catch(() => {});
    await p.close();
  }
});
const arrive = () => steps.arrive(browser, app);

async function looksRight(page: Watched, name: string): Promise<void> {
  await page.waitForTimeout(150);
  await shoot(page, name);
  expect.soft(await findings(page)).toEqual([]);
}

async function saved(page: Watched, act: () => Promise<void>): Promise<{ name: string; data: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return { name: download.suggestedFilename(), data: readFileSync(await download.path()) };
}

test("a chart of each kind, and out as SVG and PNG", async () => {
  const page = await arrive();
  await newQuery(page, "sales", "select date_trunc('month', order_date) as month, region, count(*) as orders, sum(amount) as revenue from orders group by 1, 2 order by 1");
  await run(page);
  await page.getByRole("tab", { name: "Chart" }).click();
  const svg = page.locator(".chart-box svg").last();
  await svg.waitFor();
  expect(await page.locator(".chart-box").getAttribute("aria-label")).toBe("line chart of orders by month");
  const pick = async (select: string, option: string) => {
    await page.getByRole("combobox", { name: select }).click();
    await page.getByRole("option", { name: option, exact: true }).click();
  };
  await pick("Colour", "region");
  await page.locator(".chart-box").getByText("LATAM").waitFor();
  const shapes: Record<string, string> = { Line: "path", Area: "path", Bar: "rect", Scatter: "circle", Histogram: "rect" };
  for (const [kind, shape] of Object.entries(shapes)) {
    await pick("Kind", kind);
    await expect.poll(() => page.locator(".chart-box").getAttribute("aria-label")).toContain(`${kind.toLowerCase()} chart`);
    expect(await page.getByRole("alert").count()).toBe(0);
    await expect.poll(() => page.locator(`.chart-box svg g ${shape}`).count()).toBeGreaterThan(0);
    await page.waitForTimeout(150);
    await shoot(page, `50-chart-${kind.toLowerCase()}`);
  }
  await pick("Kind", "Line");
  await expect.poll(() => page.locator(".chart-box").getAttribute("aria-label")).toContain("line chart");
  const drawing = await saved(page, () => page.getByRole("button", { name: "SVG" }).click());
  expect(drawing.name).toBe("sales.svg");
  const text = drawing.data.toString("utf8");
  expect(text).toMatch(/^<svg[\s\S]*<path[\s\S]*<\/svg>$/);
  expect(text).not.toContain("var(--");
  expect(text).toContain("LATAM"); // the legend is in the file too
  const picture = await saved(page, () => page.getByRole("button", { name: "PNG" }).click());
  expect(picture.data.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  expect(picture.data.readUInt32BE(16)).toBeGreaterThan(800); // twice the width on screen
  expect(await page.locator(".chart-box").evaluate((el) => el.querySelectorAll("style").length)).toBeGreaterThan(0);
  await noComplaints(page);
});

/** sheet is the first sheet of an Excel file, out of its zip. */
function sheet(file: Buffer): string {
  let out = "";
  for (let at = 0; (at = file.indexOf("PK\u0001\u0002", at, "latin1")) >= 0; at += 46) {
    const name = file.toString("utf8", at + 46, at + 46 + file.readUInt16LE(at + 28));
    if (!/sheet1\.xml$|sharedStrings\.xml$/.test(name)) continue;
    const local = file.readUInt32LE(at + 42);
    const from = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const body = file.subarray(from, from + file.readUInt32LE(at + 20));
    out += (file.readUInt16LE(at + 10) === 8 ? inflateRawSync(body) : body).toString("utf8");
  }
  return out;
}

test("an export in each format holds the rows", async () => {
  const page = await arrive();
  await newQuery(page, "sales", "select * from (values (1, 'a,b', cast(null as varchar)), (2, '', 'ü\"|')) as t(n, text, nothing) order by n");
  await run(page);
  await cell(page, "a,b").waitFor();
  const exported = async (format: string, compression?: string) => {
    await page.getByRole("button", { name: "Export" }).click();
    const dialog = page.getByRole("dialog", { name: "Export" });
    const choose = async (label: string, value: string) => {
      await dialog.getByRole("combobox", { name: label }).click();
      await page.getByRole("option", { name: value, exact: true }).click();
    };
    if (format !== "CSV") await choose("Format", format);
    if (compression) await choose("Compression", compression);
    return saved(page, () => dialog.getByRole("button", { name: /^Export/ }).click());
  };
  const csv = 'n,text,nothing\n1,"a,b",\n2,"","ü""|"\n';
  const texts: Record<string, string | RegExp> = {
    CSV: csv, TSV: /^n\ttext\tnothing\n1\ta,b\t/, "JSON lines": '{"n":1,"text":"a,b","nothing":null}\n{"n":2,"text":"","nothing":"ü\\"|"}\n',
    Markdown: /\| *n *\|[\s\S]*ü"\\\|/, "SQL inserts": /insert into[\s\S]*\(1, 'a,b', null\)[\s\S]*'ü"\|'/i,
  };
  for (const [format, want] of Object.entries(texts)) {
    const got = (await exported(format)).data.toString("utf8");
    if (typeof want === "string") expect(got, format).toBe(want);
    else expect(got, format).toMatch(want);
  }
  expect(JSON.parse((await exported("JSON")).data.toString("utf8"))).toEqual([{ n: 1, text: "a,b", nothing: null }, { n: 2, text: "", nothing: 'ü"|' }]);
  const gz = await exported("CSV", "gzip");
  expect([gz.name.endsWith(".csv.gz"), gunzipSync(gz.data).toString("utf8")]).toEqual([true, csv]);
  const zst = await exported("CSV", "zstd");
  expect([zst.name.endsWith(".csv.zst"), zst.data.readUInt32LE(0)]).toEqual([true, 0xfd2fb528]);
  const parquet = (await exported("Parquet")).data;
  expect([parquet.toString("latin1", 0, 4), parquet.toString("latin1", parquet.length - 4)]).toEqual(["PAR1", "PAR1"]);
  expect(parquet.includes("nothing")).toBe(true);
  const arrow = (await exported("Arrow")).data;
  expect([arrow.includes("nothing"), arrow.includes("a,b")]).toEqual([true, true]);
  const cells = sheet((await exported("Excel")).data);
  for (const want of ["nothing", "a,b", "ü"]) expect(cells).toContain(want);
  await noComplaints(page);
});

test("a run that a stopped process left behind is attached to from the history", async () => {
  const page = await arrive();
  await box.admin("faults", { service: "athena", operation: "GetQueryExecution", latency: 60 });
  const before = Number((await box.admin("counters"))["athena.StartQueryExecution"] && 1);
  expect(before).toBe(1);
  await newQuery(page, "sales", "select 'left behind' as x");
  await run(page);
  // It is in the history with the service's id once that is known.
  await expect.poll(async () => (await page.evaluate(async () => (await (await fetch("/api/history?search=left+behind", { headers: { "X-Fairlead": localStorage.getItem("fairlead-key") ?? "" } })).json())[0]?.remote_id as string | undefined)), { timeout: 15_000 }).toBeTruthy();
  const port = Number(new URL(app.origin).port);
  await app.stop("SIGKILL");
  await box.admin("faults/clear", {});
  app = await ui(box.env, port);
  await page.close();
  const next = await arrive();
  await next.getByRole("tab", { name: "History" }).click();
  const entry = next.getByRole("tree", { name: "History" }).getByRole("treeitem").filter({ hasText: "left behind" }).first();
  await entry.click({ button: "right" });
  await next.getByRole("menuitem", { name: "Attach to it again" }).click();
  await cell(next, "left behind").waitFor();
  await noComplaints(next);
});

test("a DynamoDB call of the command line is no statement to be run again; its rows open", async () => {
  const page = await arrive();
  await steps.fairlead(box, ["dynamodb", "query", "shop", "--table", "shop", "--where", "pk = 'CUSTOMER#1'", "--format", "csv"]);
  await page.getByRole("tab", { name: "History" }).click();
  const entry = page.getByRole("tree", { name: "History" }).getByRole("treeitem").filter({ hasText: "query shop" }).first();
  await entry.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Open the kept rows" }).waitFor();
  expect(await page.getByRole("menuitem", { name: "Open in a new tab" }).count()).toBe(0);
  await page.keyboard.press("Escape");
  await entry.click();
  await page.getByRole("columnheader", { name: "pk" }).waitFor();
  expect(await page.locator(".cm-content").innerText()).toMatch(/^-- fairlead dynamodb query shop/);
  await noComplaints(page);
});

test("1,600 columns: to the last and back, sorted by it, found in the row", async () => {
  const page = await arrive();
  await newQuery(page, "sales", `select ${Array.from({ length: 1600 }, (_, i) => `r + ${i} as c${i}`).join(", ")} from (values 1, 2, 3) as t(r)`);
  await run(page);
  await cell(page, "1").waitFor({ timeout: 60_000 });
  await page.getByRole("grid").focus();
  await page.keyboard.press("End");
  await cell(page, "1602").waitFor();
  expect(await page.locator(".grid-td").count()).toBeLessThan(300); // only what is seen is drawn
  await page.keyboard.press("Shift+F10");
  await page.getByRole("menuitem", { name: "Sort descending" }).click();
  await page.getByText("c1599 descending").waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("End");
  await cell(page, "1602").waitFor();
  await page.keyboard.press(" ");
  await page.getByRole("textbox", { name: "Filter columns" }).fill("c1599");
  await page.getByRole("region", { name: "Row" }).getByText("1602").waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("Shift+F10");
  await page.getByRole("menuitem", { name: "Hide the column" }).click();
  await page.getByText("1 hidden").waitFor();
  await noComplaints(page);
});

test("a cell of 10 MB, and a result of nested values as trees", async () => {
  const page = await arrive();
  await newQuery(page, "sales", "select rpad('x', 10000000, 'y') as long, array[cast(row(1, 'a b') as row(n integer, s varchar))] as nested");
  await run(page);
  await cell(page, /^xy/).waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("Enter");
  await page.getByText("10,000,000 characters").waitFor({ timeout: 30_000 });
  await page.getByRole("button", { name: /more characters/ }).click();
  await page.getByRole("grid").focus();
  await page.keyboard.press("ArrowRight");
  const tree = page.getByRole("complementary", { name: "Detail" }).getByRole("tree", { name: "Value" });
  await tree.getByText("a b").waitFor();
  await tree.getByText("n", { exact: true }).waitFor();
  await noComplaints(page);
});

test("a schema with 20,000 tables: scrolled, searched, by keys", async () => {
  const page = await arrive();
  // The listing alone is made up: the sandbox would take minutes to make as many tables.
  await page.route(/\/api\/tree\?connection=sales&path=AwsDataCatalog&path=default/, (route) =>
    route.fulfill({ json: { objects: Array.from({ length: 20_000 }, (_, i) => ({ name: `table_${String(i).padStart(5, "0")}`, kind: "table", leaf: false, details: [] })), cached_at: new Date().toISOString() } }));
  const tree = page.getByRole("tree", { name: "Connections" });
  await tree.getByRole("treeitem", { name: /sales/ }).first().click();
  await tree.getByRole("treeitem", { name: /AwsDataCatalog/ }).click();
  await tree.getByRole("treeitem", { name: /default/ }).click();
  await tree.getByText("table_00000").waitFor();
  await tree.focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press("PageDown");
  await tree.getByText("table_00090").waitFor();
  expect(await tree.getByRole("treeitem").count()).toBeLessThan(120);
  const took = await page.evaluate(async () => {
    const box = document.querySelector<HTMLElement>("#tree")!;
    const at = performance.now();
    box.scrollTop = 24 * 15_000;
    const seen = () => [...box.querySelectorAll(".tree-name")].some((n) => /table_149|table_150/.test(n.textContent ?? ""));
    await new Promise<void>((done) => { const look = () => (seen() ? done() : requestAnimationFrame(look)); requestAnimationFrame(look); });
    return Math.round(performance.now() - at);
  });
  console.log(`tree of 20,000 tables painted after a jump, ms: ${took}`);
  await page.locator("#tree-search").fill("19999");
  await tree.getByText("table_19999").waitFor();
  expect(await tree.getByText(/^table_/).count()).toBe(1);
  await page.locator("#tree-search").fill("");
  await tree.focus();
  await page.keyboard.press("End");
  await noComplaints(page);
});

test("a table's definition, a view's, and a key design", async () => {
  const page = await arrive();
  const tree = page.getByRole("tree", { name: "Connections" });
  const to = async (...names: string[]) => {
    for (const [i, name] of names.entries()) {
      const item = tree.locator(`[aria-level="${i + 1}"]`).filter({ hasText: new RegExp(`^(Rs|Dy|At)?${name}`) }).last();
      await item.waitFor();
      if (i === names.length - 1 || (await item.getAttribute("aria-expanded")) !== "true") await item.click();
    }
  };
  await to("warehouse", "dev", "analytics", "top_customers");
  await page.getByRole("tab", { name: "Definition" }).click();
  await page.locator(".ddl").getByText("CREATE VIEW").waitFor();
  await looksRight(page, "51-view-definition");
  await tree.focus();
  await to("shop", "shop");
  await page.getByRole("columnheader", { name: "Holds" }).waitFor();
  await page.getByRole("tab", { name: "Design" }).click();
  await page.getByRole("heading", { name: "Ways to read without a scan" }).waitFor();
  await page.getByText("by_status").waitFor();
  await looksRight(page, "52-key-design");
  await noComplaints(page);
});

test("columns are completed for a table that was never opened, and only names after a dot", async () => {
  const page = await arrive();
  // Completion asks nothing of a connection that nobody has used yet.
  await newQuery(page, "sales", "select 'open' as x");
  await run(page);
  await cell(page, "open").waitFor();
  await newQuery(page, "sales", "");
  await page.locator(".cm-content").click();
  const listed = page.waitForResponse((r) => r.url().includes("path=customers"));
  await page.keyboard.type("select * from customers c where c.coun");
  await listed;
  const list = page.locator(".cm-tooltip-autocomplete");
  // The next key asks anew, once the names have come.
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press("Backspace");
    await page.keyboard.type("n");
    if (await list.getByText("country").waitFor({ timeout: 1500 }).then(() => true, () => false)) break;
  }
  expect(await list.innerText()).not.toMatch(/COUNT/);
  await page.waitForTimeout(150); // a list that has just come takes no Enter yet
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator(".cm-content").innerText()).toContain("c.country");
  await page.keyboard.press("Home");
  for (let i = 0; i < 16; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("F12");
  await page.getByRole("tab", { name: "Definition" }).waitFor();
  await page.getByRole("heading", { name: "customers" }).waitFor();
  await noComplaints(page);
});
