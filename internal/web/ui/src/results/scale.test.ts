import { describe, expect, test } from "vitest";
import { heightLimit, moved, settled, spacer, spanOf, visible, type Scroll } from "./scale";

const rows = 10_000_000;
const big = { height: rows * 24, view: 600 };
const small = { height: 2400, view: 600 };

describe("a result that fits a browser's height", () => {
  test("is scrolled pixel by pixel", () => {
    expect(spacer(small)).toBe(2400);
    expect(moved({ top: 0, physical: 0 }, 137, small)).toEqual({ top: 137, physical: 137 });
    expect(settled({ top: 137, physical: 137 }, small)).toBe(137);
  });
});

describe("ten million rows", () => {
  test("the spacer stays below what a browser allows", () => expect(spacer(big)).toBe(heightLimit));

  test("a wheel's step moves by its pixels, not by its share", () => {
    const s = moved({ top: 120_000_000, physical: 4_000_000 }, 4_000_100, big);
    expect(s.top).toBe(120_000_100);
  });

  test("the bar dragged to the end shows the end, to the start the start", () => {
    const end = heightLimit - big.view;
    expect(moved({ top: 0, physical: 0 }, end, big).top).toBe(big.height - big.view);
    expect(moved({ top: big.height - big.view, physical: end }, 0, big).top).toBe(0);
  });

  test("every row can be reached by steps, with the bar settling in between", () => {
    let s: Scroll = { top: 0, physical: 0 };
    let last = -1;
    for (let i = 0; i < 20_000 && s.top < 3_000_000; i++) {
      s = moved(s, s.physical + 200, big);
      expect(s.top).toBeGreaterThan(last);
      last = s.top;
      if (i % 7 === 0) s = { top: s.top, physical: settled(s, big) };
    }
    expect(s.top).toBeGreaterThanOrEqual(3_000_000);
  });

  test("the settled bar is off the edges while there is more to see", () => {
    expect(settled({ top: 10, physical: 10 }, big)).toBe(1);
    expect(settled({ top: 0, physical: 0 }, big)).toBe(0);
    expect(settled({ top: big.height - big.view - 1, physical: 0 }, big)).toBe(heightLimit - big.view - 1);
  });

  test("settling does not move the rows", () => {
    const s = { top: 77_777_777, physical: 12 };
    const physical = settled(s, big);
    expect(moved({ top: s.top, physical }, physical, big).top).toBe(s.top);
  });
});

test("visible names the rows in view and some either side", () => {
  expect(visible(240, 240, 24, 100, 2)).toEqual({ from: 8, to: 22 });
  expect(visible(0, 240, 24, 3, 2)).toEqual({ from: 0, to: 3 });
  expect(visible(0, 240, 24, 0)).toEqual({ from: 0, to: 0 });
});

test("spanOf finds the columns in view among 1,600", () => {
  const edges = Array.from({ length: 1601 }, (_, i) => i * 100);
  expect(spanOf(edges, 0, 500, 0)).toEqual({ from: 0, to: 5 });
  expect(spanOf(edges, 80_050, 500, 1)).toEqual({ from: 799, to: 807 });
  expect(spanOf([0], 0, 500)).toEqual({ from: 0, to: 0 });
});
