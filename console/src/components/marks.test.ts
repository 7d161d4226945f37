import { expect, it } from 'vitest';

import { HEALTH, JOBS, SEVERITIES, VERDICTS } from './marks';

it.each(Object.entries({ VERDICTS, SEVERITIES, HEALTH, JOBS }))(
  '%s differ in shape, not only in colour',
  (_, marks) => {
    const shapes = Object.values(marks).map(({ shape }) => shape);
    expect(new Set(shapes).size).toBe(shapes.length);
  },
);

it('unknown never looks like clear', () => {
  expect(VERDICTS.unknown.tone).not.toBe(VERDICTS.clear.tone);
  expect(HEALTH.unknown.tone).not.toBe(HEALTH.ok.tone);
});
