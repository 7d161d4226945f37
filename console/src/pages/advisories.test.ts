import { expect, it } from 'vitest';

import { barsOf, defanged } from './advisories';

it('writes names so that nobody follows them', () => {
  expect(defanged('domain', 'bad.example.net')).toBe('bad.example[.]net');
  expect(defanged('ip', '192.0.2.7')).toBe('192.0.2[.]7');
  expect(defanged('url', 'https://bad.example.net/a.b')).toBe('hxxps://bad.example[.]net/a.b');
  expect(defanged('url', 'bad.example.net')).toBe('bad.example[.]net');
  expect(defanged('hash', 'aa.bb')).toBe('aa.bb');
});

it('fills the days between, and falls back on months', () => {
  const few = [
    { day: '2026-03-22', hosts: 2 },
    { day: '2026-03-24', hosts: 1 },
  ];
  expect(barsOf(few)).toEqual([
    { label: '03-22', count: 2 },
    { label: '03-23', count: 0 },
    { label: '03-24', count: 1 },
  ]);
  const many = [
    { day: '2025-11-30', hosts: 2 },
    { day: '2026-02-01', hosts: 1 },
  ];
  expect(barsOf(many)).toEqual([
    { label: '2025-11', count: 2 },
    { label: '2025-12', count: 0 },
    { label: '2026-01', count: 0 },
    { label: '2026-02', count: 1 },
  ]);
  expect(barsOf([])).toEqual([]);
});
