import { expect, it } from 'vitest';

import { readVisits, visitNow } from './visits';

const at = (minutes: number) => new Date(Date.UTC(2026, 2, 24, 8, minutes));

it('marks nothing at the first visit', () => {
  expect(visitNow(undefined, at(0))).toEqual({ since: null, seen: at(0).toISOString() });
});

it('goes on while somebody looks, and begins anew after a pause', () => {
  const first = visitNow(undefined, at(0));
  const looked = visitNow(first, at(20));
  expect(looked).toEqual({ since: null, seen: at(20).toISOString() });
  const again = visitNow(looked, at(51));
  expect(again).toEqual({ since: at(20).toISOString(), seen: at(51).toISOString() });
  expect(visitNow(again, at(60)).since).toBe(at(20).toISOString());
});

it('takes only what has the form of today', () => {
  const visit = { since: null, seen: at(0).toISOString() };
  expect(readVisits(JSON.stringify([['a', visit]]))).toEqual([['a', visit]]);
  for (const text of [null, '', 'no json', '{}', '[1]', '[["a",{"seen":"x","since":null}]]']) {
    expect(readVisits(text)).toEqual([]);
  }
});
