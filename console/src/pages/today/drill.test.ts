import { expect, it } from 'vitest';

import type { Advisory, CaseAlert, CaseDetail, CaseEntry } from '../../api/model';
import { type DrillState, nextStep, stepsDone } from './drill';

const none: DrillState = { handled: 0, advisory: undefined, cases: { total: 0, details: [] } };
const detail = (what: string, kind = 'ours'): Pick<CaseDetail, 'alerts' | 'entries'> => ({
  alerts: [],
  entries: [{ kind, what } as CaseEntry],
});

it('begins with the account, which is made', () => {
  expect(stepsDone(none)).toEqual([true, false, false, false, false]);
  expect(nextStep(stepsDone(none))).toBe(1);
});

it('sees each step by what the server has', () => {
  const checked = { id: '3cx', checked: {} } as Advisory;
  expect(stepsDone({ ...none, handled: 1 })[1]).toBe(true);
  expect(stepsDone({ ...none, advisory: { id: '3cx' } as Advisory })[2]).toBe(false);
  expect(stepsDone({ ...none, advisory: checked })[2]).toBe(true);
  const opened = { total: 1, details: [detail('opened')] };
  expect(stepsDone({ ...none, cases: opened }).slice(3)).toEqual([true, false]);
  const handed = { total: 2, details: [detail('opened'), detail('handed_over')] };
  const all = stepsDone({ handled: 2, advisory: checked, cases: handed });
  expect(all).toEqual([true, true, true, true, true]);
  expect(nextStep(all)).toBe(-1);
});

it('takes a departure in a case for one that was taken', () => {
  const alert = { alert: { kind: 'departure' } } as CaseAlert;
  const cases = { total: 1, details: [{ alerts: [alert], entries: [] }] };
  expect(stepsDone({ ...none, cases })[1]).toBe(true);
  expect(stepsDone({ ...none, handled: null, cases })[1]).toBe(true);
});

it('is not fooled by what people write', () => {
  const cases = { total: 1, details: [detail('handed_over', 'note')] };
  expect(stepsDone({ ...none, cases })[4]).toBe(false);
});

it('does not call done, or not done, what it could not ask', () => {
  const state: DrillState = { handled: null, advisory: null, cases: null };
  expect(stepsDone(state)).toEqual([true, null, null, null, null]);
  expect(nextStep(stepsDone(state))).toBe(1);
});
