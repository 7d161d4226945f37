import { expect, test } from 'vitest';

import type { Node } from '../api/model';
import { agentState, nameOf } from './agents';

const NOW = new Date('2026-11-23T05:00:00Z');

test('a host is heard, silent or revoked', () => {
  expect(agentState({ seen: '2026-11-23T04:00:00Z' }, NOW)).toBe('heard');
  expect(agentState({ seen: '2026-11-23T03:59:59Z' }, NOW)).toBe('silent');
  expect(agentState({ seen: 'never' }, NOW)).toBe('silent');
  const revoked = { seen: '2026-11-23T04:59:00Z', revoked: '2026-11-23T04:59:30Z' };
  expect(agentState(revoked, NOW)).toBe('revoked');
});

test('one that says no name is known by what it calls itself', () => {
  expect(nameOf({ hostname: 'PC-1', host_identifier: 'x' } as Node)).toBe('PC-1');
  expect(nameOf({ hostname: '', host_identifier: 'x' } as Node)).toBe('x');
});
