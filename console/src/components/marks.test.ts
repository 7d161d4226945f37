import { expect, it } from 'vitest';

import {
  FILE_CHANGES,
  HEALTH,
  JOBS,
  READINGS,
  REASONS,
  RULES,
  SEVERITIES,
  STANDINGS,
  UPDATE_VERDICTS,
  VERDICTS,
} from './marks';

const ALL = {
  VERDICTS,
  SEVERITIES,
  HEALTH,
  JOBS,
  UPDATE_VERDICTS,
  STANDINGS,
  READINGS,
  REASONS,
  RULES,
  FILE_CHANGES,
};

it.each(Object.entries(ALL))('%s differ in shape, not only in colour', (_, marks) => {
  const shapes = Object.values(marks).map(({ shape }) => shape);
  expect(new Set(shapes).size).toBe(shapes.length);
});

it('unknown never looks like clear', () => {
  expect(VERDICTS.unknown.tone).not.toBe(VERDICTS.clear.tone);
  expect(HEALTH.unknown.tone).not.toBe(HEALTH.ok.tone);
  expect(UPDATE_VERDICTS.unknown.tone).not.toBe(UPDATE_VERDICTS.pass.tone);
});

it('only a pass looks passed', () => {
  for (const [standing, { tone }] of Object.entries(STANDINGS)) {
    expect(tone === 'clear').toBe(standing === 'passed');
  }
});

it('only a rule that is looked for looks so', () => {
  for (const [state, { tone }] of Object.entries(RULES)) {
    expect(tone === 'clear').toBe(state === 'on');
  }
});
