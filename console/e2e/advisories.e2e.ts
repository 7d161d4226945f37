// Job A by keyboard: an advisory arrives, are we hit, since when, where, and where could we not look. Then a hunt.
import { readFileSync } from 'node:fs';

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

import { type House, openHouse, remote, Visit } from './harness';

let house: House;
let visit: Visit;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  visit = await Visit.start(house);
  await visit.dress('en', 'light');
});
afterEach(() => visit.end());

const title = () => visit.page.textContent('h1');
const says = (text: string) =>
  visit.page.waitForFunction((text) => document.body.innerText.includes(text), text);

it.skipIf(remote)(
  'reads an advisory while it is pasted, keeps it, and says whether we are hit',
  async () => {
    await visit.open('/signals');
    await visit.press('g', 'a');
    await visit.page.waitForFunction(
      () => document.querySelector('h1')?.textContent === 'Advisories',
    );
    await visit.press('a');
    await visit.page.waitForSelector('dialog[open] textarea');
    await visit.page.keyboard.type('{"a":1}');
    await says('This form cannot be read');
    expect(await visit.page.isDisabled('dialog button[type=submit]')).toBe(true);
    await visit.press('Control+a');
    await visit.page.keyboard.type('updates[.]softphone-cdn[.]example');
    await says('4 of 5 indicators usable');
    await says('updates.softphone-cdn[.]example');
    await says('an address that everybody uses');
    await visit.shoot('advisory-add', false);
    expect(await visit.axe()).toEqual([]);
    await visit.page.fill('dialog input[maxlength="200"]', 'Softphone, once more');
    await visit.page.focus('dialog input[maxlength="200"]');
    await visit.press('Enter');
    await visit.page.waitForFunction(
      () => document.querySelector('h1')?.textContent === 'Softphone, once more',
    );
    await says('The whole history is being searched.');
    await visit.page.waitForSelector('[role=grid]');
    // Verdict, since when beside how far the data goes back, and the blind spots.
    for (const text of ['hit8', 'clear28', 'unknown8', 'n/a0']) {
      expect((await visit.page.textContent('.counts'))?.replace(/\s/g, '')).toContain(text);
    }
    await says('Our data goes back to');
    await says('Why unknown?');
    await says('Sysmon 22');
    const first = visit.page.locator('[role=row][data-row="0"]');
    expect(await first.textContent()).toContain('hit');
    await visit.page.focus('[role=row][data-row="0"]');
    await visit.press('e');
    await says('All that is known of this host');
    expect(visit.page.url()).toContain('open=');
    await visit.shoot('advisory-hit');
    expect(await visit.axe()).toEqual([]);
    // The counts narrow the table; the address holds it.
    await visit.page.click('.counts button[title]:has-text("unknown")');
    await visit.page.waitForFunction(() => location.search.includes('verdict=unknown'));
    await visit.page.waitForFunction(() =>
      document.querySelector('[role=row][data-row="0"]')?.textContent?.includes('unknown'),
    );
    await visit.page.click('text=Remove');
    await visit.page.click('dialog .button.danger');
    await visit.page.waitForFunction(
      () => document.querySelector('h1')?.textContent === 'Advisories',
    );
  },
);

it.skipIf(remote)('opens a case of an advisory by key', async () => {
  await visit.open('/advisories');
  await visit.page.waitForSelector('[role=row][data-row="0"] a');
  await visit.press('j', 'Enter');
  await visit.page.waitForSelector('.facts');
  const named = await title();
  await visit.press('c');
  await visit.page.waitForSelector('dialog[open]');
  await says('Takes the hosts that the last check found hit');
  expect(await visit.page.inputValue('dialog input[maxlength="200"]')).toBe(named);
  expect(await visit.axe()).toEqual([]);
  await visit.page.focus('dialog input[maxlength="200"]');
  await visit.press('Enter');
  await visit.page.waitForFunction(() => location.pathname.startsWith('/cases/'));
  await says(named ?? '');
});

it.skipIf(remote)('checks what ships with the program when somebody says so', async () => {
  await visit.open('/advisories/3cx');
  await says('not checked');
  await visit.press('r');
  await says('The whole history is being searched.');
  await says('Verdict for us');
});

it.skipIf(remote)('never draws unknown as clear', async () => {
  await visit.open('/advisories');
  await visit.page.waitForSelector('[role=row][data-row="0"]');
  const mark = (word: string) =>
    visit.page
      .locator(`.mark:has-text("${word}")`)
      .first()
      .evaluate((mark) => `${mark.className} ${mark.querySelector('path')?.getAttribute('d')}`);
  expect(await mark('hit')).toContain(' hit ');
  expect(await mark('unknown')).toContain(' unknown ');
  expect(await mark('unknown')).not.toContain('clear');
});

it.skipIf(remote)(
  'asks with a purpose, keeps the question in the address, and saves what came',
  async () => {
    await visit.open('/hunt');
    expect(await title()).toBe('Hunt');
    expect(await visit.page.locator('.ready li').count()).toBe(3);
    await visit.page.click('.ready li:first-child button');
    expect(visit.page.url()).toContain('sql=with');
    expect(await visit.page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
    await visit.page.keyboard.type('VN-2026-031');
    await visit.page.fill('textarea', 'nonsense');
    await visit.page.focus('textarea');
    await visit.press('Control+Enter');
    await says('Is no question that can be answered');
    expect(await visit.page.getAttribute('textarea', 'aria-invalid')).toBe('true');
    await visit.page.fill('textarea', 'SELECT host FROM dns');
    await visit.press('Control+Enter');
    await says('12 rows');
    await visit.shoot('hunt-answer');
    expect(await visit.axe()).toEqual([]);
    const [saved] = await Promise.all([
      visit.page.waitForEvent('download'),
      visit.page.click('text=Save as CSV'),
    ]);
    expect(saved.suggestedFilename()).toBe('hunt.csv');
    const text = readFileSync(await saved.path(), 'utf8');
    expect(text.split('\r\n')[0]).toBe('host,value,first,count');
    // A link that somebody sent brings the question, and runs nothing.
    await visit.open(`/hunt?sql=${encodeURIComponent('SELECT 1')}`);
    expect(await visit.page.inputValue('textarea')).toBe('SELECT 1');
    await says('say what it is for');
    expect(await visit.page.locator('table').count()).toBe(0);
  },
);

it.skipIf(remote)('goes from a release to its hosts, and from a host to its releases', async () => {
  await visit.open('/exposure');
  await visit.page.waitForSelector('[role=row][data-row="0"]');
  await visit.page.focus('[role=row][data-row="0"]');
  await visit.press('Enter');
  await visit.page.waitForFunction(() => location.pathname === '/hosts');
  expect(visit.page.url()).toContain('version=');
  await says('Only hosts on which');
  await visit.page.waitForSelector('[role=row][data-row="0"]');
  await visit.page.focus('[role=row][data-row="0"]');
  await visit.press('Enter');
  await visit.page.waitForFunction(() => location.pathname.startsWith('/hosts/'));
  await says('Releases that ran on it');
  await visit.shoot('host');
  expect(await visit.axe()).toEqual([]);
  // What reads backwards is shown as it was written.
  await visit.open('/hosts?q=exe');
  await says('\\u{202e}');
});

it.skipIf(remote)('keeps what a viewer may not do out of sight', async () => {
  const { fixture } = house;
  if (!fixture) return;
  const { account } = fixture.state.session;
  account.role = 'viewer';
  try {
    await visit.open('/advisories');
    expect(await visit.page.locator('text=Add an advisory').count()).toBe(0);
    expect(await visit.page.locator('nav >> text=Hunt').count()).toBe(0);
  } finally {
    account.role = 'admin';
  }
});
