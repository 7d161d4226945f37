import type { Host } from '../api/model';
import { parse } from '../i18n/time';

/** A host without a record for so long is silent. */
const SILENT_MS = 86_400_000;

/** Whether nothing came from it for over a day. */
export function isSilent(host: Host, now: Date): boolean {
  const last = parse(host.last);
  return last === undefined || now.getTime() - last.getTime() > SILENT_MS;
}

/** Where a host's page is. */
export function hostAddress({ name, org }: { name: string; org: string }): string {
  const of = org === '' ? '' : `?org=${encodeURIComponent(org)}`;
  return `/hosts/${encodeURIComponent(name)}${of}`;
}
