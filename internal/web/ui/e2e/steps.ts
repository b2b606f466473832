// What the tests of the real program do again and again.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Browser, Watched } from "./browser.ts";
import { binary, type Sandbox, type Ui } from "./real.ts";

export async function arrive(browser: Browser, app: Ui): Promise<Watched> {
  const page = await browser.page();
  await page.goto(app.url);
  await page.getByRole("treeitem", { name: /sales/ }).first().waitFor();
  return page;
}

export async function newQuery(page: Watched, connection: string, text: string): Promise<void> {
  await page.keyboard.press("Alt+n");
  await page.getByRole("combobox", { name: "Connection of this tab" }).click();
  await page.getByRole("option", { name: new RegExp(`^${connection}`) }).last().click();
  await page.locator(".status-bar").getByText(new RegExp(`^${connection} ·`)).waitFor();
  await page.locator(".cm-content").fill(text);
}

/** endSession lets the SSO session and what was got by it end, here and at the portal. */
export async function endSession(box: Sandbox): Promise<void> {
  const cache = join(box.env.HOME, ".aws", "sso", "cache");
  for (const name of readdirSync(cache).filter((n) => n.endsWith(".json"))) {
    const file = join(cache, name);
    const token = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    if (!token.accessToken) continue;
    delete token.refreshToken;
    writeFileSync(file, JSON.stringify({ ...token, expiresAt: "2020-01-01T00:00:00Z" }));
  }
  await box.admin("expire", {});
}

export async function palette(page: Watched): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search commands" }).and(page.locator(":focus")).waitFor();
}

export const label = (page: Watched) => page.getByRole("dialog").getByLabel("Label").first();
export const run = (page: Watched) => page.locator(".cm-content").press("Control+Enter");
export const cell = (page: Watched, text: string | RegExp) => page.getByRole("gridcell", { name: text, exact: true }).first();
export const loginDialog = (page: Watched) => page.getByRole("dialog", { name: /SSO session expired|Log in|Logging in|revoked|Timed out|refused/i });

export async function approve(browser: Browser, page: Watched, decision = "Approve"): Promise<void> {
  await loginDialog(page).getByRole("button", { name: "Log In", exact: true }).click();
  const [portal] = await Promise.all([browser.context.waitForEvent("page"), page.locator(".login-url a").click()]);
  const code = await page.locator(".login-code-text").innerText();
  expect(await portal.content()).toContain(code.trim());
  await portal.getByRole("button", { name: decision }).click();
  await portal.waitForLoadState();
  await portal.close();
}

export async function noComplaints(page: Watched): Promise<void> {
  expect(page.complaints.filter((c) => !c.includes("/device"))).toEqual([]);
}

/** fairlead runs a command of the program in the sandbox's home. */
export function fairlead(box: Sandbox, args: string[], env: Record<string, string> = {}, input = ""): string {
  return execFileSync(binary, args, { env: { PATH: process.env.PATH ?? "", ...box.env, ...env }, input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
}
