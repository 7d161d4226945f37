import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

import { notices } from './build/notices.mjs';

/** Mode `bench` adds the pages of the tests, and builds into a folder that is never shipped. */
export default defineConfig(({ mode }) => ({
  plugins: [svelte(), notices()],
  json: { stringify: true },
  build: {
    outDir: mode === 'bench' ? 'e2e/dist' : (process.env.KHIEN_CONSOLE_OUT ?? 'dist'),
    emptyOutDir: true,
    target: 'es2022',
    // A strict policy allows no fonts or scripts in `data:` addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: mode === 'bench' ? ['index.html', 'e2e/bench/index.html'] : ['index.html'],
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/login', '/logout', '/setup'].map((path) => [
        path,
        process.env.KHIEN_CONSOLE_URL ?? 'http://127.0.0.1:7411',
      ]),
    ),
  },
  test: { include: ['src/**/*.test.ts', 'build/**/*.test.ts'], environment: 'node' },
}));
