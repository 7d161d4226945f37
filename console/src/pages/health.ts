import type { Health, HealthState } from '../api/model';

const ORDER: HealthState[] = ['failed', 'unknown', 'degraded', 'ok'];

/** Parts with the worst first; equals stay in the server's order. */
export function worstFirst(parts: Health['parts']): Health['parts'] {
  return [...parts].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}
