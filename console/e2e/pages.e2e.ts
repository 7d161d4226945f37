// Every page in both languages and all themes: no violation of accessibility, none of the policy, and a picture.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ROUTES } from '../src/app/routes';
import {
  type House,
  type Language,
  NARROW,
  openHouse,
  remote,
  type Theme,
  Visit,
  WIDE,
} from './harness';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const LOOKS: [Language, Theme][] = [
  ['en', 'light'],
  ['en', 'dark'],
  ['vi', 'light'],
  ['vi', 'dark'],
  ['en', 'high_contrast'],
];
const paths = ROUTES.filter(({ path }) => !path.includes(':')).map(({ path }) => path);
const name = (path: string) => path.replaceAll('/', '-').slice(1) || 'today';

/** The first thing of a list, for pages of one thing. */
async function details(visit: Visit): Promise<string[]> {
  return visit.page.evaluate(async () => {
    const first = async (list: string, page: string, name: 'id' | 'name' = 'id') => {
      const answer = (await (await fetch(`/api/v1/${list}`)).json()) as {
        items: { id: string; name: string }[];
      };
      return answer.items.slice(0, 1).map((item) => `${page}/${encodeURIComponent(item[name])}`);
    };
    return [
      ...(await first('advisories', '/advisories')),
      ...(await first('hosts', '/hosts', 'name')),
      ...(await first('alerts', '/signals')),
      ...(await first('cases?sort=-updated', '/cases')),
      ...(await first('updates', '/updates')),
      ...(await first('rules?sort=-severity', '/rules')),
      ...(await first('rules?state=off', '/rules')),
      ...(await first('jobs', '/jobs')),
      ...(await first('accounts', '/admin/accounts')),
    ];
  });
}

/** Pages that are the same but for colours need not be looked at twice when narrow. */
const NARROW_LOOKS = new Set(['en light', 'vi dark']);

describe.each(LOOKS)('in %s, %s', (language, theme) => {
  it.each([
    ['wide', WIDE] as const,
    ...(NARROW_LOOKS.has(`${language} ${theme}`) ? [['narrow', NARROW] as const] : []),
  ] as const)('%s: every page is accessible and breaks no policy', async (size, viewport) => {
    const visit = await Visit.start(house, viewport);
    const found: string[] = [];
    await visit.dress(language, theme);
    for (const path of [...paths, ...(await details(visit)), '/no/such/page']) {
      await visit.open(path);
      expect(await visit.page.getAttribute('html', 'lang')).toBe(language);
      const shown = path.replace(/[0-9a-f-]{36}$/, 'one');
      await visit.shoot(`${name(shown)}-${language}-${theme}-${size}`, false);
      found.push(...(await visit.axe()).map((text) => `${path}: ${text}`));
      const wide = await visit.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wide > 0) found.push(`${path}: scrolls sideways by ${wide}`);
    }
    expect(found).toEqual([]);
    await visit.end();
  });
});

it.each([
  ['at 320 pixels', 320, '100%'],
  ['with text twice as large', 1280, '200%'],
  ['with text twice as large on a small screen', 640, '200%'],
])('reflows %s', async (_, width, size) => {
  const visit = await Visit.start(house, { width, height: 640 });
  await visit.dress('vi', 'light');
  const found: string[] = [];
  for (const path of paths) {
    await visit.open(path);
    await visit.page.evaluate((size) => (document.documentElement.style.fontSize = size), size);
    await visit.shoot(`${name(path)}-vi-${width}-${size.replace('%', '')}`, false);
    const over = await visit.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (over > 0) found.push(`${path}: ${over} pixels too wide`);
  }
  expect(found).toEqual([]);
  await visit.end();
});

it.skipIf(remote)('every component in every form is accessible', async () => {
  const visit = await Visit.start(house);
  for (const [language, theme] of LOOKS) {
    await visit.page.addInitScript(
      (theme) => localStorage.setItem('khien.preferences', JSON.stringify({ theme })),
      theme,
    );
    await visit.open(`/e2e/bench/?gallery&lang=${language}`);
    await visit.shoot(`gallery-${language}-${theme}`);
    expect(await visit.axe()).toEqual([]);
  }
  await visit.end();
});

it('keeps shapes where colours are forced, and stands still where motion is unwanted', async () => {
  const visit = await Visit.start(house);
  await visit.page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await visit.open('/health');
  await visit.page.waitForSelector('.mark svg');
  await visit.shoot('health-forced-colors', false);
  expect(await visit.page.locator('.mark svg').count()).toBeGreaterThan(0);
  expect(
    await visit.page.evaluate(() => getComputedStyle(document.body).transitionDuration),
  ).not.toBe('1s');
  await visit.end();
});
