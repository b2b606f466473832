import { api } from "../api";
import { Store } from "./store";

export type SqlTab = {
  id: string;
  kind: "sql";
  title: string;
  /** Whether a person named the tab; else the title follows the text. */
  named?: boolean;
  connection: string;
  text: string;
  /** Milliseconds since 1970 of the last change, which decides between two pages' copies. */
  edited: number;
  cursor?: number;
  run?: string;
  result?: number;
  /** Journal id of the shown run's results: a later process opens the kept rows by it. */
  journal?: string;
  limit?: number;
  params?: Record<string, { type: string; value: string }>;
  saved?: string;
};

export type ObjectTab = {
  id: string;
  kind: "object";
  title: string;
  connection: string;
  path: string[];
  objectKind: string;
  edited: number;
  run?: string;
};

export type Tab = SqlTab | ObjectTab;

export type Workspace = {
  version: 1;
  tabs: Tab[];
  active: string;
  /** Ids of tabs closed lately, so that another page's copy does not bring them back. */
  closed: string[];
  sidebar: number;
  /** Height of the results as a share of the workbench. */
  split: number;
  open: string[];
  hiddenColumns?: Record<string, string[]>;
};

export const emptyWorkspace: Workspace = {
  version: 1, tabs: [], active: "", closed: [], sidebar: 264, split: 0.36, open: [],
};

const draftKey = "fairlead-workspace-draft";
const saveAfter = 400;
const keepClosed = 100;

export const workspace = new Store<Workspace>(emptyWorkspace);
/** Whether the last change is at the server. */
export const saved = new Store<"saved" | "saving" | "unsaved">("saved");

/** read takes a document of any origin and gives a whole workspace; what it does not know, it leaves out. */
export function read(doc: unknown): Workspace {
  if (typeof doc !== "object" || doc === null) return emptyWorkspace;
  const d = doc as Partial<Workspace>;
  const tabs = Array.isArray(d.tabs) ? d.tabs.filter((t) => t && typeof t.id === "string" && (t.kind === "sql" || t.kind === "object")) : [];
  return {
    ...emptyWorkspace,
    ...d,
    version: 1,
    tabs: tabs.map((t) => ({ ...t, edited: typeof t.edited === "number" ? t.edited : 0 })),
    active: tabs.some((t) => t.id === d.active) ? d.active! : (tabs[0]?.id ?? ""),
    closed: Array.isArray(d.closed) ? d.closed : [],
    open: Array.isArray(d.open) ? d.open : [],
    sidebar: clamp(d.sidebar ?? emptyWorkspace.sidebar, 180, 560),
    split: clamp(d.split ?? emptyWorkspace.split, 0.1, 0.9),
  };
}

function clamp(n: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, n));
}

/**
 * merge joins two pages' copies: of a tab both have the later edited one wins,
 * a closed tab stays closed, and what mine shows (active, sizes) stays mine.
 */
export function merge(mine: Workspace, theirs: Workspace): Workspace {
  const closed = [...new Set([...mine.closed, ...theirs.closed])].slice(-keepClosed);
  const gone = new Set(closed);
  const other = new Map(theirs.tabs.map((t) => [t.id, t]));
  const tabs = mine.tabs
    .filter((t) => !gone.has(t.id))
    .map((t) => {
      const o = other.get(t.id);
      return o && o.edited > t.edited ? o : t;
    });
  const have = new Set(mine.tabs.map((t) => t.id));
  for (const t of theirs.tabs) if (!have.has(t.id) && !gone.has(t.id)) tabs.push(t);
  const active = tabs.some((t) => t.id === mine.active) ? mine.active : (tabs.find((t) => t.id === theirs.active) ?? tabs[0])?.id ?? "";
  return { ...mine, tabs, closed, active };
}

let timer: ReturnType<typeof setTimeout> | undefined;
let channel: BroadcastChannel | undefined;
let writing: Promise<void> | undefined;

/** load takes the server's workspace and what this browser could not save before. */
export async function load(): Promise<void> {
  const doc = read(await api.workspace());
  const draft = localDraft();
  workspace.set(draft ? merge(draft, doc) : doc);
  if (draft) schedule();
  if (typeof BroadcastChannel !== "undefined" && !channel) {
    channel = new BroadcastChannel("fairlead-workspace");
    channel.onmessage = (m) => workspace.update((w) => merge(w, read(m.data)));
  }
}

function localDraft(): Workspace | null {
  try {
    const text = localStorage.getItem(draftKey);
    return text ? read(JSON.parse(text)) : null;
  } catch {
    return null;
  }
}

/** change is the one way to alter the workspace: it is saved shortly after. */
export function change(f: (w: Workspace) => Workspace): void {
  const before = workspace.get();
  workspace.update(f);
  if (workspace.get() !== before) schedule();
}

function schedule(): void {
  saved.set("unsaved");
  clearTimeout(timer);
  timer = setTimeout(() => void flush(), saveAfter);
}

/** flush saves now. Until the server has it, the browser's own storage does. */
export async function flush(): Promise<void> {
  clearTimeout(timer);
  if (writing) {
    await writing;
    if (saved.get() === "saved") return;
  }
  const doc = workspace.get();
  try {
    localStorage.setItem(draftKey, JSON.stringify(doc));
  } catch {
    // Storage is full or off: the server's copy is the only one then.
  }
  saved.set("saving");
  writing = (async () => {
    try {
      await api.saveWorkspace(doc);
      channel?.postMessage(doc);
      if (workspace.get() === doc) {
        saved.set("saved");
        localStorage.removeItem(draftKey);
      }
    } catch {
      saved.set("unsaved");
    }
  })();
  await writing;
  writing = undefined;
}

/** keepDraft writes the unsaved workspace to the browser's storage: the page is about to go. */
export function keepDraft(): void {
  if (saved.get() === "saved") return;
  try {
    localStorage.setItem(draftKey, JSON.stringify(workspace.get()));
  } catch {
    // Nothing more can be done while the page is being closed.
  }
}

export function newId(): string {
  return crypto.randomUUID().slice(0, 13);
}

/** titleOf names a tab after the first words of its text. */
export function titleOf(text: string): string {
  const line = text.replace(/\/\*[\s\S]*?\*\//g, " ").split("\n").map((l) => l.replace(/--.*$/, "").trim()).find((l) => l !== "");
  if (!line) return "Query";
  const from = /\bfrom\s+([\w."$-]+)/i.exec(text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " "));
  if (from && /^\s*(select|with)\b/i.test(line)) return from[1].replace(/"/g, "").slice(0, 40);
  return line.length > 28 ? line.slice(0, 27) + "…" : line;
}

export function openSql(o: Partial<SqlTab> & { connection: string }): SqlTab {
  const tab: SqlTab = {
    kind: "sql", title: o.title ?? titleOf(o.text ?? ""), text: "", ...o, id: newId(), edited: Date.now(),
  };
  change((w) => ({ ...w, tabs: [...w.tabs, tab], active: tab.id }));
  return tab;
}

export function openObject(connection: string, path: string[], objectKind: string): void {
  const same = workspace.get().tabs.find(
    (t) => t.kind === "object" && t.connection === connection && t.path.join("\0") === path.join("\0"),
  );
  if (same) return activate(same.id);
  const tab: ObjectTab = {
    id: newId(), kind: "object", title: path[path.length - 1] ?? connection, connection, path, objectKind, edited: Date.now(),
  };
  change((w) => ({ ...w, tabs: [...w.tabs, tab], active: tab.id }));
}

export function activate(id: string): void {
  change((w) => (w.active === id ? w : { ...w, active: id }));
}

export function patchTab(id: string, p: Partial<SqlTab> | Partial<ObjectTab>): void {
  change((w) => ({
    ...w,
    tabs: w.tabs.map((t) => (t.id === id ? ({ ...t, ...p, edited: Date.now() } as Tab) : t)),
  }));
}

/** setText notes the text of an editor; the title follows it until a person names the tab. */
export function setText(id: string, text: string, cursor: number): void {
  const tab = workspace.get().tabs.find((t) => t.id === id);
  if (tab?.kind !== "sql" || (tab.text === text && tab.cursor === cursor)) return;
  if (tab.text === text) {
    // A moved cursor alone is worth remembering, not saving or telling at once.
    change((w) => ({ ...w, tabs: w.tabs.map((t) => (t.id === id ? { ...t, cursor } : t)) }));
    return;
  }
  patchTab(id, { text, cursor, ...(tab.named ? {} : { title: titleOf(text) }) });
}

export function closeTab(id: string): void {
  change((w) => {
    const at = w.tabs.findIndex((t) => t.id === id);
    if (at < 0) return w;
    const tabs = w.tabs.filter((t) => t.id !== id);
    const active = w.active === id ? (tabs[Math.min(at, tabs.length - 1)]?.id ?? "") : w.active;
    return { ...w, tabs, active, closed: [...w.closed, id].slice(-keepClosed) };
  });
}

export function moveTab(id: string, to: number): void {
  change((w) => {
    const tab = w.tabs.find((t) => t.id === id);
    if (!tab) return w;
    const rest = w.tabs.filter((t) => t.id !== id);
    rest.splice(to, 0, tab);
    return { ...w, tabs: rest };
  });
}

export function cycleTab(step: number): void {
  const { tabs, active } = workspace.get();
  if (tabs.length === 0) return;
  const at = tabs.findIndex((t) => t.id === active);
  activate(tabs[(at + step + tabs.length) % tabs.length].id);
}

/** openSaved shows a saved query, in the tab that has it already if there is one. */
export function openSaved(s: { name: string; connection?: string; text: string }): void {
  const same = workspace.get().tabs.find((t) => t.kind === "sql" && t.saved === s.name);
  if (same) return activate(same.id);
  openSql({ connection: s.connection ?? "", text: s.text, title: s.name, named: true, saved: s.name });
}
