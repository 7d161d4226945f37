import { defineConfig } from 'vitest/config';

/** Tests in a real browser against the real server with simulated data; they build on each other, so the first failure ends them. */
export default defineConfig({
  test: {
    include: ['e2e/real/**/*.real.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 200_000,
  },
});
