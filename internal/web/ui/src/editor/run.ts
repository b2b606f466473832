import { api } from "../api";
import { faultOf } from "../api/client";
import type { Connection, EngineSpec, Plan, RunBody, Settings } from "../api/types";
import { isOver, putRun, quiet, runs } from "../state/live";
import { ask, failed, toast } from "../state/ui";
import { Store } from "../state/store";
import { patchTab, workspace, type SqlTab } from "../state/workspace";
import { bytes, count, dollars } from "../ui/text";
import { guessType, lineAt, paramsOf, split, statementAt } from "./statements";

export type What = { text: string; offsetLine: number };

/** whatToRun is the selection, else the statement under the cursor; all is the whole text. */
export function whatToRun(text: string, from: number, to: number, dialect: string, all: boolean): What | null {
  if (all) return split(text, dialect).length ? { text, offsetLine: 0 } : null;
  if (from !== to) {
    const picked = text.slice(from, to);
    return picked.trim() === "" ? null : { text: picked, offsetLine: lineAt(text, from) - 1 };
  }
  const s = statementAt(text, to, dialect);
  return s && { text: s.text, offsetLine: s.line - 1 };
}

/** onlyReads tells by the first word whether every statement of a text is one that reads. The server looks again, closely. */
export function onlyReads(text: string, dialect: string): boolean {
  return split(text, dialect).every((s) => {
    const bare = s.text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ").trim();
    return /^\(*\s*(select|show|describe|desc|explain|values|table)\b/i.test(bare) || (/^with\b/i.test(bare) && !/\b(insert|update|delete|merge)\b/i.test(bare));
  });
}

export type ParamValue = { type: string; value: string };
export type ParamPrompt = { names: string[]; values: Record<string, ParamValue>; answer: (v: Record<string, ParamValue> | null) => void };
export const paramPrompt = new Store<ParamPrompt | null>(null);

function askParams(names: string[], values: Record<string, ParamValue>): Promise<Record<string, ParamValue> | null> {
  return new Promise((resolve) => {
    paramPrompt.set({ names, values, answer: (v) => { paramPrompt.set(null); resolve(v); } });
  });
}

/** Words for Athena's ways; DynamoDB's are the names of its calls. */
function wayOf(access: string, object: string, full: boolean, index: string | undefined): string {
  if (access === "tables") return object ? `reads ${full ? "all of " : ""}${object}` : "reads no table";
  if (access === "partitions") return `reads partitions of ${object}`;
  return [access, object && `of ${object}`, index && `by ${index}`].filter(Boolean).join(" ");
}

/** planLine says what a plan tells in one line, the most telling first. */
export function planLine(p: Plan): string {
  if (!p.plan) return "";
  const { access, object, index, rows, bytes: size, capacity_units: units, cost_usd: cost } = p.plan;
  if (access === "tables" && !object) return wayOf(access, "", false, undefined);
  return [
    wayOf(access ?? "", object ?? "", p.plan.full, index),
    size !== undefined ? bytes(size) : "", rows !== undefined ? `${count(rows)} ${rows === 1 ? "row" : "rows"}` : "",
    units !== undefined ? `${count(Math.ceil(units))} units` : "", cost !== undefined ? dollars(cost) : "",
  ].filter(Boolean).join(" · ");
}

/** A full read below these is not worth a question. */
const smallScan = { bytes: 100_000_000, units: 500 };

/** worthAsking tells a full read that a person should agree to. Where nothing is known, only DynamoDB's is: its scans use up what others live on. */
export function worthAsking(p: Plan, engine: string): boolean {
  if (!p.plan?.full) return false;
  const { bytes: size, capacity_units: units } = p.plan;
  if (size === undefined && units === undefined) return engine === "dynamodb";
  return (size ?? 0) >= smallScan.bytes || (units ?? 0) >= smallScan.units;
}

const planWait = 3000;

/** planFor asks what a text would read, unless that would first need a log in or takes too long. */
async function planFor(c: Connection, text: string, params: RunBody["params"]): Promise<Plan | null> {
  if (!quiet(c)) return null;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), planWait);
  try {
    return await api.plan(c.name, text, params, abort.signal);
  } catch {
    return null; // a plan is a help, never a hindrance
  } finally {
    clearTimeout(timer);
  }
}

export type RunContext = { connection: Connection | undefined; engine: EngineSpec | undefined; settings: Settings };

/** runText runs a text of a tab: asks for its parameters and, where it may hurt, for a yes first. */
export async function runText(tab: SqlTab, what: What | null, ctx: RunContext, force: { allow_scan?: boolean; confirmed?: boolean } = {}): Promise<void> {
  const { connection: c, engine } = ctx;
  if (!what) return toast("There is no statement here");
  if (!c || !engine) return toast(tab.connection ? `There is no connection "${tab.connection}"` : "Choose a connection first");
  if (tab.run && !isOver(runs.get()[tab.run]?.state ?? "done")) return toast("This tab still runs: cancel it, or use another tab");
  const names = paramsOf(what.text, engine.dialect);
  let params: RunBody["params"];
  if (names.length > 0) {
    const values = await askParams(names, tab.params ?? {});
    if (!values) return;
    patchTab(tab.id, { params: { ...tab.params, ...values } });
    params = names.map((n) => ({ name: n, type: values[n].type || guessType(values[n].value), value: values[n].value }));
  }
  let { allow_scan, confirmed } = force;
  const plan = allow_scan ? null : await planFor(c, what.text, params);
  if (plan && !plan.guarded && worthAsking(plan, c.engine)) {
    const yes = await ask({
      title: `Read all of ${plan.plan?.object || "the table"}?`, text: "Nothing in the statement narrows what is read.",
      lines: [planLine(plan), plan.plan?.better ?? "", plan.plan?.basis ? `By ${plan.plan.basis}` : ""].filter(Boolean), yes: "Run it",
    });
    if (!yes) return;
    allow_scan = true;
  }
  if (c.production && !confirmed && ctx.settings.confirm_production !== false && !onlyReads(what.text, engine.dialect)) {
    const yes = await ask({
      title: `Run on ${c.name}?`, text: `${c.name} is labelled ${c.label || "production"}, and this is not known to only read:`,
      lines: split(what.text, engine.dialect).slice(0, 6).map((s) => s.text.replace(/\s+/g, " ").slice(0, 160)), yes: "Run it", tone: "danger", type: c.name,
    });
    if (!yes) return;
    confirmed = true;
  }
  try {
    const run = await api.run({
      connection: c.name, text: what.text, offset_line: what.offsetLine, params, limit: tab.limit ?? ctx.settings.row_limit ?? undefined, allow_scan, confirmed,
    });
    putRun(runs.get()[run.id] ?? run);
    patchTab(tab.id, { run: run.id, result: 0, journal: undefined });
  } catch (e) {
    failed(faultOf(e));
  }
}

/** runAgain repeats a tab's last run with what its error asked for allowed. */
export function runAgain(tabId: string, ctx: RunContext, force: { allow_scan?: boolean; confirmed?: boolean }): void {
  const tab = workspace.get().tabs.find((t) => t.id === tabId);
  const run = tab?.kind === "sql" && tab.run ? runs.get()[tab.run] : undefined;
  if (tab?.kind !== "sql" || !run) return;
  void runText(tab, { text: run.text, offsetLine: (run.results[0]?.line ?? 1) - 1 }, ctx, force);
}

export async function cancelRun(id: string): Promise<void> {
  try {
    await api.cancel(id);
  } catch (e) {
    failed(faultOf(e));
  }
}
