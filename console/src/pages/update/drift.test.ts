import { expect, it } from 'vitest';

import type { UpdateDrift } from '../../api/model';
import { picture } from './drift';

const of = (score?: number, verdict: UpdateDrift['verdict'] = 'pass'): UpdateDrift => ({
  id: '',
  version: '',
  arrived: '2026-03-24T08:00:00.000Z',
  standing: 'passed',
  ...(score === undefined ? {} : { score, verdict }),
});

it('lays releases out in their order, and the score upwards', () => {
  const { points, most } = picture([of(0), of(10), of(20, 'block')], 200, 100, 16);
  expect(points.map(({ x }) => x)).toEqual([0, 100, 200]);
  expect(most).toBeCloseTo(21.6);
  expect(points[0]?.y).toBe(100);
  expect(points[2]?.y ?? 0).toBeCloseTo(100 - (20 / 21.6) * 100);
});

it('gives what nobody knows no place on the scale, and breaks the line there', () => {
  const all = [of(1), of(2), of(0, 'unknown'), of(3), of(), of(4), of(5)];
  const { points, lines } = picture(all, 60, 100, 16);
  expect(points.map(({ y }) => y === null)).toEqual([
    false,
    false,
    true,
    false,
    true,
    false,
    false,
  ]);
  expect(lines.length).toBe(2);
});

it('takes one release, and none', () => {
  expect(picture([of(3)], 100, 50, 16).points[0]?.x).toBe(50);
  expect(picture([], 100, 50, 16)).toEqual({ points: [], most: 16 * 1.08, lines: [] });
});
