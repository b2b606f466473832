import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Mock } from "../../dev/mock";
import { newCache } from "../api/queries";
import type { Login, SsoSession } from "../api/types";
import { apply, current, logins, runs } from "../state/live";
import LoginDialog from "./LoginDialog";
import { stateText, toneOf, worth } from "./SessionChip";

let mock: Mock;
const hooks = { connectionsChanged: () => {}, refetch: () => {}, worked: () => {} };

beforeEach(() => {
  mock = new Mock();
  mock.pace = 1;
  logins.set({});
  runs.set({});
  vi.stubGlobal("fetch", async (url: string, o: RequestInit = {}) => {
    const a = mock.handle(o.method ?? "GET", url, o.body ? JSON.parse(o.body as string) : undefined);
    return new Response(a.text ?? (a.body === undefined ? null : JSON.stringify(a.body)), { status: a.status });
  });
  mock.listen((e) => apply(e, hooks));
});
afterEach(cleanup);

const show = () => render(<MantineProvider env="test"><QueryClientProvider client={newCache()}><LoginDialog /></QueryClientProvider></MantineProvider>);

test("two runs that need a log in share one dialog, and both go on", async () => {
  show();
  for (const text of ["select 1", "select 2"]) mock.handle("POST", "/api/runs", { connection: "lake", text });
  expect(await screen.findAllByRole("dialog")).toHaveLength(1);
  await screen.findByText(/2 tasks wait/);
  fireEvent.click(screen.getByRole("button", { name: "Log In" }));
  await screen.findByText("WDDD-HPFT");
  await waitFor(() => expect(Object.values(runs.get()).map((r) => r.state)).toEqual(["done", "done"]));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("cancelling ends what waited", async () => {
  show();
  mock.handle("POST", "/api/runs", { connection: "lake", text: "select 1" });
  fireEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(Object.values(runs.get())[0].state).toBe("cancelled"));
});

test("a failed log in shows cause and remedy and can be tried again", async () => {
  show();
  const g = mock.ask("analytics", 1);
  Object.assign(g, { state: "failed", error: { code: "login-timeout", message: 'Timed out waiting for SSO login for profile "analytics"', cause: "The code was not used", remedy: "Try again" } });
  mock.emit({ type: "login", login: g });
  expect(await screen.findByText("The code was not used")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("WDDD-HPFT");
});

test("what is being done is shown before what is asked", () => {
  const g = (id: string, state: Login["state"]): Login => ({ id, state, profile: "p", session: "s", start_url: "u", waiting: 0 });
  expect(current({ a: g("a", "asking"), b: g("b", "running"), c: g("c", "failed") })?.id).toBe("b");
  expect(current({ a: g("a", "done"), b: g("b", "cancelled") })).toBeNull();
});

test("the session that the shown tab uses comes first, then the most pressing", () => {
  const s = (name: string, state: string, profiles: string[], seconds_left = 0): SsoSession => ({ name, state, profiles, seconds_left, start_url: "u", region: "r" });
  const used = new Set(["dev", "prod"]);
  const list = [s("other", "expired", ["x"]), s("live", "valid", ["prod"], 9000), s("mine", "valid", ["dev"], 9000)];
  const order = [...list].sort((a, b) => worth(a, toneOf(a, a.seconds_left), "dev", used) - worth(b, toneOf(b, b.seconds_left), "dev", used));
  expect(order.map((x) => x.name)).toEqual(["mine", "live", "other"]);
  expect(toneOf(list[1], 600)).toBe("soon");
  expect(stateText(list[1], 0)).toBe("expired");
});
