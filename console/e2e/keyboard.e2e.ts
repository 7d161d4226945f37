// What somebody without a mouse does, and what the console does when things change or break under way.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type House, NARROW, openHouse, PASSWORD, remote, Visit } from './harness';
import { totp } from './server/totp.mjs';

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

const focused = () =>
  visit.page.evaluate(() => document.activeElement?.textContent?.replace(/\s+/g, ' ').trim() ?? '');
const title = () => visit.page.textContent('h1');

describe('by keyboard only', () => {
  it('skips to the page, and goes where the keys say', async () => {
    await visit.open('/health');
    await visit.press('Tab');
    expect(await focused()).toBe('Skip to the page');
    await visit.press('Enter');
    expect(await visit.page.evaluate(() => document.activeElement?.id)).toBe('page');
    for (const [key, name] of [
      ['j', 'Jobs'],
      ['m', 'Accounts'],
      ['k', 'Tokens of machines'],
      ['l', 'Audit log'],
      [',', 'My settings'],
      ['v', 'Coverage and health'],
    ] as const) {
      await visit.press('g', key);
      await visit.page.waitForFunction(
        (name) => document.querySelector('h1')?.textContent === name,
        name,
      );
      // Whoever listens is told where they are.
      expect(await focused()).toBe(name);
      expect(await visit.page.title()).toContain(name);
    }
    await visit.page.goBack();
    await visit.page.waitForFunction(
      () => document.querySelector('h1')?.textContent === 'My settings',
    );
  });

  it('shows the keys that act, and gives the focus back', async () => {
    await visit.open('/admin/accounts');
    await visit.page.focus('[role=row][tabindex="0"]');
    await visit.press('?');
    const sheet = await visit.page.textContent('dialog');
    for (const says of [
      'Next row',
      'Search in the list',
      'Show what is new',
      'Audit log',
      'Search pages and actions',
    ]) {
      expect(sheet).toContain(says);
    }
    await visit.shoot('keys', false);
    expect(await visit.axe()).toEqual([]);
    await visit.press('Escape');
    expect(await visit.page.locator('dialog').count()).toBe(0);
    expect(await visit.page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe(
      'row',
    );
  });

  it('finds pages and actions in the palette, without marks too', async () => {
    await visit.open('/health');
    await visit.press('Control+k');
    await visit.page.keyboard.type('aud');
    await visit.shoot('palette', false);
    expect(await visit.axe()).toEqual([]);
    await visit.press('Enter');
    await visit.page.waitForFunction(
      () => document.querySelector('h1')?.textContent === 'Audit log',
    );
    await visit.press('Control+k');
    await visit.page.keyboard.type('tieng viet');
    await visit.press('Enter');
    await visit.page.waitForFunction(
      () => document.querySelector('h1')?.textContent === 'Nhật ký kiểm toán',
    );
    expect(await visit.page.getAttribute('html', 'lang')).toBe('vi');
  });

  it('walks a list, opens a row below and by itself, and comes back to the row', async () => {
    await visit.open('/admin/accounts');
    await visit.press('j', 'j', 'e');
    await visit.page.waitForSelector('.detail');
    expect(new URL(visit.page.url()).searchParams.get('open')).not.toBeNull();
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('accounts-open', false);
    await visit.press('Escape');
    await visit.page.waitForSelector('.detail', { state: 'detached' });
    await visit.press('k', 'Enter');
    await visit.page.waitForURL(/\/admin\/accounts\/.+/);
  });

  it.skipIf(remote)('searches by slash, and clears by Escape', async () => {
    await visit.open('/admin/accounts');
    await visit.press('/');
    await visit.page.keyboard.type('dang');
    await visit.page.waitForFunction(
      () => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') === '2',
    );
    expect(await visit.page.textContent('[data-row="0"]')).toContain('Đặng Minh Đức');
    expect(new URL(visit.page.url()).searchParams.get('q')).toBe('dang');
    await visit.press('Escape');
    await visit.page.waitForFunction(
      () => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') !== '2',
    );
  });

  it.skipIf(remote)('sorts and filters, and the address says so', async () => {
    await visit.open('/admin/accounts?role=analyst&sort=-name');
    await visit.page.waitForFunction(() => document.querySelectorAll('[data-row]').length === 2);
    expect(await visit.page.textContent('[data-row="0"]')).toContain('s.weber');
    expect(await visit.page.getAttribute('[aria-sort=descending]', 'role')).toBe('columnheader');
    await visit.page.selectOption('search select', 'viewer');
    await visit.page.waitForFunction(() =>
      document.querySelector('[data-row="0"]')?.textContent?.includes('old.contractor'),
    );
    expect(new URL(visit.page.url()).search).toBe('?role=viewer&sort=-name');
  });

  it('chooses columns from a menu', async () => {
    await visit.open('/admin/accounts');
    await visit.page.focus('button[aria-haspopup=menu][title=Columns]');
    await visit.press('ArrowDown', 'ArrowDown', 'Enter');
    expect(await visit.axe()).toEqual([]);
    await visit.press('Escape');
    expect(await focused()).toContain('Columns');
    expect(new URL(visit.page.url()).searchParams.get('cols')).not.toContain('role');
    expect(await visit.page.locator('[role=columnheader]', { hasText: 'Role' }).count()).toBe(0);
  });

  it('single keys can be switched off', async () => {
    await visit.open('/settings');
    await visit.page.uncheck('label.check input');
    await visit.press('Escape', 'g', 'j');
    await visit.page.waitForTimeout(100);
    expect(await title()).toBe('My settings');
    await visit.press('Control+k');
    expect(await visit.page.locator('dialog').count()).toBe(1);
    await visit.press('Escape');
    await visit.page.check('label.check input');
  });
});

describe('administration', () => {
  it('adds an account and shows its link once', async () => {
    const name = `t${Date.now()}`;
    await visit.open('/admin/accounts');
    await visit.press('a');
    await visit.page.getByLabel('Name to sign in').fill(name);
    await visit.page.getByLabel('Name that is shown').fill('Lê Thị Thử');
    await visit.page.getByRole('radio', { name: /^Responder/ }).check();
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('account-add', false);
    await visit.press('Enter');
    const link = visit.page.getByLabel('One-time link');
    await link.waitFor();
    expect(await link.inputValue()).toMatch(/^https?:\/\/.+\/setup\/.{20,}$/);
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('account-link', false);
    await visit.press('Escape'); // Does not lose the link by mistake.
    expect(await link.isVisible()).toBe(true);
    await visit.page.getByRole('button', { name: 'I have kept it' }).click();
    await visit.open(`/admin/accounts?q=${name}`);
    expect(await visit.page.textContent('[data-row="0"]')).toContain('Lê Thị Thử');
    expect(await visit.page.textContent('[data-row="0"]')).toContain('Responder');
  });

  it('says at the field what the server refuses', async () => {
    await visit.open('/admin/accounts');
    await visit.press('a');
    await visit.page.getByLabel('Name to sign in').fill('linh');
    await visit.page.getByLabel('Name that is shown').fill('Another');
    await visit.press('Enter');
    await visit.page.getByRole('alert').waitFor();
    expect(await visit.page.textContent('[role=alert]')).toContain(
      'An account of this name is there already',
    );
    expect(await visit.page.getByLabel('Name to sign in').getAttribute('aria-invalid')).toBe(
      'true',
    );
    expect(await visit.axe()).toEqual([]);
  });

  it('changes, closes, opens and removes an account', async () => {
    const name = `u${Date.now()}`;
    await visit.open('/admin/accounts');
    const id = await visit.page.evaluate(async (name) => {
      const body = JSON.stringify({
        name,
        display_name: 'To be changed',
        role: 'viewer',
        locale: 'en',
      });
      const answer = await fetch('/api/v1/accounts', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return ((await answer.json()) as { id: string }).id;
    }, name);
    await visit.open(`/admin/accounts/${id}`);
    expect(await visit.page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await visit.page.getByRole('radio', { name: /^Analyst/ }).check();
    await visit.page.getByRole('button', { name: 'Save' }).click();
    await visit.page.getByText('Saved.').waitFor();
    await visit.page.getByRole('button', { name: 'Disable' }).click();
    await visit.page.getByRole('button', { name: 'Open again' }).click();
    await visit.page.getByRole('button', { name: 'Disable' }).waitFor();
    await visit.page.getByRole('button', { name: 'Remove', exact: true }).click();
    const remove = visit.page
      .locator('dialog')
      .getByRole('button', { name: 'Remove', exact: true });
    expect(await remove.isDisabled()).toBe(true);
    await visit.page.getByLabel(`Type ${name} to go on`).fill(name);
    await remove.click();
    await visit.page.waitForURL(/\/admin\/accounts$/);
    expect(await visit.page.textContent('.toasts')).toContain(`${name} is removed.`);
  });

  it('makes a token, shows its secret once, and revokes it', async () => {
    const name = `metrics ${Date.now()}`;
    await visit.open('/admin/tokens');
    await visit.press('a');
    await visit.page.getByLabel('What it is for').fill(name);
    await visit.page.getByRole('button', { name: 'Make the token' }).click();
    expect(await visit.page.textContent('[role=alert]')).toBe('Choose at least one scope.');
    await visit.page.getByRole('checkbox', { name: /^metrics:read/ }).check();
    await visit.shoot('token-add', false);
    await visit.page.getByRole('button', { name: 'Make the token' }).click();
    const secret = visit.page.getByLabel('Token', { exact: true });
    await secret.waitFor();
    expect(await secret.inputValue()).toMatch(/^khn_.+_.+/);
    await visit.page.getByRole('button', { name: 'I have kept it' }).click();
    await visit.press('j', 'e');
    await visit.page.getByRole('button', { name: 'Revoke' }).click();
    await visit.page.locator('dialog').getByRole('button', { name: 'Revoke' }).click();
    await visit.page.waitForFunction(() =>
      document.querySelector('[data-row="0"]')?.textContent?.includes('revoked'),
    );
    expect(await visit.page.content()).not.toContain('khn_');
  });

  it('verifies the audit log, and holds it against a head noted earlier', async () => {
    await visit.open('/admin/audit');
    await visit.press('v');
    await visit.press('Enter');
    await visit.page.getByText('The chain is unbroken').waitFor();
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('audit-whole', false);
    await visit.page.getByRole('button', { name: 'Verify the log' }).click();
    await visit.page.getByLabel(/^Head noted earlier/).fill(`3:${'0'.repeat(64)}`);
    await visit.page.locator('dialog').getByRole('button', { name: 'Verify', exact: true }).click();
    await visit.page.getByText('The chain is broken').waitFor();
    await visit.shoot('audit-broken', false);
    expect(await visit.axe()).toEqual([]);
  });
});

describe('one’s own account', () => {
  it('refuses passwords that differ, are wrong or too easy, and says which', async () => {
    await visit.open('/settings');
    const fill = async (current: string, next: string, again: string) => {
      await visit.page.getByLabel('Present password').fill(current);
      await visit.page.getByLabel('New password', { exact: true }).fill(next);
      await visit.page.getByLabel('New password once more').fill(again);
      await visit.press('Enter');
    };
    await fill('x', 'a long enough one', 'a different one');
    await visit.page.getByText('The two new passwords differ.').waitFor();
    await fill('not it at all', 'a long enough one', 'a long enough one');
    await visit.page.getByText('The present password is wrong').waitFor();
    expect(await visit.axe()).toEqual([]);
    if (remote) return;
    await fill(PASSWORD, 'password1234', 'password1234');
    await visit.page.getByText('Too easy to guess.').waitFor();
    await fill(PASSWORD, 'a long enough one', 'a long enough one');
    await visit.page.getByText('Your password is changed').waitFor();
  });

  it('begins and stops to use an authenticator', async () => {
    await visit.open('/settings');
    const password = () => visit.page.locator('dialog').getByLabel('Present password');
    await visit.page.getByRole('button', { name: 'Use an authenticator' }).click();
    await password().fill(PASSWORD);
    await visit.press('Enter');
    await visit.page.getByRole('img', { name: 'Code to be read by an authenticator' }).waitFor();
    const secret = await visit.page.getByLabel('Secret').inputValue();
    expect(secret).toMatch(/^[A-Z2-7]{4}( [A-Z2-7]{1,4})+$/);
    await visit.shoot('authenticator', false);
    expect(await visit.axe()).toEqual([]);
    const code = totp(secret, Date.now());
    await visit.page
      .getByLabel('Code', { exact: true })
      .fill(code === '000000' ? '000001' : '000000');
    await visit.press('Enter');
    await visit.page.getByText('The code is wrong or was used before').waitFor();
    await visit.page.getByLabel('Code', { exact: true }).fill(totp(secret, Date.now()));
    await visit.press('Enter');
    await visit.page.getByText('Signing in now asks for a code.').waitFor();
    await visit.page.getByRole('button', { name: 'Stop using codes' }).click();
    await password().fill(PASSWORD);
    await visit.press('Enter');
    await visit.page.getByText('Signing in no longer asks for a code.').waitFor();
    await visit.page.getByRole('button', { name: 'Use an authenticator' }).waitFor();
  });
});

describe.skipIf(remote)('when things change or break', () => {
  it('tells of new rows without moving any, until n is pressed', async () => {
    await visit.open('/jobs');
    await visit.page.waitForFunction(() =>
      document.querySelector('.live')?.classList.contains('live'),
    );
    const before = await visit.page.textContent('[data-row="0"]');
    const first = house.fixture?.state.jobs[0];
    house.fixture?.state.jobs.push({
      ...first,
      id: 'made-now',
      kind: 'state.backup',
      created: new Date().toISOString(),
    });
    house.fixture?.tell('change', { kind: 'job', ids: ['made-now'] });
    await visit.page.getByText('1 new or changed').waitFor();
    expect(await visit.page.textContent('[data-row="0"]')).toBe(before);
    await visit.shoot('jobs-news', false);
    expect(await visit.axe()).toEqual([]);
    await visit.press('n');
    await visit.page.waitForFunction(() =>
      document.querySelector('[data-row="0"]')?.textContent?.includes('Back up the state'),
    );
    expect(await visit.page.locator('.news').count()).toBe(0);
  });

  it('holds one stream for all tabs', async () => {
    await visit.open('/jobs');
    const other = await visit.context.newPage();
    await other.goto(`${house.base}/health`);
    await other.waitForFunction(() => document.querySelector('.live')?.classList.contains('live'));
    await visit.page.waitForTimeout(200);
    expect(house.fixture?.state.streams.size).toBe(1);
    await visit.page.close();
    await other.waitForTimeout(500);
    expect(house.fixture?.state.streams.size).toBe(1);
    await other.close();
  });

  it('says that it is not live, and recovers', async () => {
    await visit.open('/jobs');
    await visit.page.waitForFunction(() =>
      document.querySelector('.live')?.classList.contains('live'),
    );
    await visit.context.route('**/api/v1/live', (route) => route.abort());
    house.fixture?.cut();
    await visit.page.getByText('Not live: trying again').waitFor();
    await visit.context.unroute('**/api/v1/live');
    await visit.page.waitForFunction(
      () => document.querySelector('.live')?.classList.contains('live'),
      undefined,
      { timeout: 20_000 },
    );
  });

  it('keeps the page when the session ends, and leads back to it', async () => {
    await visit.open('/admin/accounts?role=analyst');
    house.fixture?.expire();
    await visit.page.selectOption('search select', 'viewer');
    const dialog = visit.page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('session-ended', false);
    await dialog.getByRole('link', { name: 'Sign in' }).click();
    await visit.page.fill('input[name=name]', 'linh');
    await visit.page.click('button');
    await visit.page.waitForURL(/\/admin\/accounts\?role=viewer/);
  });

  it('says in words what broke and what to do, and tries again', async () => {
    if (house.fixture)
      house.fixture.state.broken = { path: '/api/v1/jobs', status: 503, code: 'overloaded' };
    await visit.open('/jobs');
    const alert = visit.page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('The server has too much to do');
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('jobs-overloaded', false);
    if (house.fixture) house.fixture.state.broken = null;
    await alert.getByRole('button', { name: 'Try again' }).click();
    await visit.page.waitForSelector('[data-row="0"]');
    expect(await alert.count()).toBe(0);
  });

  it('says what an empty list is for', async () => {
    const kept = house.fixture?.state.tokens.splice(0) ?? [];
    await visit.open('/admin/tokens');
    await visit.page.getByText('No tokens yet').waitFor();
    expect(await visit.axe()).toEqual([]);
    await visit.shoot('tokens-empty', false);
    house.fixture?.state.tokens.push(...kept);
    await visit.open('/admin/tokens?q=zzzz');
    await visit.page.getByText('Nothing fits these filters').waitFor();
    expect(await visit.axe()).toEqual([]);
  });

  it('shows what others wrote as they wrote it', async () => {
    await visit.open('/admin/tokens');
    expect(await visit.page.textContent('[role=grid]')).toContain('<b>dashboard</b> "wall"');
    await visit.open('/admin/accounts?q=contractor');
    expect(await visit.page.textContent('[data-row="0"]')).toContain('\\u{202e}');
    expect(await visit.page.textContent('[data-row="0"]')).not.toContain('\u202e');
  });

  it('shows a lesser role only what it may see', async () => {
    const account = house.fixture?.state.session.account;
    account.role = 'viewer';
    await visit.open('/jobs');
    expect(await visit.page.locator('nav a', { hasText: 'Audit log' }).count()).toBe(0);
    await visit.open('/admin/audit');
    expect(await visit.page.textContent('[role=alert]')).toContain('Your role does not allow this');
    account.role = 'admin';
  });
});

it('leaves buttons readable under the pointer', async () => {
  await visit.open('/admin/accounts');
  await visit.page.hover('.button.primary');
  await visit.page.waitForTimeout(100);
  expect(await visit.axe()).toEqual([]);
});

it('opens and closes the navigation on a phone', async () => {
  await visit.page.setViewportSize(NARROW);
  await visit.open('/health');
  const burger = visit.page.getByRole('button', { name: 'Pages', exact: true });
  expect(await visit.page.locator('#navigation').isVisible()).toBe(false);
  await burger.click();
  await visit.shoot('navigation-narrow', false);
  expect(await visit.axe()).toEqual([]);
  await visit.page.locator('#navigation a', { hasText: 'Jobs' }).click();
  await visit.page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Jobs');
  expect(await visit.page.locator('#navigation').isVisible()).toBe(false);
});

it('signs out from the menu, and asks to sign in again', async () => {
  await visit.open('/health');
  await visit.page.locator('button.user').focus();
  await visit.press('Enter');
  await visit.page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
  expect(await visit.axe()).toEqual([]);
  await visit.press('ArrowDown', 'Enter');
  await visit.page.waitForURL(/\/login/);
  house.cookies = [];
  await visit.page.goto(`${house.base}/jobs?state=failed`);
  await visit.page.waitForURL(/\/login\?next=%2Fjobs%3Fstate%3Dfailed/);
});
