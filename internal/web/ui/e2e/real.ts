import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const binary = process.env.FAIRLEAD ?? new URL("../../../../bin/fairlead", import.meta.url).pathname;
const dist = new URL("../dist", import.meta.url).pathname;

export type Sandbox = { env: Record<string, string>; admin: (name: string, body?: object) => Promise<Record<string, unknown>>; close: () => Promise<void> };
export type Ui = { url: string; origin: string; stop: (signal?: NodeJS.Signals) => Promise<void> };

async function ready<T>(child: ChildProcess, file: string, log: () => string): Promise<T> {
  const gone = new Promise<never>((_, fail) => child.once("exit", (code) => fail(new Error(`it ended with ${code} before it answered:\n${log()}`))));
  const there = (async () => {
    for (;;) {
      if (existsSync(file)) {
        const text = readFileSync(file, "utf8");
        if (text.trim().endsWith("}")) return JSON.parse(text) as T;
      }
      await new Promise((r) => setTimeout(r, 20));
    }
  })();
  return Promise.race([there, gone]);
}

function start(args: string[], env: Record<string, string>): { child: ChildProcess; log: () => string; stop: (signal?: NodeJS.Signals) => Promise<void> } {
  const child = spawn(binary, args, { env: { PATH: process.env.PATH ?? "", TMPDIR: tmpdir(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  child.stdout!.on("data", (d: Buffer) => (out += d.toString()));
  child.stderr!.on("data", (d: Buffer) => (out += d.toString()));
  return {
    child, log: () => out,
    stop: (signal = "SIGTERM") => new Promise((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done();
      child.once("exit", () => done());
      child.kill(signal);
    }),
  };
}

/** sandbox starts the local stand-in for AWS, its SSO session expired. */
export async function sandbox(...more: string[]): Promise<Sandbox> {
  const dir = mkdtempSync(join(tmpdir(), "fairlead-sandbox-e2e-"));
  const file = join(dir, "ready.json");
  const p = start(["sandbox", "--port", "0", "--ready-file", file, "--expired", ...more], { HOME: dir });
  const r = await ready<{ env: Record<string, string>; admin: string }>(p.child, file, p.log);
  return {
    env: r.env,
    admin: async (name, body) => {
      const answer = await fetch(`${r.admin}/${name}`, { method: body === undefined ? "GET" : "POST", body: body === undefined ? undefined : JSON.stringify(body) });
      const doc = (await answer.json()) as Record<string, unknown>;
      if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(doc)}`);
      return doc;
    },
    close: async () => {
      await p.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** ui starts the real program's page. */
export async function ui(env: Record<string, string>, port = 0): Promise<Ui> {
  const dir = mkdtempSync(join(tmpdir(), "fairlead-ui-e2e-"));
  const file = join(dir, "ready.json");
  const p = start(["ui", "--no-open", "--port", String(port), "--ready-file", file, "--page", dist], { FAIRLEAD_KEYRING: "memory", ...env, BROWSER: "", DISPLAY: "", SSH_CONNECTION: "1" });
  const r = await ready<{ url: string; origin: string }>(p.child, file, p.log);
  return { ...r, stop: async (signal) => { await p.stop(signal); rmSync(dir, { recursive: true, force: true }); } };
}
