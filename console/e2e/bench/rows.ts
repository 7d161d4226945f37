import type { Page } from '../../src/api/model';
import { fold } from '../../src/i18n/fill';

export interface Row {
  id: number;
  host: string;
  rule: string;
  person: string;
  time: string;
  /** What is searched, folded once. */
  folded: string;
}

const PLACES = ['Hà Nội', 'Huế', 'Đà Nẵng', 'Cần Thơ', 'Hải Phòng'];
const RULES = [
  'New network use in a signed DLL',
  'First child process',
  'Data after the signature',
  'Beacon',
];
const PEOPLE = ['Đặng Minh Đức', 'Trần Thị Diệu Linh', 'Nguyễn Thanh Hải', 'Phạm Ngọc Mai'];

/** Bound: what the aims for speed name. */
export const ROWS = 100_000;

export const rows: Row[] = Array.from({ length: ROWS }, (_, id) => {
  const host = `${PLACES[id % PLACES.length]}-${String((id * 7919) % 10_000).padStart(4, '0')}`;
  const rule = RULES[(id * 31) % RULES.length] ?? '';
  const person = PEOPLE[(id * 17) % PEOPLE.length] ?? '';
  const time = new Date(Date.UTC(2026, 0, 1) + id * 61_000).toISOString();
  return { id, host, rule, person, time, folded: fold(`${host} ${rule} ${person}`) };
});

/** A page as a server would answer it. */
export function load(query: Record<string, string | number | null>): Page<Row> {
  const q = fold(String(query.q ?? ''));
  const found = q === '' ? rows : rows.filter(({ folded }) => folded.includes(q));
  const by = String(query.sort ?? '').replace('-', '') as 'host' | 'time';
  const ordered =
    query.sort === 'time'
      ? found
      : [...found].sort((a, b) => (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : 0));
  if (String(query.sort).startsWith('-')) ordered.reverse();
  const start = Number(query.after ?? 0);
  const end = start + Number(query.limit ?? 200);
  return {
    items: ordered.slice(start, end),
    next: end < ordered.length ? String(end) : null,
    total: ordered.length,
  };
}
