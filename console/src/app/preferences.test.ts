import { expect, it } from 'vitest';

import { readPreferences, themeDrawn } from './preferences.svelte';

it('takes only values of today', () => {
  const first = { theme: 'auto', zone: 'local', density: 'normal', keys: true };
  expect(readPreferences(null)).toEqual(first);
  expect(readPreferences('{"theme":"pink","zone":7}')).toEqual(first);
  expect(readPreferences('not json')).toEqual(first);
  expect(readPreferences('[]')).toEqual(first);
  expect(readPreferences('{"theme":"dark","keys":false}')).toEqual({
    ...first,
    theme: 'dark',
    keys: false,
  });
});

it('draws what the system wishes, unless somebody chose', () => {
  const says = (wish: string) => (query: string) => query.includes(wish);
  expect(themeDrawn('auto', says('dark'))).toBe('dark');
  expect(themeDrawn('auto', says('contrast'))).toBe('contrast');
  expect(themeDrawn('auto', () => false)).toBe('light');
  expect(themeDrawn('light', says('dark'))).toBe('light');
  expect(themeDrawn('high_contrast', () => false)).toBe('contrast');
});
