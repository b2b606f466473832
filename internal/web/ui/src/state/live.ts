import { api } from "../api";
import { listen, type Link } from "../api/events";
import type { Login, MfaQuestion, Run, ServerEvent, SsoSession } from "../api/types";
import { Store } from "./store";

/** What the server tells by itself: runs, log ins, sessions, and whether it is there at all. */
export const runs = new Store<Record<string, Run>>({});
export const logins = new Store<Record<string, Login>>({});
export const codes = new Store<MfaQuestion[]>([]);
export const sessions = new Store<SsoSession[]>([]);
export const link = new Store<Link>("connecting");
/** When sessions was told, to count seconds_left down between tellings. */
export const sessionsAt = new Store<number>(0);

export function putRun(run: Run): void {
  runs.update((all) => ({ ...all, [run.id]: run }));
}

export function putLogin(login: Login): void {
  logins.update((all) => ({ ...all, [login.id]: login }));
}

export function putSessions(list: SsoSession[]): void {
  sessions.set(list);
  sessionsAt.set(Date.now());
}

export function dismissLogin(id: string): void {
  logins.update((all) => {
    const { [id]: _gone, ...rest } = all;
    return rest;
  });
}

/** isOver tells a run that will not change any more. */
export function isOver(state: string): boolean {
  return state === "done" || state === "failed" || state === "cancelled" || state === "skipped";
}

type Hooks = { connectionsChanged: () => void; refetch: () => void; /** Rows have come on a connection, so it works. */ worked: (connection: string) => void };

export function apply(e: ServerEvent, hooks: Hooks): void {
  switch (e.type) {
    case "run":
      if (e.run.results.some((r) => r.columns !== null)) hooks.worked(e.run.connection);
      return putRun(e.run);
    case "login":
      return putLogin(e.login);
    case "sessions":
      return putSessions(e.sessions);
    case "connections":
      return hooks.connectionsChanged();
    case "mfa":
      return codes.update((all) => [...all.filter((q) => q.id !== e.question.id), ...(e.question.open ? [e.question] : [])]);
  }
}

/** follow keeps the stores in step with the server until the returned function is called. */
export function follow(hooks: Hooks): () => void {
  let wasDown = false;
  return listen({
    event: (e) => apply(e, hooks),
    link: (l, restarted) => {
      if (l === "up" && (wasDown || restarted)) {
        // Whatever happened meanwhile was not told: ask for all of it.
        hooks.refetch();
        void resync(restarted);
      }
      if (l !== "up") wasDown = true;
      else wasDown = false;
      link.set(l);
    },
  });
}

/** resync replaces what is known of runs and sessions by what the server says now. */
export async function resync(restarted: boolean): Promise<void> {
  const [list, open] = await Promise.all([api.runs(), api.sessions()]);
  const now: Record<string, Run> = {};
  for (const r of list) now[r.id] = r;
  if (restarted) {
    // A run of the process before is gone with it; its kept rows are in the history.
    for (const [id, r] of Object.entries(runs.get())) {
      if (!now[id]) now[id] = isOver(r.state) ? r : { ...r, state: "failed", results: r.results.map((x) => (isOver(x.state) ? x : { ...x, state: "failed", error: lostRun })) };
    }
    logins.set({});
  }
  runs.set(now);
  putSessions(open);
}

export const lostRun = {
  code: "unavailable",
  message: "Fairlead was restarted while this ran",
  cause: "The process that waited for the statement has ended; the statement may still run at the service",
  remedy: "Attach to it again, or open its kept rows, from the history",
  actions: [{ kind: "history" }],
};

/** current picks the one log in to show: what is being done before what is asked, the failed ones last. */
export function current(all: Record<string, Login>): Login | null {
  const order = { running: 0, asking: 1, failed: 2, done: 9, cancelled: 9 };
  const open = Object.values(all).filter((l) => order[l.state] < 9);
  open.sort((a, b) => order[a.state] - order[b.state]);
  return open[0] ?? null;
}

/**
 * answersQuietly tells whether a connection can be asked for completion or a
 * plan without a log in coming of it: nobody wants a dialog for having typed.
 */
export function answersQuietly(c: { status: string; profile?: string } | undefined, list: SsoSession[], secondsSince: number): boolean {
  if (c?.status !== "open") return false;
  const s = list.find((x) => c.profile !== undefined && x.profiles.includes(c.profile));
  if (!s || s.state === "refreshable") return true;
  return (s.state === "valid" || s.state === "expiring") && (s.renews === true || s.seconds_left - secondsSince > 5);
}

/** quiet is answersQuietly by what is known now. */
export function quiet(c: { status: string; profile?: string } | undefined): boolean {
  return answersQuietly(c, sessions.get(), (Date.now() - sessionsAt.get()) / 1000);
}
