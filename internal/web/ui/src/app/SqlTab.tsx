import { Button, Menu, Select } from "@mantine/core";
import type { EditorView } from "@codemirror/view";
import { useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api";
import { ApiError, faultOf } from "../api/client";
import { useConnections, useInfo } from "../api/queries";
import type { Fault, Plan } from "../api/types";
import { labelTone } from "../connections/labels";
import { cancelRun, planLine, runAgain, runText, whatToRun, worthAsking, type RunContext } from "../editor/run";
import { paramsOf } from "../editor/statements";
import { isOver, putRun, quiet, runs, sessions } from "../state/live";
import { useStore } from "../state/store";
import { dialog, toast } from "../state/ui";
import { change, patchTab, workspace, type SqlTab as Tab } from "../state/workspace";
import { EngineMark, Icon } from "../ui/icons";
import { chord, Empty, IconButton, Keys, Splitter, Waiting } from "../ui/parts";
import { settingsOf } from "../settings/settings";

const ResultPane = lazy(() => import("../results/ResultPane"));
const Editor = lazy(() => import("../editor/Editor"));

/** The commands of the tab that is shown, for the palette and the page's keys. */
export const tabCommands: { run?: () => void; runAll?: () => void; cancel?: () => void; save?: () => void; format?: () => void } = {};

export function SqlTab({ tab }: { tab: Tab }) {
  const connections = useConnections().data;
  const info = useInfo().data;
  const settings = settingsOf(info?.settings);
  const connection = connections?.find((c) => c.name === tab.connection);
  const engine = info?.engines.find((e) => e.kind === (connection?.engine ?? "athena"));
  const calm = useStore(sessions, () => quiet(connection));
  const run = useStore(runs, (all) => (tab.run ? all[tab.run] : undefined));
  const [missing, setMissing] = useState<Fault | null>(null);
  const split = useStore(workspace, (w) => w.split);
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const [height, setHeight] = useState(600);
  const ctx: RunContext = { connection, engine, settings };
  const latest = useRef({ ctx, tab });
  latest.current = { ctx, tab };
  const running = run !== undefined && !isOver(run.state);

  const doRun = useCallback((all: boolean) => {
    const { ctx: c, tab: t } = latest.current;
    const s = view.current?.state;
    const text = s ? s.doc.toString() : t.text;
    const sel = s?.selection.main;
    void runText({ ...t, text }, whatToRun(text, sel?.from ?? 0, sel?.to ?? text.length, c.engine?.dialect ?? "trino", all), c);
  }, []);
  const doFormat = useCallback(async () => {
    const v = view.current;
    if (!v) return;
    const { formatSql } = await import("../editor/format");
    const sel = v.state.selection.main;
    const [from, to] = sel.empty ? [0, v.state.doc.length] : [sel.from, sel.to];
    try {
      v.dispatch({ changes: { from, to, insert: formatSql(v.state.sliceDoc(from, to), latest.current.ctx.engine?.dialect ?? "trino") }, scrollIntoView: true });
    } catch (e) {
      toast(`Not formatted: ${e instanceof Error ? e.message.split("\n")[0] : "the text is not understood"}`);
    }
  }, []);
  const commands = useMemo(() => ({
    run: () => doRun(false), runAll: () => doRun(true), format: () => void doFormat(), save: () => dialog.set({ kind: "save", tab: tab.id }),
    cancel: () => { const id = latest.current.tab.run; if (id) void cancelRun(id); },
  }), [doRun, doFormat, tab.id]);
  useEffect(() => { Object.assign(tabCommands, commands); return () => { for (const k of Object.keys(commands)) delete tabCommands[k as keyof typeof tabCommands]; }; }, [commands]);

  // A run of before the page was loaded: of this process, else its kept rows.
  useEffect(() => {
    if (!tab.run || runs.get()[tab.run]) return;
    let stop = false;
    setMissing(null);
    api.runById(tab.run).catch((e: unknown) => {
      if (tab.journal && e instanceof ApiError && e.status === 404) return api.historyOpen(tab.journal);
      throw e;
    }).then((r) => { if (!stop) { putRun(r); if (r.id !== tab.run) patchTab(tab.id, { run: r.id }); } }, (e: unknown) => { if (!stop) setMissing(faultOf(e)); });
    return () => { stop = true; };
  }, [tab.run, tab.id, tab.journal]);
  const journal = run?.results.find((r) => r.journal_id)?.journal_id;
  useEffect(() => { if (journal && journal !== tab.journal) patchTab(tab.id, { journal }); }, [journal, tab.id, tab.journal]);

  useEffect(() => {
    const o = new ResizeObserver(() => box.current && setHeight(box.current.clientHeight));
    if (box.current) o.observe(box.current);
    return () => o.disconnect();
  }, []);
  const faults = useMemo(() => (run?.results ?? []).filter((r) => r.error && r.state === "failed" && (r.error.service?.line || r.error.code === "statement")).map((r) => ({ fault: r.error!, line: r.line })), [run]);
  const production = connection?.production === true;

  return (
    <div className={`sql-tab${production ? " production" : ""}`} ref={box}>
      <div className="tab-tools">
        <Button.Group>
          {running ? <Button color="red" variant="light" leftSection={<Icon name="stop" size={13} />} onClick={commands.cancel}>Cancel</Button>
            : <Button leftSection={<Icon name="play" size={13} />} onClick={commands.run} title={`Run the statement under the cursor, or the selection  ${chord("Mod+Enter")}`}>Run</Button>}
          <Menu position="bottom-start">
            <Menu.Target><Button px={6} variant={running ? "light" : "filled"} color={running ? "red" : undefined} aria-label="More ways to run"><Icon name="down" size={11} /></Button></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={commands.run} rightSection={<Keys keys="Mod+Enter" />}>Statement or selection</Menu.Item>
              <Menu.Item onClick={commands.runAll} rightSection={<Keys keys="Mod+Shift+Enter" />}>All statements</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Button.Group>
        <ConnectionPick tab={tab} />
        {connection?.label && <span className={`label label-${labelTone(connection.label)}`}>{connection.label}</span>}
        {connection?.read_only && <span className="label label-none">read-only</span>}
        <LimitPick tab={tab} fallback={settings.row_limit ?? 0} />
        <PlanLine tab={tab} ctx={ctx} view={view} running={running} calm={calm} />
        <span className="grow" />
        <IconButton icon="wand" label="Format" keys="Shift+Alt+F" onClick={commands.format} />
        <IconButton icon="save" label="Save query" keys="Mod+S" onClick={commands.save} />
      </div>
      <div className="editor-box" style={{ height: Math.round((height - 37) * split) }}>
        <Suspense fallback={<Waiting text="Opening the editor" />}>
          <Editor tabId={tab.id} dialect={engine?.dialect ?? "trino"} engine={connection?.engine ?? "athena"} connection={tab.connection} open={calm} wrap={settings.wrap ?? false}
            faults={faults} commands={commands} onView={(v) => (view.current = v)} />
        </Suspense>
      </div>
      <Splitter axis="y" label="Height of the editor" value={(height - 37) * split} min={70} max={height - 120} onChange={(v) => change((w) => ({ ...w, split: v / (height - 37) }))} />
      <div className="result-box" data-after-editor tabIndex={-1}>
        {run ? <Suspense fallback={<Waiting text="Opening the results" />}><ResultPane run={run} index={tab.result ?? 0} onIndex={(result) => patchTab(tab.id, { result })} nullText={settings.null_text || "NULL"} onAgain={(force) => runAgain(tab.id, ctx, force)} onCancel={commands.cancel} /></Suspense>
          : missing && tab.run ? <Empty title="The rows of the last run are no longer here" actions={<Button variant="default" onClick={() => patchTab(tab.id, { run: undefined, journal: undefined })}>Dismiss</Button>}>{missing.message}. {missing.remedy}</Empty>
          : tab.run ? <Waiting text="Reading the last run" />
          : <Empty title="Results show here">
              <span className="teach"><Keys keys="Mod+Enter" /> runs the statement under the cursor</span>
              <span className="teach"><Keys keys="Mod+Shift+Enter" /> runs all of them</span>
              <span className="teach"><code>:name</code> asks for a value first</span>
              <span className="teach"><Keys keys="Mod+K" /> finds any command, table or query</span>
            </Empty>}
      </div>
    </div>
  );
}

function ConnectionPick({ tab }: { tab: Tab }) {
  const list = useConnections().data ?? [];
  const names = list.map((c) => c.name);
  return (
    <Select w={170} className="fixed" aria-label="Connection of this tab" data={tab.connection && !names.includes(tab.connection) ? [tab.connection, ...names] : names} value={tab.connection || null} placeholder="Connection"
      onChange={(v) => v && patchTab(tab.id, { connection: v })} searchable={names.length > 8} error={tab.connection !== "" && list.length > 0 && !names.includes(tab.connection)}
      leftSection={<EngineMark engine={list.find((c) => c.name === tab.connection)?.engine ?? ""} />} leftSectionWidth={32}
      renderOption={({ option }) => { const c = list.find((x) => x.name === option.value); return <span className="connection-option"><EngineMark engine={c?.engine ?? ""} />{option.value}{c?.label && <span className={`label label-${labelTone(c.label)}`}>{c.label}</span>}</span>; }} />
  );
}

function LimitPick({ tab, fallback }: { tab: Tab; fallback: number }) {
  const now = tab.limit ?? fallback;
  const options = [...new Set([100, 1000, 10_000, 100_000, now].filter((n) => n > 0))].sort((a, b) => a - b).map((n) => ({ value: String(n), label: `${n.toLocaleString("en-US")} rows` }));
  return <Select w={122} className="fixed" aria-label="Most rows to bring" data={[...options, { value: "0", label: "All rows" }]} value={String(now)} onChange={(v) => patchTab(tab.id, { limit: Number(v) })} />;
}

/** PlanLine tells what the statement under the cursor would read and cost, as soon as typing pauses. */
function PlanLine({ tab, ctx, view, running, calm }: { tab: Tab; ctx: RunContext; view: React.RefObject<EditorView | null>; running: boolean; calm: boolean }) {
  const [asked, setAsked] = useState("");
  const dialect = ctx.engine?.dialect ?? "trino";
  useEffect(() => {
    const t = setTimeout(() => {
      const s = view.current?.state.selection.main;
      const what = whatToRun(tab.text, s?.from ?? tab.cursor ?? 0, s?.to ?? tab.cursor ?? 0, dialect, false);
      setAsked(what && what.text.length < 100_000 && paramsOf(what.text, dialect).length === 0 ? what.text : "");
    }, 700);
    return () => clearTimeout(t);
  }, [tab.text, tab.cursor, dialect, view]);
  const on = ctx.settings.plan_before_run !== false && calm && asked !== "" && !running;
  const { data } = useQuery({ queryKey: ["plan", ctx.connection?.name, asked], queryFn: ({ signal }) => api.plan(ctx.connection!.name, asked, undefined, signal), enabled: on, retry: false, staleTime: 60_000 });
  const text = data && on ? lineOf(data) : "";
  if (!data || text === "") return null;
  const warn = data.guarded !== undefined || worthAsking(data, ctx.connection?.engine ?? "");
  const title = [data.guarded, data.plan?.better, data.plan?.basis && `By ${data.plan.basis}`, ...(data.plan?.notes ?? [])].filter(Boolean).join("\n");
  return <span className={`plan${warn ? " warn-text" : ""}`} title={title}>{warn && <Icon name="broken" size={13} />}<span className="plan-text">{text}</span></span>;
}

function lineOf(p: Plan): string {
  return p.guarded ?? planLine(p);
}

