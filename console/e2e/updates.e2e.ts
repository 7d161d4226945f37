// Updates: sent by picker and by drop, read, decided by keyboard, traced; two people at the same one.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type House, NARROW, openHouse, remote, Visit, WIDE } from './harness';

const id = (n: number) => `0199f0c2-7a00-7601-8000-0000000006${String(n).padStart(2, '0')}`;
const BLOCK = `/updates/${id(7)}`;
const HELD = `/updates/${id(6)}`;
const PASSED = `/updates/${id(5)}`;
const UNKNOWN = `/updates/${id(4)}`;
const FAILED = `/updates/${id(1)}`;
const TABS = ['diff', 'files', 'releases', 'history', 'hosts'];

let house: House;
let visit: Visit;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

function state() {
  if (!house.fixture) throw new Error('these tests change what the server has');
  return house.fixture.state;
}
const held = (n: number) => state().updates.items.find((one: { id: string }) => one.id === id(n));
const says = (text: string) =>
  visit.page.waitForFunction((text) => document.body.innerText.includes(text), text);
const heading = (text: string) =>
  visit.page.waitForFunction(
    (text) => document.querySelector('h1')?.textContent?.includes(text),
    text,
  );
const ready = () => visit.page.waitForSelector('[role=tabpanel]');

describe.skipIf(remote)('every view of an update', () => {
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
    const views = [
      ['list', '/updates'],
      ...TABS.map((tab) => [tab, `${BLOCK}?view=${tab}`]),
      ['held', HELD],
      ['passed', PASSED],
      ['unknown', UNKNOWN],
      ['failed', FAILED],
    ] as const;
    for (const [name, path] of views) {
      await visit.open(path);
      await visit.page.waitForSelector(name === 'list' ? '[data-row="0"] a' : '[role=tabpanel]');
      await visit.shoot(`update-${name}-${language}-${theme}-${viewport.width}`);
      found.push(...(await visit.axe()).map((text) => `${name}: ${text}`));
      const over = await visit.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) found.push(`${name}: scrolls sideways by ${over}`);
    }
    expect(found).toEqual([]);
    await visit.end();
  });
});

describe.skipIf(remote)('updates', () => {
  beforeEach(async () => {
    visit = await Visit.start(house);
    await visit.dress('en', 'light');
  });
  afterEach(() => visit.end());

  it('are a list that says what vetting says, what was decided, and what rots', async () => {
    await visit.open('/health');
    await visit.press('g', 'u');
    await visit.page.waitForSelector('[data-row="0"]');
    const row = async (n: number) =>
      ((await visit.page.textContent(`[data-row="${n}"]`)) ?? '').replace(/\s+/g, ' ');
    expect(await row(0)).toContain('Softphone 18.12.416');
    expect(await row(0)).toContain('block');
    expect(await row(0)).toContain('Not decided');
    expect(await row(1)).toContain('Overdue');
    // What reads backwards is shown as it was written, and unknown is neither a pass nor a number.
    expect(await row(3)).toContain('\\u{202e}');
    expect(await row(3)).toContain('unknown');
    expect(await row(6)).toContain('Not readable');
    await visit.page.selectOption('search select', 'open');
    await visit.page.waitForFunction(
      () => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === '5',
    );
    expect(visit.page.url()).toContain('standing=open');
  });

  it('never draw unknown as passed', async () => {
    await visit.open('/updates');
    await visit.page.waitForSelector('[data-row="0"] a');
    const mark = (word: string) =>
      visit.page
        .locator('.mark', { hasText: new RegExp(`^\\s*${word}\\s*$`) })
        .first()
        .evaluate((mark) => `${mark.className} ${mark.querySelector('path')?.getAttribute('d')}`);
    expect(await mark('unknown')).toContain(' unknown ');
    expect(await mark('pass')).toContain(' clear ');
    await visit.open(UNKNOWN);
    await ready();
    expect(await visit.page.locator('.big.clear').count()).toBe(0);
    await says('no trusted release of this product is known');
    // Where nothing was compared, nothing is new, and nothing is said to be fine.
    await says('Nothing was compared, so nothing of it is new or old.');
    expect(await visit.page.locator('.gained').count()).toBe(0);
    expect(await visit.page.getByText('Nothing new speaks against it').count()).toBe(0);
  });

  it('are sent by picker, read while one looks, and held, all by keyboard', async () => {
    await visit.open('/updates');
    const chosen = visit.page.waitForEvent('filechooser');
    await visit.press('a');
    await visit.page.waitForFunction(
      () => (document.activeElement as HTMLInputElement | null)?.type === 'file',
    );
    expect(await visit.axe()).toEqual([]);
    await visit.press('Enter');
    const chooser = await chosen;
    await chooser.setFiles({
      name: 'softphone-18.12.999.msi',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from('made by the test'),
    });
    await visit.page.locator('dialog').getByText('softphone-18.12.999.msi').waitFor();
    await visit.shoot('update-send', false);
    await visit.press('Control+Enter');
    await visit.page.waitForURL(/\/updates\/.+/);
    await says('Being read');
    await says('Bytes that the signature does not cover');
    await visit.press('h');
    const dialog = visit.page.getByRole('dialog', { name: 'Hold' });
    await dialog.waitFor();
    expect(await visit.axe()).toEqual([]);
    await visit.page.keyboard.type('Asked the vendor, ticket 4711');
    await visit.shoot('update-hold', false);
    await visit.press('Control+Enter');
    await dialog.waitFor({ state: 'detached' });
    await says('Asked the vendor, ticket 4711');
    expect(await visit.page.textContent('main')).toContain('Held');
  });

  it('are sent by dropping them, one after another, and say what came of each', async () => {
    await visit.open('/updates');
    await visit.page.waitForSelector('[data-row="0"]');
    const drop = (files: [string, string][]) =>
      visit.page.evaluate((files) => {
        const dataTransfer = new DataTransfer();
        for (const [name, text] of files) dataTransfer.items.add(new File([text], name));
        const target = document.querySelector('h1');
        for (const type of ['dragover', 'drop']) {
          const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
          target?.dispatchEvent(event);
        }
      }, files);
    await drop([
      ['one.msi', 'one'],
      ['two\u202e.msi', 'two'],
      ['again.msi', 'one'],
      ['empty.msi', ''],
    ]);
    await says('On their way');
    await visit.page.waitForFunction(
      () => document.querySelectorAll('section li a[href^="/updates/"]').length === 3,
    );
    await says('These bytes were here already.');
    await says('Must not be empty.');
    await says('two\\u{202e}.msi');
    expect(visit.page.url()).toMatch(/\/updates$/);
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('update-dropped', false);
    await visit.page.getByRole('button', { name: 'Clear what has ended' }).click();
    expect(await visit.page.getByText('On their way').count()).toBe(0);
  });

  it('say why a file could not be taken, and can be stopped', async () => {
    state().broken = { path: '/api/v1/updates', status: 507, code: 'no_room' };
    await visit.open('/health');
    state().broken = null;
    await visit.press('g', 'u');
    await visit.page.waitForSelector('[data-row="0"]');
    state().broken = { path: '/api/v1/updates', status: 507, code: 'no_room' };
    await visit.press('a');
    await visit.page.setInputFiles('dialog input[type=file]', {
      name: 'large.iso',
      mimeType: '',
      buffer: Buffer.alloc(1000),
    });
    await visit.press('Control+Enter');
    await says('The server has no room for it');
    expect(await visit.axe()).toEqual([]);
    state().broken = null;
    // A server that takes its time.
    await visit.page.route('**/api/v1/updates?*', (route) =>
      route.request().method() === 'POST' ? undefined : route.continue(),
    );
    await visit.press('a');
    await visit.page.setInputFiles('dialog input[type=file]', {
      name: 'slow.iso',
      mimeType: '',
      buffer: Buffer.alloc(1000),
    });
    await visit.press('Control+Enter');
    await visit.page.getByLabel('How much of slow.iso has gone').waitFor();
    expect(await visit.axe()).toEqual([]);
    await visit.page.getByRole('button', { name: 'Stop sending slow.iso' }).click();
    await says('Stopped');
    await visit.page.getByRole('button', { name: 'Take slow.iso off the list' }).click();
    expect(await visit.page.getByText('slow.iso').count()).toBe(0);
    await visit.page.unrouteAll();
  });

  it('are passed only by an approver where vetting does not pass them', async () => {
    const { account } = state().session;
    account.role = 'analyst';
    await visit.open(BLOCK);
    await ready();
    await visit.press('p');
    expect(await visit.page.locator('dialog').count()).toBe(0);
    expect(await visit.page.getByRole('button', { name: /^Pass/ }).isDisabled()).toBe(true);
    await says('an approver has to pass');
    account.role = 'viewer';
    await visit.open(BLOCK);
    await ready();
    for (const name of [/^Pass/, /^Hold/, /^Block/, /Find its hosts/, /Read it again/]) {
      expect(await visit.page.getByRole('button', { name }).count()).toBe(0);
    }
    account.role = 'approver';
    await visit.open(BLOCK);
    await ready();
    await visit.press('p');
    await visit.page.getByRole('dialog', { name: 'Pass' }).waitFor();
    await visit.page.keyboard.type('Checked with the vendor, by phone.');
    await visit.press('Control+Enter');
    await visit.page.locator('dialog').waitFor({ state: 'detached' });
    await says('It is on the allow list');
    const list = await visit.page.evaluate(async () =>
      (await fetch('/api/v1/updates/allow-list')).text(),
    );
    expect(list).toContain('18.12.416');
    // Another decision takes it off again.
    await visit.press('b');
    await visit.page.keyboard.type('Three hosts call home.');
    await visit.press('Control+Enter');
    await visit.page.locator('dialog').waitFor({ state: 'detached' });
    await visit.page.getByRole('tab', { name: /Decisions/ }).click();
    const history = await visit.page.textContent('[role=tabpanel]');
    expect(history).toContain('Three hosts call home.');
    expect(history).toContain('Checked with the vendor, by phone.');
    expect(await visit.page.getByText('It is on the allow list').count()).toBe(0);
    account.role = 'admin';
  });

  it('say at the field what the server refuses, and that somebody else was faster', async () => {
    await visit.open(HELD);
    await ready();
    await visit.press('h');
    await visit.page.keyboard.type('Once more');
    await visit.page.fill('dialog input[type=datetime-local]', '2020-01-01T08:00');
    await visit.page.getByLabel('Answers for it').fill('nobody.here');
    await visit.press('Control+Enter');
    await says('There is no such account.');
    await visit.page.getByLabel('Answers for it').fill('linh');
    await visit.press('Control+Enter');
    await says('Has to lie in the future.');
    expect(await visit.axe()).toEqual([]);
    await visit.page.fill('dialog input[type=datetime-local]', '2099-01-01T08:00');
    held(6).revision += 1;
    held(6).decision.reason = 'Somebody else was here.';
    await visit.press('Control+Enter');
    await says('Somebody else has changed it meanwhile');
    // What was typed is still there, beside what is new.
    expect(await visit.page.inputValue('dialog textarea')).toBe('Once more');
    await visit.press('Control+Enter');
    await visit.page.locator('dialog').waitFor({ state: 'detached' });
    expect(held(6).decision.reason).toBe('Once more');
  });

  it('are traced to their hosts in one press, and show them as the server knows them', async () => {
    await visit.open(BLOCK);
    await ready();
    await visit.press('t');
    expect(visit.page.url()).toContain('view=hosts');
    await visit.page.waitForSelector('.counts');
    expect((await visit.page.textContent('.counts'))?.replace(/\s/g, '')).toContain('unknown8');
    await visit.page.waitForSelector('[role=row][data-row="0"]');
    await visit.shoot('update-traced');
    expect(await visit.axe()).toEqual([]);
  });

  it('show what is new in each program, and where it was before', async () => {
    await visit.open(BLOCK);
    await ready();
    const panel = () => visit.page.textContent('[role=tabpanel]');
    expect(await panel()).toContain('Contacts the internet');
    expect(await visit.page.locator('.gained').count()).toBeGreaterThan(3);
    expect(await visit.page.locator('.lost').count()).toBe(1);
    // Nothing of a hostile file can be followed.
    await visit.page.getByText('Evidence, and how often').nth(2).click();
    await says('hxxps://raw.githubusercontent');
    await says('raw.githubusercontent[.]com');
    await visit.page.focus('[role=tab][tabindex="0"]');
    await visit.press('ArrowRight');
    expect(await panel()).toContain('lib/net45/stats.dll');
    await visit.page.getByLabel('Search in paths').fill('ffmpeg');
    expect(await visit.page.locator('[role=tabpanel] tbody tr').count()).toBe(1);
    await visit.page.focus('[role=tab][tabindex="0"]');
    await visit.press('ArrowRight');
    expect(await panel()).toContain('18.11.1213');
  });

  it('go from one release of a product to another along the drift', async () => {
    await visit.open(BLOCK);
    await ready();
    const here = visit.page.locator('svg a[aria-current=true]');
    expect(await here.getAttribute('aria-label')).toContain('18.12.416: block, 31.4 bits');
    const unknown = visit.page.locator('svg a.unknown');
    expect(await unknown.getAttribute('aria-label')).toContain('no score');
    await visit.page.locator('svg a[aria-label^="18.12.402"]').focus();
    await visit.press('Enter');
    await heading('18.12.402');
  });

  it('become a case, which leads back to them', async () => {
    await visit.open(BLOCK);
    await ready();
    await visit.press('c');
    await visit.page.getByRole('dialog', { name: 'Open a case' }).waitFor();
    await visit.press('Enter');
    await visit.page.waitForURL(/\/cases\/.+/);
    await visit.page.waitForSelector('[role=tab]');
    await visit.page.locator(`.facts a[href="${BLOCK}"]`).click();
    await heading('18.12.416');
  });

  it('that wait stand on the first page', async () => {
    await visit.open('/');
    await visit.page.waitForSelector('#need-update');
    const section = 'section[aria-labelledby=need-update]';
    const text = ((await visit.page.textContent(section)) ?? '').replace(/\s+/g, ' ');
    expect(text).toContain('invoice\\u{202e}gnp.exe.zip');
    expect(await visit.axe()).toEqual([]);
  });

  it('teach what they are for when there is none', async () => {
    const kept = state().updates.items.splice(0);
    await visit.open('/updates');
    await says('never executed');
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('updates-empty', false);
    state().updates.items.push(...kept);
  });
});
