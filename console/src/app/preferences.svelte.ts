// What somebody prefers on this machine. The language and the theme are also kept with the account; the rest is a
// matter of the screen in front of them.
import type { Zone } from '../i18n/time';

export type Theme = 'auto' | 'light' | 'dark' | 'high_contrast';
export type Density = 'normal' | 'dense';

export interface Preferences {
  theme: Theme;
  zone: Zone;
  density: Density;
  /** Whether single keys act. Some people's tools type letters: WCAG 2.1.4 asks for a switch. */
  keys: boolean;
}

const KEPT = 'khien.preferences';
const FIRST: Preferences = { theme: 'auto', zone: 'local', density: 'normal', keys: true };
const VALUES: { [K in keyof Preferences]: Preferences[K][] } = {
  theme: ['auto', 'light', 'dark', 'high_contrast'],
  zone: ['local', 'utc'],
  density: ['normal', 'dense'],
  keys: [true, false],
};

/** Kept preferences, each one only if it is a value of today. */
export function readPreferences(text: string | null): Preferences {
  let kept: Partial<Record<keyof Preferences, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) kept = parsed;
  } catch {
    // Somebody else's text under our name: start anew.
  }
  const pick = <K extends keyof Preferences>(name: K): Preferences[K] =>
    VALUES[name].find((value) => value === kept[name]) ?? FIRST[name];
  return { theme: pick('theme'), zone: pick('zone'), density: pick('density'), keys: pick('keys') };
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // Storage can be forbidden; preferences then last as long as the page.
  }
}

export const preferences = $state<Preferences>(
  readPreferences(typeof localStorage === 'undefined' ? null : kept()),
);

export function prefer(changes: Partial<Preferences>): void {
  Object.assign(preferences, changes);
  try {
    localStorage.setItem(KEPT, JSON.stringify(preferences));
  } catch {
    // As above.
  }
  show();
}

/** The theme that is drawn: the system's wish unless somebody chose. */
export function themeDrawn(
  theme: Theme,
  matches: (query: string) => boolean,
): 'light' | 'dark' | 'contrast' {
  if (theme === 'high_contrast') return 'contrast';
  if (theme !== 'auto') return theme;
  if (matches('(prefers-contrast: more)')) return 'contrast';
  return matches('(prefers-color-scheme: dark)') ? 'dark' : 'light';
}

function show(): void {
  const { dataset } = document.documentElement;
  dataset.theme = themeDrawn(preferences.theme, (query) => matchMedia(query).matches);
  dataset.density = preferences.density;
}

/** Draws the preferences, and again whenever the system changes its mind. */
export function followSystem(): void {
  for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) {
    matchMedia(query).addEventListener('change', show);
  }
  show();
}
