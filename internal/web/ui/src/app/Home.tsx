import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "../api";
import { useConnections, useInfo, useSaved } from "../api/queries";
import type { Connection } from "../api/types";
import { labelTone } from "../connections/labels";
import { openHistory } from "../history/open";
import { sessions } from "../state/live";
import { useStore } from "../state/store";
import { dialog } from "../state/ui";
import { openSaved, openSql } from "../state/workspace";
import { startLogin } from "../ui/actions";
import { EngineMark, Icon } from "../ui/icons";
import { Empty, Keys, StateMark, Waiting } from "../ui/parts";
import { duration, oneLine, plural, when } from "../ui/text";

const shutStates = ["expired", "absent", "revoked", "registration-expired"];
const most = 6;

/** Home is what shows while no tab is open: where to begin, and what was done last. */
export function Home() {
  const { data } = useConnections();
  const shut = useStore(sessions, (l) => l.find((s) => s.profiles.length > 0 && shutStates.includes(s.state) && used(data).some((p) => s.profiles.includes(p))));
  if (!data) return <Waiting text="Reading connections" />;
  if (data.length === 0) {
    return (
      <Empty title="Begin with a connection" actions={<><Button onClick={() => dialog.set({ kind: "connection" })}>New connection</Button><Button variant="default" onClick={() => dialog.set({ kind: "setup" })}>Set up SSO</Button></>}>
        A connection says which engine, where it is and whose credentials to use. Your AWS profiles are found by themselves.
      </Empty>
    );
  }
  return (
    <div className="home" tabIndex={0} role="region" aria-label="Start">
      {shut && (
        <div className="home-shut">
          <span className="dot dot-bad" />
          <div><b>The session {shut.name || shut.start_url} {shut.state === "absent" ? "is not logged in" : shut.state === "revoked" ? "was revoked" : "has expired"}</b>
            <div className="dim">{shut.profiles.length > 1 ? `Profiles ${shut.profiles.join(", ")} use it.` : `Profile ${shut.profiles[0]} uses it.`} You can also just run something: the log in is asked for when it is needed.</div></div>
          <span className="grow" />
          <Button size="sm" onClick={() => void startLogin(shut.profiles[0])}>Log In</Button>
        </div>
      )}
      <section><div className="home-head"><h2>Connections</h2><button className="link-button" onClick={() => dialog.set({ kind: "connection" })}>New connection</button></div>
        <div className="home-cards">{data.map((c) => <Card key={c.name} c={c} />)}</div></section>
      <div className="home-lists"><Recent /><SavedList /></div>
      <p className="home-teach dim"><span><Keys keys="Alt+N" /> opens a query</span><span><Keys keys="Mod+K" /> finds any table, query or command</span><span><Keys keys="?" /> shows all keys</span></p>
    </div>
  );
}

const used = (list: Connection[] | undefined) => (list ?? []).map((c) => c.profile ?? "").filter((p) => p !== "");

function Card({ c }: { c: Connection }) {
  const title = useInfo().data?.engines.find((e) => e.kind === c.engine)?.title ?? c.engine;
  return (
    <button className={`home-card${c.production ? " production" : ""}`} onClick={() => openSql({ connection: c.name })} title={`New query on ${c.name}`}>
      <span className="home-card-name"><EngineMark engine={c.engine} /><b>{c.name}</b>{c.label && <span className={`label label-${labelTone(c.label)}`}>{c.label}</span>}{c.read_only && <span className="label label-none">read-only</span>}</span>
      <span className="dim">{title}</span>
      <span className="dim">{[c.profile ? `profile ${c.profile}` : c.auth, c.account, c.region, c.params.database && `database ${c.params.database}`].filter(Boolean).join(" · ")}</span>
    </button>
  );
}

function Recent() {
  const { data } = useQuery({ queryKey: ["history", "home"], queryFn: ({ signal }) => api.history({}, signal), staleTime: 0 });
  const list = (data ?? []).slice(0, most);
  if (list.length === 0) return null;
  return (
    <section><h2>Last run</h2>
      <ul className="home-list">{list.map((h) => (
        <li key={h.id}><button onClick={() => openHistory(h)} title={h.text}>
          <StateMark state={h.state === "lost" ? "skipped" : h.state} /><span className="home-sql">{oneLine(h.text, 160)}</span>
          <span className="dim nowrap">{[h.connection, h.state === "done" && h.rows !== undefined ? plural(h.rows, "row") : "", h.elapsed_ms ? duration(h.elapsed_ms) : "", when(h.started)].filter(Boolean).join(" · ")}</span>
        </button></li>
      ))}</ul></section>
  );
}

function SavedList() {
  const list = (useSaved().data ?? []).slice(0, most);
  if (list.length === 0) return null;
  return (
    <section><h2>Saved queries</h2>
      <ul className="home-list">{list.map((s) => <li key={s.name}><button onClick={() => openSaved(s)} title={s.text}><Icon name="star" size={13} /><span className="home-name">{s.name}</span><span className="dim nowrap">{s.connection}</span></button></li>)}</ul></section>
  );
}
