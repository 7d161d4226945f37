// Writes src/api/types.ts from the OpenAPI document that the server's types are tested against. With `--check`
// it only compares, and fails on drift.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const here = dirname(fileURLToPath(import.meta.url));
const document = process.env.KHIEN_OPENAPI ?? join(here, '../../crates/khien-wire/openapi.json');
const into = join(here, '../src/api/types.ts');

if (!existsSync(document)) {
  console.error(`${document} is missing; the types stay as they are`);
} else {
  const ast = await openapiTS(JSON.parse(readFileSync(document, 'utf8')));
  const text = `// Written by build/api.mjs from crates/khien-wire/openapi.json. Do not edit.\n${astToString(ast)}`;
  const before = existsSync(into) ? readFileSync(into, 'utf8') : '';
  if (process.argv.includes('--check') && before !== text) {
    console.error('src/api/types.ts differs from the OpenAPI document: run `npm run api`');
    process.exit(1);
  }
  if (before !== text) writeFileSync(into, text);
}
