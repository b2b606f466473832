import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { api } from "../api";
import type { Fault, Names } from "../api/types";
import { treeQuery } from "../browse/rows";
import { useStore } from "../state/store";
import { openObject, setText, workspace } from "../state/workspace";
import { language, withoutColumns } from "./dialects";
import { tableAt } from "./names";
import { extensions, languagePart, showFaults, wrapPart, type Commands } from "./setup";

/** States of tabs that are not shown, so that undo and selection survive a change of tab. */
const kept = new Map<string, { state: EditorState; scroll: number }>();

/** Engines whose catalog answers from metadata alone. A question to Redshift can wake a warehouse that bills for it: of it only what was listed is known. */
const freeCatalog = ["athena", "dynamodb"];

/** useColumns lists the columns of the tables that a text names, once typing pauses, so that completion knows them. */
function useColumns(p: Props, text: string, names: Names | undefined): void {
  const cache = useQueryClient();
  const tried = useRef(new Set<string>());
  const { connection, dialect, engine, open } = p;
  useEffect(() => {
    if (!names || !open || !freeCatalog.includes(engine) || text.length > 100_000) return;
    const t = setTimeout(() => {
      const paths = withoutColumns(text, dialect, names).filter((path) => !tried.current.has(connection + "\u0001" + path.join("\u0001")));
      if (paths.length === 0) return;
      for (const path of paths) tried.current.add(connection + "\u0001" + path.join("\u0001"));
      void Promise.allSettled(paths.map((path) => cache.fetchQuery(treeQuery(connection, path))))
        .then((all) => { if (all.some((a) => a.status === "fulfilled")) void cache.invalidateQueries({ queryKey: ["names", connection] }); });
    }, 500);
    return () => clearTimeout(t);
  }, [cache, connection, dialect, engine, names, open, text]);
}

type Props = {
  tabId: string;
  dialect: string;
  engine: string;
  connection: string;
  /** Whether names may be asked for without a log in coming of it. */
  open: boolean;
  wrap: boolean;
  faults: { fault: Fault; line: number }[];
  commands: Omit<Commands, "changed" | "openTable">;
  onView: (view: EditorView | null) => void;
};

/** growingPause is how soon names are asked for again while a large listing goes on, in ms. */
const growingPause = 1500;

export default function Editor(p: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(p);
  latest.current = p;
  const tab = useStore(workspace, (w) => w.tabs.find((t) => t.id === p.tabId));
  const text = tab?.kind === "sql" ? tab.text : "";
  const names = useQuery({
    queryKey: ["names", p.connection], queryFn: () => api.names(p.connection), enabled: p.open && p.connection !== "", staleTime: 60_000, retry: false,
    refetchInterval: (q) => (q.state.data?.growing ? growingPause : false),
  }).data;
  useColumns(p, text, names);
  const namesRef = useRef(names);
  namesRef.current = names;
  const lang = useMemo(() => language(p.dialect, p.engine, names), [p.dialect, p.engine, names]);
  const langRef = useRef(lang);
  langRef.current = lang;

  useEffect(() => {
    const id = p.tabId;
    const commands = (): Commands => ({
      ...latest.current.commands, changed: (t, cursor) => setText(id, t, cursor),
      openTable: (t, at) => {
        const table = namesRef.current && tableAt(t, at, namesRef.current);
        if (table) openObject(latest.current.connection, table.path, table.kind);
        return !!table;
      },
    });
    const start = workspace.get().tabs.find((t) => t.id === id);
    const doc = start?.kind === "sql" ? start.text : "";
    const held = kept.get(id);
    const state = held && held.state.doc.toString() === doc ? held.state : EditorState.create({
      doc, selection: { anchor: Math.min(start?.kind === "sql" ? (start.cursor ?? doc.length) : 0, doc.length) },
      extensions: extensions(commands, () => latest.current.dialect, langRef.current, latest.current.wrap),
    });
    const v = new EditorView({ state, parent: host.current! });
    view.current = v;
    v.dispatch({ effects: [languagePart.reconfigure(langRef.current), wrapPart.reconfigure(latest.current.wrap ? EditorView.lineWrapping : [])] });
    if (held) v.scrollDOM.scrollTop = held.scroll;
    latest.current.onView(v);
    // The editor is loaded late; whoever has gone on to a field meanwhile stays there.
    if (!document.activeElement?.closest("input, textarea, select, [role=dialog], .tab-tools")) v.focus();
    return () => {
      kept.set(id, { state: v.state, scroll: v.scrollDOM.scrollTop });
      if (kept.size > 40) kept.delete(kept.keys().next().value!);
      latest.current.onView(null);
      v.destroy();
      view.current = null;
    };
  }, [p.tabId]);

  useEffect(() => { view.current?.dispatch({ effects: languagePart.reconfigure(lang) }); }, [lang]);
  useEffect(() => { view.current?.dispatch({ effects: wrapPart.reconfigure(p.wrap ? EditorView.lineWrapping : []) }); }, [p.wrap]);

  // Another page, or a command, changed the text: take it in as an edit that can be undone.
  useEffect(() => {
    const v = view.current;
    if (!v) return;
    const now = v.state.doc.toString();
    if (now === text) return;
    let from = 0;
    const most = Math.min(now.length, text.length);
    while (from < most && now[from] === text[from]) from++;
    let end = 0;
    while (end < most - from && now[now.length - 1 - end] === text[text.length - 1 - end]) end++;
    v.dispatch({ changes: { from, to: now.length - end, insert: text.slice(from, text.length - end) } });
  }, [text]);

  const faultKey = p.faults.map((f) => `${f.line}:${f.fault.message}:${f.fault.service?.line}:${f.fault.service?.column}`).join("|");
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useEffect(() => { if (view.current) showFaults(view.current, latest.current.faults); }, [faultKey, p.tabId]);

  return <div ref={host} className="editor" />;
}
