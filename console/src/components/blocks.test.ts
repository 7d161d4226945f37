import { expect, it } from 'vitest';

import type { Page } from '../api/model';
import { Problem } from '../api/problem';
import { BLOCK, Blocks, KEPT_MAX } from './blocks.svelte';

/** A list of numbers behind cursors, which counts what it is asked. */
function numbers(total: number, asked: string[] = []) {
  return async (after: string | null, limit: number): Promise<Page<number>> => {
    asked.push(String(after));
    const start = after === null ? 0 : Number(after);
    const items = Array.from({ length: Math.min(limit, total - start) }, (_, at) => start + at);
    const end = start + items.length;
    return { items, next: end < total ? String(end) : null, total };
  };
}

it('fetches what is looked at, and the next block ahead', async () => {
  const asked: string[] = [];
  const blocks = new Blocks<number>();
  await blocks.restart(numbers(1000, asked));
  expect([blocks.total, blocks.reach, blocks.row(199), blocks.row(200)]).toEqual([
    1000,
    200,
    199,
    undefined,
  ]);
  await blocks.look(0, 30);
  expect(asked).toEqual(['null']);
  await blocks.look(140, 170);
  expect(asked).toEqual(['null', '200']);
  expect([blocks.reach, blocks.row(399)]).toEqual([400, 399]);
});

it('keeps no more than its bound, and fetches again what it let go', async () => {
  const asked: string[] = [];
  const blocks = new Blocks<number>();
  await blocks.restart(numbers(10_000, asked));
  for (let at = 0; at < 10_000; at += BLOCK) await blocks.look(at, at + 30);
  expect(blocks.held).toBe(KEPT_MAX);
  expect(blocks.reach).toBe(10_000);
  expect(blocks.row(0)).toBeUndefined();
  await blocks.look(0, 30);
  expect(blocks.row(7)).toBe(7);
  expect(blocks.held).toBe(KEPT_MAX);
});

it('asks another question at once, and the last one wins', async () => {
  const blocks = new Blocks<number>();
  let answer: (page: Page<number>) => void = () => undefined;
  const slow = blocks.restart(() => new Promise((resolve) => (answer = resolve)));
  const quick = blocks.restart(numbers(3));
  answer({ items: [99], next: null, total: 1 });
  await Promise.all([slow, quick]);
  expect([blocks.total, blocks.row(0), blocks.loading]).toEqual([3, 0, false]);
});

it('says what went wrong, keeps what it has, and tries again when told to', async () => {
  const blocks = new Blocks<number>();
  let broken = false;
  const list = numbers(1000);
  await blocks.restart((after, limit) =>
    broken ? Promise.reject(new Problem(503, 'overloaded', '')) : list(after, limit),
  );
  broken = true;
  await blocks.look(190, 220);
  expect(blocks.problem?.code).toBe('overloaded');
  expect(blocks.row(199)).toBe(199);
  broken = false;
  await blocks.again();
  expect([blocks.problem, blocks.row(200)]).toEqual([null, 200]);
});
