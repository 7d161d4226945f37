import { expect, it } from 'vitest';

import type { CaseDetail, CaseEntry, CaseObligation } from '../../api/model';
import { fromField, parts, toField } from '../../i18n/time';
import { bursts, lineOf, markdownOf, pressing } from './cases';

const entry = (id: string, over: Partial<CaseEntry> = {}): CaseEntry => ({
  id,
  kind: 'ours',
  what: 'task_added',
  detail: {},
  text: '',
  at: '2026-03-30T09:40:00.000Z',
  noted: '2026-03-30T09:40:00.000Z',
  by: { kind: 'account', id: '1', name: 'linh' },
  ...over,
});

it('folds what one person did in one go, and nothing else', () => {
  const noted = '2026-03-30T09:45:00.000Z';
  const ids = (entries: CaseEntry[]) => bursts(entries).map((burst) => burst.entries.length);
  expect(ids([entry('a'), entry('b'), entry('c', { noted })])).toEqual([3]);
  expect(ids([entry('a'), entry('b')])).toEqual([1, 1]);
  const other = { kind: 'account', id: '2', name: 'hai' } as const;
  expect(ids([entry('a'), entry('b'), entry('c', { by: other })])).toEqual([1, 1, 1]);
  const told = { kind: 'note', what: 'told' } as const;
  expect(ids([entry('a', told), entry('b', told), entry('c', told)])).toEqual([1, 1, 1]);
  const late = '2026-03-30T10:45:00.000Z';
  expect(ids([entry('a'), entry('b'), entry('c', { at: late })])).toEqual([1, 1, 1]);
  const signal = { kind: 'event', what: 'alert' } as const;
  expect(ids([entry('a', signal), entry('b', signal), entry('c', signal)])).toEqual([3]);
});

it('puts first what is overdue, then what is to be done at once, then by time', () => {
  const one = (state: CaseObligation['state'], due?: string) =>
    ({ state, ...(due ? { due } : {}) }) as CaseObligation;
  const all = [
    one('sent'),
    one('waiting'),
    one('due', '2026-03-31T00:00:00.000Z'),
    one('due', '2026-03-30T00:00:00.000Z'),
    one('at_once'),
    one('not_applicable'),
    one('overdue', '2026-03-01T00:00:00.000Z'),
  ];
  expect(pressing(all).map(({ due, state }) => due?.slice(8, 10) ?? state)).toEqual([
    '01',
    'at_once',
    '30',
    '31',
    'waiting',
    'sent',
    'not_applicable',
  ]);
});

it('writes out what would hide in a line, and keeps Markdown text', () => {
  expect(lineOf(entry('a', { what: 'told', text: 'a\u202eb' }), 'utc')).toBe('a\\u{202e}b');
  const detail = {
    case: {
      number: '2026-001',
      title: '[x](http://evil.test)',
      summary: '<b>',
      state: 'open',
      severity: 'high',
    },
    times: {},
    hosts: [],
    tasks: [],
    obligations: [],
    entries: [entry('a', { what: 'told', text: '# no\nheading' })],
  } as unknown as CaseDetail;
  const text = markdownOf(detail, 'https://soc.example/cases/1', 'utc');
  expect(text).toContain('\\[x\\]\\(http://evil.test\\)');
  expect(text).toContain('\\<b\\>');
  expect(text).not.toMatch(/^# no/m);
  expect(text).toContain('\\# no');
});

it('takes times from fields in the zone that is shown', () => {
  const at = new Date('2026-03-24T08:05:11.000Z');
  for (const zone of ['utc', 'local'] as const) {
    expect(fromField(toField(at, zone), zone)).toBe('2026-03-24T08:05:00.000Z');
  }
  expect(toField(at, 'utc')).toBe('2026-03-24T08:05');
  expect(fromField('', 'local')).toBeUndefined();
  expect(parts(-(5 * 1440 + 16 * 60 + 3) * 60_000)).toEqual({ days: 5, hours: 16, minutes: 3 });
});
