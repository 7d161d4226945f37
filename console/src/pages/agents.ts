import type { Node } from '../api/model';
import type { Mark } from '../components/marks';
import { parse } from '../i18n/time';

/** Who was not heard of for so long is silent: osquery asks every minute or so. */
const SILENT_MS = 3_600_000;

export type AgentState = 'heard' | 'revoked' | 'silent';

export const AGENT_MARKS: Record<AgentState, Mark> = {
  heard: { shape: 'check', tone: 'clear' },
  revoked: { shape: 'crossed', tone: 'na' },
  silent: { shape: 'hatched', tone: 'unknown' },
};

/** How a host that runs osquery stands at this time. */
export function agentState(node: Pick<Node, 'revoked' | 'seen'>, now: Date): AgentState {
  if (node.revoked) return 'revoked';
  const seen = parse(node.seen);
  return seen && now.getTime() - seen.getTime() <= SILENT_MS ? 'heard' : 'silent';
}

/** What it is called: its host name, else what it calls itself. */
export function nameOf({ host_identifier, hostname }: Node): string {
  return hostname === '' ? host_identifier : hostname;
}
