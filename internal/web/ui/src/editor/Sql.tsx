import { highlightCode, tagHighlighter, tags } from "@lezer/highlight";
import { useMemo, type ReactNode } from "react";
import { dialectOf } from "./dialects";

/** Above this a text is shown without colours. */
const longest = 200_000;

const colours = tagHighlighter([
  { tag: tags.keyword, class: "sql-keyword" }, { tag: [tags.string, tags.special(tags.string)], class: "sql-string" }, { tag: [tags.number, tags.bool, tags.null], class: "sql-number" },
  { tag: [tags.lineComment, tags.blockComment], class: "sql-comment" }, { tag: tags.typeName, class: "sql-type" },
]);

/** Sql shows a statement in the editor's colours. */
export function Sql({ text, dialect }: { text: string; dialect: string }) {
  const parts = useMemo(() => {
    if (text.length > longest) return text;
    const out: ReactNode[] = [];
    highlightCode(text, dialectOf(dialect).language.parser.parse(text), colours,
      (code, classes) => out.push(classes ? <span key={out.length} className={classes}>{code}</span> : code), () => out.push("\n"));
    return out;
  }, [text, dialect]);
  return <>{parts}</>;
}
