import { defineConfig } from 'vitest/config';

/** Tests in a real browser: one file after another, because they share its profile and the server. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
});
