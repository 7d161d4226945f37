import { expect, it } from 'vitest';

import type { Update } from '../../api/model';
import { bytesOf, harmless, nameOf, refusalOf, valueOf } from './updates';

const update = (more: Partial<Update> = {}) =>
  ({ name: 'a.msi', product: '', state: 'done', verdict: 'hold', kept: true, ...more }) as Update;
const blocked = { decision: { decision: 'block' } as NonNullable<Update['decision']> };

it('calls an update by what it states of itself', () => {
  expect(nameOf(update())).toBe('a.msi');
  expect(nameOf(update({ product: 'Softphone' }))).toBe('Softphone (a.msi)');
  expect(nameOf(update({ product: 'a.msi' }))).toBe('a.msi');
  expect(nameOf(update({ product: 'Softphone', version: '1.2' }))).toBe('Softphone 1.2');
});

it('knows who may decide what', () => {
  const pass = update({ verdict: 'pass' });
  expect(refusalOf(pass, 'pass', false)).toBeUndefined();
  expect(refusalOf(update(), 'pass', false)).toBe('approver');
  expect(refusalOf(update({ verdict: 'unknown' }), 'pass', false)).toBe('approver');
  expect(refusalOf(update({ verdict: 'pass', failure: 'gone' }), 'pass', false)).toBe('approver');
  expect(refusalOf(update({ verdict: 'pass', kept: false }), 'pass', false)).toBe('approver');
  expect(refusalOf(update(), 'pass', true)).toBeUndefined();
  expect(refusalOf(update(), 'hold', false)).toBeUndefined();
  expect(refusalOf(update({ state: 'reading' }), 'pass', true)).toBe('unread');
  expect(refusalOf(update({ state: 'failed' }), 'block', false)).toBeUndefined();
  expect(refusalOf(update({ verdict: 'pass', ...blocked }), 'pass', false)).toBe('approver');
  expect(refusalOf(update(blocked), 'hold', false)).toBe('approver');
  expect(refusalOf(update(blocked), 'block', false)).toBeUndefined();
});

it('writes sizes in a unit that people read', () => {
  expect(bytesOf(0, 'en')).toMatch(/^0 byte/);
  expect(bytesOf(999, 'en')).toMatch(/^999 byte/);
  expect(bytesOf(280_016, 'en')).toMatch(/^280 kB$/);
  expect(bytesOf(94_371_840, 'en')).toMatch(/^94\.4 MB$/);
  expect(bytesOf(5e12, 'en')).toMatch(/^5,000 GB$/);
});

it('leaves nothing to click on', () => {
  expect(harmless('GET http://a.test/x, HTTPS://b.test')).toBe(
    'GET hxxp://a.test/x, hxxpS://b.test',
  );
  const host = (value: string) => valueOf({ kind: 'reference.host', value });
  expect(host('updates.example.test')).toBe('updates.example[.]test');
  expect(host('https://a.b.test/c.d')).toBe('hxxps://a.b[.]test/c.d');
  expect(host('a[.]test')).toBe('a[.]test');
  expect(valueOf({ kind: 'capability.network', value: 'WinHttpOpen' })).toBe('WinHttpOpen');
});
