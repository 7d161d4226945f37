// What the server makes of a text while somebody types it: asked a moment after the last letter, and the last question
// wins.
import { asProblem, type Problem } from '../api/problem';

const WAIT_MS = 400;

export class Preview<Reading> {
  /** What was made of it. */
  read = $state.raw<Reading | null>(null);
  /** Why nothing could be made of it. */
  unread = $state.raw<Problem | null>(null);
  reading = $state(false);
  #round = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ask: () => Promise<Reading>;

  constructor(ask: () => Promise<Reading>) {
    this.#ask = ask;
  }

  /** The text is another one now; nothing is asked of one that `isNothing`. */
  changed(isNothing: boolean): void {
    clearTimeout(this.#timer);
    if (isNothing) {
      this.#round += 1;
      this.read = this.unread = null;
      this.reading = false;
      return;
    }
    this.reading = true;
    this.#timer = setTimeout(() => void this.#recognise(), WAIT_MS);
  }

  /** Nobody waits for an answer any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
  }

  async #recognise(): Promise<void> {
    const own = (this.#round += 1);
    let read: Reading | null = null;
    let unread: Problem | null = null;
    try {
      read = await this.#ask();
    } catch (thrown) {
      unread = asProblem(thrown);
    }
    if (own !== this.#round) return;
    this.read = read;
    this.unread = unread;
    this.reading = false;
  }
}
