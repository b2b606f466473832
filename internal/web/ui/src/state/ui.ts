import type { Connection, Fault } from "../api/types";
import { Store } from "./store";

export type Dialog =
  | { kind: "connection"; connection?: Connection; duplicate?: boolean }
  | { kind: "signin"; pane?: "auths" | "profiles"; edit?: string }
  | { kind: "setup" }
  | { kind: "settings" }
  | { kind: "keys" }
  | { kind: "palette"; start?: string }
  | { kind: "save"; tab: string }
  | { kind: "export"; run: string; result: number; view?: string };

export const dialog = new Store<Dialog | null>(null);
export const pane = new Store<"connections" | "saved" | "history">("connections");
export const sidebarOpen = new Store(true);

/** Set while the passphrase of the encrypted secret file is asked for; then is what failed for want of it. */
export const locked = new Store<{ then?: () => void } | null>(null);

export type Toast = { id: number; text: string; tone: "plain" | "good" | "bad"; fault?: Fault };
export const toasts = new Store<Toast[]>([]);
let nextToast = 1;

/** toast says something that needs no answer; errors stay until they are dismissed. */
export function toast(text: string, tone: Toast["tone"] = "plain", fault?: Fault): void {
  const t: Toast = { id: nextToast++, text, tone, fault };
  toasts.update((all) => [...all.slice(-3), t]);
  if (tone !== "bad") setTimeout(() => dropToast(t.id), 3500);
}

export function failed(fault: Fault): void {
  toast(fault.message, "bad", fault);
}

export function dropToast(id: number): void {
  toasts.update((all) => all.filter((t) => t.id !== id));
}

export type Question = {
  title: string;
  text: string;
  lines?: string[];
  yes: string;
  tone?: "danger" | "plain";
  /** A word that has to be typed first: for writes on production. */
  type?: string;
  answer: (yes: boolean) => void;
};
export const question = new Store<Question | null>(null);

/** ask shows one question and resolves to the answer; a question already open is answered no. */
export function ask(q: Omit<Question, "answer">): Promise<boolean> {
  question.get()?.answer(false);
  return new Promise((resolve) => {
    question.set({
      ...q,
      answer: (yes) => {
        question.set(null);
        resolve(yes);
      },
    });
  });
}
