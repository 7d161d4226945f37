// Texts in the language chosen. Reading a text in a component makes it change with the language, without a reload.
import type { Messages } from '../generated/messages';
import { type Argument, fill } from './fill';

export type Language = 'en' | 'vi';
export type Key = keyof Messages;
/** Keys of texts without slots. */
export type PlainKey = { [K in Key]: Messages[K] extends null ? K : never }[Key];
type Texts = Record<Key, string>;

/** Their own names, for the switch: somebody lost in a foreign language finds theirs. */
export const LANGUAGES: Record<Language, string> = { en: 'English', vi: 'Tiếng Việt' };

const files: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import('../generated/en.json') as Promise<{ default: Texts }>,
  vi: () => import('../generated/vi.json') as Promise<{ default: Texts }>,
};

let chosen = $state<Language>('en');
let texts = $state.raw<Partial<Texts>>({});

/** The language shown. */
export function language(): Language {
  return chosen;
}

/** The language that fits what somebody's browser or account says. */
export function languageOf(tag: string | null | undefined): Language | undefined {
  const name = tag?.toLowerCase().split(/[-_]/)[0];
  return name === 'vi' || name === 'en' ? name : undefined;
}

/** Shows everything in another language. Nothing changes before its texts are there. */
export async function setLanguage(next: Language): Promise<void> {
  const loaded = (await files[next]()).default;
  texts = loaded;
  chosen = next;
  document.documentElement.lang = next;
}

/** The text of a key. Keys without slots take no second argument; the type check says which. */
export function t<K extends Key>(
  key: K,
  ...given: Messages[K] extends null ? [] : [Messages[K]]
): string {
  const values = (given[0] ?? null) as Record<string, Argument> | null;
  return fill(texts[key] ?? key, values, number);
}

/** The text of a key that is put together from a word of the server, or what stands in for a word we do not know. */
export function word(key: string, otherwise: string): string {
  return (texts as Record<string, string>)[key] ?? otherwise;
}

/** The same with what goes into its slots. */
export function said(key: string, values: Record<string, Argument>, otherwise: string): string {
  const text = (texts as Record<string, string>)[key];
  return text === undefined ? otherwise : fill(text, values, number);
}

/** Whether there is a text of this key. */
export function has(key: string): boolean {
  return key in texts;
}

/** A number as the language writes it. */
export function number(value: number): string {
  return new Intl.NumberFormat(chosen).format(value);
}

/** A share between 0 and 1 in per cent. */
export function percent(share: number): string {
  return new Intl.NumberFormat(chosen, { style: 'percent', maximumFractionDigits: 0 }).format(
    share,
  );
}

/** `a, b and c`. */
export function list(parts: string[]): string {
  return new Intl.ListFormat(chosen, { type: 'conjunction' }).format(parts);
}
