import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { __VERSION__: JSON.stringify("test") },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.ts"],
    pool: "threads",
    maxWorkers: 2,
    // A real browser on a busy machine takes its time, and so does the first drawing.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What needed a second try is named: a fault of the test, to be found.
    retry: process.env.CI ? 1 : 0,
  },
});
