import { Menu, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import { useSaved } from "../api/queries";
import type { HistoryEntry, Saved } from "../api/types";
import { isOver, runs } from "../state/live";
import { useStore } from "../state/store";
import { ask, failed } from "../state/ui";
import { openSaved } from "../state/workspace";
import { isCall, openHistory, showRun } from "./open";
import { ErrorView } from "../ui/ErrorView";
import { Icon } from "../ui/icons";
import { copyText, Empty, StateMark, Waiting } from "../ui/parts";
import { dollars, duration, oneLine, plural, when } from "../ui/text";

const page = 50;

/** HistoryPane lists what was run: run it again, open its kept rows, or attach to one that still runs. */
export function HistoryPane() {
  const [search, setSearch] = useState("");
  const [late, setLate] = useState("");
  useEffect(() => { const t = setTimeout(() => setLate(search), 200); return () => clearTimeout(t); }, [search]);
  const q = useInfiniteQuery({
    queryKey: ["history", late],
    queryFn: ({ pageParam, signal }) => api.history({ search: late || undefined, before: pageParam || undefined }, signal),
    initialPageParam: "", getNextPageParam: (last) => (last.length >= page ? last[last.length - 1].started : undefined), staleTime: 0,
  });
  const ended = useStore(runs, (all) => Object.values(all).filter((r) => isOver(r.state)).length);
  const cache = useQueryClient();
  useEffect(() => { void cache.invalidateQueries({ queryKey: ["history"] }); }, [ended, cache]);
  const list = q.data?.pages.flat() ?? [];
  return (
    <>
      <div className="side-tools"><TextInput className="grow" value={search} onChange={(e) => setSearch(e.currentTarget.value)} placeholder="Search history" aria-label="Search history" leftSection={<Icon name="search" size={14} />} /></div>
      {q.error ? <ErrorView fault={faultOf(q.error)} compact retry={() => void q.refetch()} /> : q.isPending ? <Waiting text="Reading the history" />
        : list.length === 0 ? <Empty title={late ? "Nothing fits" : "No history yet"}>{late ? "" : "Each statement you run is noted here, with its rows while there is room for them."}</Empty>
        : <SideList count={list.length} height={46} label="History" onEnd={() => q.hasNextPage && !q.isFetchingNextPage && void q.fetchNextPage()} render={(i) => <HistoryRow h={list[i]} />} onOpen={(i) => openHistory(list[i])} />}
    </>
  );
}

function HistoryRow({ h }: { h: HistoryEntry }) {
  const cache = useQueryClient();
  const facts = [when(h.started), h.connection, h.rows !== undefined && h.state === "done" ? plural(h.rows, "row") : "", h.elapsed_ms ? duration(h.elapsed_ms) : "", h.cost_usd ? dollars(h.cost_usd) : ""].filter(Boolean);
  return (
    <>
      <span className="side-mark"><StateMark state={h.state === "lost" ? "skipped" : h.state} /></span>
      <div className="side-text" title={[h.text, h.error?.message].filter(Boolean).join("\n\n")}>
        <div className="side-sql">{oneLine(h.text)}</div>
        <div className="dim side-facts">{h.kept && <span className="kept" title="Its rows are kept">kept</span>}{facts.join(" · ")}</div>
      </div>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target><button className="row-more" aria-label="More"><Icon name="more" size={14} /></button></Menu.Target>
        <Menu.Dropdown>
          {!isCall(h) && <Menu.Item onClick={() => openHistory(h)}>Open in a new tab</Menu.Item>}
          {h.kept && <Menu.Item onClick={() => void showRun(api.historyOpen(h.id), h)}>Open the kept rows</Menu.Item>}
          {h.attachable && !h.kept && <Menu.Item onClick={() => void showRun(api.historyAttach(h.id), h)}>{h.state === "lost" ? "Attach to it again" : "Bring its rows from the service again"}</Menu.Item>}
          <Menu.Item onClick={() => void copyText(h.text)}>Copy statement</Menu.Item>
          {h.remote_id && <Menu.Item onClick={() => void copyText(h.remote_id!)}>Copy the service's id</Menu.Item>}
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => void api.historyRemove(h.id).then(() => cache.invalidateQueries({ queryKey: ["history"] }), (e: unknown) => failed(faultOf(e)))}>Remove from history</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

/** SavedPane lists the saved queries. */
export function SavedPane() {
  const { data, error, refetch } = useSaved();
  const [search, setSearch] = useState("");
  const cache = useQueryClient();
  useEffect(() => {
    const look = () => void cache.invalidateQueries({ queryKey: ["saved"] });
    window.addEventListener("fairlead-saved", look);
    return () => window.removeEventListener("fairlead-saved", look);
  }, [cache]);
  const q = search.toLowerCase();
  const list = (data ?? []).filter((s) => `${s.name} ${s.text} ${s.connection ?? ""}`.toLowerCase().includes(q));
  const remove = async (s: Saved) => {
    if (!(await ask({ title: `Delete "${s.name}"?`, text: "The saved query is deleted. Tabs that hold its text keep it.", yes: "Delete", tone: "danger" }))) return;
    await api.removeSaved(s.name).then(() => cache.invalidateQueries({ queryKey: ["saved"] }), (e: unknown) => failed(faultOf(e)));
  };
  return (
    <>
      <div className="side-tools"><TextInput className="grow" value={search} onChange={(e) => setSearch(e.currentTarget.value)} placeholder="Search saved queries" aria-label="Search saved queries" leftSection={<Icon name="search" size={14} />} /></div>
      {error ? <ErrorView fault={faultOf(error)} compact retry={() => void refetch()} /> : !data ? <Waiting text="Reading saved queries" />
        : list.length === 0 ? <Empty title={q ? "Nothing fits" : "No saved queries yet"}>{q ? "" : "Ctrl-S in an editor keeps its query under a name."}</Empty>
        : <SideList count={list.length} height={46} label="Saved queries" onOpen={(i) => openSaved(list[i])} render={(i) => (
            <>
              <span className="side-mark"><Icon name="star" size={13} /></span>
              <div className="side-text" title={list[i].text}><div className="side-name">{list[i].name}</div><div className="dim side-facts">{[list[i].connection, oneLine(list[i].text, 80)].filter(Boolean).join(" · ")}</div></div>
              <Menu position="bottom-end" withinPortal>
                <Menu.Target><button className="row-more" aria-label={`More for ${list[i].name}`}><Icon name="more" size={14} /></button></Menu.Target>
                <Menu.Dropdown><Menu.Item onClick={() => openSaved(list[i])}>Open</Menu.Item><Menu.Item onClick={() => void copyText(list[i].text)}>Copy statement</Menu.Item><Menu.Divider /><Menu.Item color="red" onClick={() => void remove(list[i])}>Delete …</Menu.Item></Menu.Dropdown>
              </Menu>
            </>
          )} />}
    </>
  );
}

/** SideList is a virtual list of equal rows with the arrow keys and Enter. */
function SideList({ count: n, height, label, render, onOpen, onEnd }: { count: number; height: number; label: string; render: (i: number) => React.ReactNode; onOpen: (i: number) => void; onEnd?: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const v = useVirtualizer({ count: n, getScrollElement: () => box.current, estimateSize: () => height, overscan: 6 });
  const items = v.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => { if (last >= n - 1) onEnd?.(); });
  const prefix = label.replace(/\W+/g, "-");
  const menu = (row: Element | null) => row?.querySelector<HTMLElement>(".row-more")?.click();
  const move = (to: number) => { const i = Math.max(0, Math.min(n - 1, to)); setAt(i); v.scrollToIndex(i); };
  return (
    <div ref={box} className="side-list" role="tree" aria-label={label} tabIndex={0} aria-activedescendant={at >= 0 ? `${prefix}-${at}` : undefined}
      onKeyDown={(e) => {
        if ((e.target as HTMLElement).closest("button")) return;
        const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[e.key];
        if (by) { e.preventDefault(); move(at + by); }
        if (e.key === "Enter" && at >= 0) { e.preventDefault(); onOpen(at); }
        if (e.key === "ContextMenu" || (e.key === "F10" && e.shiftKey)) { e.preventDefault(); menu(document.getElementById(`${prefix}-${at}`)); }
      }}>
      <div style={{ height: v.getTotalSize() }} role="none" className="tree-space">
        {items.map((x) => (
          <div key={x.key} id={`${prefix}-${x.index}`} role="treeitem" aria-level={1} aria-selected={x.index === at} className={`side-row${x.index === at ? " focus" : ""}`} style={{ top: x.start, height: x.size }}
            onContextMenu={(e) => { e.preventDefault(); setAt(x.index); menu(e.currentTarget); }}
            onClick={(e) => { if ((e.target as HTMLElement).closest("button,[role=menuitem]")) return; setAt(x.index); onOpen(x.index); }}>
            {render(x.index)}
          </div>
        ))}
      </div>
    </div>
  );
}
