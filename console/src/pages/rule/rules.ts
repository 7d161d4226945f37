import type { Rule, RuleHits, RuleSwitch } from '../../api/model';

const DAY_MS = 86_400_000;

/** The log source that a rule asks for, as people write it: `windows / dns_query`. */
export function sourceOf({ product, category, service }: Rule): string {
  return [product, category, service].filter((word) => word !== '').join(' / ');
}

/** Findings of each day since a time, those without any included. */
export function barsOf(hits: RuleHits, now: Date): { label: string; count: number }[] {
  const counts = new Map(hits.days.map(({ day, hits }) => [day, hits]));
  const bars = [];
  for (let at = Date.parse(hits.since); at <= now.getTime(); at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    bars.push({ label: day.slice(5), count: counts.get(day) ?? 0 });
  }
  return bars;
}

/** Where the signals of a rule are that nobody has closed. */
export function signalsOf({ key }: Pick<Rule, 'key'>): string {
  return `/signals?state=active&q=${encodeURIComponent(key)}`;
}

/** What is sent to turn a rule off or on. */
export function switchOf(
  on: boolean,
  reason: string,
  until: string | undefined,
  version: number,
): RuleSwitch {
  return {
    on,
    reason: reason.normalize('NFC').trim(),
    ...(on || until === undefined ? {} : { until }),
    version,
  };
}
