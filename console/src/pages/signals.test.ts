import { expect, it } from 'vitest';

import { evidenceOf } from './signals';

it('shows what it knows of evidence, and nothing of what has another form', () => {
  const rule = {
    event: 'x',
    fields: [{ name: 'QueryName', value: 'a.example' }],
    techniques: ['attack.t1071', 7],
  };
  expect(evidenceOf(rule)).toEqual({
    fields: [{ name: 'QueryName', text: 'a.example' }],
    techniques: ['attack.t1071'],
    bits: null,
    contrast: null,
  });
  const contrast = { showing: 3, on_release: 40, on_earlier: 0, ever_earlier: 210 };
  const departure = { score: { bits: 9.5 }, evidence: { contrast } };
  expect(evidenceOf(departure)).toMatchObject({
    bits: 9.5,
    contrast: { showing: 3, of: 40, earlier: 0, before: 210 },
  });
  for (const strange of [null, 'text', 5, [], { fields: {}, score: 'x' }]) {
    expect(evidenceOf(strange)).toMatchObject({ fields: [], techniques: [], bits: null });
  }
});
