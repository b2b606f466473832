import { api } from "../api";
import { faultOf } from "../api/client";
import type { HistoryEntry, Run } from "../api/types";
import { putRun, runs } from "../state/live";
import { failed, toast } from "../state/ui";
import { openSql } from "../state/workspace";

/**
 * isCall tells DynamoDB's own calls, as `fairlead dynamodb scan` makes them, from
 * statements: the history notes them by the words of their flags, which no editor
 * can run.
 */
export function isCall(h: { engine: string; text: string }): boolean {
  return h.engine === "dynamodb" && /^(scan|query|get)\s/i.test(h.text);
}

/** openHistory opens a statement to be run again; of a call, what is kept of it. */
export function openHistory(h: HistoryEntry): void {
  if (!isCall(h)) return void openSql({ connection: h.connection, text: h.text });
  if (h.kept) return void showRun(api.historyOpen(h.id), h);
  toast(`This was a call of the command line, not a statement: fairlead dynamodb ${h.text.split(/\s/, 1)[0]} makes it again`);
}

/** showRun opens a run that the history holds, with its text. */
export async function showRun(answer: Promise<Run>, h: HistoryEntry): Promise<void> {
  try {
    const run = await answer;
    putRun(runs.get()[run.id] ?? run);
    const call = isCall(h);
    openSql({ connection: h.connection, text: call ? `-- fairlead dynamodb ${h.text.replace(/\n/g, "\n-- ")}` : h.text, ...(call ? { title: h.text.slice(0, 28), named: true } : {}), run: run.id, result: 0, journal: h.id });
  } catch (e) {
    failed(faultOf(e));
  }
}
