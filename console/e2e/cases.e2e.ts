// Cases: from a signal to a case, its views by keyboard, and two people at the same case.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type House, NARROW, openHouse, remote, Visit, WIDE } from './harness';

const CASE = '/cases/0199f0c2-7a00-7501-8000-000000000501';
const TABS = ['story', 'timeline', 'hosts', 'evidence', 'tasks', 'duties', 'notes'];

let house: House;
let visit: Visit;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

/** The case as the server of the tests has it. */
const held = () => house.fixture?.state.cases[0];

describe.skipIf(remote)('every view of a case', () => {
  it.each([
    ['en', 'light', WIDE],
    ['vi', 'dark', WIDE],
    ['en', 'high_contrast', WIDE],
    ['vi', 'light', NARROW],
    ['en', 'dark', NARROW],
  ] as const)('is accessible in %s, %s, at %o', async (language, theme, viewport) => {
    visit = await Visit.start(house, viewport);
    await visit.dress(language, theme);
    const found: string[] = [];
    for (const tab of [...TABS, 'story&as=list', 'story&node=host-0']) {
      await visit.open(`${CASE}?view=${tab}`);
      await visit.page.waitForSelector('[role=tabpanel]');
      if (tab.startsWith('story')) await visit.page.waitForSelector('[data-node], .things');
      const name = tab.replace(/\W/g, '-');
      await visit.shoot(`case-${name}-${language}-${theme}-${viewport.width}`);
      found.push(...(await visit.axe()).map((text) => `${tab}: ${text}`));
      const over = await visit.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) found.push(`${tab}: scrolls sideways by ${over}`);
    }
    expect(found).toEqual([]);
    await visit.end();
  });
});

describe.skipIf(remote)('by keyboard', () => {
  beforeEach(async () => {
    visit = await Visit.start(house);
    await visit.dress('en', 'light');
  });
  afterEach(() => visit.end());

  it('goes to the cases, opens one and walks its views', async () => {
    await visit.open('/health');
    await visit.press('g', 'c');
    await visit.page.waitForSelector('[data-row="0"]');
    expect(await visit.page.textContent('[data-row="0"]')).toContain('2026-014');
    await visit.press('j', 'Enter');
    await visit.page.waitForURL(/\/cases\/.+/);
    await visit.page.waitForSelector('[role=tab]');
    await visit.page.focus('[role=tab][tabindex="0"]');
    await visit.press('ArrowRight');
    expect(new URL(visit.page.url()).searchParams.get('view')).toBe('timeline');
    expect(await visit.page.textContent('[role=tabpanel]')).toContain('2 d 16 h later');
  });

  it('opens a case from a signal, and adds another signal to it', async () => {
    await visit.open('/signals/0199f0c2-7a00-7403-8000-000000000403');
    await visit.press('c');
    const dialog = visit.page.getByRole('dialog', { name: 'Open a case' });
    await dialog.waitFor();
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('case-open', false);
    await dialog.getByLabel('Case', { exact: true }).fill('A script from an office program');
    await visit.press('Enter');
    await visit.page.waitForURL(/\/cases\/.+/);
    await visit.page.waitForSelector('[role=tab]');
    expect(await visit.page.textContent('h1')).toContain('A script from an office program');
    await visit.open('/signals/0199f0c2-7a00-7406-8000-000000000406');
    await visit.press('c');
    await dialog.waitFor();
    const into = dialog.getByLabel('Into');
    await into.waitFor();
    const options = await into.locator('option').allTextContents();
    const label = options.find((text) => text.includes('A script from an office program'));
    await into.selectOption({ label: label ?? '' });
    await dialog.getByRole('button', { name: 'Add to the case' }).click();
    await visit.page.waitForURL(/\/cases\/.+/);
    await visit.open('/signals/0199f0c2-7a00-7406-8000-000000000406');
    await visit.page.getByText('A script from an office program').waitFor();
  });

  it('opens a case from several signals that were picked', async () => {
    await visit.open('/signals');
    await visit.page.focus('[role=row][tabindex="0"]');
    await visit.press('x', 'j', 'x', 'c');
    const dialog = visit.page.getByRole('dialog', { name: 'Open a case' });
    await dialog.waitFor();
    expect(await dialog.textContent()).toContain('2 signals');
    await visit.press('Escape');
    expect(await visit.page.locator('dialog').count()).toBe(0);
  });

  it('walks the story, unfolds it, and shows the same as a list', async () => {
    await visit.open(CASE);
    await visit.page.waitForSelector('[data-node]');
    await visit.page.focus('[data-node="signer-0"]');
    await visit.press('ArrowRight');
    const focused = () =>
      visit.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    expect(await focused()).toContain('Release: softphone 18.12.416');
    await visit.press('ArrowRight', 'End');
    expect(await focused()).toContain('Network');
    await visit.press('Enter');
    expect(new URL(visit.page.url()).searchParams.get('node')).toBe('network-1');
    await visit.page.getByRole('heading', { name: /Network/ }).waitFor();
    expect(await visit.page.locator('[data-node]').count()).toBeLessThan(20);
    await visit.press('e');
    await visit.page.waitForFunction(() => document.querySelectorAll('[data-node]').length > 20);
    await visit.shoot('case-story-unfolded');
    await visit.press('e', 'l');
    await visit.page.waitForSelector('[role=tabpanel] .things');
    const table = await visit.page.textContent('[role=tabpanel] .things');
    expect(table).toContain('HCM-ACC-07');
    expect(table).toContain('+19 more (host)');
  });

  it('plays the story in the order in which it was seen, and each moment is a link', async () => {
    await visit.open(CASE);
    await visit.page.waitForSelector('[data-node]');
    const all = await visit.page.locator('[data-node]').count();
    const shown = () => visit.page.locator('[data-node]:not(.later)').count();
    expect(await shown()).toBe(all);
    await visit.page.getByRole('slider').focus();
    await visit.press('Home');
    await visit.page.waitForFunction(() => document.querySelector('[data-node].later'));
    const first = await shown();
    expect(first).toBeLessThan(all);
    const address = visit.page.url();
    expect(new URL(address).searchParams.get('at')).toMatch(/^20/);
    await visit.shoot('case-story-first');
    await visit.press('End');
    await visit.page.waitForFunction(() => !document.querySelector('[data-node].later'));
    await visit.open(address.slice(new URL(address).origin.length));
    await visit.page.waitForFunction(() => document.querySelector('[data-node].later'));
    expect(await shown()).toBe(first);
    await visit.press('y');
    await visit.page.waitForFunction(() => !document.querySelector('[data-node].later'));
    expect(new URL(visit.page.url()).searchParams.get('at')).toBeNull();
  });

  it('does tasks, judges hosts, writes notes, and all of it is on the timeline', async () => {
    await visit.open(`${CASE}?view=tasks`);
    await visit.page.getByLabel('Add a task').fill('Call branch Huế');
    await visit.press('Enter');
    await visit.page.getByLabel('Call branch Huế').check();
    await visit.page.getByText('Done by linh').nth(1).waitFor();
    await visit.open(`${CASE}?view=hosts`);
    await visit.page.getByLabel('How HCM-ACC-08 is').selectOption('hit');
    await visit.page.waitForFunction(() =>
      [...document.querySelectorAll('select')].some((one) => one.value === 'hit'),
    );
    await visit.open(`${CASE}?view=notes`);
    await visit.page.getByLabel('Write a note').fill('Nobody answers at the vendor.');
    await visit.page.getByRole('button', { name: 'Add', exact: true }).click();
    await visit.page.getByText('Nobody answers at the vendor.').waitFor();
    await visit.open(`${CASE}?view=timeline`);
    const told = (await visit.page.textContent('[role=tabpanel]')) ?? '';
    for (const text of ['did a task', 'judged a host', 'Nobody answers at the vendor.']) {
      expect(told).toContain(text);
    }
  });

  it('asks for a reason to correct a time, and keeps what was sent', async () => {
    await visit.open(`${CASE}?view=duties`);
    await visit.page.getByRole('button', { name: 'Set the time: Known to be an incident' }).click();
    await visit.page.getByLabel('Why').waitFor();
    expect(await visit.axe()).toEqual([]);
    await visit.page.getByLabel('Why').fill('The phone call was earlier.');
    await visit.page.getByRole('button', { name: 'Save' }).click();
    await visit.page.locator('dialog').waitFor({ state: 'detached' });
    await visit.page
      .getByRole('button', { name: 'It was sent: First report (Appendix 01)' })
      .click();
    await visit.page.getByLabel('Under which number or name').fill('13/BC');
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('case-duty-sent', false);
    await visit.press('Enter');
    await visit.page.getByText('13/BC').waitFor();
    expect(await visit.page.textContent('[role=tabpanel]')).toContain('after its time');
  });

  it('hands a case over, to somebody who is there', async () => {
    await visit.open(CASE);
    await visit.page.waitForSelector('[role=tab]');
    await visit.press('a');
    await visit.page.getByLabel('To', { exact: true }).fill('nobody');
    await visit.page.getByLabel('What they need to know').fill('All is in the notes.');
    await visit.page.locator('dialog').getByRole('button', { name: 'Hand over' }).click();
    await visit.page.getByText('Is not one of the choices.').waitFor();
    expect(await visit.axe()).toEqual([]);
    await visit.page.getByLabel('To', { exact: true }).fill('s.weber');
    await visit.page.locator('dialog').getByRole('button', { name: 'Hand over' }).click();
    await visit.page.locator('dialog').waitFor({ state: 'detached' });
    expect(await visit.page.textContent('.facts')).toContain('s.weber');
  });

  it('says so when somebody else was faster, and shows what they did', async () => {
    await visit.open(CASE);
    await visit.page.waitForSelector('[role=tab]');
    await visit.press('E');
    await visit.page.getByLabel('Case', { exact: true }).fill('softphone, once more');
    // Somebody else, while the dialog is open and the live stream has said nothing yet.
    held().case.version += 1;
    held().case.severity = 'low';
    await visit.page.getByRole('button', { name: 'Save' }).click();
    await visit.page.getByText('Somebody else has changed it meanwhile').waitFor();
    await visit.shoot('case-changed', false);
    await visit.page.getByRole('button', { name: 'Save' }).click();
    await visit.page.locator('dialog').waitFor({ state: 'detached' });
    expect(await visit.page.textContent('h1')).toContain('softphone, once more');
    expect(await visit.page.textContent('.facts')).toContain('low');
  });

  it('says once that a jurisdiction does not apply', async () => {
    await visit.open(`${CASE}?view=duties`);
    await visit.page.getByRole('button', { name: 'None applies: Viet Nam' }).click();
    await visit.page.getByLabel('Why').fill('An exercise.');
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('case-duty-none', false);
    await visit.page.locator('dialog').getByRole('button', { name: 'Does not apply' }).click();
    await visit.page.locator('dialog').waitFor({ state: 'detached' });
    const states = held().obligations.map(({ state }: { state: string }) => state);
    expect(states).not.toContain('at_once');
    expect(states).not.toContain('waiting');
    expect(await visit.page.getByRole('button', { name: /^None applies/ }).count()).toBe(0);
  });

  it('closes a case by key, and says what is left open in it', async () => {
    await visit.open(CASE);
    await visit.page.waitForSelector('[role=tab]');
    const before = structuredClone(held().case);
    held().obligations[0].state = 'due';
    await visit.open(CASE);
    await visit.page.waitForSelector('[role=tab]');
    await visit.press('x');
    const dialog = visit.page.getByRole('dialog', { name: 'Close the case' });
    await dialog.waitFor();
    expect(await dialog.textContent()).toContain('not reported yet');
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('case-close', false);
    // From a field in which Enter alone means something else.
    await visit.press('Control+Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await visit.page.textContent('.facts')).toContain('Closed: True and not harmless');
    expect(await visit.page.getByRole('button', { name: 'Close the case' }).count()).toBe(0);
    await visit.press('x');
    expect(await visit.page.locator('dialog').count()).toBe(0);
    held().case = before;
  });

  it('lets a viewer look, and no more', async () => {
    const account = house.fixture?.state.session.account;
    account.role = 'viewer';
    for (const tab of TABS) {
      await visit.open(`${CASE}?view=${tab}`);
      await visit.page.waitForSelector('[role=tabpanel]');
      const panel = visit.page.getByRole('tabpanel');
      expect(await panel.locator('form, select:not(label select)').count()).toBe(0);
      expect(await panel.getByRole('button', { name: /Add|Set|sent|Take/ }).count()).toBe(0);
    }
    expect(await visit.page.getByRole('button', { name: 'Hand over' }).count()).toBe(0);
    await visit.open('/signals/0199f0c2-7a00-7401-8000-000000000401');
    expect(await visit.page.getByRole('button', { name: 'Open a case' }).count()).toBe(0);
    account.role = 'admin';
  });

  it('says what a case is for when there is none', async () => {
    const kept = house.fixture?.state.cases.splice(0) ?? [];
    await visit.open('/cases');
    await visit.page.getByText('Cases are opened from an advisory, update or signal').waitFor();
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('cases-empty', false);
    house.fixture?.state.cases.push(...kept);
  });
});
