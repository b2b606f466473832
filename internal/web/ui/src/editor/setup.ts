import { autocompletion, closeBrackets, closeCompletion, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, toggleLineComment } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec, RangeSetBuilder, type Extension } from "@codemirror/state";
import {
  crosshairCursor, Decoration, drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter,
  highlightSpecialChars, keymap, lineNumbers, placeholder, rectangularSelection, ViewPlugin, type DecorationSet, type ViewUpdate,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Fault } from "../api/types";
import { nonce } from "../ui/theme";
import { statementAt } from "./statements";

export type Commands = {
  run: () => void;
  runAll: () => void;
  save: () => void;
  format: () => void;
  cancel: () => void;
  changed: (text: string, cursor: number) => void;
  /** openTable opens the table whose name stands at a position; false when none does. */
  openTable: (text: string, at: number) => boolean;
};

export const languagePart = new Compartment();
export const wrapPart = new Compartment();

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.typeName, color: "var(--code-type)" },
  { tag: tags.operator, color: "var(--code-operator)" },
  { tag: tags.special(tags.name), color: "var(--code-name)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--code-size, 13px)", backgroundColor: "transparent", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 12px 0 8px" },
  ".cm-gutters": { backgroundColor: "var(--bg)", color: "var(--faint)", border: "none", paddingLeft: "4px" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "30px", padding: "0 8px 0 4px" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)" },
  ".cm-statement": { boxShadow: "inset 2px 0 0 var(--accent-line)" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "1.5px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection)" },
  ".cm-selectionMatch": { backgroundColor: "var(--match)" },
  ".cm-searchMatch": { backgroundColor: "var(--match-strong)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--match)", outline: "1px solid var(--line-strong)" },
  ".cm-specialChar": { color: "var(--bad)" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--text)", borderColor: "var(--line)" },
  ".cm-panel.cm-search": { padding: "6px 8px", fontSize: "12px" },
  ".cm-panel.cm-search label": { fontSize: "12px" },
  ".cm-textfield": { border: "1px solid var(--line-strong)", borderRadius: "4px", backgroundColor: "var(--bg)", fontSize: "12px" },
  ".cm-button": { border: "1px solid var(--line-strong)", borderRadius: "4px", backgroundImage: "none", backgroundColor: "var(--bg)", fontSize: "12px" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--line-strong)", borderRadius: "6px", boxShadow: "var(--shadow)", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12.5px", maxHeight: "240px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 10px 2px 4px", lineHeight: "20px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent-soft)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--dim)", fontStyle: "normal", marginLeft: "12px" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600", color: "var(--accent-text)" },
  ".cm-completionIcon": { color: "var(--faint)" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad)", padding: "6px 10px", whiteSpace: "pre-wrap", maxWidth: "520px" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
  ".cm-placeholder": { color: "var(--dim)" },
});

const statementLine = Decoration.line({ class: "cm-statement" });
/** Above this the statement under the cursor is not marked on every move. */
const longText = 300_000;

/** markStatement draws a line beside the statement that Run would send. */
function markStatement(dialect: () => string) {
  return ViewPlugin.fromClass(class {
    decorations: DecorationSet;
    constructor(view: EditorView) { this.decorations = this.build(view); }
    update(u: ViewUpdate) { if (u.docChanged || u.selectionSet || u.viewportChanged) this.decorations = this.build(u.view); }
    build(view: EditorView): DecorationSet {
      const set = new RangeSetBuilder<Decoration>();
      const { doc, selection } = view.state;
      if (doc.length > longText || !selection.main.empty) return set.finish();
      const s = statementAt(doc.toString(), selection.main.head, dialect());
      if (!s) return set.finish();
      const first = Math.max(doc.lineAt(s.from).number, doc.lineAt(view.viewport.from).number);
      const last = Math.min(doc.lineAt(s.to).number, doc.lineAt(view.viewport.to).number);
      for (let n = first; n <= last; n++) set.add(doc.line(n).from, doc.line(n).from, statementLine);
      return set.finish();
    }
  }, { decorations: (p) => p.decorations });
}

/** extensions are those of every editor; the language comes and goes with the connection. */
export function extensions(cmds: () => Commands, dialect: () => string, lang: Extension, wrap: boolean, readOnly = false): Extension {
  const keys = Prec.highest(keymap.of([
    { key: "Mod-Enter", run: (v) => (closeCompletion(v), cmds().run(), true) },
    { key: "Mod-Shift-Enter", run: (v) => (closeCompletion(v), cmds().runAll(), true) },
    { key: "Mod-s", run: () => (cmds().save(), true), preventDefault: true },
    { key: "Shift-Alt-f", run: () => (cmds().format(), true) },
    { key: "Mod-/", run: toggleLineComment },
    { key: "F12", run: (v) => cmds().openTable(v.state.doc.toString(), v.state.selection.main.head) },
    // Tab indents, so Escape and then Tab leaves the editor: said in the keys' list.
    { key: "Escape", run: (view) => { if (!readOnly) view.dom.dataset.leave = "1"; return false; } },
    { key: "Tab", run: (view) => { if (!view.dom.dataset.leave) return false; delete view.dom.dataset.leave; document.querySelector<HTMLElement>("[data-after-editor]")?.focus(); return true; } },
  ]));
  return [
    EditorView.cspNonce.of(nonce()), keys,
    lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), highlightSpecialChars(), history(), drawSelection(), dropCursor(),
    EditorState.allowMultipleSelections.of(true), indentOnInput(), indentUnit.of("  "), bracketMatching(), closeBrackets(),
    autocompletion({ maxRenderedOptions: 60, icons: false, activateOnTypingDelay: 60 }), rectangularSelection(), crosshairCursor(), highlightSelectionMatches({ minSelectionLength: 2 }), search({ top: true }),
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, indentWithTab, ...defaultKeymap]),
    syntaxHighlighting(colours), look, markStatement(dialect), languagePart.of(lang), wrapPart.of(wrap ? EditorView.lineWrapping : []),
    EditorView.contentAttributes.of({ "aria-label": "Statement" }),
    placeholder("Write a statement; Ctrl-Enter runs the one under the cursor"),
    EditorState.readOnly.of(readOnly),
    EditorView.domEventHandlers({
      mousedown: (e, v) => {
        if (e.button !== 0 || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return false;
        const at = v.posAtCoords({ x: e.clientX, y: e.clientY });
        return at !== null && cmds().openTable(v.state.doc.toString(), at) && (e.preventDefault(), true);
      },
    }),
    EditorView.updateListener.of((u) => {
      if (u.docChanged) delete u.view.dom.dataset.leave;
      if (u.docChanged || u.selectionSet) cmds().changed(u.state.doc.toString(), u.state.selection.main.head);
    }),
  ];
}

/** showFaults marks each error at its position; a position outside the text marks its last line. */
export function showFaults(view: EditorView, faults: { fault: Fault; line: number }[]): void {
  const { doc } = view.state;
  const list: Diagnostic[] = faults.map(({ fault, line }) => {
    const at = fault.service?.line ?? line;
    const l = doc.line(Math.max(1, Math.min(doc.lines, at)));
    const column = fault.service?.line ? (fault.service.column ?? 1) : 1;
    const from = Math.min(l.to, l.from + Math.max(0, column - 1));
    const word = /^[\w"$.]+/.exec(doc.sliceString(from, l.to))?.[0].length ?? 1;
    const to = fault.service?.line ? Math.min(l.to, from + word) : l.to;
    return { from: from === to ? l.from : from, to, severity: "error", message: [fault.service?.message ?? fault.message, fault.cause].filter(Boolean).join("\n") };
  });
  view.dispatch(setDiagnostics(view.state, list));
}
