// Updates on their way to the server: one after another, and on, whatever page somebody looks at meanwhile.
import { api } from '../../api/client';
import type { Update, UpdateReceived } from '../../api/model';
import { asProblem, Problem } from '../../api/problem';

export interface Upload {
  id: number;
  name: string;
  size: number;
  /** Bytes that have gone. */
  sent: number;
  state: 'waiting' | 'sending' | 'done' | 'failed';
  problem: Problem | null;
  update: Update | null;
  /** Whether the server had these bytes before. */
  repeated: boolean;
}

/** Bound: files that are taken in one go. */
export const FILES_MAX = 50;

let all = $state<Upload[]>([]);
let last = 0;
/** What is to be sent: files are no state to be drawn. */
const bytes = new Map<number, { file: Blob; product: string; stop: AbortController }>();
let atWork = false;

export const uploads = {
  get all() {
    return all;
  },
};

/** Has the browser ask before the page is closed: what is on its way would be lost. */
function keep(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function change(id: number, to: Partial<Upload>): void {
  const upload = all.find((one) => one.id === id);
  if (upload) Object.assign(upload, to);
}

/** Takes files to be sent, all or none; resolves with the update of each that arrived. */
export async function send(files: File[], product: string): Promise<Update[]> {
  const ids = files.map((file) => {
    const id = (last += 1);
    bytes.set(id, { file, product, stop: new AbortController() });
    const { name, size } = file;
    all.push({
      id,
      name,
      size,
      sent: 0,
      state: 'waiting',
      problem: null,
      update: null,
      repeated: false,
    });
    return id;
  });
  await work();
  return all.flatMap(({ id, update }) => (update && ids.includes(id) ? [update] : []));
}

let working: Promise<void> = Promise.resolve();

/** Sends what waits, in order; whoever comes later waits for the same. */
function work(): Promise<void> {
  if (!atWork) {
    atWork = true;
    window.addEventListener('beforeunload', keep);
    working = sendAll().finally(() => {
      window.removeEventListener('beforeunload', keep);
      atWork = false;
    });
  }
  return working;
}

async function sendAll(): Promise<void> {
  for (;;) {
    const next = all.find(({ state }) => state === 'waiting');
    if (!next) return;
    await sendOne(next.id, next.name);
  }
}

async function sendOne(id: number, name: string): Promise<void> {
  const given = bytes.get(id);
  if (!given) return change(id, { state: 'failed', problem: new Problem(0, 'stopped', '') });
  change(id, { state: 'sending' });
  try {
    const query = { name, product: given.product };
    const tell = (sent: number) => change(id, { sent });
    const { signal } = given.stop;
    const made = await api.upload<UpdateReceived>('/updates', query, given.file, tell, signal);
    change(id, { state: 'done', update: made.update, repeated: made.repeated });
  } catch (thrown) {
    change(id, { state: 'failed', problem: asProblem(thrown) });
  } finally {
    bytes.delete(id);
  }
}

/** Stops one that is on its way, or takes one that ended off the list. */
export function drop(id: number): void {
  const upload = all.find((one) => one.id === id);
  const given = bytes.get(id);
  if (upload?.state === 'sending') given?.stop.abort();
  else {
    bytes.delete(id);
    all = all.filter((one) => one.id !== id);
  }
}

/** Takes all that ended off the list. */
export function dropEnded(): void {
  all = all.filter(({ state }) => state === 'waiting' || state === 'sending');
}
