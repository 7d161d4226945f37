import type { Account } from '../api/model';
import type { Mark } from '../components/marks';

export const ACCOUNT_MARKS: Record<Account['state'], Mark> = {
  active: { shape: 'check', tone: 'clear' },
  invited: { shape: 'waiting', tone: 'unknown' },
  disabled: { shape: 'stopped', tone: 'na' },
};

/** What an account's name may be; the server has the last word. */
export const NAME_PATTERN = '[a-z0-9][a-z0-9._@\\-]{0,63}';
