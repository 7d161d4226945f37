// What the first page and the drill ask the server. Each question stands for itself: what is refused to a role is left
// out, and what fails says so beside what could be asked.
import { api, type Query } from '../../api/client';
import type {
  Advisory,
  Alert,
  Case,
  CaseDetail,
  Health,
  Host,
  Job,
  Page,
  Update,
} from '../../api/model';
import { asProblem, type Problem } from '../../api/problem';
import { CASES_MAX, dataFrom, ROWS_MAX } from './today';

/** What came of a question: an answer, an older answer with what went wrong since, or neither where it was refused. */
export interface Answer<T> {
  value: T | null;
  problem: Problem | null;
}

/** Asks; what failed keeps the answer from before. */
export async function answer<T>(
  question: () => Promise<T>,
  before: Answer<T> | undefined,
): Promise<Answer<T>> {
  try {
    return { value: await question(), problem: null };
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.status === 403) return { value: null, problem: null };
    return { value: before?.value ?? null, problem };
  }
}

/** Bound: entries of a list that are looked through here. */
const ALL_MAX = 1000;

/** Bound: updates among which the gravest are looked for; the newest of those that wait. */
const UPDATES_MAX = 200;

const rows = <Row>(path: string, query: Query) => api.get<Page<Row>>(path, query);

const count = async (path: string, query: Query) =>
  (await rows(path, { ...query, limit: 1 })).total;

const address = (id: string) => `/cases/${encodeURIComponent(id)}`;

/** Cases as they were when last asked for: what has not changed is not asked for again. */
const known = new Map<string, CaseDetail>();

async function detailsOf(cases: Case[]): Promise<CaseDetail[]> {
  const wanted = new Set(cases.map(({ id }) => id));
  for (const id of known.keys()) if (!wanted.has(id)) known.delete(id);
  return Promise.all(
    cases.map(async (of) => {
      const before = known.get(of.id);
      if (before?.case.updated === of.updated) return before;
      const detail = await api.get<CaseDetail>(address(of.id));
      known.set(of.id, detail);
      return detail;
    }),
  );
}

export interface Work {
  cases: Answer<{ items: Case[]; total: number; details: CaseDetail[] }>;
  advisories: Answer<Advisory[]>;
  updates: Answer<{ items: Update[]; total: number }>;
  signals: Answer<{ critical: Alert[]; high: Alert[]; total: number }>;
}

async function askCases() {
  const { items, total } = await rows<Case>('/cases', {
    state: 'active',
    sort: 'next_due',
    limit: ALL_MAX,
  });
  return { items, total, details: await detailsOf(items.slice(0, CASES_MAX)) };
}

async function askSignals() {
  // High or above: the gravest first, and of those the newest.
  const { items, total } = await rows<Alert>('/alerts', {
    state: 'open',
    severity: 'high',
    sort: '-severity',
    limit: 2 * ROWS_MAX,
  });
  const of = (severity: Alert['severity']) => items.filter((alert) => alert.severity === severity);
  return { critical: of('critical'), high: of('high'), total };
}

/** What is due, and what asks for somebody. */
export async function askWork(before: Work | null): Promise<Work> {
  const [cases, advisories, updates, signals] = await Promise.all([
    answer(askCases, before?.cases),
    answer(
      async () => (await rows<Advisory>('/advisories', { limit: ALL_MAX })).items,
      before?.advisories,
    ),
    answer(
      () => rows<Update>('/updates', { standing: 'open', limit: UPDATES_MAX }),
      before?.updates,
    ),
    answer(askSignals, before?.signals),
  ]);
  return { cases, advisories, updates, signals };
}

export interface Coverage {
  hosts: Answer<{ total: number; silent: number; from: string | undefined }>;
  health: Answer<Health>;
  jobs: Answer<{ running: number; queued: number }>;
}

/** Hosts without a time come first in that order; so many are looked through for the first that has one. */
const FIRST_HOSTS = 200;

async function askHosts() {
  const [first, silent] = await Promise.all([
    rows<Host>('/hosts', { sort: 'first', limit: FIRST_HOSTS }),
    count('/hosts', { silent: 'day' }),
  ]);
  return { total: first.total, silent, from: dataFrom(first.items) };
}

/** How much can be seen. */
export async function askCoverage(before: Coverage | null): Promise<Coverage> {
  const jobs = (state: Job['state']) => count('/jobs', { state });
  const [hosts, health, running] = await Promise.all([
    answer(askHosts, before?.hosts),
    answer(() => api.get<Health>('/health'), before?.health),
    answer(async () => {
      const [running, queued] = await Promise.all([jobs('running'), jobs('queued')]);
      return { running, queued };
    }, before?.jobs),
  ]);
  return { hosts, health, jobs: running };
}

/** What the drill is judged by. */
export interface DrillSeen {
  /** Departures that somebody took or closed. */
  handled: Answer<number>;
  /** The advisory of the drill, if there is one. */
  advisory: Answer<{ found: Advisory | undefined }>;
  cases: Answer<{ total: number; latest: Case | undefined; details: CaseDetail[] }>;
}

/** The advisory of the drill, as it ships with the program. */
const DRILL_ADVISORY = '3cx';

async function askDrillAdvisory() {
  const { items } = await rows<Advisory>('/advisories', { q: DRILL_ADVISORY, limit: ALL_MAX });
  const on = items.filter(
    ({ id, title }) => id === DRILL_ADVISORY || title.toLowerCase().includes(DRILL_ADVISORY),
  );
  // One that somebody pasted counts as well.
  const found =
    on.find(({ checked }) => checked) ?? on.find(({ id }) => id === DRILL_ADVISORY) ?? on[0];
  return { found };
}

async function askDrillCases() {
  const { items, total } = await rows<Case>('/cases', { sort: '-updated', limit: CASES_MAX });
  const details = await Promise.all(items.map(({ id }) => api.get<CaseDetail>(address(id))));
  return { total, latest: items[0], details };
}

/** How far the drill is. */
export async function askDrill(before: DrillSeen | null): Promise<DrillSeen> {
  const departures = (state: Alert['state']) => count('/alerts', { kind: 'departure', state });
  const [handled, advisory, cases] = await Promise.all([
    answer(
      async () => (await departures('acknowledged')) + (await departures('closed')),
      before?.handled,
    ),
    answer(askDrillAdvisory, before?.advisory),
    answer(askDrillCases, before?.cases),
  ]);
  return { handled, advisory, cases };
}
