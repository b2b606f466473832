import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { mockServer } from "./dev/plugin.ts";

// The build is committed: the same sources and lock file must give the same
// bytes, so there are no source maps, no dates and no absolute paths in it.
export default defineConfig(({ command }) => ({
  plugins: [react(), ...(command === "serve" && !process.env.VITEST ? [mockServer()] : [])],
  build: {
    target: "es2022",
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "dev/**/*.test.ts"],
    setupFiles: ["./dev/setup.ts"],
  },
}));
