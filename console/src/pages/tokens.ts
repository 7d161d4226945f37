import type { Token } from '../api/model';
import type { Mark } from '../components/marks';

export type TokenState = 'active' | 'expired' | 'revoked';

export const TOKEN_MARKS: Record<TokenState, Mark> = {
  active: { shape: 'check', tone: 'clear' },
  expired: { shape: 'stopped', tone: 'na' },
  revoked: { shape: 'crossed', tone: 'na' },
};

/** Whether a token still works at this time. */
export function tokenState(token: Token, now: Date): TokenState {
  if (token.revoked) return 'revoked';
  return token.expires && new Date(token.expires) <= now ? 'expired' : 'active';
}
