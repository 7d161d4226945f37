import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { ofConsole, readAll, slots } from '../../build/catalogue.mjs';

const en = ofConsole(readAll('en'));
const vi = ofConsole(readAll('vi'));
const sources = fileURLToPath(new URL('..', import.meta.url));

/** Words that both languages write alike. */
const ALIKE = new Set([
  'check.kind.md5',
  'check.kind.registry',
  'check.kind.sha1',
  'check.kind.sha256',
  'check.kind.url',
  'check.kind.user_agent',
  'console.advisory.form.misp',
  'console.advisory.form.openioc',
  'console.advisory.form.stix',
  'console.advisory.kind.mutex',
  'console.app',
  'console.audit.column.ip',
  'console.theme.contrast.short',
]);

function read(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'generated' && !entry.name.endsWith('.test.ts'))
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? read(path) : readFileSync(path, 'utf8');
    })
    .join('\n');
}

describe('the catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(vi)).toEqual(Object.keys(en));
    expect(Object.keys(en).length).toBeGreaterThan(50);
  });

  it.each(Object.keys(en))('%s has the same slots, and says something', (key) => {
    expect(slots(vi[key] ?? '')).toEqual(slots(en[key] ?? ''));
    expect(en[key]?.trim()).not.toBe('');
    expect(vi[key]?.trim()).not.toBe('');
  });

  it('are translated', () => {
    const alike = Object.keys(en).filter((key) => en[key] === vi[key] && !ALIKE.has(key));
    const words = alike.filter((key) =>
      /[A-Za-z]{3}/.test((en[key] ?? '').replace(/\{[^}]*\}/g, '')),
    );
    expect(words).toEqual([]);
  });

  it('are in order, as everybody else expects them', () => {
    for (const language of ['en', 'vi']) {
      const keys = Object.keys(readAll(language));
      expect(keys).toEqual([...keys].sort());
    }
  });

  it('hold nothing of the console that nobody says', () => {
    const text = read(sources);
    const starts = [...text.matchAll(/`(console\.[a-z.-]*\.)\$\{/g)].map((match) => match[1] ?? '');
    const unused = Object.keys(en)
      .filter((key) => key.startsWith('console.'))
      .filter((key) => !text.includes(`'${key}'`) && !text.includes(`"${key}"`))
      .filter((key) => !starts.some((start) => key.startsWith(start)));
    expect(unused).toEqual([]);
  });
});
