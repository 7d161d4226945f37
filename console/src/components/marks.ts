// Shapes that say what colours say, for eyes that tell colours less well, for print and for forced colours. All are
// drawn in a box of 16 by 16, in the colour of the text around them.
import type {
  AlertState,
  CaseObligationState,
  CaseState,
  HealthState,
  JobState,
  RuleState,
  UpdateChoice,
  UpdateFileChange,
  UpdateStanding,
  UpdateState,
  UpdateVerdict,
} from '../api/model';

export type Verdict = 'hit' | 'clear' | 'unknown' | 'not_applicable';
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'informational';
export type Tone = 'hit' | 'clear' | 'unknown' | 'na' | Severity;

export interface Shape {
  /** Parts that are filled. */
  fill?: string;
  /** Parts that are drawn as lines. */
  line?: string;
  dashed?: boolean;
  /** Lines on top of the filled part, in the colour of the ground. */
  cut?: string;
}

const CHECK = 'M3 8.5 6.500 12 13 4.500';
const CIRCLE = 'M8 1.750a6.250 6.250 0 1 0 0 12.500a6.250 6.250 0 1 0 0-12.500z';
const HATCH = 'M3.200 8.500 8.500 3.200M4 11.600 11.600 4M7.500 12.800 12.800 7.500';
const CROSS = 'M5 5l6 6M11 5l-6 6';

export const SHAPES = {
  square: { fill: 'M2 2h12v12H2z' },
  check: { line: CHECK },
  hatched: { line: `${CIRCLE}${HATCH}` },
  dotted: { line: 'M2 8h12', dashed: true },
  octagon: { fill: 'M5 1h6l4 4v6l-4 4H5l-4-4V5z', cut: 'M8 4v5M8 11v1.500' },
  triangle: { fill: 'M8 1.500 15 14H1z', cut: 'M8 6v4M8 11.500v1' },
  diamond: { fill: 'M8 1l7 7-7 7-7-7z' },
  ring: { line: CIRCLE },
  info: { line: `${CIRCLE}M8 7v4.500M8 4.500v1` },
  crossed: { fill: 'M2 2h12v12H2z', cut: CROSS },
  waiting: { line: CIRCLE, dashed: true },
  half: { line: CIRCLE, fill: 'M8 1.750a6.250 6.250 0 0 1 0 12.500z' },
  paused: { fill: 'M3 2h3.5v12H3zM9.5 2H13v12H9.5z' },
  plus: { line: 'M8 2.5v11M2.5 8h11' },
  minus: { line: 'M2.5 8h11' },
  delta: { line: 'M8 2.5 14 13.5H2z' },
  stopped: { line: `${CIRCLE}M5 8h6` },
} satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;
export interface Mark {
  shape: ShapeName;
  tone: Tone;
}

export const VERDICTS: Record<Verdict, Mark> = {
  hit: { shape: 'square', tone: 'hit' },
  clear: { shape: 'check', tone: 'clear' },
  unknown: { shape: 'hatched', tone: 'unknown' },
  not_applicable: { shape: 'dotted', tone: 'na' },
};

export const SEVERITIES: Record<Severity, Mark> = {
  critical: { shape: 'octagon', tone: 'critical' },
  high: { shape: 'triangle', tone: 'high' },
  medium: { shape: 'diamond', tone: 'medium' },
  low: { shape: 'ring', tone: 'low' },
  informational: { shape: 'info', tone: 'informational' },
};

export const HEALTH: Record<HealthState, Mark> = {
  ok: { shape: 'check', tone: 'clear' },
  degraded: { shape: 'triangle', tone: 'unknown' },
  failed: { shape: 'crossed', tone: 'hit' },
  unknown: { shape: 'hatched', tone: 'unknown' },
};

export const ALERTS: Record<AlertState, Mark> = {
  open: { shape: 'square', tone: 'hit' },
  acknowledged: { shape: 'half', tone: 'low' },
  closed: { shape: 'check', tone: 'clear' },
  withdrawn: { shape: 'stopped', tone: 'na' },
};

export const CASES: Record<CaseState, Mark> = {
  open: { shape: 'square', tone: 'hit' },
  contained: { shape: 'half', tone: 'low' },
  closed: { shape: 'check', tone: 'clear' },
};

export const OBLIGATIONS: Record<CaseObligationState, Mark> = {
  at_once: { shape: 'octagon', tone: 'hit' },
  overdue: { shape: 'crossed', tone: 'hit' },
  due: { shape: 'triangle', tone: 'unknown' },
  waiting: { shape: 'waiting', tone: 'na' },
  sent: { shape: 'check', tone: 'clear' },
  not_applicable: { shape: 'dotted', tone: 'na' },
};

export const JOBS: Record<JobState, Mark> = {
  queued: { shape: 'waiting', tone: 'na' },
  running: { shape: 'half', tone: 'low' },
  done: { shape: 'check', tone: 'clear' },
  failed: { shape: 'crossed', tone: 'hit' },
  cancelled: { shape: 'stopped', tone: 'na' },
};

/** Whether a rule is looked for: what is off or cannot be loaded never looks like what is on. */
export const RULES: Record<RuleState, Mark> = {
  left_out: { shape: 'crossed', tone: 'unknown' },
  off: { shape: 'paused', tone: 'unknown' },
  on: { shape: 'check', tone: 'clear' },
  stopped: { shape: 'stopped', tone: 'unknown' },
};

/** What vetting says of an update. */
export const UPDATE_VERDICTS: Record<UpdateVerdict, Mark> = {
  block: { shape: 'square', tone: 'hit' },
  hold: { shape: 'paused', tone: 'unknown' },
  pass: { shape: 'check', tone: 'clear' },
  unknown: { shape: 'hatched', tone: 'unknown' },
};

/** Where an update stands by what people decided. */
export const STANDINGS: Record<UpdateStanding, Mark> = {
  blocked: { shape: 'octagon', tone: 'hit' },
  held: { shape: 'paused', tone: 'unknown' },
  lapsed: { shape: 'stopped', tone: 'unknown' },
  overdue: { shape: 'crossed', tone: 'hit' },
  passed: { shape: 'check', tone: 'clear' },
  undecided: { shape: 'ring', tone: 'low' },
};

/** How far reading is. */
export const READINGS: Record<UpdateState, Mark> = {
  queued: { shape: 'waiting', tone: 'na' },
  reading: { shape: 'half', tone: 'low' },
  done: { shape: 'check', tone: 'clear' },
  failed: { shape: 'crossed', tone: 'hit' },
};

/** What one reason decides alone; `pass` is no more than evidence. */
export const REASONS: Record<UpdateChoice, Mark> = {
  block: { shape: 'square', tone: 'hit' },
  hold: { shape: 'triangle', tone: 'unknown' },
  pass: { shape: 'ring', tone: 'na' },
};

export const FILE_CHANGES: Record<UpdateFileChange, Mark> = {
  added: { shape: 'plus', tone: 'unknown' },
  changed: { shape: 'delta', tone: 'low' },
  removed: { shape: 'minus', tone: 'na' },
  same: { shape: 'dotted', tone: 'na' },
};
