// When somebody was last here, on this browser: what came since is marked. A visit goes on as long as they look, and a
// pause ends it. Kept like preferences: a matter of the screen in front of them, and nothing that the server has to know.

/** A pause this long ends a visit. */
const PAUSE_MS = 30 * 60_000;
/** Bound: accounts that are remembered of one browser. */
const ACCOUNTS_MAX = 8;
const KEPT = 'khien.visits';

export interface Visit {
  /** When the visit before this one ended; nothing at the first. */
  since: string | null;
  /** When they were last seen here. */
  seen: string;
}

function isVisit(value: unknown): value is Visit {
  const { seen, since } = (value ?? {}) as Record<string, unknown>;
  const isTime = (text: unknown) => typeof text === 'string' && !Number.isNaN(Date.parse(text));
  return isTime(seen) && (since === null || isTime(since));
}

/** What is kept, as far as it has the form of today. */
export function readVisits(text: string | null): [string, Visit][] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.filter(
      (entry): entry is [string, Visit] =>
        Array.isArray(entry) && typeof entry[0] === 'string' && isVisit(entry[1]),
    );
  } catch {
    return []; // Somebody else's text under our name: start anew.
  }
}

/** The visit that is going on now, after the one that was known. */
export function visitNow(before: Visit | undefined, now: Date): Visit {
  const seen = now.toISOString();
  if (!before) return { since: null, seen };
  const paused = now.getTime() - Date.parse(before.seen) > PAUSE_MS;
  return { since: paused ? before.seen : before.since, seen };
}

/** Notes that an account is here now. When its last visit ended, if that is known. */
export function noteVisit(account: string, now: Date): string | null {
  try {
    const all = readVisits(localStorage.getItem(KEPT));
    const visit = visitNow(all.find(([id]) => id === account)?.[1], now);
    const others = all.filter(([id]) => id !== account).slice(0, ACCOUNTS_MAX - 1);
    localStorage.setItem(KEPT, JSON.stringify([[account, visit], ...others]));
    return visit.since;
  } catch {
    return null; // Storage can be forbidden: then nothing is marked.
  }
}
