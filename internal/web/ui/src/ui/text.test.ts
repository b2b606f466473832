import { expect, test } from "vitest";
import { bytes, clock, dollars, duration, left, oneLine, plural, shortPaths, when } from "./text";

test.each([[0, "0 B"], [999, "999 B"], [1234, "1.23 kB"], [38_211_004, "38.2 MB"], [1_240_000_000, "1.24 GB"], [999_999, "1.00 MB"]])("bytes(%d)", (n, want) => expect(bytes(n)).toBe(want));
test.each([[12, "12 ms"], [1240, "1.24 s"], [59_900, "59.9 s"], [61_000, "1 min 01 s"], [3_660_000, "1 h 01 min"]])("duration(%d)", (n, want) => expect(duration(n)).toBe(want));
test.each([[120, "2:00"], [59.2, "1:00"], [5, "0:05"], [-3, "0:00"]])("clock(%d)", (n, want) => expect(clock(n)).toBe(want));
test.each([[28_740, "7 h 59 min"], [130, "2 min"], [9, "9 s"]])("left(%d)", (n, want) => expect(left(n)).toBe(want));
test.each([[0, "$0"], [0.00000025, "< $0.0001"], [0.0062, "$0.0062"], [0.5, "$0.500"], [12, "$12.00"]])("dollars(%d)", (n, want) => expect(dollars(n)).toBe(want));
test("plural", () => expect([plural(1, "row"), plural(2000, "row")]).toEqual(["1 row", "2,000 rows"]));
test("when is a time today and a date before", () => {
  const now = new Date(2026, 10, 25, 12);
  expect(when(new Date(2026, 10, 25, 9, 5).toISOString(), now)).toBe("09:05");
  expect(when(new Date(2026, 10, 24, 9, 5).toISOString(), now)).toBe("2026-11-24 09:05");
});
test("oneLine", () => expect(oneLine("select\n  1", 8)).toBe("select 1"));
test.each([
  ["session x in /home/ada/.aws/sso/cache/1ea9aa53deccccb1354680c1ff73e9f4f0901cfb.json: its token ended", "session x in …/cache/1ea9aa…1cfb.json: its token ended"],
  ["see https://acme.awsapps.com/start/a/b/c", "see https://acme.awsapps.com/start/a/b/c"], ["/tmp/x", "/tmp/x"], ["C:\\Users\\ada\\.aws\\config:3", "…\\.aws\\config:3"],
])("shortPaths(%j)", (text, want) => expect(shortPaths(text)).toBe(want));
