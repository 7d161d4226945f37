import { expect, it } from 'vitest';

import { ago, dateTime, parse } from './time';

const at = new Date('2026-03-24T08:05:11.250Z');

it('says day, month, time and zone', () => {
  expect(dateTime(at, 'en', 'utc')).toBe('24 Mar 2026 08:05:11 UTC');
  expect(dateTime(at, 'vi', 'utc')).toBe('24/03/2026 08:05:11 UTC');
});

it('says how long ago in the largest unit that fits', () => {
  const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);
  expect(ago(at, later(59), 'en')).toBe('59 seconds ago');
  expect(ago(at, later(3 * 3600 + 59), 'en')).toBe('3 hours ago');
  expect(ago(at, later(2 * 86_400), 'vi')).toBe('hôm kia');
  expect(ago(at, later(-90), 'en')).toBe('in 1 minute');
  expect(ago(at, later(-40), 'en')).toBe('now');
});

it('takes nothing for a time that is none', () => {
  expect(parse('soon')).toBeUndefined();
  expect(parse(null)).toBeUndefined();
  expect(parse('2026-03-24T08:05:11.250Z')).toEqual(at);
});
