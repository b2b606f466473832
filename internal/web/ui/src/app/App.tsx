import { useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy, useEffect, useMemo } from "react";
import { faultOf } from "../api/client";
import { useConnections, useInfo } from "../api/queries";
import { ConnectionsPane, toggleNode } from "../connections/Sidebar";
import { nodeId } from "../browse/rows";
import type { Connection, Tree } from "../api/types";
import type { Command } from "../palette/commands";
import { settingsOf } from "../settings/settings";
import { useSaveSettings } from "../settings/useSettings";
import { paramPrompt } from "../editor/run";
import { codes, current, follow, logins, resync, sessions } from "../state/live";
import { useStore } from "../state/store";
import { dialog, locked, pane, question, sidebarOpen } from "../state/ui";
import { change, closeTab, cycleTab, flush, keepDraft, workspace } from "../state/workspace";
import { startLogin } from "../ui/actions";
import { ErrorView } from "../ui/ErrorView";
import { Guard } from "../ui/Guard";
import { Splitter, Waiting } from "../ui/parts";
import { Header } from "./Header";
import { Home } from "./Home";
import { SqlTab, tabCommands } from "./SqlTab";
import { LinkBanner, StatusBar } from "./StatusBar";
import { newQuery, TabStrip } from "./TabStrip";
import { Toasts } from "./Toasts";

const ObjectTab = lazy(() => import("../browse/ObjectTab"));
const HistoryPane = lazy(async () => ({ default: (await import("../history/Panes")).HistoryPane }));
const SavedPane = lazy(async () => ({ default: (await import("../history/Panes")).SavedPane }));
const Asks = lazy(() => import("../signin/Asks"));
const LoginDialog = lazy(() => import("../signin/LoginDialog"));
const ParamDialog = lazy(async () => ({ default: (await import("./TabDialogs")).ParamDialog }));
const SaveDialog = lazy(async () => ({ default: (await import("./TabDialogs")).SaveDialog }));
const ConnectionForm = lazy(() => import("../connections/ConnectionForm"));
const SigninDialog = lazy(() => import("../signin/SigninDialog"));
const SetupWizard = lazy(() => import("../signin/SetupWizard"));
const SettingsDialog = lazy(() => import("../settings/SettingsDialog"));
const KeysDialog = lazy(() => import("../palette/KeysDialog"));
const Palette = lazy(() => import("../palette/Palette"));
const ExportDialog = lazy(() => import("../results/ExportDialog"));

export function App() {
  const cache = useQueryClient();
  const info = useInfo();
  const theme = settingsOf(info.data?.settings).theme;
  const fontSize = settingsOf(info.data?.settings).font_size;
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    if (!info.data) return;
    setColorScheme(theme === "system" ? "auto" : theme);
    try { localStorage.setItem("fairlead-theme", theme); } catch { /* the next start may flash the system's theme */ }
  }, [theme, info.data, setColorScheme]);
  useEffect(() => document.documentElement.style.setProperty("--code-size", `${fontSize}px`), [fontSize]);
  useEffect(() => {
    void resync(false).catch(() => {}); // the events bring what this could not
    return follow({
      connectionsChanged: () => {
        void cache.invalidateQueries({ queryKey: ["connections"] });
        void cache.invalidateQueries({ queryKey: ["auths"] });
      },
      worked: (name) => {
        if (cache.isFetching({ queryKey: ["connections"] }) > 0) return; // told ten times a second
        if (cache.getQueryData<Connection[]>(["connections"])?.some((c) => c.name === name && c.status !== "open")) void cache.invalidateQueries({ queryKey: ["connections"] });
      },
      refetch: () => {
        void cache.invalidateQueries({ predicate: (q) => ["info", "connections", "profiles", "auths", "saved", "history"].includes(q.queryKey[0] as string) });
        void flush();
      },
    });
  }, [cache]);
  useRetryAfterLogin();
  useEffect(() => {
    window.addEventListener("pagehide", keepDraft);
    return () => window.removeEventListener("pagehide", keepDraft);
  }, []);
  // What is likely to be wanted next, and must not lose the first keys typed into it.
  useEffect(() => {
    const soon = setTimeout(() => { void import("../editor/Editor"); }, 50);
    const later = setTimeout(() => { void import("../results/ResultPane"); void import("../palette/Palette"); void import("../signin/LoginDialog"); }, 1500);
    return () => { clearTimeout(soon); clearTimeout(later); };
  }, []);
  const commands = useCommands();
  useKeys();
  const side = useStore(workspace, (w) => w.sidebar);
  const open = useStore(sidebarOpen);
  const active = useStore(workspace, (w) => w.active);
  const shown = useStore(dialog);
  if (info.error && !info.data) return <div className="lone"><ErrorView fault={faultOf(info.error)} retry={() => void info.refetch()} /></div>;
  return (
    <div className="app">
      <Header />
      <LinkBanner />
      <div className="main">
        {open && <><Sidebar width={side} /><Splitter axis="x" label="Width of the sidebar" value={side} min={180} max={560} onChange={(v) => change((w) => ({ ...w, sidebar: v }))} /></>}
        <main className="work"><TabStrip /><Guard what="The tab" again={active}><Work /></Guard></main>
      </div>
      <StatusBar />
      <Guard what="The dialog" again={shown}><Suspense fallback={null}><Dialogs commands={commands} /></Suspense></Guard>
      <Suspense fallback={null}><Waiters /></Suspense>
      <Toasts />
    </div>
  );
}

/** useRetryAfterLogin asks again for what failed for want of a log in, once a session has come up. */
function useRetryAfterLogin(): void {
  const cache = useQueryClient();
  const up = useStore(sessions, (l) => l.filter((s) => s.state === "valid" || s.state === "expiring").map((s) => s.name + s.start_url).join("|"));
  useEffect(() => {
    void cache.invalidateQueries({ predicate: (q) => q.queryKey[0] === "profiles" || q.queryKey[0] === "names" || (q.queryKey[0] === "tree" && (q.state.status === "error" || !!(q.state.data as Tree | undefined)?.fault)) || (q.queryKey[0] === "item" && q.state.status === "error") });
  }, [up, cache]);
}

const panes = [{ id: "connections", title: "Connections" }, { id: "saved", title: "Saved" }, { id: "history", title: "History" }] as const;

function Sidebar({ width }: { width: number }) {
  const now = useStore(pane);
  return (
    <nav className="sidebar" style={{ width }} aria-label="Sidebar">
      <div className="side-tabs" role="tablist" aria-label="Sidebar">
        {panes.map((p) => <button key={p.id} role="tab" aria-selected={now === p.id} onClick={() => pane.set(p.id)}>{p.title}</button>)}
      </div>
      <Guard what="The list" again={now}>{now === "connections" ? <ConnectionsPane /> : <Suspense fallback={<Waiting text="Opening" />}>{now === "saved" ? <SavedPane /> : <HistoryPane />}</Suspense>}</Guard>
    </nav>
  );
}

function Work() {
  const tab = useStore(workspace, (w) => w.tabs.find((t) => t.id === w.active));
  if (!tab) return <Home />;
  return tab.kind === "sql" ? <SqlTab key={tab.id} tab={tab} /> : <Suspense fallback={<Waiting text="Opening" />}><ObjectTab key={tab.id} tab={tab} /></Suspense>;
}

/** Waiters are the dialogs that the server or a run asks for; each is loaded when it is first needed. */
function Waiters() {
  const asked = useStore(paramPrompt) !== null;
  const login = useStore(logins, current) !== null;
  const code = useStore(codes, (c) => c.length > 0);
  const shut = useStore(locked) !== null;
  const open = useStore(question) !== null;
  return <>{asked && <ParamDialog />}{login && <LoginDialog />}{(code || shut || open) && <Asks />}</>;
}

function Dialogs({ commands }: { commands: Command[] }) {
  const d = useStore(dialog);
  switch (d?.kind) {
    case "connection": return <ConnectionForm key={d.connection?.name ?? ""} d={d} />;
    case "signin": return <SigninDialog key={d.pane} d={d} />;
    case "setup": return <SetupWizard />;
    case "settings": return <SettingsDialog />;
    case "keys": return <KeysDialog />;
    case "palette": return <Palette commands={commands} start={d.start} />;
    case "save": return <SaveDialog key={d.tab} tabId={d.tab} />;
    case "export": return <ExportDialog d={d} />;
  }
  return null;
}

const focusOn = (selector: string) => () => document.querySelector<HTMLElement>(selector)?.focus();
const showTree = () => { sidebarOpen.set(true); pane.set("connections"); setTimeout(focusOn("#tree")); };
const closeActive = () => closeTab(workspace.get().active);

function useCommands(): Command[] {
  const connections = useConnections().data;
  const list = useStore(sessions);
  const save = useSaveSettings();
  return useMemo(() => {
    const c = (group: string, title: string, run: () => void, keys?: string): Command => ({ id: `${group}:${title}`, group, title, run, keys });
    return [
      c("Query", "Run statement or selection", () => tabCommands.run?.(), "Mod+Enter"),
      c("Query", "Run all statements", () => tabCommands.runAll?.(), "Mod+Shift+Enter"),
      c("Query", "Cancel the run", () => tabCommands.cancel?.(), "Mod+."),
      c("Query", "New query", newQuery, "Alt+N"),
      c("Query", "Format", () => tabCommands.format?.(), "Shift+Alt+F"),
      c("Query", "Save query", () => tabCommands.save?.(), "Mod+S"),
      c("Query", "Close tab", closeActive, "Alt+W"),
      c("Go", "Connections", showTree, "Alt+1"),
      c("Go", "Editor", focusOn(".cm-content"), "Alt+2"),
      c("Go", "Results", focusOn(".grid"), "Alt+3"),
      c("Go", "History", () => { sidebarOpen.set(true); pane.set("history"); }),
      c("Go", "Saved queries", () => { sidebarOpen.set(true); pane.set("saved"); }),
      c("Connections", "New connection", () => dialog.set({ kind: "connection" })),
      ...(connections ?? []).map((x) => c("Connections", `Edit connection ${x.name}`, () => dialog.set({ kind: "connection", connection: x }))),
      ...(connections ?? []).map((x) => c("Connections", `Browse ${x.name}`, () => { showTree(); toggleNode(nodeId(x.name, []), true); })),
      c("Sign-in", "Auth profiles", () => dialog.set({ kind: "signin", pane: "auths" })),
      c("Sign-in", "AWS profiles", () => dialog.set({ kind: "signin", pane: "profiles" })),
      c("Sign-in", "Set up SSO", () => dialog.set({ kind: "setup" })),
      ...list.filter((s) => s.profiles.length).map((s) => c("Sign-in", `Log in to ${s.name || s.start_url}`, () => void startLogin(s.profiles[0]))),
      c("Page", "Settings", () => dialog.set({ kind: "settings" })),
      c("Page", "Keys", () => dialog.set({ kind: "keys" })),
      c("Page", "Theme: light", () => save({ theme: "light" })),
      c("Page", "Theme: dark", () => save({ theme: "dark" })),
      c("Page", "Theme: as the system", () => save({ theme: "system" })),
      c("Page", "Hide or show the sidebar", () => sidebarOpen.update((o) => !o), "Mod+B"),
    ];
    // save is new at each render and does the same
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [connections, list]);
}

function useKeys(): void {
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.defaultPrevented) return;
      const mod = e.ctrlKey || e.metaKey;
      const typing = (e.target as HTMLElement).closest?.("input,textarea,select,[contenteditable=true]") !== null;
      const k = e.key.toLowerCase();
      const does = (f: () => void) => { e.preventDefault(); f(); };
      if (mod && !e.altKey && (k === "k" || k === "p") && !e.shiftKey) return does(() => dialog.set(dialog.get()?.kind === "palette" ? null : { kind: "palette" }));
      if (dialog.get()) return;
      if (mod && k === "b" && !e.shiftKey) return does(() => sidebarOpen.update((o) => !o));
      if (mod && k === ".") return does(() => tabCommands.cancel?.());
      if (mod && k === "s" && !e.shiftKey) return does(() => tabCommands.save?.());
      if (mod && e.key === "Enter") return does(() => (e.shiftKey ? tabCommands.runAll : tabCommands.run)?.());
      if (e.altKey && !mod) {
        const alt: Record<string, () => void> = { "1": showTree, "2": focusOn(".cm-content"), "3": focusOn(".grid"), n: newQuery, w: closeActive, pagedown: () => cycleTab(1), pageup: () => cycleTab(-1) };
        const f = alt[e.code.startsWith("Digit") ? e.code.slice(5) : e.code.startsWith("Key") ? e.code.slice(3).toLowerCase() : k];
        if (f) return does(f);
      }
      if (e.key === "?" && !typing) return does(() => dialog.set({ kind: "keys" }));
    };
    // The editor stops keys it knows; this comes after it.
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

