// Short messages about what was just done. They go by themselves; what failed stays until somebody puts it away.

export interface Toast {
  id: number;
  text: string;
  kind: 'done' | 'failed';
}

const DONE_MS = 6000;
/** Bound: more than this would cover the page; the oldest goes. */
const TOASTS_MAX = 4;

let next = 0;
export const toasts = $state<Toast[]>([]);

export function dismiss(id: number): void {
  const at = toasts.findIndex((toast) => toast.id === id);
  if (at >= 0) toasts.splice(at, 1);
}

export function toast(text: string, kind: Toast['kind'] = 'done'): void {
  const id = (next += 1);
  toasts.push({ id, text, kind });
  if (toasts.length > TOASTS_MAX) toasts.shift();
  if (kind === 'done') setTimeout(() => dismiss(id), DONE_MS);
}
