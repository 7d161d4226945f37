import type {
  Case,
  CaseClock,
  CaseDetail,
  CaseEntry,
  CaseObligation,
  CaseObligationState,
  HostVerdict,
} from '../../api/model';
import { markdownLink } from '../../components/copying';
import { plain } from '../../components/untrusted';
import { has, language, list, t, word } from '../../i18n/i18n.svelte';
import { dateTime, parse, parts, type Zone } from '../../i18n/time';

export const CLOCKS: CaseClock[] = [
  'occurred',
  'detected',
  'aware',
  'material',
  'contained',
  'fixed',
];
export const HOST_VERDICTS: HostVerdict[] = ['unknown', 'hit', 'clear', 'not_applicable'];

/** `2026-014 softphone 18.12.416`, safe to be shown as it is. */
export function nameOf(of: Case): string {
  return `${of.number} ${plain(of.title)}`;
}

/** `5 d 16 h`: a length of time in its two largest units. */
export function span(ms: number): string {
  const { days, hours, minutes } = parts(ms);
  if (days > 0) return t('console.case.span.days', { days, hours });
  if (hours > 0) return t('console.case.span.hours', { hours, minutes });
  return t('console.case.span.minutes', { minutes });
}

/** `due in 17 h 42 m`, `overdue by 3 h`. */
export function dueText(due: string | undefined, now: Date): string {
  const at = parse(due);
  if (!at) return '';
  const left = at.getTime() - now.getTime();
  return left >= 0
    ? t('console.case.due.in', { time: span(left) })
    : t('console.case.due.over', { time: span(left) });
}

const WORST: CaseObligationState[] = [
  'overdue',
  'at_once',
  'due',
  'waiting',
  'sent',
  'not_applicable',
];

/** What asks for somebody first: overdue, at once, then by time. */
export function pressing(all: CaseObligation[]): CaseObligation[] {
  const rank = (one: CaseObligation) => WORST.indexOf(one.state);
  return [...all].sort((a, b) => rank(a) - rank(b) || (a.due ?? '~').localeCompare(b.due ?? '~'));
}

/** A value of a detail in words, where there are words for it. */
function said(name: string, value: string, zone: Zone): string {
  const time = CLOCKS.includes(name as CaseClock) || name === 'sent' ? parse(value) : undefined;
  if (time) return dateTime(time, language(), zone);
  const keys: Record<string, string> = {
    severity: `severity.${value}`,
    state: `console.case.state.${value}`,
    resolution: `console.signal.resolution.${value}`,
    verdict: `verdict.${value}`,
    origin: `console.case.source.${value}`,
  };
  const key = keys[name];
  if (key !== undefined && has(key)) return word(key, value);
  return value === '' ? '–' : plain(value);
}

/** What several entries tell together. */
export function burstText(entries: CaseEntry[], zone: Zone): string {
  const [first] = entries;
  if (first === undefined) return '';
  if (first.what !== 'alert') {
    return t('console.case.burst', {
      who: whoOf(first),
      did: didOf(first, zone).did,
      count: entries.length,
    });
  }
  const times = entries.map(({ at }) => Date.parse(at));
  const titles = [...new Set(entries.map(({ text }) => plain(text)))];
  return t('console.case.burst.signals', {
    count: entries.length,
    time: span(Math.max(60_000, Math.max(...times) - Math.min(...times))),
    what: titles.slice(0, 3).join(', ') + (titles.length > 3 ? ', …' : ''),
  });
}

/** Who did it: a name, or the server itself. */
export function whoOf(entry: CaseEntry): string {
  return entry.by.kind === 'system' ? t('console.case.system') : entry.by.name;
}

/** What somebody did, in a sentence without its subject; and what it was about, name by name. */
export function didOf(entry: CaseEntry, zone: Zone): { did: string; about: string[] } {
  const names = Object.entries(entry.detail).filter(
    ([name]) => name !== 'alert' && name !== 'open',
  );
  return {
    did: word(`console.case.did.${entry.what}`, entry.what),
    about: names.map(
      ([name, value]) => `${word(`console.case.about.${name}`, name)}: ${said(name, value, zone)}`,
    ),
  };
}

/** An entry as one line of text. */
export function lineOf(entry: CaseEntry, zone: Zone): string {
  if (entry.what === 'told' || entry.what === 'alert' || entry.what === 'advisory') {
    return plain(entry.text);
  }
  const { about, did } = didOf(entry, zone);
  const end = [...about, ...(entry.text === '' ? [] : [plain(entry.text)])];
  return `${whoOf(entry)} ${did}${end.length === 0 ? '' : ` (${end.join('; ')})`}`;
}

/** One entry, or several of one kind that came together. */
export interface Burst {
  id: string;
  entries: CaseEntry[];
}

/** Entries of one kind by one person within this time are one burst, from three on. */
const BURST_MS = 10 * 60_000;

/** Folds what was done in one go, and signals that came in one go. What people write is never folded. */
export function bursts(entries: CaseEntry[], by: 'at' | 'noted' = 'at'): Burst[] {
  const all: Burst[] = [];
  for (const entry of entries) {
    const last = all.at(-1);
    const before = last?.entries.at(-1);
    const isNear =
      before !== undefined &&
      (entry.kind === 'ours' || entry.what === 'alert') &&
      before.kind === entry.kind &&
      before.what === entry.what &&
      before.by.id === entry.by.id &&
      entry.what !== 'told' &&
      Math.abs(Date.parse(entry[by]) - Date.parse(before[by])) <= BURST_MS;
    if (last && isNear) last.entries.push(entry);
    else all.push({ id: entry.id, entries: [entry] });
  }
  return all.flatMap((burst) =>
    burst.entries.length >= 3
      ? [burst]
      : burst.entries.map((entry) => ({ id: entry.id, entries: [entry] })),
  );
}

/** Text that stays text in Markdown. */
function safe(text: string): string {
  return plain(text).replace(/[\\`*_{}[\]()<>#+!|~]/g, '\\$&');
}

/** The whole case in Markdown, for a ticket or a chat. */
export function markdownOf(detail: CaseDetail, link: string, zone: Zone): string {
  const { case: of, entries, hosts, obligations, tasks, times } = detail;
  const when = (text: string | undefined) => {
    const at = parse(text);
    return at ? dateTime(at, language(), zone) : t('console.time.none');
  };
  const heading = (text: string, lines: string[]) =>
    lines.length === 0 ? [] : [`## ${text}`, '', ...lines, ''];
  const facts = [
    `${t('console.case.column.state')}: ${t(`console.case.state.${of.state}`)}`,
    `${t('console.case.column.severity')}: ${t(`severity.${of.severity}`)}`,
    `${t('console.case.column.owner')}: ${safe(of.owner ?? t('console.signal.nobody'))}`,
    ...CLOCKS.filter((clock) => times[clock]).map(
      (clock) => `${t(`console.case.clock.${clock}`)}: ${when(times[clock]?.at)}`,
    ),
  ];
  const verdicts = HOST_VERDICTS.flatMap((verdict) => {
    const some = hosts.filter((host) => host.verdict === verdict);
    const names = list(some.slice(0, 50).map(({ host }) => safe(host)));
    return some.length === 0 ? [] : [`- ${t(`verdict.${verdict}`)} (${some.length}): ${names}`];
  });
  return [
    `# ${markdownLink(nameOf(of), link)}`,
    '',
    ...facts.map((fact) => `- ${fact}`),
    '',
    ...(of.summary === '' ? [] : [safe(of.summary), '']),
    ...heading(t('console.case.tab.hosts'), verdicts),
    ...heading(
      t('console.case.tab.tasks'),
      tasks.map((task) => `- [${task.done ? 'x' : ' '}] ${safe(task.text)}`),
    ),
    ...heading(
      t('console.case.tab.duties'),
      pressing(obligations)
        .filter(({ state }) => state !== 'not_applicable')
        .map(
          ({ due, duty, state }) =>
            `- ${safe(duty.title[language()])}, ${safe(duty.recipient[language()])}: ` +
            `${t(`console.case.duty.${state}`)}${due ? `, ${when(due)}` : ''}`,
        ),
    ),
    ...heading(
      t('console.case.tab.timeline'),
      entries.map(
        (entry) =>
          `- ${when(entry.at)} · ${t(`console.case.kind.${entry.kind}`)} · ${lineOf(entry, zone)
            .replace(/\s+/g, ' ')
            .replace(/[\\`*_{}[\]<>#|~]/g, '\\$&')}`,
      ),
    ),
  ].join('\n');
}
