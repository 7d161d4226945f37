import { expect, it } from 'vitest';

import { hostAddress, isSilent } from './hosts';

const host = { name: 'GD/0077', org: 'bank a', events: 1, kinds: [], releases: 0 };

it('knows a host that has gone quiet', () => {
  const now = new Date('2026-03-24T08:00:00Z');
  expect(isSilent({ ...host, last: '2026-03-23T08:00:00Z' }, now)).toBe(false);
  expect(isSilent({ ...host, last: '2026-03-23T07:59:59Z' }, now)).toBe(true);
  expect(isSilent(host, now)).toBe(true);
});

it('leads to hosts of any name', () => {
  expect(hostAddress(host)).toBe('/hosts/GD%2F0077?org=bank%20a');
  expect(hostAddress({ ...host, org: '' })).toBe('/hosts/GD%2F0077');
});
