import { Button } from "@mantine/core";
import type { Fault } from "../api/types";
import { Icon } from "./icons";
import { useActions } from "./actions";

/**
 * ErrorView shows a fault in full: what failed, why, what mends it as text, and
 * as buttons where a click can do it. The service's own words are kept apart.
 */
export function ErrorView({ fault, retry, again, compact, children }: {
  fault: Fault; retry?: () => void; compact?: boolean; children?: React.ReactNode;
  /** What is done by itself once a button has mended the cause. */
  again?: () => void;
}) {
  const s = fault.service;
  return (
    <div className={`fault${compact ? " fault-compact" : ""}`} role="alert">
      <div className="fault-icon"><Icon name="broken" /></div>
      <div className="fault-body">
        <div className="fault-message">{fault.message}</div>
        {fault.cause && <div className="fault-cause">{fault.cause}</div>}
        {fault.remedy && <div className="fault-remedy"><span className="fault-label">Remedy</span><Remedy text={fault.remedy} /></div>}
        {s?.message && s.message !== fault.cause && <pre className="fault-service">{s.message}</pre>}
        {s && (s.code || s.request_id) && (
          <div className="fault-ids">
            {s.name && <span>{s.name}</span>}
            {s.code && <span>{s.code}</span>}
            {s.line ? <span>line {s.line}{s.column ? `:${s.column}` : ""}</span> : null}
            {s.request_id && <span className="mono" title="Request id">{s.request_id}</span>}
          </div>
        )}
        <div className="fault-actions">
          {children}
          <Actions fault={fault} again={again ?? retry} />
          {retry && <Button variant="default" onClick={retry}>Try again</Button>}
        </div>
      </div>
    </div>
  );
}

/** Remedy sets the commands of a remedy in monospace, so that they can be told from prose. */
function Remedy({ text }: { text: string }) {
  return (
    <span>
      {text.split(/((?:fairlead|aws)\s[^\n]*)/g).map((part, i) =>
        i % 2 ? <code key={i}>{part}</code> : <span key={i}>{part}</span>,
      )}
    </span>
  );
}

function Actions({ fault, again }: { fault: Fault; again?: () => void }) {
  const act = useActions();
  return (
    <>
      {(fault.actions ?? []).map((a, i) => {
        const title = titleOf(a.kind);
        return title && (
          <Button key={i} variant={a.kind === "login" ? "filled" : "default"} onClick={() => act(a, again)}>{title}</Button>
        );
      })}
    </>
  );
}

function titleOf(kind: string): string {
  switch (kind) {
    case "login": return "Log In";
    case "edit-connection": return "Edit connection";
    case "add-profile": return "Set up SSO";
    case "profiles": return "Show AWS profiles";
    case "history": return "Open history";
    case "unlock": return "Unlock";
    case "auths": return "Auth profiles";
    default: return "";
  }
}
