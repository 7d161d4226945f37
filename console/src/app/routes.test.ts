import { expect, it } from 'vitest';

import { ROUTES, trail } from './routes';

it('leads nowhere that is not there', () => {
  const paths = ROUTES.map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths[0]).toBe('/');
  for (const route of ROUTES) {
    if (route.above) expect(paths).toContain(route.above);
    if (route.nav) expect(route.path).not.toContain(':');
  }
  const keys = ROUTES.flatMap(({ go }) => go ?? []);
  expect(new Set(keys).size).toBe(keys.length);
});

it('knows what is above a page', () => {
  const job = ROUTES.find(({ path }) => path === '/jobs/:id');
  expect(job && trail(job).map(({ path }) => path)).toEqual(['/health', '/jobs', '/jobs/:id']);
});
