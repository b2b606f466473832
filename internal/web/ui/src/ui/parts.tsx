import { ActionIcon, Loader, Tooltip } from "@mantine/core";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Icon, type IconName } from "./icons";

export const mac = typeof navigator !== "undefined" && /Mac/.test(navigator.platform);

/** chord writes a key combination for the machine at hand: Mod is Ctrl, or Command on a Mac. */
export function chord(keys: string): string {
  return keys.replace(/Mod/g, mac ? "⌘" : "Ctrl").replace(/\+/g, mac ? " " : " + ");
}

export function IconButton(p: {
  icon: IconName; label: string; keys?: string; onClick?: (e: React.MouseEvent) => void;
  active?: boolean; disabled?: boolean; tone?: "danger" | "accent"; size?: number; className?: string; ref?: React.Ref<HTMLButtonElement>;
} & { [aria: `aria-${string}`]: unknown }) {
  const { icon, label, keys, onClick, active, disabled, tone, size, className, ref, ...rest } = p;
  const color = tone === "danger" ? "red" : tone === "accent" || active ? "accent" : "gray";
  return (
    <Tooltip label={keys ? `${label}  ${chord(keys)}` : label}>
      <ActionIcon {...rest} ref={ref} variant={active ? "light" : "subtle"} color={color} size={size ?? 24} onClick={onClick} className={className}
        aria-label={label} aria-pressed={active} disabled={disabled}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}

/** Waiting shows that something takes long: nothing for 300 ms, then a spinner and the word for it. */
export function Waiting({ text, inline }: { text: string; inline?: boolean }) {
  const late = useLate();
  return (
    <div className={inline ? "waiting-inline" : "waiting"} role="status" aria-live="polite">
      {late && <><Loader size={14} /><span>{text}</span></>}
    </div>
  );
}

/** useLate turns true 300 ms after the component came. */
export function useLate(ms = 300): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const t = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(t);
  }, [ms]);
  return late;
}

export function Empty({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      <div className="empty-title">{title}</div>
      {children && <div className="empty-text">{children}</div>}
      {actions && <div className="empty-actions">{actions}</div>}
    </div>
  );
}

export function Keys({ keys }: { keys: string }) {
  return <span className="keys">{keys.split("+").map((k, i) => <kbd key={i}>{k === "Mod" ? (mac ? "⌘" : "Ctrl") : k}</kbd>)}</span>;
}

/** useNow ticks each second while on. */
export function useNow(on: boolean, every = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!on) return;
    setNow(Date.now());
    const t = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(t);
  }, [on, every]);
  return now;
}

/** Splitter is a thin bar that is dragged, or moved with the arrow keys. */
export function Splitter({ axis, value, min, max, onChange, label }: {
  axis: "x" | "y"; value: number; min: number; max: number; onChange: (v: number) => void; label: string;
}) {
  const start = useRef<{ at: number; value: number } | null>(null);
  const step = (max - min) / 40;
  return (
    <div className={`splitter splitter-${axis}`} role="separator" tabIndex={0} aria-label={label}
      aria-orientation={axis === "x" ? "vertical" : "horizontal"} aria-valuenow={Math.round(value)} aria-valuemin={Math.round(min)} aria-valuemax={Math.round(max)}
      onPointerDown={(e) => {
        e.preventDefault();
        e.currentTarget.setPointerCapture(e.pointerId);
        start.current = { at: axis === "x" ? e.clientX : e.clientY, value };
      }}
      onPointerMove={(e) => {
        if (!start.current) return;
        const by = (axis === "x" ? e.clientX : e.clientY) - start.current.at;
        onChange(Math.min(max, Math.max(min, start.current.value + by)));
      }}
      onPointerUp={() => (start.current = null)}
      onKeyDown={(e) => {
        const by = { ArrowLeft: -step, ArrowUp: -step, ArrowRight: step, ArrowDown: step }[e.key];
        if (!by) return;
        e.preventDefault();
        onChange(Math.min(max, Math.max(min, value + by)));
      }}
    />
  );
}

export function copyText(text: string | Promise<string>): Promise<void> {
  if (typeof text === "string") return navigator.clipboard.writeText(text);
  // Safari lets a page copy only within the click; the promise form keeps that.
  if (typeof ClipboardItem !== "undefined") {
    const blob = text.then((t) => new Blob([t], { type: "text/plain" }));
    return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]).catch(async () => navigator.clipboard.writeText(await text));
  }
  return text.then((t) => navigator.clipboard.writeText(t));
}

/** StateMark is the small sign of how a run or statement stands. */
export function StateMark({ state }: { state: string }) {
  if (state === "done") return <span className="mark-good"><Icon name="check" size={12} /></span>;
  if (state === "failed") return <span className="mark-bad"><Icon name="close" size={12} /></span>;
  if (state === "cancelled" || state === "skipped") return <span className="mark-off"><Icon name="stop" size={10} /></span>;
  return <span className="mark-busy" />;
}
