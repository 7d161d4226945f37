import { asProblem, type Problem } from '../api/problem';

/** Something that is fetched for a page: what came, what went wrong, and whether it is on its way. */
export class Resource<T> {
  value = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);
  private round = 0;

  constructor(private readonly fetchIt: () => Promise<T>) {}

  /** Fetches it again. What was there stays on the screen until the answer comes; the last question wins. */
  async load(): Promise<void> {
    const round = (this.round += 1);
    this.loading = true;
    try {
      const value = await this.fetchIt();
      if (round === this.round) {
        this.value = value;
        this.problem = null;
      }
    } catch (thrown) {
      if (round === this.round) this.problem = asProblem(thrown);
    } finally {
      if (round === this.round) this.loading = false;
    }
  }
}

/** A form or a button at work: at most once at a time, with what went wrong. */
export class Action {
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);

  /** Whether it went well. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
