import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist', 'e2e/dist', 'e2e/output', 'src/generated', 'src/api/types.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      eqeqeq: ['error', 'smart'],
      'no-console': ['error', { allow: ['error'] }],
      // What a policy with Trusted Types refuses, refused before a browser does.
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write'].map((property) => ({
          property,
          message: 'Text from outside is never markup.',
        })),
      ],
      'svelte/no-at-html-tags': 'error',
      'svelte/button-has-type': 'error',
      // Sets, maps and addresses are replaced, never changed in place.
      'svelte/prefer-svelte-reactivity': 'off',
      // Addresses are plain texts here: there is no SvelteKit.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  { files: ['build/**', 'e2e/**'], rules: { 'no-console': 'off' } },
  { files: ['e2e/server/**'], rules: { 'no-restricted-properties': 'off' } },
);
