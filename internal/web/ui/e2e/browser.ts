import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { chromium, type BrowserContext, type Page } from "playwright-core";

export const artefacts = new URL("../artefacts/", import.meta.url).pathname;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export type Browser = { context: BrowserContext; page: () => Promise<Watched>; close: () => Promise<void> };
/** Watched is a page that notes what must not happen: content policy violations, uncaught errors, requests off the machine. */
export type Watched = Page & { complaints: string[] };

/** open starts Debian's Chromium with a new empty profile. */
export async function open(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "fairlead-e2e-"));
  mkdirSync(artefacts, { recursive: true });
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    viewport: { width: 1360, height: 860 },
    colorScheme: "light",
    acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"],
    // Styles and scripts must come through the page's own policy.
    bypassCSP: false,
  });
  return {
    context,
    page: async () => watch(await context.newPage()),
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

function watch(page: Page): Watched {
  const w = page as Watched;
  w.complaints = [];
  page.on("pageerror", (e) => w.complaints.push(`uncaught: ${e.message}`));
  page.on("console", (m) => {
    if (/Content Security Policy|Refused to|Warning: |Each child in a list/i.test(m.text())) w.complaints.push(m.text());
  });
  page.on("request", (r) => {
    const u = new URL(r.url());
    if (!["127.0.0.1", "localhost", "[::1]"].includes(u.hostname) && !["data:", "blob:"].includes(u.protocol)) w.complaints.push(`asked ${r.url()}`);
  });
  page.setDefaultTimeout(30_000);
  return w;
}

/** shoot keeps a picture of the view in both themes. */
export async function shoot(page: Page, name: string): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.waitForFunction((s) => document.documentElement.getAttribute("data-mantine-color-scheme") === s, scheme);
    await page.screenshot({ path: join(artefacts, `${name}-${scheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** findings are what axe finds serious or critical on the page as it is now; in a modal dialog while there is one, which alone can be reached then. */
export async function findings(page: Page): Promise<string[]> {
  const out: string[] = [];
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.waitForFunction((s) => document.documentElement.getAttribute("data-mantine-color-scheme") === s, scheme);
    // Through the debugger, which no content policy binds.
    await page.evaluate(axe);
    out.push(...await page.evaluate(async (s) => {
      const r = await (window as unknown as { axe: { run: (where: ParentNode, o: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run([...document.querySelectorAll("[role=dialog][aria-modal=true]")].at(-1) ?? document, { resultTypes: ["violations"] });
      return r.violations.filter((v) => v.impact === "serious" || v.impact === "critical").flatMap((v) => v.nodes.slice(0, 4).map((n) => `${s} ${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary.replace(/\s+/g, " ").slice(0, 200)}`));
    }, scheme));
  }
  await page.emulateMedia({ colorScheme: "light" });
  return out;
}
