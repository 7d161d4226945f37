import { expect, it } from 'vitest';

import type { Advisory, Alert, Case, CaseObligation, Update } from '../../api/model';
import {
  dataFrom,
  deadlines,
  freshOf,
  freshRow,
  lastChecked,
  needs,
  placesOf,
  ROWS_MAX,
} from './today';

const NOW = new Date('2026-03-24T08:00:00Z');
const aCase = (id: string, more: Partial<Case> = {}) =>
  ({ id, number: id, title: id, state: 'open', severity: 'high', ...more }) as Case;
const duty = (id: string, more: Partial<CaseObligation>) =>
  ({ duty: { id }, reason: '', sent_as: '', ...more }) as CaseObligation;
const advisory = (id: string, hit: number, unknown: number, more: Partial<Advisory> = {}) =>
  ({
    id,
    title: id,
    checked: {
      time: '2026-03-24T07:00:00Z',
      took_ms: 1,
      verdict: hit > 0 ? 'hit' : unknown > 0 ? 'unknown' : 'clear',
      hosts: { hit, unknown, clear: 1, not_applicable: 0 },
    },
    ...more,
  }) as Advisory;

it('puts what is overdue first, then what has no hours, then what is due by time', () => {
  const due = (state: CaseObligation['state'], at?: string) => ({
    state,
    ...(at === undefined ? {} : { due: at, since: '2026-03-24T00:00:00Z' }),
  });
  const all = deadlines(
    [
      {
        case: aCase('a'),
        obligations: [
          duty('late', due('due', '2026-03-25T08:00:00Z')),
          duty('now', due('at_once')),
          duty('sent', due('sent', '2026-03-20T00:00:00Z')),
          duty('waiting', due('waiting')),
          duty('not', due('not_applicable', '2026-03-20T00:00:00Z')),
        ],
      },
      {
        case: aCase('b', { state: 'contained' }),
        obligations: [
          duty('soon', due('due', '2026-03-24T16:00:00Z')),
          duty('over', due('overdue', '2026-03-23T00:00:00Z')),
          // The server's answer is a while old: the time has passed since.
          duty('just', due('due', '2026-03-24T07:59:59Z')),
        ],
      },
      {
        case: aCase('c', { state: 'closed' }),
        obligations: [duty('old', due('overdue', '2026-01-01T00:00:00Z'))],
      },
    ],
    NOW,
  );
  expect(all.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'b/over overdue',
    'b/just overdue',
    'a/now at_once',
    'b/soon due',
    'a/late due',
  ]);
  expect(all.map(({ used }) => Math.round(used * 100))).toEqual([100, 100, 100, 50, 25]);
});

it('fills no bar where nobody knows since when the clock runs', () => {
  const obligations = [duty('x', { state: 'due', due: '2026-03-25T00:00:00Z' })];
  expect(deadlines([{ case: aCase('a'), obligations }], NOW)[0]?.used).toBe(0);
});

it('asks for somebody where we are hit, where nobody knows, and where nobody leads', () => {
  const asked = {
    advisories: [
      advisory('clear', 0, 0),
      advisory('few', 1, 9),
      advisory('many', 8, 0),
      advisory('blind', 0, 3),
      { id: 'unchecked', title: '' } as Advisory,
    ],
    updates: {
      items: [
        { id: 'new', standing: 'undecided' } as Update,
        { id: 'held', standing: 'undecided', verdict: 'hold' } as Update,
        { id: 'late', standing: 'overdue', verdict: 'pass' } as Update,
        { id: 'fine', standing: 'undecided', verdict: 'pass' } as Update,
        { id: 'bad', standing: 'undecided', verdict: 'block' } as Update,
        { id: 'ended', standing: 'lapsed', verdict: 'pass' } as Update,
        { id: 'contested', standing: 'passed', verdict: 'hold', contested: true } as Update,
      ],
      total: 9,
    },
    signals: {
      critical: [{ id: 's1' } as Alert],
      high: Array.from({ length: ROWS_MAX }, (_, n) => ({ id: `h${n}` }) as Alert),
      total: 40,
    },
    cases: [
      aCase('others', { owner: 'weber' }),
      aCase('mine', { owner: 'linh' }),
      aCase('later', { next_due: '2026-04-01T00:00:00Z' }),
      aCase('sooner', { next_due: '2026-03-25T00:00:00Z' }),
      aCase('done', { owner: 'linh', state: 'closed' }),
    ],
  };
  const all = needs(asked, 'linh');
  const ids = Object.fromEntries(all.map(({ kind, rows }) => [kind, rows.map(({ id }) => id)]));
  expect(ids).toEqual({
    hit: ['many', 'few'],
    unknown: ['few', 'blind'],
    update: ['contested', 'late', 'ended', 'bad', 'held'],
    signal: ['s1', 'h0', 'h1', 'h2', 'h3'],
    case: ['sooner', 'later', 'mine'],
  });
  expect(all.map(({ total }) => total)).toEqual([2, 2, 9, 40, 3]);
});

it('leaves out what a role may not ask for, and kinds of which there is nothing', () => {
  expect(needs({ advisories: null, updates: null, signals: null, cases: null }, 'linh')).toEqual(
    [],
  );
  const only = needs(
    { advisories: [advisory('a', 1, 0)], updates: null, signals: null, cases: [] },
    'linh',
  );
  expect(only.map(({ kind }) => kind)).toEqual(['hit']);
});

it('knows when rows would move, and when only their words change', () => {
  const of = (...ids: string[]) =>
    needs(
      {
        advisories: ids.map((id) => advisory(id, 1, 0)),
        updates: null,
        signals: null,
        cases: null,
      },
      '',
    );
  expect(placesOf([], of('a', 'b'))).toBe(placesOf([], of('a', 'b')));
  expect(placesOf([], of('a', 'b'))).not.toBe(placesOf([], of('b', 'a')));
  expect(placesOf([], of('a'))).not.toBe(placesOf([], []));
});

it('finds the last check and the first record', () => {
  const at = (time: string) =>
    ({ ...advisory('a', 0, 0), checked: { time } as Advisory['checked'] }) as Advisory;
  const all = [at('2026-03-01T00:00:00Z'), at('2026-03-03T00:00:00Z'), { id: 'x' } as Advisory];
  expect(lastChecked(all)).toBe('2026-03-03T00:00:00Z');
  expect(lastChecked([])).toBeUndefined();
  const host = { name: 'a', org: '', events: 1, kinds: [], releases: 0 };
  expect(dataFrom([host, { ...host, first: '2026-02-02T00:00:00Z' }])).toBe('2026-02-02T00:00:00Z');
  expect(dataFrom([])).toBeUndefined();
});

it('knows what came and what changed since somebody was here', () => {
  const [before, since, after] = [
    '2026-03-24T07:00:00Z',
    '2026-03-24T08:00:00Z',
    '2026-03-24T09:00:00Z',
  ];
  expect(freshOf(after, after, since)).toBe('new');
  expect(freshOf(before, after, since)).toBe('changed');
  expect(freshOf(before, before, since)).toBeNull();
  expect(freshOf(before, undefined, since)).toBeNull();
  expect(freshOf(after, after, null)).toBeNull();
  const advisories = [advisory('a', 1, 0, { added: before }), advisory('b', 2, 0)];
  const asked = { advisories, updates: null, signals: null, cases: null };
  const [hits] = needs(asked, '');
  if (!hits) throw new Error('two advisories hit');
  const times = [0, 1].map((at) => freshRow(hits, at, '2026-03-24T06:30:00Z'));
  // One that ships with the program is new with its first check.
  expect(times).toEqual(['new', 'new']);
  expect([0, 1].map((at) => freshRow(hits, at, since))).toEqual([null, null]);
});
