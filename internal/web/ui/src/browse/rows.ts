import type { QueryFunctionContext } from "@tanstack/react-query";
import { api } from "../api";
import type { Connection, Fault, Tree, TreeObject } from "../api/types";
import { count } from "../ui/text";

/** The tree as the flat list that is drawn: connections and, below the open ones, their objects. */
export type TreeRow =
  | { kind: "connection"; id: string; depth: 0; connection: Connection; open: boolean }
  | { kind: "object"; id: string; depth: number; connection: string; path: string[]; object: TreeObject; open: boolean }
  | { kind: "wait"; id: string; depth: number; text: string }
  | { kind: "none"; id: string; depth: number; text: string }
  | { kind: "fault"; id: string; depth: number; connection: string; path: string[]; fault: Fault };

/** Listing is what is known of a place; with more it still comes, with objects and a fault it broke off. */
export type Listing = { objects?: TreeObject[]; more?: boolean; fault?: Fault };

export const nodeId = (connection: string, path: string[]): string => [connection, ...path].join("\u0001");

/** treeKey is where a listing lies in the cache. */
export const treeKey = (connection: string, path: string[]) => ["tree", connection, ...path];

/** treeQuery lists a place into the cache, where it is seen to grow. */
export const treeQuery = (connection: string, path: string[]) => ({
  queryKey: treeKey(connection, path),
  queryFn: ({ signal, client, queryKey }: QueryFunctionContext) => api.tree(connection, path, false, signal, (t) => client.setQueryData<Tree>(queryKey, t)),
  staleTime: Infinity, retry: false,
  structuralSharing: false, // comparing a listing of thousands with itself at each part costs more than drawing it
});

/**
 * rowsOf flattens what is open. With a search only what fits is kept: a
 * connection fits by its own name, label or engine, or by an object below it
 * that is already known.
 */
export function rowsOf(connections: Connection[], open: ReadonlySet<string>, known: (id: string) => Listing | undefined, search: string): TreeRow[] {
  const rows: TreeRow[] = [];
  const q = search.trim().toLowerCase();
  for (const c of connections) {
    const id = nodeId(c.name, []);
    const self = q === "" || `${c.name} ${c.label ?? ""} ${c.engine} ${c.profile ?? ""} ${c.account ?? ""} ${c.region ?? ""}`.toLowerCase().includes(q);
    const below: TreeRow[] = [];
    const isOpen = open.has(id);
    if (isOpen) children(below, c.name, [], 1, open, known, self ? "" : q);
    else if (q !== "" && !self) found(below, c.name, known, q, id);
    if (self || below.length > 0) {
      rows.push({ kind: "connection", id, depth: 0, connection: c, open: isOpen || below.length > 0 });
      rows.push(...below);
    }
  }
  return rows;
}

/** found looks for objects of a closed connection among what was listed before. */
function found(rows: TreeRow[], connection: string, known: (id: string) => Listing | undefined, q: string, id: string): void {
  if (known(id)?.objects) children(rows, connection, [], 1, new Set(), known, q);
}

function children(rows: TreeRow[], connection: string, path: string[], depth: number, open: ReadonlySet<string>, known: (id: string) => Listing | undefined, q: string): void {
  const parent = nodeId(connection, path);
  const l = known(parent);
  if (!l || (!l.objects && !l.fault)) {
    if (q === "") rows.push({ kind: "wait", id: parent + "\u0002wait", depth, text: "Listing" });
    return;
  }
  const objects = l.objects ?? [];
  if (objects.length === 0 && !l.more && !l.fault && q === "") rows.push({ kind: "none", id: parent + "\u0002none", depth, text: "Nothing here" });
  for (const o of objects) {
    const p = [...path, o.name];
    const id = nodeId(connection, p);
    const isOpen = !o.leaf && open.has(id);
    const below: TreeRow[] = [];
    const fits = q === "" || o.name.toLowerCase().includes(q);
    if (isOpen || (q !== "" && !o.leaf && known(id)?.objects)) children(below, connection, p, depth + 1, open, known, fits && isOpen ? "" : q);
    if (fits || below.length > 0) {
      rows.push({ kind: "object", id, depth, connection, path: p, object: o, open: isOpen || (q !== "" && below.length > 0) });
      rows.push(...below);
    }
  }
  if (q !== "") return;
  if (l.more) rows.push({ kind: "wait", id: parent + "\u0002wait", depth, text: `Listing, ${count(objects.length)} so far` });
  if (l.fault) rows.push({ kind: "fault", id: parent + "\u0002fault", depth, connection, path, fault: l.fault });
}

/** tableLike tells the objects that open in a tab of their own. */
export function tableLike(kind: string): boolean {
  return kind === "table" || kind === "view" || kind === "external table" || kind === "materialized view";
}
