// What changes on the server, as it changes: kinds and ids only. One stream a browser: the tab that holds the lock has
// it and tells the others, because a browser opens six connections to a server and no more.
import { api } from '../api/client';
import type { Change, ChangeKind } from '../api/model';

export type LiveState = 'connecting' | 'live' | 'lost';
/** A change, or null when changes were missed and everything may be different. */
type Listener = (change: Change | null) => void;
type Message = { change: Change | null } | { state: LiveState };

const NAME = 'khien-live';
const AGAIN_MS = 10_000;

let now = $state<LiveState>('connecting');
const listeners = new Set<Listener>();
let channel: BroadcastChannel | null = null;

export const live = {
  get state() {
    return now;
  },
};

/** Listens to changes of some kinds until the answer is called. */
export function listen(kinds: ChangeKind[], tell: Listener): () => void {
  const listener: Listener = (change) => {
    if (change === null || kinds.includes(change.kind)) tell(change);
  };
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function take(message: Message): void {
  if ('state' in message) now = message.state;
  else for (const listener of listeners) listener(message.change);
}

/** Takes what came from the stream, and tells the other tabs. */
function tellAll(message: Message): void {
  take(message);
  channel?.postMessage(message);
}

/** A change as the server sends it, or nothing for what is none. */
export function parseChange(text: string): Change | undefined {
  try {
    const value = JSON.parse(text) as Partial<Change> | null;
    if (typeof value?.kind !== 'string' || !Array.isArray(value.ids)) return undefined;
    return { kind: value.kind, ids: value.ids.map(String) };
  } catch {
    return undefined;
  }
}

function open(): void {
  const source = new EventSource('/api/v1/live');
  source.onopen = () => tellAll({ state: 'live' });
  source.addEventListener('change', (event: MessageEvent<string>) => {
    const change = parseChange(event.data);
    if (change) tellAll({ change });
  });
  source.addEventListener('reset', () => tellAll({ change: null }));
  source.onerror = () => {
    tellAll({ state: 'lost' });
    if (source.readyState !== EventSource.CLOSED) return; // The browser tries again by itself.
    setTimeout(() => void again(), AGAIN_MS);
  };
}

/** After the server refused the stream. Asking who we are says whether the session has ended. */
async function again(): Promise<void> {
  try {
    await api.get('/session');
    tellAll({ change: null });
    open();
  } catch {
    setTimeout(() => void again(), AGAIN_MS);
  }
}

/** Starts to listen, in this tab or through another. */
export function startLive(): void {
  if (!('locks' in navigator) || !('BroadcastChannel' in window)) {
    open();
    return;
  }
  channel = new BroadcastChannel(NAME);
  channel.onmessage = (event: MessageEvent<Message | { ask: true }>) => {
    if (!('ask' in event.data)) take(event.data);
    else if (leads) channel?.postMessage({ state: now });
  };
  channel.postMessage({ ask: true });
  let leads = false;
  void navigator.locks.request(NAME, () => {
    // Whoever takes over from a tab that was closed may have missed something.
    if (now === 'live') tellAll({ change: null });
    leads = true;
    open();
    return new Promise(() => undefined); // Held until the tab closes.
  });
}
