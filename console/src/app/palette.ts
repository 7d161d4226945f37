import { fold } from '../i18n/fill';

/** Entries that have all the words asked for: first those whose name begins so, then those whose name has them. */
export function rank<Entry>(
  entries: Entry[],
  asked: string,
  texts: (entry: Entry) => string[],
): Entry[] {
  const words = asked.split(/\s+/).filter(Boolean);
  const scored = entries.flatMap((entry, at) => {
    const [name = '', ...rest] = texts(entry).map(fold);
    const all = [name, ...rest].join(' ');
    if (!words.every((word) => all.includes(word))) return [];
    const first = words[0] ?? '';
    const score = name.startsWith(first) ? 0 : name.includes(first) ? 1 : 2;
    return [{ entry, score, at }];
  });
  return scored.sort((a, b) => a.score - b.score || a.at - b.at).map(({ entry }) => entry);
}
