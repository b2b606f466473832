/** Where statements begin and end in an editor's text, and which parameters they name. */

export type Span = { from: number; to: number; line: number; text: string };
export type Piece = { from: number; to: number; kind: "code" | "string" | "name" | "comment" };

/**
 * pieces cuts text into code, strings, quoted names and comments. Dollar-quoted
 * text is a string only in Redshift's dialect; backquoted names occur in Athena's DDL.
 */
export function pieces(text: string, dialect: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  let code = 0;
  const push = (to: number, kind: Piece["kind"]) => {
    if (code < at) out.push({ from: code, to: at, kind: "code" });
    out.push({ from: at, to, kind });
    at = code = to;
  };
  while (at < text.length) {
    const c = text[at];
    const two = text.slice(at, at + 2);
    if (c === "'") push(quoted(text, at, "'", dialect), "string");
    else if (c === '"') push(quoted(text, at, '"', dialect), "name");
    else if (c === "`") push(quoted(text, at, "`", dialect), "name");
    else if (two === "--") push(endOf(text, "\n", at), "comment");
    else if (two === "/*") push(blockEnd(text, at, dialect), "comment");
    else if (c === "$" && dialect === "redshift") {
      const tag = /^\$(?:[A-Za-z_]\w*)?\$/.exec(text.slice(at, at + 66))?.[0];
      if (tag && !/[\w$]/.test(text[at - 1] ?? "")) {
        const end = text.indexOf(tag, at + tag.length);
        push(end < 0 ? text.length : end + tag.length, "string");
      } else at++;
    } else at++;
  }
  if (code < at) out.push({ from: code, to: at, kind: "code" });
  return out;
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end + mark.length;
}

function quoted(text: string, from: number, mark: string, dialect: string): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === "\\" && dialect === "redshift" && mark === "'" && /[eE]/.test(text[from - 1] ?? "")) i++;
    else if (text[i] === mark) {
      if (text[i + 1] !== mark) return i + 1;
      i++;
    }
  }
  return text.length;
}

/** PostgreSQL's comments nest, Trino's and PartiQL's do not. */
function blockEnd(text: string, from: number, dialect: string): number {
  if (dialect !== "redshift") return endOf(text, "*/", from + 2);
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const two = text.slice(i, i + 2);
    if (two === "/*") depth++, i++;
    else if (two === "*/") {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}

/** split gives the statements of text: without the semicolons, blank ones and mere comments. */
export function split(text: string, dialect: string): Span[] {
  const out: Span[] = [];
  let start = 0;
  let solid = false;
  const end = (to: number) => {
    if (solid) out.push(trim(text, start, to));
    start = to + 1;
    solid = false;
  };
  for (const p of pieces(text, dialect)) {
    if (p.kind === "comment") continue;
    if (p.kind !== "code") {
      solid = true;
      continue;
    }
    for (let i = p.from; i < p.to; i++) {
      if (text[i] === ";") end(i);
      else if (!/\s/.test(text[i])) solid = true;
    }
  }
  end(text.length);
  return out;
}

function trim(text: string, from: number, to: number): Span {
  while (from < to && /\s/.test(text[from])) from++;
  while (to > from && /\s/.test(text[to - 1])) to--;
  return { from, to, line: lineAt(text, from), text: text.slice(from, to) };
}

/** lineAt is the 1-based line of a position. */
export function lineAt(text: string, at: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < at; i = text.indexOf("\n", i + 1)) line++;
  return line;
}

/**
 * statementAt is the statement the cursor is in. Between two statements it is
 * the one that ends before the cursor on the same line, else the next one.
 */
export function statementAt(text: string, at: number, dialect: string): Span | null {
  const all = split(text, dialect);
  if (all.length === 0) return null;
  for (const s of all) if (at >= s.from && at <= s.to) return s;
  let before: Span | null = null;
  for (const s of all) if (s.to <= at) before = s;
  const after = all.find((s) => s.from > at) ?? null;
  if (before && (!after || !text.slice(before.to, at).includes("\n"))) return before;
  return after ?? before;
}

/** paramsOf names the :name parameters of text, each once, in order of appearance. */
export function paramsOf(text: string, dialect: string): string[] {
  const found = new Set<string>();
  for (const p of pieces(text, dialect)) {
    if (p.kind !== "code") continue;
    const code = text.slice(p.from, p.to);
    const before = p.from > 0 ? text[p.from - 1] : "";
    for (const m of code.matchAll(/:([A-Za-z_]\w*)/g)) {
      const prev = m.index > 0 ? code[m.index - 1] : before;
      if (/[\w:'"`\])]/.test(prev)) continue;
      found.add(m[1]);
    }
  }
  return [...found];
}

/** guessType is the type a parameter's value is sent as unless a person says otherwise. */
export function guessType(value: string): string {
  if (/^-?(0|[1-9]\d{0,17})(\.\d+)?$/.test(value)) return "number";
  if (/^(true|false)$/i.test(value)) return "boolean";
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return "date";
  if (/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(value)) return "timestamp";
  return "text";
}
