// The drill of `khien demo`: five steps, each judged by what the server has.
import type { Advisory, CaseDetail } from '../../api/model';

/** What the steps are judged by; null where it could not be asked. */
export interface DrillState {
  /** Departures that somebody took or closed. */
  handled: number | null;
  /** The advisory of the drill; undefined where there is none. */
  advisory: Advisory | undefined | null;
  cases: { total: number; details: Pick<CaseDetail, 'alerts' | 'entries'>[] } | null;
}

/** Whether a step is done; null where nobody can say. */
export type Done = boolean | null;

/** The five steps in their order. The first is done by whoever sees the page: an account was made. */
export function stepsDone({ advisory, cases, handled }: DrillState): Done[] {
  const inCase = cases?.details.some(({ alerts }) =>
    alerts.some(({ alert }) => alert.kind === 'departure'),
  );
  const handedOver = cases?.details.some(({ entries }) =>
    entries.some(({ kind, what }) => kind === 'ours' && what === 'handed_over'),
  );
  return [
    true,
    inCase ? true : handled === null ? null : handled > 0,
    advisory === null ? null : advisory?.checked !== undefined,
    cases === null ? null : cases.total > 0,
    handedOver ?? null,
  ];
}

/** The step to do next: the first that is not done. */
export function nextStep(done: Done[]): number {
  return done.findIndex((one) => one !== true);
}
