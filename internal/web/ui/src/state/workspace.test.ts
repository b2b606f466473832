import { beforeEach, expect, test, vi } from "vitest";
import { Mock } from "../../dev/mock";
import { change, closeTab, emptyWorkspace, flush, keepDraft, load, merge, openSql, read, saved, setText, titleOf, workspace, type SqlTab, type Workspace } from "./workspace";

const tab = (id: string, edited: number, text = id): SqlTab => ({ id, kind: "sql", title: id, connection: "c", text, edited });
const ws = (p: Partial<Workspace>): Workspace => ({ ...emptyWorkspace, ...p });
let mock: Mock;
let down = false;

beforeEach(() => {
  mock = new Mock();
  down = false;
  localStorage.clear();
  workspace.set(emptyWorkspace);
  vi.stubGlobal("fetch", async (url: string, o: RequestInit = {}) => {
    if (down) throw new TypeError("refused");
    const a = mock.handle(o.method ?? "GET", url, o.body ? JSON.parse(o.body as string) : undefined);
    return new Response(a.text ?? (a.body === undefined ? null : JSON.stringify(a.body)), { status: a.status });
  });
});

test("reading takes what it knows of any document", () => {
  expect(read(null)).toEqual(emptyWorkspace);
  expect(read({ tabs: [{ id: 3 }, { id: "a", kind: "sql", text: "x" }], active: "gone", sidebar: 9999 })).toMatchObject({ active: "a", sidebar: 560, tabs: [{ id: "a", edited: 0 }] });
});

test("of two pages' copies the later edit wins, and a closed tab stays closed", () => {
  const mine = ws({ tabs: [tab("a", 5, "mine"), tab("b", 1, "old"), tab("c", 1)], active: "a" });
  const theirs = ws({ tabs: [tab("a", 3, "theirs"), tab("b", 2, "new"), tab("d", 1)], closed: ["c"], active: "d" });
  const m = merge(mine, theirs);
  expect(m.tabs.map((t) => (t as SqlTab).text)).toEqual(["mine", "new", "d"]);
  expect(m.active).toBe("a");
  expect(merge(theirs, mine).tabs.map((t) => t.id)).toEqual(["a", "b", "d"]);
});

test("tabs survive a reload through the server", async () => {
  await load();
  const t = openSql({ connection: "lake" });
  setText(t.id, "select 1", 8);
  await flush();
  expect(saved.get()).toBe("saved");
  workspace.set(emptyWorkspace);
  await load();
  expect(workspace.get().tabs[0]).toMatchObject({ text: "select 1", cursor: 8 });
});

test("what could not be saved is in the browser until it can", async () => {
  await load();
  const t = openSql({ connection: "lake" });
  await flush();
  down = true;
  setText(t.id, "typed while it was away", 3);
  await flush();
  expect(saved.get()).toBe("unsaved");
  keepDraft();
  workspace.set(emptyWorkspace);
  down = false;
  await load();
  expect(workspace.get().tabs[0]).toMatchObject({ text: "typed while it was away" });
  await flush();
  expect(localStorage.getItem("fairlead-workspace-draft")).toBeNull();
});

test("closing the shown tab shows its neighbour", () => {
  change(() => ws({ tabs: [tab("a", 1), tab("b", 1), tab("c", 1)], active: "b" }));
  closeTab("b");
  expect(workspace.get().active).toBe("c");
  closeTab("c");
  expect(workspace.get().active).toBe("a");
});

test.each([
  ["", "Query"], ["-- a note\nselect * from sales.orders where x", "sales.orders"], ["insert into t values (1)", "insert into t values (1)"], ['select * from "shop"', "shop"], ["select * from wide-- not this one", "wide"], ["select 1 -- from there\nfrom here", "here"],
])("a tab of %j is called %j", (text, want) => expect(titleOf(text)).toBe(want));
