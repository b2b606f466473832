import { describe, expect, test } from "vitest";
import { guessType, paramsOf, pieces, split, statementAt } from "./statements";

const texts = (text: string, dialect = "trino") => split(text, dialect).map((s) => s.text);

describe("split", () => {
  test.each([
    ["one", "select 1", ["select 1"]],
    ["two and white space", " select 1 ;\n\n select 2\n", ["select 1", "select 2"]],
    ["semicolons in strings, names and comments", `select ';', ";" -- ;\n, 1 /* ; */; select 2`, [`select ';', ";" -- ;\n, 1 /* ; */`, "select 2"]],
    ["doubled quotes", "select 'it''s; fine'; select 2", ["select 'it''s; fine'", "select 2"]],
    ["blank statements and mere comments", ";; -- nothing\n ; select 1", ["select 1"]],
    ["an open string runs to the end", "select 'a; b", ["select 'a; b"]],
    ["backquotes", "drop table `a;b`; select 1", ["drop table `a;b`", "select 1"]],
  ])("%s", (_, text, want) => {
    expect(texts(text).map((t) => t.replace(/^-- nothing\n /, ""))).toEqual(want);
  });

  test("dollar quotes and nested comments belong to Redshift alone", () => {
    expect(texts("create procedure p() as $$ begin; end $$ language plpgsql; select 1", "redshift")).toHaveLength(2);
    expect(texts("select $$a; b$$", "trino")).toHaveLength(2);
    expect(texts("/* a /* ; */ ; */ select 1", "redshift")).toHaveLength(1);
    expect(texts("/* a /* ; */ select 0; select 1", "trino")).toHaveLength(2);
    expect(texts("select E'a\\';b'; select 1", "redshift")).toHaveLength(2);
  });

  test("lines are the editor's", () => {
    expect(split("select 1;\n\n\nselect 2;\nselect 3", "trino").map((s) => s.line)).toEqual([1, 4, 5]);
  });
});

test("pieces cover the text without gaps", () => {
  for (const text of ["", "a", "'", "select 'a' -- b\n\"c\" /* d */ $x$ e", "'a''b'\"c\"", "--", "/*"]) {
    for (const dialect of ["trino", "redshift", "partiql"]) {
      const p = pieces(text, dialect);
      expect(p.map((x) => text.slice(x.from, x.to)).join("")).toBe(text);
    }
  }
});

describe("statementAt", () => {
  const text = "select 1;  \n\nselect 2;\n-- end\n";
  test.each([
    [0, "select 1"], [8, "select 1"], [10, "select 1"], [12, "select 2"], [13, "select 2"], [22, "select 2"], [text.length, "select 2"],
  ])("at %d", (at, want) => expect(statementAt(text, at, "trino")?.text).toBe(want));
  test("nothing in an empty text", () => expect(statementAt(" -- x\n", 2, "trino")).toBeNull());
});

describe("paramsOf", () => {
  test.each([
    ["select :a, :b, :a", "trino", ["a", "b"]],
    ["select x::int, ':no', \":no\" -- :no\n, :yes", "redshift", ["yes"]],
    ["select arr[1:n], {'k':v}, time '10:30'", "partiql", []],
    ["where day between :from and :to", "trino", ["from", "to"]],
    ["select $$ :no $$", "redshift", []],
  ])("%s", (text, dialect, want) => expect(paramsOf(text, dialect)).toEqual(want));
});

test.each([
  ["12", "number"], ["-0.5", "number"], ["007", "text"], ["12345678901234567890", "text"], ["true", "boolean"], ["2026-11-25", "date"],
  ["2026-11-25 10:00:00", "timestamp"], ["", "text"], ["1e5", "text"],
])("guessType of %s is %s", (value, want) => expect(guessType(value)).toBe(want));
