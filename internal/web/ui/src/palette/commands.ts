import type { Connection, Names, Saved } from "../api/types";

export type Command = { id: string; title: string; group: string; keys?: string; hint?: string; run: () => void };

/** score tells how well a text answers a query: every letter in order, better at the starts of words and together. 0 is no match. */
export function score(query: string, text: string): number {
  const q = query.toLowerCase().replace(/\s+/g, "");
  if (q === "") return 1;
  const t = text.toLowerCase();
  const whole = t.indexOf(query.toLowerCase().trim());
  if (whole >= 0) return 1000 - whole - t.length / 100 + (whole === 0 || /\W/.test(t[whole - 1]) ? 200 : 0);
  let at = 0;
  let s = 100;
  let last = -2;
  for (const c of q) {
    const i = t.indexOf(c, at);
    if (i < 0) return 0;
    if (i === last + 1) s += 4;
    else s -= Math.min(8, i - at);
    if (i === 0 || /[\s._/-]/.test(t[i - 1])) s += 6;
    last = i;
    at = i + 1;
  }
  return Math.max(1, s - t.length / 50);
}

const most = 60;

/** rank lists the commands that answer a query, the best first; without a query in their own order. */
export function rank(query: string, commands: Command[]): Command[] {
  if (query.trim() === "") return commands.slice(0, most);
  return commands
    .map((c) => ({ c, s: score(query, c.title) + (score(query, c.hint ?? "") > 500 ? 20 : 0) }))
    .filter((x) => x.s > 0)
    .sort((a, b) => b.s - a.s || a.c.title.length - b.c.title.length)
    .slice(0, most)
    .map((x) => x.c);
}

/** things makes commands of what can be gone to: connections, tables that are known, saved queries. */
export function things(
  connections: Connection[], names: Map<string, Names>, saved: Saved[],
  go: { connection: (c: Connection) => void; table: (connection: string, path: string[], kind: string) => void; saved: (s: Saved) => void },
): Command[] {
  const out: Command[] = connections.map((c) => ({ id: `c:${c.name}`, group: "Connections", title: `Query ${c.name}`, hint: [c.label, c.engine].filter(Boolean).join(" · "), run: () => go.connection(c) }));
  for (const s of saved) out.push({ id: `s:${s.name}`, group: "Saved queries", title: s.name, hint: s.connection, run: () => go.saved(s) });
  for (const [connection, n] of names) {
    for (const o of n.names) {
      if (o.kind !== "table" && o.kind !== "view") continue;
      out.push({ id: `t:${connection}:${o.path.join(".")}`, group: "Tables", title: o.path[o.path.length - 1], hint: `${connection} · ${o.path.slice(0, -1).join(".")}`, run: () => go.table(connection, o.path, o.kind) });
    }
  }
  return out;
}
