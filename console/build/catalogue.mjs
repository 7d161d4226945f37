// Takes the console's texts out of the catalogue files that all of Khiên shares, and writes them as one JSON a
// language and one type that knows every key and its slots. A wrong key or a missing slot then fails the type check.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const from = join(here, '../../i18n');
const into = join(here, '../src/generated');

/** Keys of others that the console shows too. */
const SHARED =
  /^(severity\.[a-z]+|lineage\.does\.runtime\.[a-z.-]+|verdict\.(hit|clear|unknown|not_applicable)|check\.kind\.[a-z0-9_]+|left-out\.[a-z_]+|inert\.(fields-never-seen|no-log-source))$/;

/** @param {string} language */
export function readAll(language) {
  /** @type {Record<string, string>} */
  const all = JSON.parse(readFileSync(join(from, `${language}.json`), 'utf8'));
  return all;
}

/** @param {Record<string, string>} all */
export function ofConsole(all) {
  const ours = Object.entries(all).filter(
    ([key]) => key.startsWith('console.') || SHARED.test(key),
  );
  return Object.fromEntries(ours.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Names in braces, once each; what stands after a colon are the language's own forms.
 * @param {string} text
 */
export function slots(text) {
  const found = [...text.matchAll(/\{([^}:]+)(?::[^}]*)?\}/g)].map((match) => match[1] ?? '');
  return [...new Set(found)].sort();
}

/** @param {Record<string, string>} texts */
export function typeOf(texts) {
  const lines = Object.entries(texts).map(([key, text]) => {
    const fields = slots(text).map((name) => `${JSON.stringify(name)}: string | number`);
    return `  ${JSON.stringify(key)}: ${fields.length === 0 ? 'null' : `{ ${fields.join('; ')} }`};`;
  });
  return [
    '// Written by build/catalogue.mjs from i18n/en.json. Change that file instead.',
    '/** Every key, and what its slots take. */',
    'export interface Messages {',
    ...lines,
    '}',
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(into, { recursive: true });
  for (const language of ['en', 'vi']) {
    writeFileSync(join(into, `${language}.json`), JSON.stringify(ofConsole(readAll(language))));
  }
  writeFileSync(join(into, 'messages.ts'), typeOf(ofConsole(readAll('en'))));
}
