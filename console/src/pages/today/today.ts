// What the first page is drawn from, put in order. No fetching here: see Today.svelte.
import type {
  Advisory,
  Alert,
  Case,
  CaseDetail,
  CaseObligation,
  Checked,
  Host,
  Update,
  UpdateStanding,
  UpdateVerdict,
} from '../../api/model';
import { parse } from '../../i18n/time';

/** Bound: rows of one kind; the rest is one link away. */
export const ROWS_MAX = 5;
/** Bound: deadlines on the page. */
export const DEADLINES_MAX = 6;
/** Bound: cases whose deadlines are asked for, those due first before others. */
export const CASES_MAX = 20;

export type Pressing = 'overdue' | 'at_once' | 'due';

/** Somebody who has to be told, of one case. */
export interface Deadline {
  id: string;
  of: Case;
  one: CaseObligation;
  state: Pressing;
  /** How much of the time is used up, between 0 and 1. */
  used: number;
}

const PRESSING: Pressing[] = ['overdue', 'at_once', 'due'];

/** How an obligation stands now: a time passes while a page is looked at. */
function stateOf(one: CaseObligation, now: Date): Pressing | undefined {
  if (one.state === 'at_once') return 'at_once';
  if (one.state !== 'due' && one.state !== 'overdue') return undefined;
  const due = parse(one.due);
  return one.state === 'overdue' || (due && due < now) ? 'overdue' : 'due';
}

function usedOf({ due, since }: CaseObligation, state: Pressing, now: Date): number {
  if (state !== 'due') return 1;
  const [from, to] = [parse(since)?.getTime(), parse(due)?.getTime()];
  if (from === undefined || to === undefined || to <= from) return 0;
  return Math.min(1, Math.max(0, (now.getTime() - from) / (to - from)));
}

/** Who has to be told by when, in all cases that are not closed: overdue first, then at once, then by time. */
export function deadlines(
  cases: Pick<CaseDetail, 'case' | 'obligations'>[],
  now: Date,
): Deadline[] {
  const all = cases.flatMap(({ case: of, obligations }) =>
    of.state === 'closed'
      ? []
      : obligations.flatMap((one) => {
          const state = stateOf(one, now);
          if (state === undefined) return [];
          const used = usedOf(one, state, now);
          return [{ id: `${of.id}/${one.duty.id}`, of, one, state, used }];
        }),
  );
  return all.sort(
    (a, b) =>
      PRESSING.indexOf(a.state) - PRESSING.indexOf(b.state) ||
      (a.one.due ?? '').localeCompare(b.one.due ?? '') ||
      a.id.localeCompare(b.id),
  );
}

export type NeedKind = 'hit' | 'unknown' | 'update' | 'signal' | 'case';

/** What asks for somebody, of one kind: the first rows, and how many there are. */
export type Need =
  | { kind: 'hit'; rows: CheckedAdvisory[]; total: number; all: string }
  | { kind: 'unknown'; rows: CheckedAdvisory[]; total: number; all: string }
  | { kind: 'update'; rows: Update[]; total: number; all: string }
  | { kind: 'signal'; rows: Alert[]; total: number; all: string }
  | { kind: 'case'; rows: Case[]; total: number; all: string };

export type CheckedAdvisory = Advisory & { checked: Checked };

/** What the lists of the server said; null where this role may not ask. */
export interface Asked {
  advisories: Advisory[] | null;
  updates: { items: Update[]; total: number } | null;
  signals: { critical: Alert[]; high: Alert[]; total: number } | null;
  cases: Case[] | null;
}

const isChecked = (advisory: Advisory): advisory is CheckedAdvisory =>
  advisory.checked !== undefined;

function most<Row>(rows: Row[], of: (row: Row) => number): Row[] {
  return [...rows].sort((a, b) => of(b) - of(a));
}

/** Cases that nobody leads, then one's own; those of others are in their hands. */
function ownCases(cases: Case[], me: string): Case[] {
  const active = cases.filter(({ state }) => state !== 'closed');
  const due = (a: Case, b: Case) => (a.next_due ?? '~').localeCompare(b.next_due ?? '~');
  return [
    ...active.filter(({ owner }) => !owner).sort(due),
    ...active.filter(({ owner }) => owner === me).sort(due),
  ];
}

/** Those that somebody passed and that are contested now come before all others. */
const STANDINGS: UpdateStanding[] = ['passed', 'overdue', 'lapsed', 'undecided'];
const VERDICTS: (UpdateVerdict | undefined)[] = ['block', 'hold', 'unknown', 'pass', undefined];

/** What rots first, then what was never decided: of that the gravest first. What is still being read can wait. */
function openUpdates(updates: Update[]): Update[] {
  const rank = ({ standing, verdict }: Update) =>
    STANDINGS.indexOf(standing) * VERDICTS.length + VERDICTS.indexOf(verdict);
  return [...updates].sort((a, b) => rank(a) - rank(b));
}

/** What asks for somebody, kind by kind; kinds of which there is nothing are left out. */
export function needs(asked: Asked, me: string): Need[] {
  const checked = (asked.advisories ?? []).filter(isChecked);
  const hit = checked.filter(({ checked }) => checked.verdict === 'hit');
  const unknown = checked.filter(({ checked }) => checked.hosts.unknown > 0);
  const cases = ownCases(asked.cases ?? [], me);
  const { critical = [], high = [], total = 0 } = asked.signals ?? {};
  const all: Need[] = [
    {
      kind: 'hit',
      rows: most(hit, ({ checked }) => checked.hosts.hit).slice(0, ROWS_MAX),
      total: hit.length,
      all: '/advisories?verdict=hit',
    },
    {
      kind: 'unknown',
      rows: most(unknown, ({ checked }) => checked.hosts.unknown).slice(0, ROWS_MAX),
      total: unknown.length,
      all: '/advisories',
    },
    {
      kind: 'update',
      rows: openUpdates(asked.updates?.items ?? []).slice(0, ROWS_MAX),
      total: asked.updates?.total ?? 0,
      all: '/updates?standing=open',
    },
    {
      kind: 'signal',
      rows: [...critical, ...high].slice(0, ROWS_MAX),
      total,
      all: '/signals?state=open&sort=-severity',
    },
    {
      kind: 'case',
      rows: cases.slice(0, ROWS_MAX),
      total: cases.length,
      all: '/cases?state=active',
    },
  ];
  return all.filter(({ total }) => total > 0);
}

export type Fresh = 'new' | 'changed';

/** Whether something came, or changed, since somebody was last here; nothing where that is not known. */
export function freshOf(
  made: string | undefined,
  changed: string | undefined,
  since: string | null,
): Fresh | null {
  const last = parse(since);
  const isAfter = (text: string | undefined) => {
    const at = parse(text);
    return last !== undefined && at !== undefined && at > last;
  };
  return isAfter(made) ? 'new' : isAfter(changed) ? 'changed' : null;
}

/** The same of a row of what asks for somebody. */
export function freshRow(need: Need, at: number, since: string | null): Fresh | null {
  if (need.kind === 'hit' || need.kind === 'unknown') {
    const row = need.rows[at];
    return row ? freshOf(row.added ?? row.checked.time, row.checked.time, since) : null;
  }
  if (need.kind === 'update') {
    const row = need.rows[at];
    return row ? freshOf(row.arrived, row.read ?? row.decision?.at, since) : null;
  }
  if (need.kind === 'signal') {
    const row = need.rows[at];
    return row ? freshOf(row.created, undefined, since) : null;
  }
  const row = need.rows[at];
  return row ? freshOf(row.created, row.updated, since) : null;
}

/** What stands where: another list of these is one that would move rows. */
export function placesOf(deadlines: Deadline[], needs: Need[]): string {
  return JSON.stringify([
    deadlines.slice(0, DEADLINES_MAX).map(({ id }) => id),
    needs.map(({ kind, rows }) => [kind, rows.map(({ id }) => id)]),
  ]);
}

/** When an advisory was last checked. */
export function lastChecked(advisories: Advisory[]): string | undefined {
  return advisories
    .flatMap(({ checked }) => checked?.time ?? [])
    .sort()
    .at(-1);
}

/** When the first record of any host is from. */
export function dataFrom(hosts: Host[]): string | undefined {
  return hosts
    .flatMap(({ first }) => first ?? [])
    .sort()
    .at(0);
}
