import { expect, test } from "vitest";
import { cellText, isLong, parts, widthOf } from "./cells";

const shown = (text: string) => parts(text).map((p) => (p.strange ? `[${p.text}]` : p.text)).join("");

test.each([
  ["plain", "plain"],
  ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
  ["a\tb\nc\r", "a[⇥]b[↵]c[␍]"],
  ["user\u202egnp.exe", "user[U+202E]gnp.exe"],
  ["zero\u200bwidth\ufeff", "zero[U+200B]width[U+FEFF]"],
  ["bell\u0007 del\u007f c1\u0085", "bell[␇] del[␡] c1[U+0085]"],
  ["hard\u00a0space", "hard[⍽]space"],
  ["lone \ud83d half", "lone [U+D83D] half"],
  ["naïve 日本語 👋🏽 עברית", "naïve 日本語 👋🏽 עברית"],
  ["", ""],
])("%j is shown as %j", (text, want) => expect(shown(text)).toBe(want));

test("parts give the whole text back", () => {
  const text = "a\u0000b\u2066c\u2069\n";
  expect(parts(text).filter((p) => !p.strange).map((p) => p.text).join("")).toBe("abc");
});

test("long cells are told from short ones", () => {
  expect(isLong({ t: "x", n: 5000 })).toBe(true);
  expect(isLong(null)).toBe(false);
  expect(cellText({ t: "cut", n: 9 })).toBe("cut");
});

test("columns are as wide as their first values, within bounds", () => {
  const c = { name: "n", type: "int", kind: "number" as const };
  expect(widthOf(c, ["1"])).toBeGreaterThanOrEqual(56);
  expect(widthOf(c, ["x".repeat(5000)])).toBeLessThanOrEqual(480);
  expect(widthOf({ ...c, name: "a_rather_long_name_of_a_column" }, [])).toBeGreaterThan(200);
});
