// The jobs that the console is for, against the real server with simulated data, by keyboard alone and in at most
// twelve presses each: from the first page to what somebody came for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import {
  type House,
  type Language,
  openBrowser,
  PASSWORD,
  type Theme,
  Visit,
  WIDE,
} from '../harness';
import { type Demo, isThere, PROGRAM, startDemo } from './demo';
import { Keyboard, texts } from './keyboard';
import { type Release, releases } from './packages';

/** More than this is more than somebody keeps in mind. */
const PRESSES_MAX = 12;
const LOOKS: [Language, Theme][] = [
  ['en', 'light'],
  ['vi', 'dark'],
];
const CHECK_MS = 60_000;

if (!isThere) console.log(`skipped: there is no program ${PROGRAM}; \`cargo build\` makes it`);

let demo: Demo | undefined;
let house: House;
let visit: Visit;
let keys: Keyboard;
beforeAll(async () => {
  if (!isThere) return;
  demo = await startDemo();
  const browser = await openBrowser();
  house = {
    base: demo.url,
    browser,
    fixture: null,
    cookies: [],
    close: () => browser.close(),
  };
});
afterAll(async () => {
  if (!demo) return;
  await house.close();
  // Ends in order, as somebody's Ctrl-C does.
  expect(await demo.end()).toBe(0);
});
afterEach(async () => {
  if (visit as Visit | undefined) await visit.end();
});

/** No violation of accessibility, nothing too wide, and a picture. */
async function look(name: string): Promise<void> {
  await visit.page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
  await visit.shoot(`real-${name}`);
  expect(await visit.axe()).toEqual([]);
  const over = await visit.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(over).toBeLessThanOrEqual(0);
}

async function begin(language: Language, theme: Theme): Promise<void> {
  visit = await Visit.blank(house, WIDE);
  await visit.page.goto(house.base);
  await visit.dress(language, theme);
  await visit.open('/');
  await visit.page.waitForSelector('#coverage');
  keys = new Keyboard(visit);
}

const text = async (selector: string) =>
  ((await visit.page.textContent(selector)) ?? '').replace(/\s+/g, ' ');

/** Asks the server as the page does. */
async function ask<T>(path: string, send?: { body: Buffer | object; type: string }): Promise<T> {
  const { request } = visit.page;
  const url = `${house.base}/api/v1${path}`;
  const origin = house.base;
  const answer = send
    ? await request.post(url, {
        data: send.body,
        headers: { 'content-type': send.type, origin },
      })
    : await request.get(url);
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  return (await answer.json()) as T;
}

interface Update {
  id: string;
  state: string;
  revision: number;
}

/** Has a release that somebody vouches for: what comes after it is compared with it. */
async function trust({ name, bytes }: Release): Promise<void> {
  const send = { body: bytes, type: 'application/octet-stream' };
  const { update } = await ask<{ update: Update }>(`/updates?name=${name}`, send);
  const path = `/updates/${update.id}`;
  await expect
    .poll(async () => (await ask<{ update: Update }>(path)).update.state, { timeout: CHECK_MS })
    .toBe('done');
  const { revision } = (await ask<{ update: Update }>(path)).update;
  const body = { revision, decision: 'pass', reason: 'In use for years.' };
  await ask(`${path}/decision`, { body, type: 'application/json' });
}

/** What the mail of a CERT would hold: names of the advisory on 3CX that ships with the program, made harmless to click. */
function mail(subject: string): string {
  const path = join(import.meta.dirname, '../../../content/intel/3cx.json');
  const { objects } = JSON.parse(readFileSync(path, 'utf8')) as {
    objects: { pattern?: string }[];
  };
  const names = objects.flatMap(({ pattern = '' }) => {
    const name = /^\[domain-name:value = '([^']+)'\]$/.exec(pattern)?.[1];
    return name ? [name.replaceAll('.', '[.]')] : [];
  });
  return [subject, ...names].join('\n');
}

describe.skipIf(!isThere)('against the real server', () => {
  it('makes the first account by the link, and signs in', async () => {
    visit = await Visit.blank(house, WIDE);
    keys = new Keyboard(visit);
    await visit.page.goto(demo?.setup ?? '');
    expect(await visit.page.locator('form[method=post]').count()).toBe(1);
    await keys.focus('#name');
    await keys.text('linh');
    for (const value of ['Trần Mỹ Linh', PASSWORD, PASSWORD]) {
      await keys.press('Tab');
      await keys.text(value);
    }
    await look('setup');
    await keys.press('Enter');
    await visit.page.waitForURL(/\/login/);
    await keys.focus('input[name=name]');
    await keys.text('linh');
    await keys.press('Tab');
    await keys.text(PASSWORD);
    await keys.press('Enter');
    await visit.page.waitForURL((at) => at.pathname === '/');
    if ((await visit.page.locator('#app').count()) === 0)
      throw new Error('no console in the program: run `cargo xtask ui`, then build it');
    await visit.page.waitForSelector('main#page h1');
    house.cookies = await visit.context.cookies();
    // The link worked once.
    const again = await visit.page.request.get(demo?.setup ?? '');
    expect(again.status()).toBe(404);
  });

  describe.each(LOOKS)('in %s, %s', (language, theme) => {
    const t = texts(language);
    const shot = (name: string) => look(`${name}-${language}-${theme}`);

    it('job A: an advisory arrives, are we hit, since when, where; a case', async () => {
      await begin(language, theme);
      await shot('a-today');
      await keys.press('g', 'a');
      await keys.arrive('/advisories');
      await keys.press('a');
      await keys.focus('dialog textarea');
      await keys.text(mail(`VNCERT 2026-031 (${language}): 3CX Desktop App`));
      await visit.page.waitForSelector('dialog button[type=submit]:enabled');
      await shot('a-read');
      await keys.press('Control+Enter');
      await keys.arrive(/\/advisories\/.+/);
      await visit.page.waitForSelector('.counts', { timeout: CHECK_MS });
      expect(await text('main')).toContain(t('console.advisory.since'));
      expect(await text('.card .big')).toContain(t('verdict.hit'));
      // Hit, clear, unknown, not applicable: some hosts are hit, and those that show no names are unknown.
      const counts = await visit.page.locator('.counts li').allTextContents();
      const [hit, clear, unknown, rest] = counts.map((count) => Number(/\d+/.exec(count)?.[0]));
      expect(hit).toBeGreaterThan(0);
      expect(unknown).toBeGreaterThan(0);
      const { total } = await ask<{ total: number }>('/hosts?limit=1');
      expect((hit ?? 0) + (clear ?? 0) + (unknown ?? 0) + (rest ?? 0)).toBe(total);
      await visit.page.waitForSelector('[role=row][data-row="0"]');
      await shot('a-verdict');
      await keys.press('c');
      await keys.focus('dialog input');
      await keys.press('Enter');
      await keys.arrive(/\/cases\/.+/);
      await visit.page.waitForSelector('[role=tabpanel]');
      await shot('a-case');
      console.log(`job A in ${language}: ${keys.count} presses`);
      expect(keys.count).toBeLessThanOrEqual(PRESSES_MAX);
    });

    it('job B: an update arrives, may it be rolled out; held, with a reason', async () => {
      await begin(language, theme);
      const { before, after } = releases(`ghi-chu-${language}`);
      await trust(before);
      await keys.press('g', 'u');
      await keys.arrive('/updates');
      await visit.page.waitForSelector('[role=row][data-row="0"] a');
      // Asked for well before: the browser has to be told that somebody answers for its dialog.
      const chosen = visit.page.waitForEvent('filechooser');
      await keys.press('a');
      await keys.focus('dialog input[type=file]');
      await keys.press('Enter');
      const chooser = await chosen;
      // What the system's own dialog takes is a text typed: the name of the file.
      keys.count += 1;
      await chooser.setFiles({ name: after.name, mimeType: '', buffer: after.bytes });
      await visit.page.waitForSelector('dialog li');
      await keys.press('Control+Enter');
      await keys.arrive(/\/updates\/.+/);
      await visit.page.waitForSelector('[role=tablist] [data-tab=diff]', { timeout: CHECK_MS });
      const found = await text('main');
      expect(found).toContain('1.0.1');
      expect(found).toContain('postinstall');
      expect(found).toMatch(
        new RegExp(`${t('console.update.verdict.hold')}|${t('console.update.verdict.block')}`),
      );
      expect(await visit.page.locator('.big.clear').count()).toBe(0);
      await shot('b-dossier');
      await keys.press('h');
      await keys.focus('dialog textarea');
      await keys.text('Hỏi nhà phát hành, 4711');
      await keys.press('Control+Enter');
      await visit.page.locator('dialog').waitFor({ state: 'detached' });
      await visit.page.getByText(t('console.update.standing.held')).first().waitFor();
      console.log(`job B in ${language}: ${keys.count} presses`);
      expect(keys.count).toBeLessThanOrEqual(PRESSES_MAX);
      await shot('b-held');
      // Deployment tools may take the first release, and not this one.
      const allowed = await ask<{ items: { sha256: string }[] }>('/updates/allow-list');
      const sums = allowed.items.map(({ sha256 }) => sha256);
      expect(sums).toContain(before.sha256);
      expect(sums).not.toContain(after.sha256);
      // The hosts that run it, in one press: no record of the simulated hosts shows such a file.
      await keys.press('t');
      await visit.page.waitForSelector('.counts', { timeout: CHECK_MS });
      await shot('b-hosts');
    });

    it('job C: a signed program does something new; a case, and closed again', async () => {
      await begin(language, theme);
      await keys.press('g', 's');
      await keys.arrive('/signals');
      await visit.page.waitForSelector('[role=row][data-row="0"] a');
      await keys.press('s');
      await visit.page
        .locator('[role=row][data-row="0"]', { hasText: t('severity.critical') })
        .waitFor();
      await shot('c-signals');
      await keys.press('j', 'Enter');
      await keys.arrive(/\/signals\/.+/);
      await visit.page.waitForSelector('dl');
      // One release newly does what none before it did, and on how many of its hosts.
      expect(await text('main')).toContain(t('console.signal.kind.departure'));
      expect(await text('main')).toContain(t('console.signal.contrast'));
      await shot('c-signal');
      await keys.press('c');
      await keys.focus('dialog input');
      await keys.press('Enter');
      await keys.arrive(/\/cases\/.+/);
      await visit.page.waitForSelector('[role=tabpanel]');
      await shot('c-case');
      await keys.press('x');
      await keys.focus('dialog select');
      await shot('c-close');
      await keys.press('Control+Enter');
      await visit.page.locator('dialog').waitFor({ state: 'detached' });
      expect(await text('.facts')).toContain(t('console.case.state.closed'));
      console.log(`job C in ${language}: ${keys.count} presses`);
      expect(keys.count).toBeLessThanOrEqual(PRESSES_MAX);
    });
  });
});
