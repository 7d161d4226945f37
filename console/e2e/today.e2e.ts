// The first page and the drill: what they show is what the server has, also when it refuses, breaks or changes.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type House, NARROW, openHouse, remote, Visit, WIDE } from './harness';

let house: House;
let visit: Visit;
beforeAll(async () => {
  house = await openHouse();
  if (!remote) fill();
});
afterAll(() => house.close());

const HOUR_MS = 3_600_000;
const hence = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
function state() {
  if (!house.fixture) throw new Error('these tests change what the server has');
  return house.fixture.state;
}
const focused = () =>
  visit.page.evaluate(() => document.activeElement?.textContent?.replace(/\s+/g, ' ').trim() ?? '');
const text = async (within = 'main') =>
  ((await visit.page.textContent(within)) ?? '').replace(/\s+/g, ' ');
const drawn = () => visit.page.waitForSelector('#coverage');

/** A day on which there is something of everything. */
function fill() {
  const { alerts, cases, hosts } = state();
  const [first] = cases[0].obligations;
  const due = (id: string, since: number, until: number) => ({
    ...first,
    duty: { ...first.duty, id },
    state: 'due',
    since: hence(since),
    due: hence(until),
  });
  cases[0].obligations.push(due('test-late', -6, 66), due('test-soon', -55, 17));
  for (let n = 0; n < 6; n += 1) {
    const id = `0199f0c2-7a00-7410-8000-00000000041${n}`;
    alerts.push({ ...alerts[0], id, severity: 'high', hosts: [`PC-10${n}`], host_count: 1 });
  }
  cases.push({
    ...cases[0],
    case: {
      ...cases[0].case,
      id: '0199f0c2-7a00-7503-8000-000000000503',
      number: '2026-015',
      title: 'Một bản cập nhật lạ \u202e ở chi nhánh Huế',
      owner: undefined,
      next_due: undefined,
    },
    obligations: [],
  });
  for (const host of hosts.items.slice(0, 9)) host.last = hence(-1);
}

describe.skipIf(remote)('both pages', () => {
  it.each([
    ['en', 'light', WIDE],
    ['vi', 'dark', WIDE],
    ['en', 'high_contrast', WIDE],
    ['vi', 'light', NARROW],
    ['en', 'dark', NARROW],
  ] as const)('are accessible in %s, %s, at %o', async (language, theme, viewport) => {
    visit = await Visit.start(house, viewport);
    await visit.dress(language, theme);
    const found: string[] = [];
    for (const [path, ready] of [
      ['/', '#coverage'],
      ['/drill', 'main ol'],
    ] as const) {
      await visit.open(path);
      await visit.page.waitForSelector(ready);
      const name = path === '/' ? 'today' : 'drill';
      await visit.shoot(`${name}-full-${language}-${theme}-${viewport.width}`);
      found.push(...(await visit.axe()).map((text) => `${path}: ${text}`));
      const over = await visit.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) found.push(`${path}: scrolls sideways by ${over}`);
    }
    expect(found).toEqual([]);
    await visit.end();
  });
});

describe.skipIf(remote)('Today', () => {
  beforeEach(async () => {
    visit = await Visit.start(house);
    await visit.dress('en', 'light');
  });
  afterEach(() => visit.end());

  it('is where one comes to, and says what the server has', async () => {
    await visit.open('/health');
    await visit.press('g', 't');
    await drawn();
    expect(new URL(visit.page.url()).pathname).toBe('/');
    expect(await visit.page.textContent('nav [aria-current=page]')).toBe('Today');
    const marks = await visit.page
      .locator('section[aria-labelledby=deadlines] li .mark .mark')
      .allTextContents();
    expect(marks.map((mark) => mark.trim())).toEqual(['Overdue', 'At once', 'Due', 'Due']);
    const page = await text();
    for (const part of [
      'due in 16 h',
      'Trojanised softphone',
      '8 of 44 hosts',
      'All 7',
      '2026-015',
      'nobody leads it',
      'yours',
      '69%',
      '9 of 13 hosts sent records',
      '4 hosts have not reported',
    ]) {
      expect(page).toContain(part);
    }
    // A closed case is nobody's work, and a signal that somebody took is in their hands.
    expect(page).not.toContain('2026-009');
    expect(page).not.toContain('A domain of the advisory on a softphone');
  });

  it('is walked by keyboard, and each row leads to its page', async () => {
    await visit.open('/');
    await drawn();
    await visit.press('j');
    expect(await focused()).toBe('Go to the drill');
    await visit.press('j');
    expect(await focused()).toContain('Overdue');
    await visit.press('j', 'k', 'Enter');
    await visit.page.waitForURL(/\/cases\/.+view=duties/);
    const hrefs = async () => {
      await visit.open('/');
      await drawn();
      return visit.page.$$eval('main a[data-item]', (all) =>
        all.map((one) => one.getAttribute('href') ?? ''),
      );
    };
    const all = await hrefs();
    expect(all).toContain('/signals?state=open&sort=-severity');
    for (const href of new Set(all.filter((href) => !href.startsWith('/jobs')))) {
      await visit.open(href);
      expect(await visit.page.locator('main [role=alert]').count()).toBe(0);
      expect(await visit.page.textContent('h1')).not.toContain('no such page');
    }
  });

  it('moves no row that somebody looks at before they ask for it', async () => {
    await visit.open('/');
    await drawn();
    const before = await visit.page.$$eval('main section a[data-item]', (all) =>
      all.map((one) => one.getAttribute('href')),
    );
    await visit.page.hover('section[aria-labelledby=need-hit] a');
    const advisory = state().advisories.items[1];
    const { checked } = advisory;
    advisory.checked = { ...checked, verdict: 'hit', hosts: { ...checked.hosts, hit: 40 } };
    house.fixture?.tell('change', { kind: 'advisory', ids: [advisory.id] });
    await visit.page.getByText('What needs you has changed.').waitFor();
    expect(
      await visit.page.$$eval('main section a[data-item]', (all) =>
        all.map((one) => one.getAttribute('href')),
      ),
    ).toEqual(before);
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('today-news', false);
    await visit.press('n');
    await visit.page.waitForFunction(() =>
      document
        .querySelector('section[aria-labelledby=need-hit] a')
        ?.textContent?.includes('A name that nobody asked for'),
    );
    expect(await visit.page.getByText('What needs you has changed.').count()).toBe(0);
    // Nobody looks: what comes is shown at once.
    await visit.page.mouse.move(5, 5);
    await visit.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    advisory.checked = checked;
    house.fixture?.tell('change', { kind: 'advisory', ids: [advisory.id] });
    await visit.page.waitForFunction(
      () => document.querySelectorAll('section[aria-labelledby=need-hit] a').length === 1,
    );
  });

  it('marks what came since the last visit, and nothing at the first', async () => {
    const { account } = state().session;
    const visits = (since: number | null, seen: number) =>
      visit.page.evaluate(
        ([id, since, seen]) => {
          localStorage.setItem('khien.visits', JSON.stringify([[id, { since, seen }]]));
        },
        [account.id, since === null ? null : hence(since), hence(seen)] as const,
      );
    await visit.open('/');
    await drawn();
    expect(await visit.page.locator('.fresh, .since').count()).toBe(0);
    const [alert] = state().alerts;
    const kept = alert.created;
    alert.created = hence(-1);
    Object.assign(alert, { state: 'open', severity: 'critical' });
    await visits(null, -2);
    await visit.open('/');
    await drawn();
    await visit.page.locator('.since').waitFor();
    expect(await text('.since')).toContain('1 of them is new');
    expect(await visit.page.locator('section[aria-labelledby=need-signal] .fresh').count()).toBe(1);
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('today-since', false);
    // The same visit goes on.
    await visit.open('/');
    await drawn();
    expect(await text('.since')).toContain('1 of them is new');
    alert.created = kept;
  });

  it('leaves out what a role may not ask, and says what could not be asked', async () => {
    const fixture = state();
    fixture.broken = { path: '/api/v1/alerts', status: 403, code: 'forbidden' };
    await visit.open('/');
    await drawn();
    expect(await visit.page.locator('#need-signal, main [role=alert]').count()).toBe(0);
    fixture.broken = { path: '/api/v1/cases', status: 403, code: 'forbidden' };
    await visit.open('/');
    await drawn();
    expect(await visit.page.locator('#deadlines, #need-case').count()).toBe(0);
    fixture.broken = { path: '/api/v1/', status: 403, code: 'forbidden' };
    await visit.page.getByRole('link', { name: 'Drill', exact: true }).click();
    await visit.page.waitForSelector('main ol');
    await visit.press('g', 't');
    await visit.page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
    await visit.page.waitForTimeout(200);
    // Nobody is told that nothing needs them where nothing could be asked.
    expect(await visit.page.locator('main section, main [role=alert]').count()).toBe(0);
    fixture.broken = { path: '/api/v1/hosts', status: 503, code: 'no_lake' };
    await visit.open('/');
    await drawn();
    await visit.page.getByText('There is no lake to ask').waitFor();
    expect(await text()).not.toContain('sent records');
    fixture.broken = { path: '/api/v1/advisories', status: 500, code: 'internal' };
    await visit.open('/');
    await drawn();
    await visit.page.getByRole('alert').waitFor();
    fixture.broken = null;
    await visit.page.getByRole('button', { name: 'Try again' }).click();
    await visit.page.getByText('Trojanised softphone').first().waitFor();
    expect(await visit.page.locator('main [role=alert]').count()).toBe(0);
  });

  it('says that nothing needs anybody, only where that was asked', async () => {
    const fixture = state();
    const kept = { alerts: fixture.alerts, cases: fixture.cases };
    const checks = fixture.advisories.items.map(({ checked }: { checked: unknown }) => checked);
    for (const advisory of fixture.advisories.items) {
      if (!advisory.checked) continue;
      const hosts = { ...advisory.checked.hosts, hit: 0, unknown: 0 };
      advisory.checked = { ...advisory.checked, verdict: 'clear', hosts };
    }
    const updates = fixture.updates.items.splice(0);
    Object.assign(fixture, { alerts: [], cases: [] });
    await visit.open('/');
    await drawn();
    expect(await text()).toContain('Nothing needs you.');
    expect(await text()).toContain('The last advisory was checked');
    expect(await text()).toContain('No deadline is running.');
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('today-empty');
    fixture.broken = { path: '/api/v1/alerts', status: 500, code: 'internal' };
    await visit.open('/');
    await drawn();
    expect(await text()).not.toContain('Nothing needs you.');
    fixture.broken = null;
    Object.assign(fixture, kept);
    fixture.updates.items.push(...updates);
    for (const [n, advisory] of fixture.advisories.items.entries()) advisory.checked = checks[n];
  });
});

describe.skipIf(remote)('the drill', () => {
  beforeEach(async () => {
    visit = await Visit.start(house);
    await visit.dress('en', 'light');
  });
  afterEach(() => visit.end());
  const marks = async () =>
    (await visit.page.locator('main ol .mark').allTextContents()).map((mark) => mark.trim());
  const count = (says: string) => visit.page.getByText(says).waitFor();

  it('is done step by step, as the server has it', async () => {
    const fixture = state();
    const kept = fixture.cases.splice(0);
    await visit.open('/');
    await drawn();
    await visit.page.getByRole('link', { name: 'Go to the drill' }).click();
    await count('1 of 5 steps are done.');
    expect(await marks()).toEqual(['done', ...Array<string>(4).fill('not done yet')]);
    await visit.press('j');
    expect(await focused()).toContain('Signals');
    await visit.press('Enter');
    await visit.page.waitForSelector('[data-row="0"]');
    await visit.press('j', 'Enter');
    await visit.page.waitForURL(/\/signals\/.+/);
    await visit.page.getByRole('button', { name: 'Look at it' }).first().waitFor();
    await visit.press('a');
    await visit.page.getByText('Being looked at').first().waitFor();
    await visit.press('g', 'd');
    await count('2 of 5 steps are done.');
    await visit.press('j', 'Enter');
    await visit.page.waitForURL(/\/advisories\/3cx/);
    await visit.page.getByRole('button', { name: 'Check now' }).waitFor();
    await visit.press('r');
    await visit.page.getByText('8 hosts', { exact: false }).first().waitFor();
    await visit.press('g', 'd');
    await count('3 of 5 steps are done.');
    await visit.press('j', 'Enter');
    await visit.page.waitForURL(/\/cases/);
    await visit.page.getByRole('button', { name: 'Open a case' }).first().waitFor();
    await visit.press('c');
    await visit.page.getByLabel('Case', { exact: true }).fill('3CX');
    await visit.press('Enter');
    await visit.page.waitForURL(/\/cases\/.+/);
    await visit.page.waitForSelector('[role=tab]');
    await visit.press('g', 'd');
    await count('4 of 5 steps are done.');
    await visit.press('j', 'Enter');
    await visit.page.waitForURL(/\/cases\/.+/);
    await visit.page.waitForSelector('[role=tab]');
    await visit.press('a');
    await visit.page.getByLabel('To', { exact: true }).fill('linh');
    await visit.page.getByLabel('What they need to know').fill('All is in the notes.');
    await visit.page.locator('dialog').getByRole('button', { name: 'Hand over' }).click();
    await visit.page.locator('dialog').waitFor({ state: 'detached' });
    await visit.press('g', 'd');
    await count('5 of 5 steps are done.');
    expect(await text()).toContain('That was the whole drill.');
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('drill-done');
    fixture.cases.push(...kept);
  });

  it('calls nothing done that it could not ask', async () => {
    state().broken = { path: '/api/v1/cases', status: 500, code: 'internal' };
    await visit.open('/drill');
    await visit.page.waitForSelector('main ol');
    expect((await marks()).slice(3)).toEqual(['could not be asked', 'could not be asked']);
    state().broken = null;
  });

  it('is not there where nothing is simulated', async () => {
    state().session.synthetic = false;
    await visit.open('/');
    await drawn();
    expect(await visit.page.locator('a[href="/drill"]').count()).toBe(0);
    await visit.press('g', 'd');
    expect(new URL(visit.page.url()).pathname).toBe('/');
    await visit.open('/drill');
    expect(await visit.page.locator('main ol').count()).toBe(0);
    state().session.synthetic = true;
  });
});
