// 100,000 rows: a keystroke in the filter to the painted frame. Times on a shared machine vary, so each figure stands
// beside a loop of plain work measured in the same page, and the gate is the median of several strokes.
import { afterAll, beforeAll, expect, it } from 'vitest';

import { type House, openHouse, remote, Visit } from './harness';

const FILTER_MS_MAX = 100;
let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

interface Stroke {
  /** From the keystroke to the painted frame. */
  ms: number;
  /** How much of it was the request for the rows, if there was one. */
  requestMs: number;
}

/** Puts a text into the filter that finds another number of rows, and says how long its frame took. */
async function stroke(visit: Visit, text: string): Promise<Stroke> {
  return visit.page.evaluate(async (value) => {
    const input = document.querySelector<HTMLInputElement>('input[data-filter]');
    const foot = document.querySelector('.list .foot [role=status]');
    if (!input || !foot) throw new Error('no filter');
    const before = foot.textContent;
    performance.clearResourceTimings();
    const begin = performance.now();
    input.value = value;
    input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    // Done when the new count is on the screen and a frame has been drawn after it.
    while (foot.textContent === before) {
      await new Promise((next) => setTimeout(next, 0));
      if (performance.now() - begin > 5000)
        throw new Error(`nothing changed for ${value}: ${before}`);
    }
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
    const ms = performance.now() - begin;
    const request = performance.getEntriesByType('resource').at(-1);
    return { ms, requestMs: request?.duration ?? 0 };
  }, text);
}

async function strokes(visit: Visit, texts: string[]): Promise<Stroke[]> {
  const found: Stroke[] = [];
  for (const text of texts) found.push(await stroke(visit, text));
  return found;
}

const median = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Plain work of a fixed size, as a measure of how busy the machine is. */
const calibrate = (visit: Visit) =>
  visit.page.evaluate(() => {
    const begin = performance.now();
    let sum = 0;
    for (let at = 0; at < 2e7; at += 1) sum = (sum * 31 + at) | 0;
    return sum === 1 ? 0 : performance.now() - begin;
  });

it.skipIf(remote)('filters 100,000 rows in the browser within 100 ms', async () => {
  const visit = await Visit.start(house);
  await visit.open('/e2e/bench/');
  await visit.page.waitForSelector('[data-row="0"]');
  expect(await visit.page.getAttribute('[role=grid]', 'aria-rowcount')).toBe('100001');
  const loop = await calibrate(visit);
  const texts = ['n', 'nang', 'nang-7', 'beacon', 'hue-77', 'e', 'duc', '', 'phong-9', 'nang-77'];
  const times = (await strokes(visit, texts)).map(({ ms }) => ms);
  const all = times.map((ms) => ms.toFixed(0)).join(' ');
  console.log(
    `bench: 100,000 rows, median ${median(times).toFixed(0)} ms of ${all}; loop ${loop.toFixed(0)} ms`,
  );
  expect(median(times)).toBeLessThanOrEqual(FILTER_MS_MAX);
  expect(await visit.page.textContent('[data-row="0"]')).toContain('Đà Nẵng-77');
  // What is drawn does not grow with what there is.
  expect(await visit.page.locator('[data-row]').count()).toBeLessThan(80);
  await visit.end();
});

it.skipIf(remote)(
  'adds no more than 100 ms to what a server takes to filter 100,000 rows',
  async () => {
    const visit = await Visit.start(house);
    await visit.open('/admin/audit');
    await visit.page.waitForSelector('[data-row="0"]');
    const found = await strokes(visit, [
      't',
      'token',
      'session.refused',
      'account',
      'linh',
      '',
      'token.revoked',
    ]);
    const own = found.map(({ ms, requestMs }) => ms - requestMs);
    const all = found
      .map(({ ms, requestMs }) => `${ms.toFixed(0)} (${requestMs.toFixed(0)})`)
      .join(' ');
    console.log(
      `bench: 100,000 rows behind HTTP, median ${median(own).toFixed(0)} ms besides the request; all ${all}`,
    );
    expect(found.every(({ requestMs }) => requestMs > 0)).toBe(true);
    expect(median(own)).toBeLessThanOrEqual(FILTER_MS_MAX);
    await visit.end();
  },
);

it.skipIf(remote)(
  'scrolls to the end of 4,000 rows, keeps few of them, and finds the way back',
  async () => {
    const visit = await Visit.start(house);
    await visit.open('/e2e/bench/');
    await visit.page.waitForSelector('[data-row="0"]');
    await visit.page.focus('[data-row="0"]');
    for (let at = 1; at <= 20; at += 1) {
      await visit.press('End');
      await visit.page.waitForFunction(
        (reach) => {
          const rows = document.querySelector<HTMLElement>('[role=rowgroup].body');
          return rows !== null && rows.offsetHeight >= reach * 36;
        },
        (at + 1) * 200,
      );
    }
    await visit.press('End');
    expect(
      Number(await visit.page.evaluate(() => document.activeElement?.getAttribute('data-row'))),
    ).toBeGreaterThanOrEqual(4000 - 1);
    expect(await visit.page.locator('[data-row]').count()).toBeLessThan(80);
    await visit.press('Home');
    await visit.page.waitForFunction(() =>
      document.activeElement?.textContent?.includes('Hà Nội-0000'),
    );
    await visit.press('x', 'j', 'x');
    expect(await visit.page.textContent('.picked b')).toBe('2 picked');
    await visit.end();
  },
);
