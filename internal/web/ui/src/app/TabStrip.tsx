import { Menu } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useConnections } from "../api/queries";
import { isOver, runs } from "../state/live";
import { useStore } from "../state/store";
import { activate, change, closeTab, moveTab, openSql, patchTab, workspace, type Tab } from "../state/workspace";
import { Icon } from "../ui/icons";
import { IconButton } from "../ui/parts";
import { labelTone } from "../connections/labels";

export function newQuery(): void {
  const w = workspace.get();
  const now = w.tabs.find((t) => t.id === w.active);
  openSql({ connection: now?.connection ?? "" });
}

export function TabStrip() {
  const tabs = useStore(workspace, (w) => w.tabs);
  const active = useStore(workspace, (w) => w.active);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => { box.current?.querySelector(`[data-tab="${active}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" }); }, [active]);
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
  const [menu, setMenu] = useState(false);
  const state = run && !isOver(run.state) ? (run.state === "waiting-login" ? "waits" : "runs") : run?.state === "failed" ? "failed" : "";
  const name = (title: string) => { setNaming(false); if (title.trim()) patchTab(tab.id, { title: title.trim(), ...(tab.kind === "sql" ? { named: true } : {}) }); };
  return (
    <Menu opened={menu} onChange={setMenu} position="bottom-start" withinPortal trigger="click" disabled={!menu}>
      <Menu.Target>
        <div className={`tab${active ? " active" : ""}${connection?.production ? " production" : ""}`} data-tab={tab.id} role="tab" aria-selected={active} tabIndex={active ? 0 : -1} draggable={!naming} title={[tab.title, tab.connection].filter(Boolean).join("\n")}
          onPointerDown={(e) => { if (e.button === 0) activate(tab.id); }}
          onAuxClick={(e) => { if (e.button === 1) { e.preventDefault(); closeTab(tab.id); } }}
          onContextMenu={(e) => { e.preventDefault(); setMenu(true); }}
          onDoubleClick={() => setNaming(true)}
          onDragStart={(e) => e.dataTransfer.setData("text/x-fairlead-tab", tab.id)}
          onDragOver={(e) => { if (e.dataTransfer.types.includes("text/x-fairlead-tab")) e.preventDefault(); }}
          onDrop={(e) => { const id = e.dataTransfer.getData("text/x-fairlead-tab"); if (id) moveTab(id, at); }}
          onKeyDown={(e) => {
            if (naming) return;
            const all = workspace.get().tabs;
            const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[e.key];
            if (to !== undefined && all[to]) { e.preventDefault(); activate(all[to].id); requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-tab="${all[to].id}"]`)?.focus()); }
            if (e.key === "Delete") closeTab(tab.id);
            if (e.key === "F2") setNaming(true);
          }}>
          <span className={`tab-mark ${state} tone-${labelTone(connection?.label)}`}>{state === "" || state === "failed" ? <Icon name={tab.kind === "sql" ? "command" : "table"} size={13} /> : <span className="mark-busy" />}</span>
          {naming ? <input className="tab-name" aria-label="Name of the tab" defaultValue={tab.title} autoFocus onFocus={(e) => e.target.select()} onBlur={(e) => name(e.target.value)} onKeyDown={(e) => { if (e.key === "Enter") name(e.currentTarget.value); if (e.key === "Escape") setNaming(false); e.stopPropagation(); }} />
            : <span className="tab-title">{tab.title}</span>}
          <button className="tab-close" aria-label={`Close ${tab.title}`} tabIndex={-1} onPointerDown={(e) => e.stopPropagation()} onClick={(e) => { e.stopPropagation(); closeTab(tab.id); }}><Icon name="close" size={11} /></button>
        </div>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => setTimeout(() => setNaming(true))}>Rename</Menu.Item>
        {tab.kind === "sql" && <Menu.Item onClick={() => openSql({ connection: tab.connection, text: tab.text, title: tab.title })}>Duplicate</Menu.Item>}
        <Menu.Divider />
        <Menu.Item onClick={() => closeTab(tab.id)}>Close</Menu.Item>
        <Menu.Item onClick={() => change((w) => ({ ...w, closed: [...w.closed, ...w.tabs.filter((t) => t.id !== tab.id).map((t) => t.id)], tabs: w.tabs.filter((t) => t.id === tab.id), active: tab.id }))}>Close others</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
