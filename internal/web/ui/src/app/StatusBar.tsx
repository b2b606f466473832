import { useConnection, useInfo } from "../api/queries";
import { link, runs, isOver } from "../state/live";
import { useStore } from "../state/store";
import { dialog } from "../state/ui";
import { saved, workspace } from "../state/workspace";
import { plural } from "../ui/text";

/** StatusBar tells where the shown tab works, what runs, and whether all is saved. */
export function StatusBar() {
  const info = useInfo().data;
  const tab = useStore(workspace, (w) => w.tabs.find((t) => t.id === w.active));
  const c = useConnection(tab?.connection);
  const l = useStore(link);
  const s = useStore(saved);
  const going = useStore(runs, (all) => Object.values(all).filter((r) => !isOver(r.state)).length);
  const place = tab?.kind === "sql" ? lineColumn(tab.text, tab.cursor ?? 0) : "";
  return (
    <footer className="status-bar">
      {c && <span>{[c.name, c.engine, c.region, c.profile ?? c.auth, c.account].filter(Boolean).join(" · ")}</span>}
      {going > 0 && <span><span className="mark-busy" /> {plural(going, "run")}</span>}
      <span className="grow" />
      {place && <span className="tabular">{place}</span>}
      <span title={s === "unsaved" ? "Kept in this browser until Fairlead answers" : undefined}>{s === "saved" ? "Saved" : s === "saving" ? "Saving" : l === "up" ? "Not saved yet" : "Kept here, not saved yet"}</span>
      <span className={`dot dot-${l === "up" ? "good" : l === "connecting" ? "off" : "bad"}`} role="img" aria-label={l === "up" ? "Connected to Fairlead" : "Not connected to Fairlead"} />
      <button className="status-button" onClick={() => dialog.set({ kind: "keys" })}>Keys</button>
      <span>{info?.version}</span>
    </footer>
  );
}

function lineColumn(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return `${line}:${at - (before.lastIndexOf("\n") + 1) + 1}`;
}

/** LinkBanner says that the process behind the page has gone, and that nothing is lost. */
export function LinkBanner() {
  const l = useStore(link);
  if (l === "up" || l === "connecting") return null;
  return (
    <div className="banner" role="alert">
      {l === "down" ? <><b>Fairlead has stopped or cannot be reached.</b> Your tabs and texts are kept here. This page goes on by itself once it answers.<span className="grow" /><span className="mark-busy" /> trying again</>
        : <><b>Fairlead was started anew.</b> Open the link that <code>fairlead ui</code> printed; your tabs are saved and will be there.</>}
    </div>
  );
}
