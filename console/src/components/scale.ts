// Numbers for drawings: where a value lies, and which round values are worth a line.

/** Round values over a range, at most so many. */
export function ticks(from: number, to: number, most: number): number[] {
  const span = to - from;
  if (!(span > 0) || most < 1) return [from];
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((by) => by * power).find((size) => span / size <= most) ?? 10 * power;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, at) => first + at * step);
}

const STEPS_MS = [
  1e3, 5e3, 15e3, 30e3, 60e3, 3e5, 9e5, 18e5, 36e5, 108e5, 216e5, 432e5, 864e5, 1728e5, 6048e5,
  26784e5, 8035e6, 31536e6,
];

/** Times worth a line, at most so many: whole seconds, minutes, hours, days. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const step = STEPS_MS.find((size) => (to - from) / size <= most) ?? (to - from) / most;
  if (!(to > from)) return [from];
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, at) => first + at * step);
}

/** Lanes for marks that would lie on each other: each takes the first lane that is free at its place. */
export function lanes(places: number[], room: number, most: number): number[] {
  const ends: number[] = [];
  return places.map((at) => {
    const free = ends.findIndex((end) => at - end >= room);
    const lane = free >= 0 ? free : Math.min(ends.length, most - 1);
    ends[lane] = at;
    return lane;
  });
}
