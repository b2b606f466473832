// Sign-in in a real browser against the real program: what goes wrong with a log
// in, codes of MFA devices, the passphrase of the secret file, and the demo.
import { spawn } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { artefacts, findings, open, shoot, type Browser, type Watched } from "./browser.ts";
import { binary, sandbox, ui, type Sandbox, type Ui } from "./real.ts";
import * as steps from "./steps.ts";
import { cell, loginDialog, newQuery, noComplaints, run } from "./steps.ts";

let box: Sandbox;
let app: Ui;
let browser: Browser;

const fairlead = (args: string[], env?: Record<string, string>, input?: string) => steps.fairlead(box, args, env, input);

beforeAll(async () => {
  box = await sandbox("--rows", "2000");
  appendFileSync(box.env.AWS_CONFIG_FILE, `\n[profile guarded]\nrole_arn = arn:aws:iam::111122223333:role/Guarded\nsource_profile = static\nmfa_serial = ${String((await box.admin("mfa-code", {})).serial)}\nregion = us-east-1\n`);
  fairlead(["connections", "add", "guarded", "--engine", "athena", "--profile", "guarded", "--database", "sales"]);
  app = await ui(box.env);
  browser = await open();
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  await box?.close();
});
afterEach(async (c) => {
  await box.admin("faults/clear", {});
  for (const [i, p] of browser.context.pages().entries()) {
    if (i === 0) continue;
    if (c.task.result?.state === "fail") await p.screenshot({ path: join(artefacts, `failed-${c.task.name.replace(/\W+/g, "-")}-${i}.png`) }).catch(() => {});
    await p.close();
  }
});

/** looksRight keeps a picture of a dialog of the real program and looks at it with axe. */
async function looksRight(page: Watched, name: string): Promise<void> {
  await page.waitForTimeout(150);
  await shoot(page, name);
  expect.soft(await findings(page)).toEqual([]);
}

test("a log in that nobody approves: more time, then over, what was seen, once more", async () => {
  const hasty = await ui({ ...box.env, FAIRLEAD_LOGIN_TIMEOUT: "3s" });
  try {
    const page = await steps.arrive(browser, hasty);
    await newQuery(page, "sales", "select 'late' as x");
    await run(page);
    await loginDialog(page).getByRole("button", { name: "Log In", exact: true }).click();
    const timer = page.getByRole("timer");
    await timer.waitFor();
    await page.getByRole("button", { name: "Wait longer" }).click();
    // More than the three seconds of one round are left then.
    await expect.poll(async () => Number((await timer.getAttribute("aria-label"))?.match(/\d+/)?.[0]), { interval: 50 }).toBeGreaterThan(3);
    await page.getByRole("button", { name: "Try again" }).waitFor();
    const alert = page.getByRole("dialog").getByRole("alert");
    expect(await alert.innerText()).toMatch(/Timed out waiting for SSO login for profile "dev"[\s\S]*Remedy/);
    await looksRight(page, "40-login-timed-out");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".login-code-text").waitFor();
    await noComplaints(page);
  } finally {
    await hasty.stop();
  }
});

test("sign-in that is throttled, or out of order: cause, remedy and a button", async () => {
  const page = await steps.arrive(browser, app);
  await box.admin("faults", { service: "sso-oidc", throttle: true });
  await newQuery(page, "sales", "select 'calm' as x");
  await run(page);
  await loginDialog(page).getByRole("button", { name: "Log In", exact: true }).click();
  const again = page.getByRole("button", { name: "Try again" });
  await again.waitFor({ timeout: 40_000 });
  const alert = page.getByRole("dialog").getByRole("alert");
  expect(await alert.innerText()).toMatch(/Remedy/);
  expect(await alert.innerText()).toMatch(/slow|throttl|too many|Timed out/i);
  await looksRight(page, "41-login-throttled");
  await box.admin("faults/clear", {});
  await again.click();
  const [portal] = await Promise.all([browser.context.waitForEvent("page"), page.locator(".login-url a").click()]);
  await portal.getByRole("button", { name: "Approve" }).click();
  await cell(page, "calm").waitFor();
  await noComplaints(page);
});

test("a role that wants an MFA code asks for it on the page", async () => {
  const page = await steps.arrive(browser, app);
  await newQuery(page, "guarded", "select 'guarded' as x");
  await run(page);
  const ask = page.getByRole("dialog", { name: 'MFA code for profile "guarded"' });
  await ask.waitFor();
  expect(await ask.innerText()).toMatch(/mfa\/[\s\S]*role\/Guarded/);
  await looksRight(page, "42-mfa");
  await ask.getByRole("textbox", { name: "Code" }).fill("000000");
  await ask.getByRole("button", { name: "Continue" }).click();
  const { code } = await box.admin("mfa-code", {});
  // A wrong code is asked for again, or fails the run with a way to try again.
  const second = page.getByRole("dialog", { name: 'MFA code for profile "guarded"' }).getByText(/wrong|not accepted|again|refused/i);
  const failed = page.locator(".result-message [role=alert]");
  await second.or(failed).first().waitFor();
  if (await failed.isVisible()) {
    expect(await failed.innerText()).toMatch(/MFA|code/i);
    await run(page);
  }
  await ask.getByRole("textbox", { name: "Code" }).fill(String(code));
  await ask.getByRole("button", { name: "Continue" }).click();
  await cell(page, "guarded").waitFor();
  await noComplaints(page);
});

test("keys in the encrypted file: the page asks for the passphrase, tells a wrong one, and goes on", async () => {
  const key = { id: "", secret: "" };
  for (const line of readFileSync(box.env.AWS_SHARED_CREDENTIALS_FILE, "utf8").split("\n")) {
    const [name, value] = line.split(/\s*=\s*/);
    if (name === "aws_access_key_id" && !key.id) key.id = value;
    if (name === "aws_secret_access_key" && !key.secret) key.secret = value;
  }
  fairlead(["auth", "add", "sealed", "--source", "static", "--access-key-id", key.id, "--region", "us-east-1", "--stdin"], { FAIRLEAD_KEYRING: "file", FAIRLEAD_PASSPHRASE: "open sesame" }, key.secret + "\n");
  fairlead(["connections", "add", "sealed", "--engine", "dynamodb", "--auth", "sealed"]);
  const locked = await ui({ ...box.env, FAIRLEAD_KEYRING: "file" });
  try {
    const page = await steps.arrive(browser, locked);
    await newQuery(page, "sealed", `select pk from "shop" where pk = 'CUSTOMER#1'`);
    await run(page);
    await page.locator(".result-message").getByRole("button", { name: "Unlock" }).click();
    const ask = page.getByRole("dialog", { name: "Unlock the secret file" });
    await ask.getByLabel("Passphrase").fill("open barley");
    await ask.getByRole("button", { name: "Unlock" }).click();
    await ask.getByText("That is not the passphrase").waitFor();
    await looksRight(page, "43-unlock");
    await ask.getByLabel("Passphrase").fill("open sesame");
    await ask.getByRole("button", { name: "Unlock" }).click();
    await cell(page, "CUSTOMER#1").waitFor();
    await noComplaints(page);
  } finally {
    await locked.stop();
  }
});

// A terminal of its own for the demo: script of Debian and its like makes one.
test.skipIf(process.platform !== "linux")("fairlead demo ends on its page: three connections and the one click", async () => {
  const dir = mkdtempSync(join(tmpdir(), "fairlead-demo-e2e-"));
  const seen = join(dir, "opened");
  mkdirSync(join(dir, "bin"));
  writeFileSync(join(dir, "bin", "xdg-open"), `#!/bin/sh\nprintf '%s\\n' "$1" >> ${seen}\n`);
  chmodSync(join(dir, "bin", "xdg-open"), 0o755);
  const child = spawn("script", ["-qec", `${binary} demo`, "/dev/null"], { env: { PATH: `${join(dir, "bin")}:${process.env.PATH}`, HOME: dir, TMPDIR: tmpdir(), TERM: "xterm", DISPLAY: ":99" }, stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (d: Buffer) => (said += d.toString()));
  /** opened is the n-th address that a browser was asked to show. */
  const opened = async (n: number) => {
    await expect.poll(() => (existsSync(seen) ? readFileSync(seen, "utf8").trim().split("\n").length : 0), { timeout: 40_000 }).toBeGreaterThan(n);
    return readFileSync(seen, "utf8").trim().split("\n")[n];
  };
  const allow = async (n: number) => {
    const portal = await browser.page();
    await portal.goto(await opened(n));
    await portal.getByRole("button", { name: "Approve" }).click();
    await portal.waitForLoadState();
    await portal.close();
  };
  try {
    await expect.poll(() => said, { timeout: 60_000 }).toContain("[Y/n]");
    child.stdin.write("y\n");
    await allow(0);
    const page = await browser.page();
    await page.goto(await opened(1));
    for (const name of ["sales", "shop", "warehouse"]) await page.getByRole("treeitem", { name }).waitFor();
    await page.locator(".header").getByText("demo", { exact: true }).waitFor();
    await page.getByText("The session fairlead has expired").waitFor();
    expect(await page.locator('.tree [aria-label="Needs a log in"]').count()).toBe(3);
    await shoot(page, "44-demo");
    await page.getByRole("button", { name: "Log In", exact: true }).click();
    await allow(2);
    await expect.poll(() => page.locator(".chip").innerText()).toMatch(/left|renews/);
    for (const [name, text, want] of [["sales", "select count(*) as n from orders", "1000000"], ["warehouse", "select 'here' as x", "here"], ["shop", `select pk from "shop" where pk = 'CUSTOMER#1'`, "CUSTOMER#1"]]) {
      await newQuery(page, name, text);
      await run(page);
      await cell(page, want).waitFor();
    }
    await noComplaints(page);
  } finally {
    child.stdin.end("\u0003");
    child.kill("SIGTERM");
    rmSync(dir, { recursive: true, force: true });
  }
});
