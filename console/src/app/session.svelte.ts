// Who is signed in. Asked for once at the start; when the server forgets the session, the page says so and keeps what
// is on the screen.
import { api, whenSessionEnds } from '../api/client';
import {
  type Role,
  type Session,
  type SessionAnswer,
  type SessionChange,
  atLeast,
} from '../api/model';
import { type Language, languageOf, setLanguage } from '../i18n/i18n.svelte';
import { type Theme, prefer } from './preferences.svelte';
import type { Route } from './routes';

let current = $state.raw<Session | null>(null);
let ended = $state(false);

export const session = {
  get current() {
    return current;
  },
  get ended() {
    return ended;
  },
};

/** Whether whoever is signed in has at least this role. */
export function may(least: Role): boolean {
  return current !== null && atLeast(current.account.role, least);
}

/** Whether there is this page for whoever is signed in. */
export function sees(route: Pick<Route, 'least' | 'synthetic'>): boolean {
  return may(route.least) && (!route.synthetic || current?.synthetic === true);
}

/** Where to sign in, and to come back to from there. */
export function loginAddress(back: string): string {
  return `/login?next=${encodeURIComponent(back)}`;
}

/** Asks who is signed in, and takes over their language and theme. */
export async function startSession(): Promise<void> {
  take(await api.get<Session>('/session'));
  whenSessionEnds(() => (ended = true));
  const tag = languageOf(current?.account.locale);
  if (tag) await setLanguage(tag);
  if (current) prefer({ theme: current.account.theme });
}

function take(next: Session): void {
  current = next;
  ended = false;
}

/** Changes something of one's own account. */
export async function changeSelf(change: SessionChange): Promise<SessionAnswer> {
  const answer = await api.patch<SessionAnswer>('/session', change);
  take(answer.session);
  return answer;
}

/** Another language at once; the account learns of it when the server can be reached. */
export async function chooseLanguage(next: Language): Promise<void> {
  await setLanguage(next);
  await changeSelf({ locale: next });
}

export async function chooseTheme(next: Theme): Promise<void> {
  prefer({ theme: next });
  await changeSelf({ theme: next });
}
