// One browser, one server, and a page that records whatever a strict policy refuses. The tests run against the built
// console over recorded answers, or against any address: KHIEN_CONSOLE_URL, with KHIEN_CONSOLE_NAME and
// KHIEN_CONSOLE_PASSWORD of an admin there.
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import AxeBuilder from '@axe-core/playwright';
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Cookie,
  type Page,
} from 'playwright-core';
import { expect } from 'vitest';

import { fixtureServer } from './server/server.mjs';

export type Language = 'en' | 'vi';
export type Theme = 'light' | 'dark' | 'high_contrast';
export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 844 };

const output = join(import.meta.dirname, 'output');
const given = process.env.KHIEN_CONSOLE_URL;
/** Whether the tests run against a server of somebody else, where nothing can be broken on purpose. */
export const remote = given !== undefined;

/** The password of whoever the tests sign in as. */
export const PASSWORD = process.env.KHIEN_CONSOLE_PASSWORD ?? 'correct horse battery';

export interface House {
  base: string;
  browser: Browser;
  fixture: ReturnType<typeof fixtureServer> | null;
  /** Cookies of whoever is signed in: signing in for each test would run into the server's limit of attempts. */
  cookies: Cookie[];
  close: () => Promise<void>;
}

export function openBrowser(): Promise<Browser> {
  mkdirSync(output, { recursive: true });
  return chromium.launch({
    executablePath: process.env.KHIEN_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
}

export async function openHouse(): Promise<House> {
  const browser = await openBrowser();
  if (given)
    return {
      base: given.replace(/\/$/, ''),
      browser,
      fixture: null,
      cookies: [],
      close: () => browser.close(),
    };
  const fixture = fixtureServer(join(import.meta.dirname, 'dist'));
  await new Promise<void>((done) => fixture.server.listen(0, '127.0.0.1', done));
  const { port } = fixture.server.address() as AddressInfo;
  const close = async () => {
    await browser.close();
    fixture.cut();
    fixture.server.close();
  };
  return { base: `http://127.0.0.1:${port}`, browser, fixture, cookies: [], close };
}

/** A page and what went wrong on it. */
export class Visit {
  readonly troubles: string[] = [];

  private constructor(
    readonly house: House,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  /** A page that nothing was opened on yet, with the cookies of the house. */
  static async blank(house: House, viewport = WIDE): Promise<Visit> {
    const context = await house.browser.newContext({
      viewport,
      locale: 'en',
      timezoneId: 'Asia/Ho_Chi_Minh',
    });
    const page = await context.newPage();
    const visit = new Visit(house, context, page);
    await page.exposeFunction('khienTrouble', (text: string) => visit.troubles.push(text));
    await page.addInitScript(() => {
      const tell = (window as unknown as { khienTrouble: (text: string) => void }).khienTrouble;
      document.addEventListener('securitypolicyviolation', (event) => {
        tell(
          `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
        );
      });
    });
    page.on('pageerror', (error) => visit.troubles.push(`error: ${error.message}`));
    page.on('console', (message) => {
      // The browser itself writes a line for each refused request.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        visit.troubles.push(message.text());
    });
    await context.addCookies(house.cookies);
    return visit;
  }

  static async start(house: House, viewport = WIDE): Promise<Visit> {
    const visit = await Visit.blank(house, viewport);
    await visit.page.goto(house.base);
    await visit.page.waitForSelector('h1');
    if (new URL(visit.page.url()).pathname === '/login') await visit.signIn();
    return visit;
  }

  async signIn(next = '/'): Promise<void> {
    await this.page.goto(`${this.house.base}/login?next=${encodeURIComponent(next)}`);
    await this.page.fill('input[name=name]', process.env.KHIEN_CONSOLE_NAME ?? 'linh');
    await this.page.fill('input[name=password]', PASSWORD);
    await this.page.click('button');
    await this.page.waitForSelector('main#page h1');
    this.house.cookies = await this.context.cookies();
  }

  async open(path: string): Promise<void> {
    await this.page.goto(this.house.base + path);
    await this.page.waitForSelector('h1');
    await this.page.waitForFunction(
      () => !document.querySelector('[aria-busy=true]') && document.fonts.status === 'loaded',
    );
  }

  async dress(language: Language, theme: Theme): Promise<void> {
    await this.page.evaluate(
      (change) =>
        fetch('/api/v1/session', {
          method: 'PATCH',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(change),
        }),
      { locale: language, theme },
    );
  }

  async axe(): Promise<string[]> {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(tags).analyze();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
    );
  }

  async shoot(name: string, fullPage = true): Promise<void> {
    await this.page.screenshot({
      path: join(output, `${name}.png`),
      fullPage,
      animations: 'disabled',
    });
  }

  /** Keys, one after another, with the time a page needs for each. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async end(): Promise<void> {
    expect(this.troubles).toEqual([]);
    await this.context.close();
  }
}
