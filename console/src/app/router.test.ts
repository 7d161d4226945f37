import { expect, it } from 'vitest';

import { match, withQuery } from './router.svelte';

it('fits paths to patterns', () => {
  expect(match('/admin/accounts/:id', '/admin/accounts/7f')).toEqual({ id: '7f' });
  expect(match('/admin/accounts/:id', '/admin/accounts')).toBeUndefined();
  expect(match('/admin/accounts/:id', '/admin/tokens/7f')).toBeUndefined();
  expect(match('/x/:name', '/x/K%E1%BA%BF')).toEqual({ name: 'Kế' });
  expect(match('/x/:name', '/x/%E1')).toBeUndefined();
  expect(match('/', '/')).toEqual({});
});

it('changes parts of a query and leaves the others', () => {
  const query = new URLSearchParams('q=a&sort=-time');
  expect(withQuery('/p', query, { q: 'kế' })).toBe('/p?q=k%E1%BA%BF&sort=-time');
  expect(withQuery('/p', query, { q: null, sort: '' })).toBe('/p');
});
