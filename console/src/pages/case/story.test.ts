import { expect, it } from 'vitest';

import type { Story, StoryNode } from '../../api/model';
import { linesOf, stepsOf, walk } from './story';

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
