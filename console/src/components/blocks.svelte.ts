// Rows of a list that the server sorts and filters, fetched in blocks by keyset paging. Cursors of all blocks passed
// are kept, rows only of those near what is looked at.
import type { Page } from '../api/model';
import { asProblem, type Problem } from '../api/problem';

export const BLOCK = 200;
/** Bound: rows kept at a time; blocks farthest from the view are let go and fetched again when they are scrolled to. */
export const KEPT_MAX = 2000;
const BLOCKS_MAX = KEPT_MAX / BLOCK;

export type Load<Row> = (
  after: string | null,
  limit: number,
  signal: AbortSignal,
) => Promise<Page<Row>>;

export class Blocks<Row> {
  /** How many rows there are in all, as the server says. */
  total = $state(0);
  /** How many can be scrolled to: those up to the last block whose cursor is known. */
  reach = $state(0);
  loading = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Whether the first answer has come. */
  ready = $state(false);
  private kept = $state.raw(new Map<number, Row[]>());
  private cursors: (string | null)[] = [null];
  private load: Load<Row> | null = null;
  private running: AbortController | null = null;
  private view: [number, number] = [0, 0];

  /** The row of this number, if it is at hand. */
  row(at: number): Row | undefined {
    return this.kept.get(Math.floor(at / BLOCK))?.[at % BLOCK];
  }

  /** All rows at hand, by number. */
  *rows(): Generator<[number, Row]> {
    for (const [block, rows] of [...this.kept].sort(([a], [b]) => a - b)) {
      for (const [at, row] of rows.entries()) yield [block * BLOCK + at, row];
    }
  }

  /** How many rows are kept. */
  get held(): number {
    return [...this.kept.values()].reduce((sum, rows) => sum + rows.length, 0);
  }

  /** Begins anew, for another question. What is on the screen stays until the answer comes. */
  async restart(load: Load<Row>): Promise<void> {
    this.stop();
    this.load = load;
    this.view = [0, 0];
    await this.fetchBlock(0, null, true);
  }

  /** Gives up what is on its way. */
  stop(): void {
    this.running?.abort();
    this.running = null;
    this.loading = false;
  }

  /** Tries again what failed. */
  async again(): Promise<void> {
    this.problem = null;
    if (this.ready) await this.look(...this.view);
    else if (this.load) await this.restart(this.load);
  }

  /** Says which rows are looked at; fetches what of them is missing, one block at a time. */
  async look(first: number, last: number): Promise<void> {
    this.view = [first, last];
    if (this.running || this.problem || !this.ready) return;
    const missing = this.missing();
    if (missing === undefined) return;
    await this.fetchBlock(missing, this.cursors[missing] ?? null, false);
    await this.look(...this.view);
  }

  private missing(): number | undefined {
    const [first, last] = this.view;
    const from = Math.max(0, Math.floor(first / BLOCK));
    // The next block comes before its first row is looked at.
    const to = Math.floor((last + BLOCK / 4) / BLOCK);
    for (let block = from; block <= to; block += 1) {
      if (block < this.cursors.length && !this.kept.has(block)) return block;
    }
    return undefined;
  }

  private async fetchBlock(block: number, after: string | null, fresh: boolean): Promise<void> {
    if (!this.load) return;
    const running = (this.running = new AbortController());
    this.loading = true;
    try {
      const page = await this.load(after, BLOCK, running.signal);
      if (running === this.running) this.take(block, page, fresh);
    } catch (thrown) {
      if (running === this.running && !running.signal.aborted) this.problem = asProblem(thrown);
    } finally {
      if (running === this.running) {
        this.running = null;
        this.loading = false;
      }
    }
  }

  private take(block: number, page: Page<Row>, fresh: boolean): void {
    const kept = fresh ? new Map<number, Row[]>() : new Map(this.kept);
    if (fresh) this.cursors = [null];
    kept.set(block, page.items);
    if (page.next !== null && block + 1 === this.cursors.length) this.cursors.push(page.next);
    const middle = (this.view[0] + this.view[1]) / 2 / BLOCK;
    while (kept.size > BLOCKS_MAX) {
      const far = [...kept.keys()].reduce((a, b) =>
        Math.abs(b - middle) > Math.abs(a - middle) ? b : a,
      );
      kept.delete(far);
    }
    this.kept = kept;
    this.total = page.total;
    this.problem = null;
    this.ready = true;
    const end = block * BLOCK + page.items.length;
    this.reach = fresh ? end : Math.max(this.reach, end);
  }
}
