import { expect, it } from 'vitest';

import type { Health, Token } from '../api/model';
import { NAME_PATTERN } from './accounts';
import { grouped } from './authenticator';
import { worstFirst } from './health';
import { tokenState } from './tokens';

it('puts the worst part first, and unknown before degraded', () => {
  const part = (id: string, state: Health['state']) => ({
    id,
    state,
    code: '',
    what: '',
    since: '',
  });
  const parts = [
    part('a', 'ok'),
    part('b', 'degraded'),
    part('c', 'unknown'),
    part('d', 'failed'),
    part('e', 'ok'),
  ];
  expect(worstFirst(parts).map(({ id }) => id)).toEqual(['d', 'c', 'b', 'a', 'e']);
});

it('knows when a token stops working', () => {
  const token: Token = { id: '', name: '', scopes: [], created: '', created_by: '' };
  const now = new Date('2026-03-24T08:00:00Z');
  expect(tokenState(token, now)).toBe('active');
  expect(tokenState({ ...token, expires: '2026-03-24T08:00:00.000Z' }, now)).toBe('expired');
  expect(tokenState({ ...token, expires: '2026-03-24T08:00:00.001Z' }, now)).toBe('active');
  expect(
    tokenState({ ...token, expires: '2027-01-01T00:00:00Z', revoked: '2026-01-01T00:00:00Z' }, now),
  ).toBe('revoked');
});

it('takes names as the server does', () => {
  const name = new RegExp(`^(?:${NAME_PATTERN})$`, 'v');
  for (const good of ['linh', 'h.nguyen@soc', '7-up', 'a_b']) expect(name.test(good)).toBe(true);
  for (const bad of ['', 'Linh', '-x', 'có dấu', 'a b', 'x'.repeat(65)])
    expect(name.test(bad)).toBe(false);
});

it('writes secrets in groups that people can type', () => {
  expect(grouped('JBSWY3DPEHPK3PXP')).toBe('JBSW Y3DP EHPK 3PXP');
});
