import type { Update, UpdateChoice, UpdateReason } from '../../api/model';
import { STANDINGS, type Mark, READINGS, UPDATE_VERDICTS } from '../../components/marks';
import { number, t } from '../../i18n/i18n.svelte';

/** What an update is called: product and version, else the name of its file. */
export function nameOf({ name, product, version }: Update): string {
  if (version !== undefined) return product === '' ? name : `${product} ${version}`;
  return product === '' || product === name ? name : `${product} (${name})`;
}

/** What reading came to: what vetting says, else how far it is. */
export function readingOf({ state, verdict }: Update): { mark: Mark; word: string } {
  return state === 'done' && verdict
    ? { mark: UPDATE_VERDICTS[verdict], word: t(`console.update.verdict.${verdict}`) }
    : { mark: READINGS[state], word: t(`console.update.state.${state}`) };
}

export function standingOf({ contested, standing }: Update): { mark: Mark; word: string } {
  if (contested) return { mark: STANDINGS.overdue, word: t('console.update.standing.contested') };
  return { mark: STANDINGS[standing], word: t(`console.update.standing.${standing}`) };
}

/** Why somebody may not decide so, if they may not. The server decides; this says so beforehand. */
export type Refused = 'unread' | 'approver';

/** Whether whoever is an approver, or is not, may decide so about an update. */
export function refusalOf(
  { decision, failure, kept, state, verdict }: Update,
  choice: UpdateChoice,
  isApprover: boolean,
): Refused | undefined {
  if (choice === 'pass' && state !== 'done') return 'unread';
  const overBlock = decision?.decision === 'block';
  // A reading that could not be done again, or cannot be, vouches for nothing.
  const isVouched = verdict === 'pass' && failure === undefined && kept;
  const needsApprover = overBlock ? choice !== 'block' : choice === 'pass' && !isVouched;
  return needsApprover && !isApprover ? 'approver' : undefined;
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** A count of bytes in the largest unit that leaves a whole number before the point. */
export function bytesOf(count: number, language: string): string {
  const power = count < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(count) / 3));
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: UNITS[power] ?? 'byte',
    // `346 byte` is no English.
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(count / 1000 ** power);
}

/** Bits with one decimal. */
export function bitsOf(bits: number): string {
  return number(Math.round(bits * 10) / 10);
}

/** Text from a hostile file in which no address can be followed, in a ticket either. */
export function harmless(text: string): string {
  return text.replace(/\bhttp(s?):\/\//gi, 'hxxp$1://');
}

/** The value of a trait: hosts cannot be clicked on. */
export function valueOf({ kind, value }: Pick<UpdateReason, 'kind' | 'value'>): string {
  const isHost = kind === 'reference.host' || kind === 'installation.update-channel';
  if (!isHost || value.includes('[.]')) return harmless(value);
  const [, scheme = '', host = '', rest = ''] = /^([a-z]+:\/\/)?([^/]*)(.*)$/is.exec(value) ?? [];
  const at = host.lastIndexOf('.');
  const name = at < 0 ? host : `${host.slice(0, at)}[.]${host.slice(at + 1)}`;
  return harmless(`${scheme}${name}${rest}`);
}
