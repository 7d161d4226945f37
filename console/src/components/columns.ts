import type { Snippet } from 'svelte';

export interface Column<Row> {
  id: string;
  label: string;
  /** Least width in pixels; columns that do not fit go, the least important first. */
  least: number;
  /** The same where nothing else would fit beside it: only the first column has one. */
  tight?: number;
  /** Share of what is left over; 0 keeps it at its least width. */
  grow?: number;
  /** 1 always stays. */
  weight: number;
  /** The server's word for sorting by it. */
  sort?: string;
  align?: 'end';
  cell: Snippet<[Row]>;
}

/** Columns that are shown: those chosen, in their own order, as far as they fit. */
export function fitting<Row>(
  columns: Column<Row>[],
  chosen: string | null,
  width: number,
): Column<Row>[] {
  const wanted = chosen === null ? null : new Set(chosen.split(','));
  let shown = columns.filter((column, at) => at === 0 || !wanted || wanted.has(column.id));
  const needs = () => shown.reduce((sum, column) => sum + column.least, 0);
  while (shown.length > 1 && needs() > width) {
    const heaviest = Math.max(...shown.map(({ weight }) => weight));
    if (heaviest <= 1) break;
    const at = shown.findLastIndex(({ weight }) => weight === heaviest);
    shown = shown.filter((_, index) => index !== at);
  }
  const [first, ...rest] = columns;
  const { least = 0, tight = least } = first ?? {};
  if (!first || shown.length > 1 || tight >= least) return shown;
  return fitting([{ ...first, least: tight }, ...rest], chosen, width);
}

/** The template of the grid that all rows share; `scale` is how much larger than usual text is. */
export function template<Row>(columns: Column<Row>[], before: string[], scale = 1): string {
  const own = columns.map(({ least, grow = 1 }) =>
    grow === 0 ? `${least * scale}px` : `minmax(${least * scale}px, ${grow}fr)`,
  );
  return [...before, ...own].join(' ');
}

/** The next order by a column: first upwards, then downwards, then as it was. */
export function nextSort(now: string | null, column: string, first: string): string | null {
  const after = now === column ? `-${column}` : now === `-${column}` ? null : column;
  return after === first ? null : after;
}
