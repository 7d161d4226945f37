// The time of day for everything that says how long ago something was; it moves twice a minute.
const STEP_MS = 30_000;

let now = $state.raw(new Date());

export const clock = {
  get now() {
    return now;
  },
};

export function startClock(): void {
  setInterval(() => (now = new Date()), STEP_MS);
}
