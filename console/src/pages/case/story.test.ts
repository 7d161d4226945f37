import { expect, it } from 'vitest';

import type { Story, StoryNode } from '../../api/model';
import { framesOf, linesOf, stepsOf, walk } from './story';

const node = (id: string, x: number, y: number): StoryNode => ({
  id,
  kind: 'host',
  label: id,
  folded: 0,
  outside: false,
  marked: false,
  alerts: [],
  x,
  y,
});
const story: Story = {
  columns: [],
  nodes: [node('a', 0, 0), node('b', 200, 0), node('c', 200, 50), node('d', 400, 60)],
  edges: [
    { from: 'a', to: 'b', inferred: false },
    { from: 'a', to: 'd', inferred: false },
    { from: 'c', to: 'd', inferred: true },
  ],
  width: 0,
  height: 0,
  node_width: 168,
  node_height: 36,
};

it('walks along steps, and within a column', () => {
  expect(walk(story, 'a', 'ArrowRight')).toBe('b');
  expect(walk(story, 'b', 'ArrowDown')).toBe('c');
  expect(walk(story, 'c', 'ArrowDown')).toBe('b');
  expect(walk(story, 'b', 'ArrowUp')).toBe('c');
  expect(walk(story, 'd', 'ArrowLeft')).toBe('c');
  expect(walk(story, 'b', 'ArrowRight')).toBeUndefined();
  expect(walk(story, 'c', 'Home')).toBe('a');
  expect(walk(story, 'a', 'End')).toBe('d');
  expect(walk(story, 'a', 'x')).toBeUndefined();
  expect(walk(story, 'none', 'ArrowUp')).toBeUndefined();
  expect(stepsOf(story, 'a').map(({ id }) => id)).toEqual(['b', 'd']);
});

it('keeps what tells most of a long name, and hides nothing in it', () => {
  expect(linesOf('short', 10)).toEqual(['short']);
  expect(linesOf('softphone 18.12.416', 16)).toEqual(['softphone', '18.12.416']);
  expect(linesOf('updates.example.org', 16)).toEqual(['updates.example.', 'org']);
  expect(linesOf('C:\\Program Files\\Softphone\\softphone.exe', 16)).toEqual([
    '…Files\\Softphone',
    '\\softphone.exe',
  ]);
  expect(linesOf('a\u202eb', 20)).toEqual(['a\\u{202e}b']);
  for (const text of [
    'x'.repeat(200),
    'a b '.repeat(50),
    `/${'y'.repeat(90)}/z`,
    '. . . . . . . . . . . . . .',
  ]) {
    const lines = linesOf(text, 16);
    expect(lines.length).toBe(2);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(16);
  }
});

it('plays in the order in which things were seen', () => {
  const alerts: Record<string, string[]> = { a: ['late', 'early'], b: ['late'], c: [], d: [] };
  const nodes = story.nodes.map((one) => ({ ...one, alerts: alerts[one.id] ?? [] }));
  const firsts = new Map([
    ['early', '2026-03-22T01:00:00Z'],
    ['late', '2026-03-29T01:00:00Z'],
  ]);
  const { times, since } = framesOf({ ...story, nodes }, firsts);
  expect(times).toEqual(['2026-03-22T01:00:00Z', '2026-03-29T01:00:00Z']);
  // `d` has no alert and comes with `a`; nothing is known of `c`, whose neighbour has none either.
  expect(Object.fromEntries(since)).toEqual({ a: 0, b: 1, c: 0, d: 0 });
  expect(framesOf(story, firsts).times).toEqual([]);
});
