// Times as people read them. The server sends RFC 3339 in UTC; what is shown says its zone.
import type { Language } from './i18n.svelte';

export type Zone = 'local' | 'utc';

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** `24/03/2026, 08:05:11 UTC`. Days before months in both languages: nobody has to guess. */
export function dateTime(at: Date, language: Language, zone: Zone): string {
  const format = new Intl.DateTimeFormat(language === 'vi' ? 'vi-VN' : 'en-GB', {
    year: 'numeric',
    month: language === 'vi' ? '2-digit' : 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  });
  const parts = Object.fromEntries(
    format.formatToParts(at).map(({ type, value }) => [type, value]),
  );
  const day =
    language === 'vi'
      ? `${parts.day}/${parts.month}/${parts.year}`
      : `${parts.day} ${parts.month} ${parts.year}`;
  return `${day} ${parts.hour}:${parts.minute}:${parts.second} ${parts.timeZoneName}`;
}

/** `3 hours ago`, in the largest unit that fits. */
export function ago(at: Date, now: Date, language: Language): string {
  const ahead = (at.getTime() - now.getTime()) / 1000;
  // The clock of a page goes on twice a minute: what is a little ahead of it took place just now.
  const seconds = ahead > 0 && ahead < 90 ? 0 : ahead;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  // Some languages begin with a capital, as if it were a sentence of its own.
  const text = format.format(Math.trunc(seconds / size), unit);
  return text.charAt(0).toLocaleLowerCase(language) + text.slice(1);
}

/** A time as fields for dates take it, in the zone that is shown: `2026-03-24T08:05`. */
export function toField(at: Date, zone: Zone): string {
  const shift = zone === 'utc' ? 0 : at.getTimezoneOffset() * 60_000;
  return new Date(at.getTime() - shift).toISOString().slice(0, 16);
}

/** What stands in such a field as a time of the server; nothing for what is none. */
export function fromField(text: string, zone: Zone): string | undefined {
  const at = new Date(zone === 'utc' ? `${text}Z` : text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** A length of time in its two largest units: days, hours, minutes. */
export function parts(ms: number): { days: number; hours: number; minutes: number } {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  return {
    days: Math.floor(minutes / 1440),
    hours: Math.floor((minutes % 1440) / 60),
    minutes: minutes % 60,
  };
}

/** A time of the server; nothing for what is none. */
export function parse(text: string | null | undefined): Date | undefined {
  if (!text) return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
