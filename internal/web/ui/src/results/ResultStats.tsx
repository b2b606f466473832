import type { Run, RunResult } from "../api/types";
import { isOver } from "../state/live";
import { useNow } from "../ui/parts";
import { bytes, count, dollars, duration, plural } from "../ui/text";

/** ResultStats is the line below a result: rows, time, queue, bytes, units, price, fetch path. */
export function ResultStats({ run, r, view, selected }: { run: Run; r: RunResult; view?: number; selected?: { rows: number; columns: number } }) {
  const going = !isOver(r.state);
  const now = useNow(going, 500);
  const s = r.stats;
  const shown: [string, string, string?][] = [];
  if (r.columns) shown.push(["rows", view !== undefined ? `${count(view)} of ${plural(r.rows, "row")}` : plural(r.rows, "row") + (going ? " so far" : s?.truncated ? " (cut at the limit)" : "")]);
  if (s?.rows_affected !== undefined) shown.push(["affected", `${plural(s.rows_affected, "row")} changed`]);
  if (going) shown.push(["time", duration(Math.max(0, now - Date.parse(run.started)))]);
  else if (s?.elapsed_ms !== undefined) shown.push(["time", duration(s.elapsed_ms)]);
  else if (run.ended && run.results.length === 1) shown.push(["time", duration(Math.max(0, Date.parse(run.ended) - Date.parse(run.started)))]);
  if (s?.queued_ms) shown.push(["queued", `queued ${duration(s.queued_ms)}`]);
  const scanned = s?.bytes_scanned ?? (going ? r.progress?.bytes_scanned : undefined);
  if (scanned) shown.push(["bytes", `${bytes(scanned)} read`]);
  if (s?.capacity_units !== undefined) shown.push(["units", `${Math.round(s.capacity_units * 100) / 100} units`]);
  if (s?.cost_usd !== undefined) shown.push(["price", dollars(s.cost_usd), "At list price"]);
  if (s?.path) shown.push(["path", `fetch path: ${s.path}`]);
  if (s?.remote_id) shown.push(["id", s.remote_id, "The service's id of the statement"]);
  return (
    <div className="stats" role="status" aria-label="Statistics">
      {going && <span className="mark-busy" />}
      {going && <span className="stat">{run.state === "waiting-login" ? "waiting for the log in" : r.state}</span>}
      {r.state === "cancelled" && <span className="stat warn-text">cancelled</span>}
      {r.state === "failed" && <span className="stat bad-text">failed</span>}
      {r.state === "skipped" && <span className="stat">not run</span>}
      {shown.map(([k, text, title]) => <span key={k} className={`stat stat-${k}`} title={title}>{text}</span>)}
      <span className="grow" />
      {s?.notes?.map((n) => <span key={n} className="stat dim" title={n}>{n}</span>)}
      {selected && <span className="stat">{count(selected.rows)} × {count(selected.columns)} picked</span>}
    </div>
  );
}
