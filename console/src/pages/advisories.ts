import type { AdvisoryForm, DayCount } from '../api/model';
import { word } from '../i18n/i18n.svelte';

/** A kind of indicator or of what records show, in words. */
export function kindOf(kind: string): string {
  return word(`check.kind.${kind}`, word(`console.advisory.kind.${kind}`, kind));
}

/** The form that an advisory was read as. */
export function formOf(form: AdvisoryForm): string {
  return word(`console.advisory.form.${form}`, form);
}

/** A name or address that nobody can click on, in a ticket either: `bad.example[.]net`, `hxxps://…`. */
export function defanged(kind: string, value: string): string {
  if (kind === 'url') {
    const [, scheme = '', host = '', rest = ''] = /^([a-z]+:\/\/)?([^/]*)(.*)$/is.exec(value) ?? [];
    return `${scheme.replace(/^http/i, 'hxxp')}${lastDot(host)}${rest}`;
  }
  return ['domain', 'ip', 'cidr'].includes(kind) ? lastDot(value) : value;
}

function lastDot(text: string): string {
  const at = text.lastIndexOf('.');
  return at < 0 ? text : `${text.slice(0, at)}[.]${text.slice(at + 1)}`;
}

const DAY_MS = 86_400_000;
/** Bound: bars of a picture; what spans more days is told by month. */
const BARS_MAX = 62;

/** Hosts by day without gaps, or by month where that would be too many bars. */
export function barsOf(days: DayCount[]): { label: string; count: number }[] {
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last) return [];
  const [from, to] = [Date.parse(first.day), Date.parse(last.day)];
  const span = Math.round((to - from) / DAY_MS) + 1;
  const byDay = span <= BARS_MAX;
  const name = (day: string) => (byDay ? day : day.slice(0, 7));
  const counts = new Map<string, number>();
  for (let at = from; at <= to; at += DAY_MS) {
    counts.set(name(new Date(at).toISOString().slice(0, 10)), 0);
  }
  for (const { day, hosts } of days) counts.set(name(day), (counts.get(name(day)) ?? 0) + hosts);
  const bars = [...counts].map(([label, count]) => ({ label, count }));
  // Days of one year need not say which.
  const year = first.day.slice(0, 5);
  const short = byDay && last.day.startsWith(year);
  return bars.map(({ label, count }) => ({ label: short ? label.slice(5) : label, count }));
}
