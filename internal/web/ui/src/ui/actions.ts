import { api } from "../api";
import { faultOf } from "../api/client";
import type { Action, Connection } from "../api/types";
import { useQueryClient } from "@tanstack/react-query";
import { putLogin } from "../state/live";
import { dialog, failed, locked, pane } from "../state/ui";

/** useActions gives the function that does what a fault's button says. */
export function useActions(): (a: Action, again?: () => void) => void {
  const cache = useQueryClient();
  return (a, again) => {
    switch (a.kind) {
      case "login":
        return void startLogin(a.profile!);
      case "edit-connection": {
        const list = cache.getQueryData<Connection[]>(["connections"]);
        const name = a.connection;
        return dialog.set({ kind: "connection", connection: list?.find((c) => c.name === name) });
      }
      case "add-profile":
        return dialog.set({ kind: "setup" });
      case "profiles":
        return dialog.set({ kind: "signin", pane: "profiles" });
      case "auths":
        return dialog.set({ kind: "signin", pane: "auths" });
      case "unlock":
        return locked.set({ then: again });
      case "history":
        return pane.set("history");
    }
  };
}

/** startLogin begins a log in at once: the person has already pressed Log In. */
export async function startLogin(profile: string): Promise<void> {
  try {
    const login = await api.login(profile);
    putLogin(login);
    if (login.state === "asking") {
      const started = await api.loginStart(login.id);
      if (started) putLogin(started);
    }
  } catch (e) {
    failed(faultOf(e));
  }
}

/** startAsked begins a log in that the server has asked for already. */
export async function startAsked(id: string): Promise<void> {
  try {
    const started = await api.loginStart(id);
    if (started) putLogin(started);
  } catch (e) {
    failed(faultOf(e));
  }
}
