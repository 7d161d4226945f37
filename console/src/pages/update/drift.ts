import type { UpdateDrift } from '../../api/model';

export interface Point {
  one: UpdateDrift;
  x: number;
  /** Nothing where nobody knows: such a release has no place on the scale. */
  y: number | null;
}

export interface Picture {
  points: Point[];
  /** The scale's end, in bits. */
  most: number;
  /** Stretches of the line: it breaks where nothing is known. */
  lines: string[];
}

/** Whether the score of a release says anything. */
export function isKnown({ score, verdict }: UpdateDrift): boolean {
  return score !== undefined && verdict !== undefined && verdict !== 'unknown';
}

/** Releases in their order over a width and a height; `least` bits are always on the scale. */
export function picture(
  drift: UpdateDrift[],
  width: number,
  height: number,
  least: number,
): Picture {
  const most = Math.max(least, ...drift.filter(isKnown).map(({ score = 0 }) => score)) * 1.08;
  const step = drift.length > 1 ? width / (drift.length - 1) : 0;
  const points = drift.map((one, at) => ({
    one,
    x: drift.length > 1 ? at * step : width / 2,
    y: isKnown(one) ? height - (Math.max(0, one.score ?? 0) / most) * height : null,
  }));
  const lines: string[] = [];
  let stretch: string[] = [];
  for (const { x, y } of [...points, { x: 0, y: null }]) {
    if (y !== null) {
      stretch.push(`${x.toFixed(1)} ${y.toFixed(1)}`);
      continue;
    }
    if (stretch.length > 1) lines.push(`M${stretch.join('L')}`);
    stretch = [];
  }
  return { points, most, lines };
}
