import { useEffect, useRef, useState } from "react";
import { useConnections } from "../api/queries";
import { isOver, runs } from "../state/live";
import { useStore } from "../state/store";
import { activate, closeTab, moveTab, openSql, patchTab, workspace, type Tab } from "../state/workspace";
import { Icon } from "../ui/icons";
import { IconButton } from "../ui/parts";
import { PointMenu, type Place } from "../ui/PointMenu";
import { labelTone } from "../connections/labels";

const dragType = "text/x-fairlead-tab";

export function newQuery(): void {
  const w = workspace.get();
  const now = w.tabs.find((t) => t.id === w.active);
  openSql({ connection: now?.connection ?? "" });
}

export function TabStrip() {
  const tabs = useStore(workspace, (w) => w.tabs);
  const active = useStore(workspace, (w) => w.active);
  const box = useRef<HTMLDivElement>(null);
  const title = tabs.find((t) => t.id === active)?.title;
  // Also when its title grows and when the window gets narrower.
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const show = () => el.querySelector(`[data-tab="${active}"]`)?.parentElement?.scrollIntoView({ block: "nearest", inline: "nearest" });
    show();
    const o = new ResizeObserver(show);
    o.observe(el);
    return () => o.disconnect();
  }, [active, title]);
  return (
    <div className="tab-strip">
      <div className="tab-list" role="tablist" aria-label="Open tabs" ref={box}>
        {tabs.map((t, i) => <TabHead key={t.id} tab={t} active={t.id === active} at={i} />)}
      </div>
      <IconButton icon="plus" label="New query" keys="Alt+N" onClick={newQuery} />
      <span className="grow" />
    </div>
  );
}

function TabHead({ tab, active, at }: { tab: Tab; active: boolean; at: number }) {
  const run = useStore(runs, (all) => (tab.run ? all[tab.run] : undefined));
  const connection = useConnections().data?.find((c) => c.name === tab.connection);
  const [naming, setNaming] = useState(false);
  const [menu, setMenu] = useState<Place | null>(null);
  const state = run && !isOver(run.state) ? (run.state === "waiting-login" ? "waits" : "runs") : run?.state === "failed" ? "failed" : "";
  const name = (title: string) => {
    setNaming(false);
    if (title.trim()) patchTab(tab.id, { title: title.trim(), ...(tab.kind === "sql" ? { named: true } : {}) });
  };
  const onKey = (e: React.KeyboardEvent) => {
    const all = workspace.get().tabs;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined && all[to]) {
      e.preventDefault();
      activate(all[to].id);
      requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-tab="${all[to].id}"]`)?.focus());
    }
    if (e.key === "Delete") closeTab(tab.id);
    if (e.key === "F2") setNaming(true);
  };
  return (
    <div role="presentation" className={`tab${active ? " active" : ""}${connection?.production ? " production" : ""}`} draggable={!naming} title={[tab.title, tab.connection].filter(Boolean).join("\n")}
      onPointerDown={(e) => { if (e.button === 0) activate(tab.id); }}
      onAuxClick={(e) => { if (e.button === 1) { e.preventDefault(); closeTab(tab.id); } }}
      onContextMenu={(e) => { e.preventDefault(); setMenu({ left: e.clientX, top: e.clientY }); }}
      onDoubleClick={() => setNaming(true)}
      onDragStart={(e) => e.dataTransfer.setData(dragType, tab.id)}
      onDragOver={(e) => { if (e.dataTransfer.types.includes(dragType)) e.preventDefault(); }}
      onDrop={(e) => { const id = e.dataTransfer.getData(dragType); if (id) moveTab(id, at); }}>
      {naming ? (
        <input className="tab-name" aria-label="Name of the tab" defaultValue={tab.title} autoFocus onFocus={(e) => e.target.select()} onBlur={(e) => name(e.target.value)}
          onKeyDown={(e) => { if (e.key === "Enter") name(e.currentTarget.value); if (e.key === "Escape") setNaming(false); e.stopPropagation(); }} />
      ) : (
        <div className="tab-head" data-tab={tab.id} role="tab" aria-selected={active} tabIndex={active ? 0 : -1} onKeyDown={onKey}>
          <span className={`tab-mark ${state} tone-${labelTone(connection?.label)}`}>{state === "" || state === "failed" ? <Icon name={tab.kind === "sql" ? "command" : "table"} size={13} /> : <span className="mark-busy" />}</span>
          <span className="tab-title">{tab.title}</span>
        </div>
      )}
      {/* A tab holds nothing else that takes the focus: Delete and Alt+W close it for the keyboard. */}
      <button className="tab-close" aria-hidden="true" tabIndex={-1} title="Close" onPointerDown={(e) => e.stopPropagation()} onClick={() => closeTab(tab.id)}><Icon name="close" size={11} /></button>
      {menu && (
        <PointMenu at={menu} onClose={() => setMenu(null)} entries={[
          { title: "Rename", run: () => setTimeout(() => setNaming(true), 50) },
          ...(tab.kind === "sql" ? [{ title: "Duplicate", run: () => void openSql({ connection: tab.connection, text: tab.text, title: tab.title }) }] : []),
          null,
          { title: "Close", run: () => closeTab(tab.id) },
          { title: "Close others", run: () => closeOthers(tab.id) },
        ]} />
      )}
    </div>
  );
}

function closeOthers(id: string): void {
  for (const t of workspace.get().tabs) if (t.id !== id) closeTab(t.id);
}
