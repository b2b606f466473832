import { Button, Popover } from "@mantine/core";
import { useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import type { SsoSession } from "../api/types";
import { useConnections } from "../api/queries";
import { putSessions, sessions, sessionsAt } from "../state/live";
import { ask, dialog, failed } from "../state/ui";
import { useStore } from "../state/store";
import { workspace } from "../state/workspace";
import { startLogin } from "../ui/actions";
import { useNow } from "../ui/parts";
import { left } from "../ui/text";

export type Tone = "good" | "soon" | "bad" | "off";

/** toneOf tells how pressing a session is; secondsLeft has been counted down since it was told. */
export function toneOf(s: SsoSession, secondsLeft: number): Tone {
  switch (s.state) {
    case "valid":
    case "expiring":
      return secondsLeft <= 0 ? (s.renews ? "good" : "bad") : secondsLeft < 15 * 60 && !s.renews ? "soon" : "good";
    case "refreshable":
      return "good";
    case "absent":
      return "off";
  }
  return "bad";
}

export function stateText(s: SsoSession, secondsLeft: number): string {
  switch (s.state) {
    case "valid":
    case "expiring":
      return secondsLeft > 0 ? `${left(secondsLeft)} left` : s.renews ? "renews by itself" : "expired";
    case "refreshable": return "renews by itself";
    case "expired":
    case "registration-expired": return "expired";
    case "revoked": return "revoked";
    case "absent": return "not logged in";
    case "misconfigured": return "misconfigured";
    case "unreadable": return "cache unreadable";
    case "foreign": return "another program's";
  }
  return s.state;
}

/** worth orders sessions: what the shown tab uses, then what any connection uses, then the rest; of equals the most pressing first. */
export function worth(s: SsoSession, tone: Tone, now: string | undefined, used: ReadonlySet<string>): number {
  const near = now !== undefined && s.profiles.includes(now) ? 0 : s.profiles.some((p) => used.has(p)) ? 1 : 2;
  return near * 10 + ["bad", "soon", "off", "good"].indexOf(tone);
}

/** SessionChip shows the SSO session that matters most here and, opened, all of them with renew and log out. */
export function SessionChip() {
  const list = useStore(sessions);
  const at = useStore(sessionsAt);
  const now = useNow(list.length > 0, 5000);
  const [open, setOpen] = useState(false);
  const connections = useConnections().data;
  const tab = useStore(workspace, (w) => w.tabs.find((t) => t.id === w.active)?.connection);
  const profile = connections?.find((c) => c.name === tab)?.profile;
  if (list.length === 0) return null;
  const gone = (now - at) / 1000;
  const used = new Set((connections ?? []).map((c) => c.profile ?? "").filter((p) => p !== ""));
  const all = list.map((s) => ({ s, left: Math.max(0, s.seconds_left - gone) })).map((x) => ({ ...x, tone: toneOf(x.s, x.left) }));
  const first = [...all].sort((a, b) => worth(a.s, a.tone, profile, used) - worth(b.s, b.tone, profile, used) || a.left - b.left)[0];
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={360} shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <button className={`chip chip-${first.tone}`} onClick={() => setOpen(!open)} aria-haspopup="dialog" aria-expanded={open}>
          <span className="dot" />{first.s.name || hostOf(first.s.start_url)}<span className="chip-more">{stateText(first.s, first.left)}</span>
          {list.length > 1 && <span className="chip-count">+{list.length - 1}</span>}
        </button>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label="SSO sessions">
        <div className="session-list">
          {all.map(({ s, left, tone }) => (
            <div key={s.name + s.start_url} className="session">
              <div className="session-head"><span className={`dot dot-${tone}`} /><b>{s.name || hostOf(s.start_url)}</b><span className="dim">{stateText(s, left)}</span></div>
              <div className="session-url mono">{s.start_url}</div>
              <div className="dim">Profiles: {s.profiles.join(", ") || "none"}</div>
              {s.detail && <div className="dim">{s.detail}</div>}
              <div className="session-buttons">
                <Button size="compact-xs" variant={tone === "good" ? "default" : "filled"} disabled={s.profiles.length === 0}
                  onClick={() => { setOpen(false); void startLogin(s.profiles[0]); }}>{tone === "good" || tone === "soon" ? "Renew" : "Log In"}</Button>
                {tone !== "off" && <Button size="compact-xs" variant="subtle" color="gray" onClick={() => { setOpen(false); void logOut(s); }}>Log out</Button>}
              </div>
            </div>
          ))}
        </div>
        <div className="session-foot">
          <Button size="compact-xs" variant="subtle" onClick={() => { setOpen(false); dialog.set({ kind: "signin", pane: "profiles" }); }}>AWS profiles</Button>
          <Button size="compact-xs" variant="subtle" onClick={() => { setOpen(false); dialog.set({ kind: "setup" }); }}>Set up SSO</Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

async function logOut(s: SsoSession): Promise<void> {
  const name = s.name || hostOf(s.start_url);
  const others = s.profiles.length > 1 ? ` It serves ${s.profiles.length} profiles, in other programs too.` : "";
  if (!(await ask({ title: `Log out of ${name}?`, text: `The session's token is revoked and removed.${others}`, yes: "Log out" }))) return;
  try {
    await api.logout(s.name || s.start_url);
    putSessions(await api.sessions());
  } catch (e) {
    failed(faultOf(e));
  }
}

export function hostOf(url: string): string {
  try {
    const { host, hostname } = new URL(url);
    return /^[\d.]+$|^\[/.test(hostname) ? host : hostname.split(".")[0];
  } catch {
    return url;
  }
}
