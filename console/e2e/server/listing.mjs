// Lists as the contract has them: search, filters, order, keyset pages.

/** Letters without marks, as the server compares. @param {unknown} text */
const plain = (text) =>
  String(text ?? '')
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase();

/** @type {WeakMap<object, string>} What is searched of an entry, worked out once. */
const known = new WeakMap();

/** @param {object} entry @param {string[]} paths */
function searchable(entry, paths) {
  const found = known.get(entry) ?? plain(paths.map((path) => at(entry, path)).join('\n'));
  known.set(entry, found);
  return found;
}

/** The value at a dotted path. */
const at = (entry, path) => path.split('.').reduce((value, part) => value?.[part], entry);

/**
 * @param {object[]} all
 * @param {URLSearchParams} query
 * @param {string[]} searched
 * @param {string[]} filters
 */
export function listing(all, query, searched, filters) {
  const q = plain(query.get('q'));
  const wanted = filters.filter((name) => query.get(name));
  const found = all.filter(
    (entry) =>
      wanted.every((name) => entry[name] === query.get(name)) &&
      (q === '' || searchable(entry, searched).includes(q)),
  );
  const sort = query.get('sort') ?? '';
  const by = sort.replace(/^-/, '');
  const ordered =
    by === 'time' || by === '' ? found : found.sort((a, b) => (a[by] < b[by] ? -1 : 1));
  if (sort.startsWith('-')) ordered.reverse();
  const start = Number(query.get('after') ?? 0);
  const end = start + Number(query.get('limit') ?? 200);
  return {
    items: ordered.slice(start, end),
    next: end < ordered.length ? String(end) : null,
    total: ordered.length,
  };
}
