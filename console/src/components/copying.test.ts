import { expect, it } from 'vitest';

import { markdownLink } from './copying';

it('makes links that text from outside cannot break out of', () => {
  const link = 'https://soc.example/hosts/7';
  expect(markdownLink('GD-0077', link)).toBe(`[GD-0077](${link})`);
  expect(markdownLink('a](http://evil.test)\n# x', link)).toBe(
    `[a\\]\\(http://evil.test\\) \\# x](${link})`,
  );
  expect(markdownLink('x', 'https://soc.example/a)b c')).toBe('[x](https://soc.example/a%29b%20c)');
});
