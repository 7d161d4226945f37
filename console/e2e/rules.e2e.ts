// Rules by keyboard: which there are, one that is off and on again, what one would find, and one's own.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

import { type House, NARROW, openHouse, remote, Visit } from './harness';

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

const says = (text: string) =>
  visit.page.waitForFunction((text) => document.body.innerText.includes(text), text);
const titled = (text: string) =>
  visit.page.waitForFunction((text) => document.querySelector('h1')?.textContent === text, text);
const row = (at: number) => visit.page.locator(`[role=row][data-row="${at}"]`);
const OWN = '01a207a1-1111-4111-8111-0000000000aa';

it.skipIf(remote)(
  'lists rules, narrows them by the address, and never draws off as on',
  async () => {
    await visit.open('/signals');
    await visit.press('g', 'r');
    await titled('Rules and intel');
    await row(0).waitFor();
    expect(await row(0).textContent()).toContain('critical');
    // What reads backwards is shown as it was written.
    await says('\\u{202e}');
    await visit.open('/rules?state=off');
    await row(0).waitFor();
    const mark = (word: string) =>
      visit.page
        .locator(`.mark:has-text("${word}")`)
        .first()
        .evaluate((mark) => mark.className);
    expect(await mark('off')).not.toContain('clear');
    await visit.open('/rules?state=left_out&origin=file');
    await row(0).waitFor();
    await visit.page.focus('[role=row][data-row="0"]');
    await visit.press('Enter');
    await says('it could not be loaded');
    await says('driver_dropped');
    expect(await visit.page.locator('button:has-text("Turn off")').count()).toBe(0);
    await visit.open('/rules?q=nothing-is-called-so');
    await says('Nothing');
  },
);

it.skipIf(remote)('turns a rule off with a reason, and says what stops with it', async () => {
  await visit.open('/rules?kind=correlation');
  await row(0).waitFor();
  await visit.page.focus('[role=row][data-row="0"]');
  await visit.press('Enter');
  await says('Stands on');
  const above = visit.page.url();
  await visit.page.click('.others a');
  await says('Correlations that stand on it');
  await visit.press('o');
  await visit.page.waitForSelector('dialog[open] textarea');
  await says('1 correlation stops with it');
  await visit.shoot('rule-switch', false);
  expect(await visit.axe()).toEqual([]);
  await visit.page.keyboard.type('Noise in branch Huế');
  await visit.press('Control+Enter');
  await says('This rule is off');
  await says('Noise in branch Huế');
  await visit.page.goto(above);
  await says('This rule is stopped');
  await visit.page.click('.others a');
  await says('This rule is off');
  await visit.press('o');
  await visit.page.waitForSelector('dialog[open] textarea');
  await visit.page.keyboard.type('Over');
  await visit.press('Control+Enter');
  await visit.page.waitForFunction(() => !document.body.innerText.includes('This rule is off'));
});

it.skipIf(remote)('tells of a conflict before it counts', async () => {
  const { fixture } = house;
  if (!fixture) return;
  await visit.open(`/rules/${OWN}`);
  await says('critical');
  await visit.press('o');
  await visit.page.waitForSelector('dialog[open] textarea');
  fixture.state.rules.details[OWN].rule.version += 1;
  await visit.page.keyboard.type('Noise');
  await visit.press('Control+Enter');
  await visit.page.waitForSelector('dialog [role=alert], dialog .problem');
  expect(await visit.page.locator('dialog[open]').count()).toBe(1);
  await visit.press('Escape');
});

it.skipIf(remote)('asks what a rule would find, and stops asking', async () => {
  await visit.open(`/rules/${OWN}`);
  await says('critical');
  await visit.press('t');
  await says('Stored records are being looked at');
  expect(visit.page.url()).toContain('view=test');
  await says('61 hits on 2 hosts');
  await says('184,213 records looked at');
  await visit.shoot('rule-test');
  expect(await visit.axe()).toEqual([]);
  await visit.page.click('[data-test]');
  await visit.page.click('button:text-is("Stop")');
  await says('The test was stopped');
  await visit.page.click('[role=tab]:has-text("Found")');
  await says('57 hits on 3 hosts in the last 30 days');
  await visit.shoot('rule-found');
  expect(await visit.axe()).toEqual([]);
  await visit.page.click('[role=tab]:has-text("Text")');
  await says('QueryName|endswith');
  expect(await visit.axe()).toEqual([]);
  await visit.page.click('[role=tab]:has-text("History")');
  await says('Noise while the fleet is updated');
  expect(await visit.axe()).toEqual([]);
});

it.skipIf(remote)('reads a rule while it is typed, tries it, keeps it, changes it', async () => {
  await visit.open('/rules');
  await visit.press('a');
  await visit.page.waitForSelector('dialog[open] textarea');
  await visit.page.keyboard.type('title: Ours');
  await says('1 document, 1 with a fault');
  await says('missing field');
  expect(await visit.page.isDisabled('dialog button[type=submit]')).toBe(true);
  const text = (title: string) =>
    `title: ${title}\nid: 01a207a1-2222-4222-8222-000000000000\nlogsource:\n  category: dns_query\ndetection:\n  a: {b: 1}\n  condition: a\nlevel: high\n`;
  await visit.page.fill('dialog textarea', text('Ours'));
  await says('1 document, all can be loaded');
  await visit.page.click('dialog [data-test]');
  await says('61 hits on 2 hosts');
  await visit.shoot('rule-add', false);
  expect(await visit.axe()).toEqual([]);
  await visit.page.focus('dialog textarea');
  await visit.press('Control+Enter');
  await titled('Ours');
  await says('added here');
  await visit.press('e');
  await visit.page.waitForSelector('dialog[open] textarea');
  expect(await visit.page.inputValue('dialog textarea')).toContain('title: Ours');
  await visit.page.fill('dialog textarea', text('Ours, better'));
  await says('1 document, all can be loaded');
  await visit.press('Control+Enter');
  await titled('Ours, better');
  await visit.page.click('text=Remove');
  await visit.page.click('dialog .button.danger');
  await titled('Rules and intel');
});

it.skipIf(remote)('says which indicators are looked for, on a phone as well', async () => {
  await visit.open('/rules');
  await visit.page.click('a:has-text("Indicators looked for")');
  await titled('Indicators looked for');
  await row(0).waitFor();
  await visit.open('/intel?watched=no');
  await row(0).waitFor();
  expect(await row(0).textContent()).toContain('only when asked');
  await visit.page.setViewportSize(NARROW);
  await visit.open('/rules');
  await row(0).waitFor();
  await visit.shoot('rules-phone', false);
  expect(await visit.axe()).toEqual([]);
});

it.skipIf(remote)('keeps what a viewer may not do out of sight', async () => {
  const { fixture } = house;
  if (!fixture) return;
  const { account } = fixture.state.session;
  account.role = 'viewer';
  try {
    await visit.open('/rules');
    expect(await visit.page.locator('text=Add rules').count()).toBe(0);
    await visit.open(`/rules/${OWN}`);
    await says('critical');
    for (const text of ['Turn off', 'Change the text', 'Remove', 'Test '])
      expect(await visit.page.locator(`.head button:has-text("${text}")`).count()).toBe(0);
  } finally {
    account.role = 'admin';
  }
});
