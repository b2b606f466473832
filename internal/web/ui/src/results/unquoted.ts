import { NumberText } from "./JsonTree";

/** unquotedType tells the columns whose values Athena writes as nested text without quotes. */
export function unquotedType(type: string): boolean {
  return /^(array|map|row|struct)\b/i.test(type);
}

const longest = 200_000;

/**
 * parseUnquoted reads a nested value as Athena writes it: [a, b], {key=value}.
 * Texts in it have no quotes, so one that holds a comma or an equals sign can be
 * read in two ways; a piece of a map without an equals sign is taken for the rest
 * of the value before it. Undefined when the text does not fit at all.
 */
export function parseUnquoted(text: string): unknown {
  if (text.length > longest || !/^[[{]/.test(text)) return undefined;
  const reader = { text, at: 0 };
  try {
    const v = value(reader, "");
    return reader.at === text.length ? v : undefined;
  } catch {
    return undefined;
  }
}

type Reader = { text: string; at: number };

function value(r: Reader, close: string): unknown {
  const c = r.text[r.at];
  if (c === "[") return list(r);
  if (c === "{") return map(r);
  return scalar(atom(r, close));
}

function scalar(text: string): unknown {
  if (text === "null") return null;
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? new NumberText(text) : text;
}

/** atom reads to the next comma, or to what closes the value around it. */
function atom(r: Reader, close: string, stop = ""): string {
  const from = r.at;
  while (r.at < r.text.length) {
    if (r.text.startsWith(", ", r.at) || r.text[r.at] === close || (stop !== "" && r.text[r.at] === stop)) break;
    r.at++;
  }
  return r.text.slice(from, r.at);
}

function list(r: Reader): unknown[] {
  const out: unknown[] = [];
  r.at++;
  if (r.text[r.at] === "]") { r.at++; return out; }
  for (;;) {
    out.push(value(r, "]"));
    if (end(r, "]")) return out;
  }
}

function map(r: Reader): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  let last = "";
  r.at++;
  if (r.text[r.at] === "}") { r.at++; return out; }
  for (;;) {
    const key = atom(r, "}", "=");
    if (r.text[r.at] === "=") {
      if (key in out) throw new Error("a key twice");
      r.at++;
      out[key] = value(r, "}");
      last = key;
    } else {
      const before = out[last];
      if (typeof before !== "string" && !(before instanceof NumberText)) throw new Error("a piece without a key");
      out[last] = `${before instanceof NumberText ? before.digits : before}, ${key}`;
    }
    if (end(r, "}")) return out;
  }
}

/** end steps over what closes a value, or over the comma before its next piece. */
function end(r: Reader, close: string): boolean {
  if (r.text[r.at] === close) { r.at++; return true; }
  if (!r.text.startsWith(", ", r.at)) throw new Error("neither a comma nor an end");
  r.at += 2;
  return false;
}
