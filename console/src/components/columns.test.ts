import type { Snippet } from 'svelte';
import { expect, it } from 'vitest';

import { type Column, fitting, nextSort, template } from './columns';

const cell = (() => undefined) as unknown as Snippet<[unknown]>;
const columns: Column<unknown>[] = [
  { id: 'name', label: '', least: 200, weight: 1, cell },
  { id: 'role', label: '', least: 100, weight: 2, cell },
  { id: 'made', label: '', least: 150, weight: 3, grow: 0, cell },
];
const ids = (chosen: string | null, width: number) =>
  fitting(columns, chosen, width).map(({ id }) => id);

it('lets the least important go first, and never the first', () => {
  expect(ids(null, 450)).toEqual(['name', 'role', 'made']);
  expect(ids(null, 449)).toEqual(['name', 'role']);
  expect(ids(null, 10)).toEqual(['name']);
  expect(ids('made', 900)).toEqual(['name', 'made']);
  expect(ids('', 900)).toEqual(['name']);
});

it('makes the first narrower rather than show it alone', () => {
  const tight = columns.map((column, at) => (at === 0 ? { ...column, tight: 120 } : column));
  const shown = (width: number) => fitting(tight, null, width).map(({ id, least }) => [id, least]);
  expect(shown(300)).toEqual([
    ['name', 200],
    ['role', 100],
  ]);
  expect(shown(299)).toEqual([
    ['name', 120],
    ['role', 100],
  ]);
  expect(shown(219)).toEqual([['name', 120]]);
});

it('gives all rows one template', () => {
  expect(template(columns, ['32px'])).toBe('32px minmax(200px, 1fr) minmax(100px, 1fr) 150px');
});

it('turns the order round, and then back to what it was', () => {
  expect(nextSort(null, 'name', '-created')).toBe('name');
  expect(nextSort('name', 'name', '-created')).toBe('-name');
  expect(nextSort('-name', 'name', '-created')).toBeNull();
  expect(nextSort(null, 'created', '-created')).toBe('created');
  expect(nextSort('created', 'created', '-created')).toBeNull();
});
