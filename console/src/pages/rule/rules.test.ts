import { expect, it } from 'vitest';

import type { Rule, RuleHits } from '../../api/model';
import { barsOf, signalsOf, sourceOf, switchOf } from './rules';

it('says what log source a rule asks for, as far as it says', () => {
  const rule = { product: 'windows', category: 'dns_query', service: '' } as Rule;
  expect(sourceOf(rule)).toBe('windows / dns_query');
  expect(sourceOf({ ...rule, product: '', category: '', service: 'sshd' })).toBe('sshd');
  expect(sourceOf({ ...rule, product: '', category: '' })).toBe('');
});

it('leaves no day out of the picture', () => {
  const hits: RuleHits = {
    since: '2026-03-01T00:00:00.000Z',
    hits: 5,
    host_count: 1,
    days: [
      { day: '2026-03-02', hits: 4, hosts: 1 },
      { day: '2026-03-04', hits: 1, hosts: 1 },
    ],
    hosts: [],
  };
  const bars = barsOf(hits, new Date('2026-03-04T08:00:00Z'));
  expect(bars.map(({ count }) => count)).toEqual([0, 4, 0, 1]);
  expect(bars[0]?.label).toBe('03-01');
});

it('leads to signals whatever a rule is called', () => {
  expect(signalsOf({ key: 'a&b=c #1' })).toBe('/signals?state=active&q=a%26b%3Dc%20%231');
});

it('sends no end with what is turned on', () => {
  expect(switchOf(true, ' again ', '2026-03-01T00:00:00Z', 3)).toEqual({
    on: true,
    reason: 'again',
    version: 3,
  });
  expect(switchOf(false, 'noise', '2026-03-01T00:00:00Z', 3).until).toBe('2026-03-01T00:00:00Z');
  expect(switchOf(false, 'noise', undefined, 3)).not.toHaveProperty('until');
});
