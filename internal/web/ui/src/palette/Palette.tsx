import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useConnections, useSaved } from "../api/queries";
import type { Names, Tree } from "../api/types";
import { dialog } from "../state/ui";
import { activate, openObject, openSaved, openSql, workspace } from "../state/workspace";
import { Icon } from "../ui/icons";
import { Keys } from "../ui/parts";
import { rank, things, type Command } from "./commands";

/** Palette finds a command, a connection, a table or a saved query by a few letters. */
export default function Palette({ commands, start }: { commands: Command[]; start?: string }) {
  const [query, setQuery] = useState(start ?? "");
  const [at, setAt] = useState(0);
  const cache = useQueryClient();
  const connections = useConnections().data;
  const saved = useSaved().data;
  const list = useRef<HTMLDivElement>(null);
  const all = useMemo(() => {
    const names = new Map<string, Names>();
    for (const [key, n] of cache.getQueriesData<Names>({ queryKey: ["names"] })) if (n) names.set(key[1] as string, n);
    for (const [key, t] of cache.getQueriesData<Tree>({ queryKey: ["tree"] })) {
      const [, connection, ...path] = key as string[];
      const n = names.get(connection) ?? { names: [], complete: false };
      const have = new Set(n.names.map((x) => x.path.join("\u0001")));
      const more = (t?.objects ?? []).map((o) => ({ path: [...path, o.name], kind: o.kind })).filter((o) => !have.has(o.path.join("\u0001")));
      names.set(connection, { ...n, names: [...n.names, ...more] });
    }
    const w = workspace.get();
    const tabs = w.tabs.filter((t) => t.id !== w.active).map((t): Command => ({ id: `tab:${t.id}`, group: "Open tabs", title: t.title, hint: t.connection, run: () => activate(t.id) }));
    return [...commands, ...tabs, ...things(connections ?? [], names, saved ?? [], {
      connection: (c) => void openSql({ connection: c.name }), table: openObject, saved: openSaved,
    })];
  }, [cache, commands, connections, saved]);
  const shown = useMemo(() => rank(query, all), [query, all]);
  useEffect(() => setAt(0), [query]);
  useEffect(() => { list.current?.querySelector(`#palette-${at}`)?.scrollIntoView({ block: "nearest" }); }, [at]);
  const run = (c: Command | undefined) => {
    if (!c) return;
    dialog.set(null);
    // The palette gives the focus back as it closes; the command comes after that.
    setTimeout(c.run);
  };
  let group = "";
  return (
    <Modal.Root opened lockScroll={false} onClose={() => dialog.set(null)} size={560} padding={0} yOffset="12dvh" className="palette">
      <Modal.Overlay />
      <Modal.Content aria-label="Commands"><Modal.Body>
      <div className="palette-input"><Icon name="search" />
        <input data-autofocus value={query} onChange={(e) => setQuery(e.target.value)} placeholder="Search commands, connections, tables and saved queries" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-label="Search commands" aria-activedescendant={shown.length ? `palette-${at}` : undefined}
          onKeyDown={(e) => {
            if (e.key === "ArrowDown" || (e.ctrlKey && e.key === "n")) { e.preventDefault(); setAt(Math.min(shown.length - 1, at + 1)); }
            if (e.key === "ArrowUp" || (e.ctrlKey && e.key === "p")) { e.preventDefault(); setAt(Math.max(0, at - 1)); }
            if (e.key === "Enter") { e.preventDefault(); run(shown[at]); }
          }} />
      </div>
      <div ref={list} id="palette-list" className="palette-list" role="listbox" aria-label="Commands" tabIndex={-1}>
        {shown.map((c, i) => {
          const head = query.trim() === "" && c.group !== group;
          group = c.group;
          return (
            <div key={c.id} role="none">
              {head && <div className="palette-group" role="presentation">{c.group}</div>}
              <div id={`palette-${i}`} role="option" aria-selected={i === at} className={`palette-item${i === at ? " focus" : ""}`} onMouseMove={() => setAt(i)} onClick={() => run(c)}>
                <span className="palette-title">{c.title}</span>{c.hint && <span className="dim">{c.hint}</span>}<span className="grow" />
                {query.trim() !== "" && <span className="palette-kind">{c.group}</span>}{c.keys && <Keys keys={c.keys} />}
              </div>
            </div>
          );
        })}
        {shown.length === 0 && <div className="palette-none dim">Nothing fits. Tables are found once their schema was opened.</div>}
      </div>
      </Modal.Body></Modal.Content>
    </Modal.Root>
  );
}
