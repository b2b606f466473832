import { expect, test } from "vitest";
import { isCall } from "./open";

test.each([
  ["dynamodb", "scan shop filter total > 100", true], ["dynamodb", "query shop index by_status key status=open", true], ["dynamodb", "select * from \"scan\"", false],
  ["athena", "get x", false], ["dynamodb", "-- batch\nupdate a set b = 1", false], ["dynamodb", "getter", false],
])("%s %j is a call: %j", (engine, text, want) => expect(isCall({ engine, text })).toBe(want));
