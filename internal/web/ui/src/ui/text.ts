/** Numbers, sizes and times as the page writes them. */

const whole = new Intl.NumberFormat("en-US");

export function count(n: number): string {
  return whole.format(n);
}

export function plural(n: number, one: string, many = one + "s"): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** bytes writes a size with three digits: 1.21 GB. Units are decimal, as AWS bills them. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let i = 0;
  while (n >= 999.5 && i < units.length - 1) n /= 1000, i++;
  const digits = i === 0 ? 0 : n < 9.995 ? 2 : n < 99.95 ? 1 : 0;
  return `${n.toFixed(digits)} ${units[i]}`;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const s = Math.floor(ms / 1000);
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min ${String(s % 60).padStart(2, "0")} s`;
  return `${Math.floor(m / 60)} h ${String(m % 60).padStart(2, "0")} min`;
}

/** clock writes a countdown: 1:59. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** left writes the time a session has: 7 h 12 min, 43 min, 50 s. */
export function left(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
  if (s >= 60) return `${Math.floor(s / 60)} min`;
  return `${s} s`;
}

/** dollars writes a list price; what is below a hundredth of a cent says so. */
export function dollars(n: number): string {
  if (n === 0) return "$0";
  if (n < 0.0001) return "< $0.0001";
  return `$${n < 0.01 ? n.toFixed(4) : n < 1 ? n.toFixed(3) : n.toFixed(2)}`;
}

/** ago writes when something was: today by its time, else by its date. */
export function when(iso: string, now = new Date()): string {
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return iso;
  const time = `${String(d.getHours()).padStart(2, "0")}:${String(d.getMinutes()).padStart(2, "0")}`;
  if (d.toDateString() === now.toDateString()) return time;
  const date = `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;
  return `${date} ${time}`;
}

/** shortPaths cuts the paths in a sentence to their last two parts: where a file lies is for the tooltip. */
export function shortPaths(text: string): string {
  return text.replace(/(?<![\w:/.])(?:~|[A-Za-z]:)?(?:[\\/][\w.+@-]+){3,}/g, (p) => "…" + p.split(/(?=[\\/])/).slice(-2).join("").replace(/([0-9a-f]{6})[0-9a-f]{20,}([0-9a-f]{4})/, "$1…$2"));
}

/** oneLine folds the white space of a statement for lists. */
export function oneLine(text: string, length = 240): string {
  const s = text.replace(/\s+/g, " ").trim();
  return s.length > length ? s.slice(0, length - 1) + "…" : s;
}
