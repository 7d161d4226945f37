// Keys of the page at hand and of all pages, in one list: what acts is what the `?` sheet shows.
import { onMount } from 'svelte';

import { preferences } from './preferences.svelte';

export interface Binding {
  /** One key (`n`), or two after each other (`g v`). `Ctrl+k` also means the Mac's command key. */
  keys: string;
  /** What it does, in the reader's language at the time of reading. */
  says: () => string;
  /** Nothing for keys that the sheet only tells of, because something else acts on them. */
  run?: (event: KeyboardEvent) => void;
  /** Groups bindings on the sheet. */
  group: 'page' | 'go' | 'everywhere';
}

/** Time within which the second of two keys has to come. */
const SECOND_KEY_MS = 1500;

let bindings = $state.raw<Binding[]>([]);
let waiting: { key: string; until: number } | null = null;

export function allBindings(): Binding[] {
  return bindings;
}

/** Adds bindings until the answer is called. */
export function bind(added: Binding[]): () => void {
  bindings = [...bindings, ...added];
  return () => {
    bindings = bindings.filter((binding) => !added.includes(binding));
  };
}

/** Bindings for as long as the component is there. */
export function useKeys(added: Binding[]): void {
  onMount(() => bind(added));
}

/** Whether keys typed here are text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  return (
    target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)
  );
}

/** What was pressed, as bindings write it. Shift is in the letter already. */
export function nameOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
): string {
  if (event.altKey) return '';
  return event.ctrlKey || event.metaKey ? `Ctrl+${event.key.toLowerCase()}` : event.key;
}

function find(name: string, now: number): Binding | undefined {
  const first = waiting && waiting.until > now ? waiting.key : null;
  waiting = null;
  // The page's own come last and win.
  const of = (keys: string) => bindings.findLast((binding) => binding.keys === keys);
  const both = first === null ? undefined : of(`${first} ${name}`);
  if (both) return both;
  if (bindings.some((binding) => binding.keys.startsWith(`${name} `))) {
    waiting = { key: name, until: now + SECOND_KEY_MS };
  }
  return of(name);
}

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOf(event);
  const single = !name.startsWith('Ctrl+');
  if (name === '' || ['Shift', 'Control', 'Meta', 'Alt'].includes(event.key)) return;
  if (single && (isTyping(event.target) || !preferences.keys)) return;
  // A dialog has the keyboard to itself.
  if (document.querySelector('dialog[open]') && single) return;
  const binding = find(name, event.timeStamp);
  if (!binding?.run) return;
  event.preventDefault();
  binding.run(event);
}

export function startKeys(): void {
  document.addEventListener('keydown', press);
}
