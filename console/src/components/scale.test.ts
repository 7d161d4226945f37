import { expect, it } from 'vitest';

import { lanes, ticks, timeTicks } from './scale';

it('takes round values', () => {
  expect(ticks(0, 97, 5)).toEqual([0, 20, 40, 60, 80]);
  expect(ticks(0, 3, 5)).toEqual([0, 1, 2, 3]);
  expect(ticks(5, 5, 4)).toEqual([5]);
});

it('takes whole hours and days', () => {
  const day = Date.UTC(2026, 2, 22);
  expect(timeTicks(day + 1000, day + 4 * 864e5, 5).map((at) => new Date(at).getUTCHours())).toEqual(
    [0, 0, 0, 0],
  );
  expect(timeTicks(day, day + 60e3, 4).map((at) => at - day)).toEqual([0, 15e3, 30e3, 45e3, 60e3]);
  expect(timeTicks(day, day, 4)).toEqual([day]);
});

it('lays marks beside each other', () => {
  expect(lanes([0, 1, 2, 30], 10, 3)).toEqual([0, 1, 2, 0]);
  expect(lanes([0, 1, 2, 3], 10, 2)).toEqual([0, 1, 1, 1]);
});
