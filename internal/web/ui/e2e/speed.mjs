// Measures the page in a real browser and prints a line of JSON for each
// figure: node e2e/speed.mjs load|rows|scroll|large URL [ROWS] [TIMES]. The
// program bench starts it beside a server whose memory it watches, and says
// which rows the statement brings; order_id of row n is 10,000,000 + n, from 0.
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const [what, url, rowsText = "1000000", timesText = "5"] = process.argv.slice(2);
const total = Number(rowsText);
const times = Number(timesText);
const say = (o) => console.log(JSON.stringify(o));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** arrive opens the page in a profile of its own, so that nothing is in its cache. */
async function arrive(before) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await before?.(page);
  await page.goto(url, { waitUntil: "commit" });
  await page.getByRole("treeitem", { name: /orders/ }).waitFor();
  return { page, close: () => context.close() };
}

/** processor tells how many milliseconds of the processor the page's process has taken: on a busy machine this says more than the clock. */
async function processor(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
  const { metrics } = await cdp.send("Performance.getMetrics");
  await cdp.detach();
  return metrics.find((m) => m.name === "ProcessTime").value * 1000;
}

/** runAll brings all rows of a statement, and returns once the grid is there. */
async function runAll(page) {
  await page.keyboard.press("Alt+n");
  await page.getByRole("combobox", { name: "Connection of this tab" }).click();
  await page.getByRole("option", { name: /^orders/ }).last().click();
  await page.getByRole("combobox", { name: "Most rows to bring" }).click();
  await page.getByRole("option", { name: "All rows" }).click();
  await page.locator(".cm-content").fill(`select * from orders where rows=${total}`);
}

const start = (page) => page.locator(".cm-content").press("Control+Enter");
const ended = (page) => page.getByText(`${total.toLocaleString("en-US")} rows`, { exact: true }).waitFor();

/** In the page: what tells that the rows around row n are drawn, each with its own values. */
function helpers() {
  window.drawn = (from) => {
    const grid = document.querySelector(".grid");
    const rows = grid ? [...grid.querySelectorAll(".grid-row")] : [];
    if (rows.length === 0 || grid.querySelector(".grid-missing")) return null;
    const numbers = rows.map((r) => Number(r.querySelector(".grid-no").textContent));
    if (from !== undefined && !(numbers[0] <= from && numbers.at(-1) >= from)) return null;
    return { numbers, cells: rows.map((r) => [...r.querySelectorAll(".grid-td")].map((c) => c.textContent)) };
  };
  // A frame whose work is over has been painted when a task behind it runs.
  window.painted = (look) => new Promise((done) => {
    const at = performance.now();
    const frame = () => {
      const got = look();
      if (!got) return requestAnimationFrame(frame);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => done({ took: performance.now() - at, at: performance.timeOrigin + performance.now(), got });
      channel.port2.postMessage(0);
    };
    requestAnimationFrame(frame);
  });
}

async function load() {
  for (let i = 0; i < times; i++) {
    const sizes = new Map();
    const waits = [];
    const { page, close } = await arrive(async (p) => {
      p.on("response", (r) => { if (!r.url().includes("/api/")) waits.push(r.body().then((b) => sizes.set(new URL(r.url()).pathname, gzipSync(b, { level: 9 }).length)).catch(() => {})); });
      await p.addInitScript(() => {
        const seen = () => {
          if (!document.querySelector("[role=treeitem]")) return;
          watch.disconnect();
          requestAnimationFrame(() => setTimeout(() => { window.shownAt = performance.now(); document.dispatchEvent(new KeyboardEvent("keydown", { key: "n", code: "KeyN", altKey: true, bubbles: true })); typed.observe(document, { childList: true, subtree: true }); }));
        };
        const watch = new MutationObserver(seen);
        watch.observe(document, { childList: true, subtree: true });
        const typed = new MutationObserver(() => {
          if (!document.querySelector(".cm-content[contenteditable=true]")) return;
          typed.disconnect();
          requestAnimationFrame(() => setTimeout(() => { window.editorAt = performance.now(); }));
        });
      });
    });
    await page.waitForFunction(() => window.editorAt !== undefined);
    const cpu = await processor(page);
    await page.waitForTimeout(300);
    await Promise.all(waits);
    const at = await page.evaluate(() => ({ shown: window.shownAt, editor: window.editorAt, first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime }));
    const bytes = [...sizes.values()].reduce((a, b) => a + b, 0);
    say({ what: "load", ...at, cpu, files: sizes.size, bytes });
    await close();
  }
}

async function rows() {
  const { page, close } = await arrive();
  await page.evaluate(helpers);
  await runAll(page);
  for (let i = 0; i < times; i++) {
    // The rows of the run before must not be taken for these.
    await page.evaluate(() => { window.gone = false; window.first = null; });
    const first = page.evaluate(async () => {
      const old = document.querySelector(".grid");
      window.first = await window.painted(() => { const g = document.querySelector(".grid"); return g && g !== old && window.drawn(); });
      const asked = performance.getEntriesByType("resource").findLast((e) => e.name.includes("/rows?from=0&"));
      return { at: window.first.at, rows: window.first.got.numbers.length, asked: performance.timeOrigin + asked.startTime, answered: performance.timeOrigin + asked.responseEnd };
    });
    await start(page);
    say({ what: "rows", ...(await first) });
    await ended(page);
  }
  await close();
}

async function scroll() {
  const { page, close } = await arrive();
  await page.evaluate(helpers);
  await runAll(page);
  await start(page);
  await ended(page);
  say({ what: "phase", name: "scroll" });
  const before = await processor(page);
  const jumps = await page.evaluate(async ({ total, jumps }) => {
    const el = document.querySelector(".grid");
    const out = [];
    for (let i = 0; i < jumps; i++) {
      const share = Math.random();
      el.scrollTop = share * (el.scrollHeight - el.clientHeight);
      const wanted = Math.round(share * (total - el.clientHeight / 24));
      const p = await window.painted(() => window.drawn(Math.max(1, Math.min(total, wanted))));
      const wrong = p.got.cells.filter((c, k) => Number(c[0]) !== 10_000_000 + p.got.numbers[k] - 1).length;
      out.push({ took: p.took, wrong });
      await new Promise((r) => setTimeout(r, 250)); // the scroll bar settles
    }
    return out;
  }, { total, jumps: 50 });
  say({ what: "jumps", cpu: (await processor(page) - before) / jumps.length, took: jumps.map((j) => j.took), wrong: jumps.reduce((a, j) => a + j.wrong, 0) });
  // By wheel, a view at a time, through places not seen before.
  const wheel = await page.evaluate(async () => {
    const el = document.querySelector(".grid");
    const out = [];
    for (let i = 0; i < 100; i++) {
      el.scrollTop += 600;
      out.push((await window.painted(() => window.drawn())).took);
    }
    return out;
  });
  say({ what: "wheel", took: wheel });
  await edges(page);
  await close();
}

/** edges goes to both ends and step by step from them: each row must be there, with its own values. */
async function edges(page) {
  await page.locator(".grid").focus();
  await page.keyboard.press("Control+End");
  await page.waitForFunction((n) => window.drawn?.(n), total);
  const end = await page.evaluate(() => window.drawn());
  const wrong = end.cells.filter((c, k) => Number(c[0]) !== 10_000_000 + end.numbers[k] - 1).length;
  // The last row stands whole within the view, and each row a row's height below the one before.
  const place = await page.evaluate(() => {
    const el = document.querySelector(".grid").getBoundingClientRect();
    const rows = [...document.querySelectorAll(".grid-row")].map((r) => r.getBoundingClientRect());
    return { below: el.bottom - rows.at(-1).bottom, steps: [...new Set(rows.slice(1).map((r, i) => r.top - rows[i].top))] };
  });
  let up = 0;
  for (let i = 1; i <= 60; i++) {
    await page.keyboard.press("ArrowUp");
    const at = await page.evaluate(() => document.querySelector(".grid-td.focus")?.dataset.row);
    if (Number(at) !== total - 1 - i) up++;
  }
  say({ what: "edges", last: end.numbers.at(-1), wrong, ...place, lost: up });
  await page.keyboard.press("Control+Home");
  await page.waitForFunction(() => window.drawn?.(1));
}

/** large sorts, filters and finds in the browser, each from the press to the rows drawn. */
async function large() {
  const { page, close } = await arrive();
  await page.evaluate(helpers);
  await runAll(page);
  await start(page);
  await ended(page);
  for (const column of ["note", "customer_id"]) {
    say({ what: "phase", name: `sort ${column}` });
    await page.locator(".grid").focus();
    await page.keyboard.press("Control+Home");
    const at = Date.now();
    const made = page.waitForResponse((r) => r.url().endsWith("/view"));
    await page.getByRole("button", { name: column, exact: true }).click();
    await page.locator(".view-wait").waitFor();
    const shown = Date.now() - at;
    await made;
    await page.locator(".view-wait").waitFor({ state: "detached" });
    await page.waitForFunction(() => window.drawn?.(1));
    const took = Date.now() - at;
    const view = await page.evaluate(async () => {
      const el = document.querySelector(".grid");
      const out = [];
      for (let i = 0; i < 20; i++) {
        const share = Math.random();
        el.scrollTop = share * (el.scrollHeight - el.clientHeight);
        await new Promise((r) => requestAnimationFrame(r));
        out.push((await window.painted(() => window.drawn())).took);
        await new Promise((r) => setTimeout(r, 250));
      }
      return out;
    });
    say({ what: "sort", name: column, took, shown, view });
  }
  await close();
}

await { load, rows, scroll, large }[what]();
await browser.close();
