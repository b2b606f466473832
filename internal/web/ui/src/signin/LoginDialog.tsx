import { Button, Menu, Modal } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { api } from "../api";
import { faultOf } from "../api/client";
import type { Login } from "../api/types";
import { current, dismissLogin, logins, putLogin, runs } from "../state/live";
import { failed } from "../state/ui";
import { useStore } from "../state/store";
import { ErrorView } from "../ui/ErrorView";
import { Icon } from "../ui/icons";
import { copyText, useNow } from "../ui/parts";
import { clock, plural, shortPaths } from "../ui/text";

/** LoginDialog is the one dialog for every log in, wherever it was needed. */
export default function LoginDialog() {
  const login = useStore(logins, current);
  const [hidden, setHidden] = useState<string | null>(null);
  const waits = useWaiting(login);
  const before = useRef(0);
  // A log in that was put aside comes back when it changes its state, and when one more run needs it.
  useEffect(() => setHidden(null), [login?.id, login?.state]);
  useEffect(() => {
    if (waits > before.current) setHidden(null);
    before.current = waits;
  }, [waits]);
  if (!login || hidden === login.id) return null;
  const cancel = () => {
    if (login.state === "failed") return dismissLogin(login.id);
    void tell(api.loginCancel(login.id), login);
  };
  return (
    <Modal opened onClose={() => (login.state === "asking" || login.state === "running" ? setHidden(login.id) : cancel())}
      title={<TitleOf login={login} />} size={440} zIndex={400} className="login-dialog" closeButtonProps={{ "aria-label": "Set aside" }}>
      {login.state === "asking" && <Asking login={login} onCancel={cancel} />}
      {login.state === "running" && <Running login={login} onCancel={cancel} />}
      {login.state === "failed" && <Failed login={login} onCancel={cancel} />}
    </Modal>
  );
}

/** useWaiting counts what a log in holds up. Runs on one connection share one question of the server's; each counts here. */
function useWaiting(login: Login | null): number {
  const waiting = useStore(runs, (all) => Object.values(all).filter((r) => r.state === "waiting-login" && r.login === login?.id).length);
  return Math.max(waiting, login?.waiting ?? 0);
}

async function tell(answer: Promise<unknown>, login: Login): Promise<void> {
  try {
    const next = await answer;
    if (next && typeof next === "object" && "id" in next) putLogin(next as Login);
  } catch (e) {
    failed(faultOf(e));
    putLogin({ ...login, state: "failed", error: faultOf(e) });
  }
}

const start = (login: Login, method?: string) => void tell(api.loginStart(login.id, method), login);

function TitleOf({ login }: { login: Login }) {
  if (login.state === "running") return <>Logging in to {login.session || login.profile}</>;
  return <>{login.reason?.message ?? `Log in for profile "${login.profile}"`}</>;
}

/** Facts names what is logged in to, so that a person can tell one organisation from another. */
function Facts({ login }: { login: Login }) {
  const profiles = login.profiles?.length ? login.profiles : [login.profile];
  return (
    <dl className="facts">
      {login.session && <><dt>Session</dt><dd>{login.session}</dd></>}
      <dt>Start URL</dt><dd className="mono">{login.start_url}</dd>
      <dt>Profiles</dt><dd>{profiles.join(", ")}</dd>
    </dl>
  );
}

function Waiting({ login }: { login: Login }) {
  const n = useWaiting(login);
  if (n === 0) return null;
  return <p className="login-waiting">{plural(n, "task")} {n === 1 ? "waits" : "wait"} for this and will go on by {n === 1 ? "itself" : "themselves"}.</p>;
}

function LoginButton({ login, label = "Log In" }: { login: Login; label?: string }) {
  return (
    <Button.Group>
      <Button size="sm" data-autofocus onClick={() => start(login)}>{label}</Button>
      <Menu position="bottom-end" withinPortal zIndex={500}>
        <Menu.Target><Button size="sm" px={7} aria-label="Choose how to log in"><Icon name="down" size={12} /></Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => start(login, "browser")}>In the browser of this machine</Menu.Item>
          <Menu.Item onClick={() => start(login, "device")}>With a code, on any device</Menu.Item>
          <Menu.Item onClick={() => start(login, "aws-cli")}>Through the AWS CLI</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Button.Group>
  );
}

function Asking({ login, onCancel }: { login: Login; onCancel: () => void }) {
  return (
    <>
      {login.reason?.cause && <p className="dim" title={login.reason.cause}>{shortPaths(login.reason.cause)}</p>}
      <Facts login={login} />
      <Waiting login={login} />
      <div className="dialog-buttons">
        <Button size="sm" variant="default" onClick={onCancel}>Cancel</Button>
        <LoginButton login={login} />
      </div>
    </>
  );
}

const methods: Record<string, string> = { browser: "in the browser", device: "with a code", "aws-cli": "through the AWS CLI", auto: "" };

function Running({ login, onCancel }: { login: Login; onCancel: () => void }) {
  const [told, setTold] = useState({ at: Date.now(), left: login.seconds_left });
  useEffect(() => setTold({ at: Date.now(), left: login.seconds_left }), [login.seconds_left]);
  const now = useNow(told.left !== undefined);
  const left = told.left === undefined ? undefined : Math.max(0, told.left - (now - told.at) / 1000);
  // The bar is full at the longest time there was, also after more was given.
  const longest = useRef(1);
  longest.current = Math.max(longest.current, told.left ?? 0);
  return (
    <>
      <p className="dim">
        {login.method ? <>Method: {methods[login.method] || login.method}{login.why ? <>: {login.why}</> : null}.</> : "Starting …"}
      </p>
      {login.code && (
        <div className="login-code">
          <div className="login-code-label">Check that the page shows this code</div>
          <div className="login-code-text" aria-label={`Code ${login.code}`}>{login.code}</div>
        </div>
      )}
      {(login.full_url || login.url) && (
        <div className="login-url">
          <a href={login.full_url ?? login.url} target="_blank" rel="noopener noreferrer" data-autofocus>{login.url ?? login.full_url}</a>
          <Button variant="subtle" size="compact-xs" onClick={() => void copyText(login.full_url ?? login.url ?? "")}>Copy link</Button>
        </div>
      )}
      {login.output && login.output.length > 0 && <pre className="login-output" tabIndex={0} aria-label="Output">{login.output.join("\n")}</pre>}
      <Waiting login={login} />
      {left !== undefined && (
        <div className="login-time" role="timer" aria-label={`${Math.ceil(left)} seconds left`}>
          <div className="meter"><div style={{ width: `${Math.min(100, (left / longest.current) * 100)}%` }} /></div>
          <span className="tabular">{clock(left)}</span>
        </div>
      )}
      <div className="dialog-buttons">
        <Button size="sm" variant="default" onClick={onCancel}>Cancel</Button>
        {left !== undefined && <Button size="sm" variant={left < 20 ? "filled" : "default"} disabled={!login.more_time} title="Two more minutes" onClick={() => void tell(api.loginMore(login.id), login)}>Wait longer</Button>}
      </div>
    </>
  );
}

function Failed({ login, onCancel }: { login: Login; onCancel: () => void }) {
  const fault = login.error ?? login.reason ?? { code: "login-failed", message: "The log in failed" };
  return (
    <>
      <ErrorView fault={{ ...fault, actions: fault.actions?.filter((a) => a.kind !== "login" && a.kind !== "retry") }} compact />
      <Waiting login={login} />
      <div className="dialog-buttons">
        <Button size="sm" variant="default" onClick={onCancel}>Close</Button>
        <LoginButton login={login} label="Try again" />
      </div>
    </>
  );
}
