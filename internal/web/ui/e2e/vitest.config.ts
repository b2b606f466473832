import { defineConfig } from "vitest/config";

// The browser tests: one file at a time, one browser, the built page.
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    environment: "node",
    include: ["e2e/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    bail: 0,
    // A busy machine takes its time; what holds is seen at once all the same.
    expect: { poll: { timeout: 15_000 } },
  },
});
