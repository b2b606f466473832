// The real program and the real sandbox, driven as a person would.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { artefacts, open, type Browser, type Watched } from "./browser.ts";
import { sandbox, ui, type Sandbox, type Ui } from "./real.ts";
import * as steps from "./steps.ts";
import { cell, label, loginDialog, newQuery, noComplaints, palette, run } from "./steps.ts";

let box: Sandbox;
let app: Ui;
let browser: Browser;

beforeAll(async () => {
  box = await sandbox("--rows", "1000000");
  app = await ui(box.env);
  browser = await open();
  // Without it the browser downloads by itself, which a test can follow.
  await browser.context.addInitScript(() => { delete (window as unknown as { showSaveFilePicker?: unknown }).showSaveFilePicker; });
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  await box?.close();
});
afterEach(async (c) => {
  if (c.task.result?.state === "fail") {
    for (const [i, p] of browser.context.pages().entries()) if (i > 0) await p.screenshot({ path: join(artefacts, `failed-${c.task.name.replace(/\W+/g, "-")}-${i}.png`) }).catch(() => {});
  }
  for (const p of browser.context.pages().slice(1)) await p.close();
});
const arrive = () => steps.arrive(browser, app);
const endSession = () => steps.endSession(box);
const approve = (page: Watched, decision?: string) => steps.approve(browser, page, decision);

test("expired session, one click, the portal's page, rows", async () => {
  const page = await arrive();
  expect(page.url()).not.toContain("token");
  await newQuery(page, "sales", "select region, count(*) as n from orders group by region order by n desc");
  await run(page);
  await loginDialog(page).waitFor();
  expect(await loginDialog(page).innerText()).toContain('SSO session expired for profile "dev"');
  await approve(page);
  await page.getByRole("columnheader", { name: "region" }).waitFor();
  await page.getByText(/^5 rows|^4 rows|^6 rows/).first().waitFor();
  await expect.poll(() => page.locator(".chip").innerText()).toMatch(/left|renews/);
  await noComplaints(page);
  await page.close();
});

test("a million rows: scrolled to any place, found, sorted, filtered", async () => {
  const page = await arrive();
  await newQuery(page, "sales", "select * from orders");
  await page.getByRole("combobox", { name: "Most rows to bring" }).click();
  await page.getByRole("option", { name: "All rows" }).click();
  await run(page);
  await page.getByText("1,000,000 rows", { exact: true }).waitFor({ timeout: 60_000 });
  const grid = page.getByRole("grid");
  await grid.focus();
  await page.keyboard.press("Control+End");
  await page.getByRole("rowheader", { name: "1000000", exact: true }).waitFor();
  const painted = await page.evaluate(async () => {
    const el = document.querySelector<HTMLElement>(".grid")!;
    const times: number[] = [];
    for (const share of [0.5, 0.13, 0.77, 0.02, 0.91]) {
      const at = performance.now();
      el.scrollTop = share * (el.scrollHeight - el.clientHeight);
      const filled = () => { const rows = [...document.querySelectorAll(".grid-row")]; return rows.length > 5 && rows.every((r) => !r.querySelector(".grid-missing")) && Number(rows[0].querySelector(".grid-no")!.textContent) > share * 900_000; };
      await new Promise<void>((done) => { const look = () => (filled() ? done() : requestAnimationFrame(look)); requestAnimationFrame(look); });
      times.push(Math.round(performance.now() - at));
    }
    return times;
  });
  console.log(`rows painted after a jump, ms: ${painted.join(" ")}`);
  await grid.focus();
  await page.keyboard.press("Control+Home");
  await page.getByRole("button", { name: "order_id", exact: true }).click();
  await page.getByRole("columnheader", { name: /order_id/ }).and(page.locator('[aria-sort="ascending"]')).waitFor();
  await page.getByRole("button", { name: "Filter rows" }).click();
  await page.getByRole("textbox", { name: "Value" }).fill("999999");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByText(/ of 1,000,000 rows$/).waitFor({ timeout: 30_000 });
  await noComplaints(page);
  await page.close();
});

test("copy and export", async () => {
  const page = await arrive();
  await newQuery(page, "sales", "select * from (values (1, 'a,b', cast(null as varchar)), (2, '', 'ü')) as t(n, text, nothing) order by n");
  await run(page);
  await cell(page, "a,b").waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await page.getByText("Copied 2 rows").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("1\ta,b");
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export" });
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: /^Export/ }).click()]);
  const file = await download.path();
  expect(download.suggestedFilename()).toMatch(/^sales-.*\.csv$/);
  expect(readFileSync(file, "utf8")).toBe('n,text,nothing\n1,"a,b",\n2,"",ü\n');
  await noComplaints(page);
  await page.close();
});

test("cancel stops what runs", async () => {
  const page = await arrive();
  await box.admin("faults", { service: "athena", operation: "GetQueryExecution", latency: 20 });
  try {
    await newQuery(page, "sales", "select count(*) from orders");
    await run(page);
    await page.getByRole("button", { name: "Cancel", exact: true }).first().click();
    await page.getByText("Cancelled", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Run", exact: true }).waitFor();
  } finally {
    await box.admin("faults/clear", {});
  }
  await noComplaints(page);
  await page.close();
});

test("reload in the middle of a run", async () => {
  const page = await arrive();
  await box.admin("faults", { service: "athena", operation: "GetQueryExecution", latency: 2, times: 1 });
  await newQuery(page, "sales", "select 'after the reload' as x");
  await run(page);
  await page.getByRole("button", { name: "Cancel", exact: true }).first().waitFor();
  await page.reload();
  await cell(page, "after the reload").waitFor();
  expect(await page.locator(".cm-content").innerText()).toContain("after the reload");
  await box.admin("faults/clear", {});
  await page.close();
});

test("two tabs wait for one log in", async () => {
  await endSession();
  const one = await arrive();
  const two = await arrive();
  await newQuery(one, "sales", "select 'first' as x");
  await run(one);
  await loginDialog(one).waitFor();
  await loginDialog(two).waitFor();
  await two.getByRole("button", { name: "Set aside" }).click();
  await newQuery(two, "sales", "select 'second' as x");
  await run(two);
  await one.getByText("2 tasks wait").waitFor();
  await approve(one);
  await cell(one, "first").waitFor();
  await cell(two, "second").waitFor();
  await noComplaints(one);
  await noComplaints(two);
  await one.close();
  await two.close();
});

test("a log in that is refused says so and can be tried again", async () => {
  await endSession();
  const page = await arrive();
  await newQuery(page, "sales", "select 'again' as x");
  await run(page);
  await loginDialog(page).waitFor();
  await approve(page, "Deny");
  const failed = page.getByRole("dialog");
  await failed.getByRole("button", { name: "Try again" }).waitFor();
  expect(await failed.getByRole("alert").innerText()).toMatch(/refused|denied/i);
  await failed.getByRole("button", { name: "Try again" }).click();
  const [portal] = await Promise.all([browser.context.waitForEvent("page"), page.locator(".login-url a").click()]);
  await portal.getByRole("button", { name: "Approve" }).click();
  await cell(page, "again").waitFor();
  await portal.close();
  await page.close();
});

test("an error at its place, with the service's words", async () => {
  const page = await arrive();
  await newQuery(page, "sales", "select 1 as x;\n\nselect nothing_of_the_kind\nfrom orders");
  await page.locator(".cm-content").press("Control+Shift+Enter");
  const alert = page.locator(".result-message [role=alert]");
  await page.getByRole("tab", { name: /^2/ }).click();
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/nothing_of_the_kind/);
  expect(await page.locator(".cm-lintRange-error").innerText()).toContain("nothing_of_the_kind");
  await page.close();
});

test("denied, throttled, not found: cause and remedy as text", async () => {
  const page = await arrive();
  await box.admin("deny-action", { action: "athena:StartQueryExecution" });
  await newQuery(page, "sales", "select 1");
  await run(page);
  const alert = page.locator(".result-message [role=alert]");
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/not (allowed|authorized)|denied/i);
  await box.admin("allow-actions", {});
  await newQuery(page, "shop", 'select * from "no-such-table"');
  await run(page);
  await expect.poll(() => alert.innerText()).toMatch(/no-such-table|not found/i);
  await noComplaints(page);
  await page.close();
});

test("the wizard sets up a profile", async () => {
  const page = await arrive();
  const start = (await (await fetch(app.origin)).text(), readFileSync(box.env.AWS_CONFIG_FILE, "utf8").match(/sso_start_url = (\S+)/)![1]);
  await palette(page);
  await page.keyboard.type("set up sso");
  await page.keyboard.press("Enter");
  const wizard = page.getByRole("dialog", { name: "Set up SSO" });
  await wizard.getByLabel("Start URL").fill(start);
  await wizard.getByLabel("Session name").fill("fairlead");
  await wizard.getByRole("combobox", { name: /Region/ }).click();
  await page.getByRole("option", { name: "us-east-1", exact: true }).click();
  await wizard.getByRole("button", { name: "Log In" }).click();
  await wizard.getByRole("checkbox").first().waitFor({ timeout: 20_000 });
  await wizard.locator("input[type=checkbox]:not(:disabled)").first().check();
  await wizard.getByRole("button", { name: "See the change" }).click();
  await wizard.locator(".diff .added").first().waitFor();
  await wizard.getByRole("button", { name: "Write" }).click();
  await page.getByText(/^Wrote 1 profile/).waitFor();
  await page.getByRole("dialog", { name: "Sign-in" }).waitFor();
  await noComplaints(page);
  await page.close();
});

test("two pages edit one connection", async () => {
  const one = await arrive();
  const two = await arrive();
  for (const p of [one, two]) {
    await p.getByRole("treeitem", { name: /sales/ }).hover();
    await p.getByRole("button", { name: "More for sales" }).click();
    await p.getByRole("menuitem", { name: "Edit …" }).click();
    await p.getByRole("dialog", { name: "Edit sales" }).waitFor();
  }
  await label(one).fill("staging");
  await one.getByRole("button", { name: "Save", exact: true }).click();
  await one.getByText("Saved sales").waitFor();
  await label(two).fill("test");
  await two.getByRole("button", { name: "Save", exact: true }).click();
  await two.getByText(/was changed meanwhile/).waitFor();
  await two.getByRole("button", { name: "Load theirs" }).click();
  expect(await label(two).inputValue()).toBe("staging");
  await label(two).fill("");
  await two.getByRole("button", { name: "Save", exact: true }).click();
  await two.getByText("Saved sales").waitFor();
  await one.close();
  await two.close();
});

test("keyboard only: from the page's start to a value, without a pointer", async () => {
  const page = await browser.page();
  await page.goto(app.url);
  await page.getByRole("treeitem", { name: /sales/ }).waitFor();
  await page.keyboard.press("Alt+1");
  await page.keyboard.press("Home");
  while (!/sales/.test(await page.evaluate(() => document.getElementById(document.activeElement?.getAttribute("aria-activedescendant") ?? "")?.innerText ?? ""))) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.classList.contains("cm-content"));
  await page.keyboard.type("select 'typed' as x");
  await page.keyboard.press("Control+Enter");
  await cell(page, "typed").waitFor();
  await page.keyboard.press("Alt+3");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Detail" }).getByText("typed").waitFor();
  await page.keyboard.press("Escape");
  await palette(page);
  await page.keyboard.type("history");
  await page.keyboard.press("Enter");
  await page.getByRole("tree", { name: "History" }).waitFor();
  await page.close();
});

test("an item is changed, and another's change in between is not overwritten", async () => {
  const page = await arrive();
  await newQuery(page, "shop", "select * from \"shop\" where pk = 'CUSTOMER#1'");
  await run(page);
  await page.getByRole("columnheader", { name: "pk" }).waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press(" ");
  await page.getByRole("button", { name: "Edit item" }).click();
  const add = page.getByRole("textbox", { name: "Name of a new attribute" }).last();
  await add.fill("noted_by");
  await add.press("Enter");
  await page.getByRole("textbox", { name: "noted_by, S" }).fill("ada");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved the item").waitFor();
  const two = await arrive();
  await newQuery(two, "shop", "update \"shop\" set noted_by = 'grace' where pk = 'CUSTOMER#1' and sk = '" + (await page.getByRole("textbox", { name: "sk, S" }).inputValue()) + "'");
  await run(two);
  await two.getByText("Done", { exact: true }).or(two.getByText(/changed/)).first().waitFor();
  await page.getByRole("textbox", { name: "noted_by, S" }).fill("barbara");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Load theirs" }).click();
  expect(await page.getByRole("textbox", { name: "noted_by, S" }).inputValue()).toBe("grace");
  await noComplaints(page);
});

test("no AWS profiles, and credentials that cannot be had: cause and remedy", async () => {
  const bare = await ui({ HOME: artefacts, FAIRLEAD_HOME: join(artefacts, "bare"), AWS_CONFIG_FILE: join(artefacts, "none"), AWS_SHARED_CREDENTIALS_FILE: join(artefacts, "none-either") });
  try {
    const page = await browser.page();
    await page.goto(bare.url);
    await page.getByText("Begin with a connection").waitFor();
    await page.getByRole("button", { name: /^Sign-in/ }).click();
    await page.getByText("AWS profiles", { exact: true }).click();
    const alert = page.getByRole("dialog").getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/No AWS profiles found[\s\S]*Remedy/);
    await alert.getByRole("button", { name: "Set up SSO" }).click();
    await page.getByRole("dialog", { name: "Set up SSO" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "New connection" }).first().click();
    const form = page.getByRole("dialog", { name: "New connection" });
    await form.getByRole("textbox", { name: "Name", exact: true }).fill("nowhere");
    await form.getByRole("button", { name: "Test", exact: true }).click();
    await form.getByRole("alert").waitFor();
    await noComplaints(page);
  } finally {
    await bare.stop();
  }
});

test("parameters, a saved query, and kept rows from the history", async () => {
  const page = await arrive();
  await newQuery(page, "sales", "select :word as word, :n + 1 as next");
  await run(page);
  const ask = page.getByRole("dialog", { name: "Parameters" });
  await ask.getByRole("textbox", { name: ":word" }).fill("it's");
  await ask.getByRole("textbox", { name: ":n" }).fill("41");
  await ask.getByRole("button", { name: "Run" }).click();
  await cell(page, "it's").waitFor();
  await cell(page, "42").waitFor();
  await page.keyboard.press("Control+s");
  await page.getByRole("dialog", { name: "Save query" }).getByRole("textbox", { name: "Name" }).fill("The answer");
  await page.keyboard.press("Enter");
  await page.getByText('Saved "The answer"').waitFor();
  await page.getByRole("tab", { name: "Saved" }).click();
  await page.getByRole("tree", { name: "Saved queries" }).getByText("The answer").waitFor();
  await page.getByRole("tab", { name: "History" }).click();
  const entry = page.getByRole("tree", { name: "History" }).getByRole("treeitem", { name: /as word/ }).first();
  await entry.hover();
  await entry.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Open the kept rows" }).click();
  await cell(page, "42").waitFor();
  await noComplaints(page);
});

test("a write on production is asked about first, by name", async () => {
  const page = await arrive();
  await page.getByRole("treeitem", { name: /warehouse/ }).hover();
  await page.getByRole("button", { name: "More for warehouse" }).click();
  await page.getByRole("menuitem", { name: "Edit …" }).click();
  await label(page).fill("production");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved warehouse").waitFor();
  await page.locator(".tree-row.production").waitFor();
  await newQuery(page, "warehouse", "create table asked_about (x int)");
  await run(page);
  const question = page.getByRole("dialog", { name: "Run on warehouse?" });
  await question.waitFor();
  expect(await question.getByRole("button", { name: "Run it" }).isDisabled()).toBe(true);
  await question.getByRole("textbox").fill("warehouse");
  await question.getByRole("button", { name: "Run it" }).click();
  await page.locator(".result-message").getByText("Done").first().waitFor();
  await noComplaints(page);
});

test("hostile cells are harmless and visible", async () => {
  const page = await arrive();
  await newQuery(page, "sales", "select '<img src=x onerror=\"document.title=1\">' as html, 'user' || chr(8238) || 'gnp.exe' as bidi, 'a' || chr(7) || 'b' as control, rpad('x', 1000000, 'y') as long");
  await run(page);
  await cell(page, /<img src=x/).waitFor();
  expect(await page.getByRole("grid").innerText()).toContain("U+202E");
  expect(await page.title()).toBe("Fairlead");
  await page.getByRole("grid").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByText("1,000,000 characters").waitFor();
  await noComplaints(page);
  await page.close();
});

test("the process stops and comes again: the page says so and loses nothing", async () => {
  const page = await arrive();
  await newQuery(page, "sales", "select 'kept' as x");
  await page.waitForTimeout(600);
  const port = Number(new URL(app.origin).port);
  await app.stop("SIGKILL");
  await page.getByText("Fairlead has stopped").waitFor();
  await page.locator(".cm-content").press("End");
  await page.keyboard.type(" -- typed while it was away");
  app = await ui(box.env, port);
  await page.getByText("Fairlead was started anew").waitFor({ timeout: 20_000 });
  await page.goto("about:blank");
  await page.goto(app.url);
  await expect.poll(() => page.locator(".cm-content").innerText()).toContain("typed while it was away");
  await page.close();
});
