// Addresses hold all state: whoever sends a link sends what they see. No more than the browser's history underneath.

/** Empty until the first address is read, so that the first page counts as a move wherever somebody begins. */
let path = $state('');
let query = $state.raw(new URLSearchParams());
/** Counts moves to another page, not changes of the query: what asks for focus and a new title. */
let moves = $state(0);

export const place = {
  get path() {
    return path;
  },
  get query() {
    return query;
  },
  get moves() {
    return moves;
  },
  /** The address as somebody would copy it, without the host. */
  get href() {
    const text = query.toString();
    return text === '' ? path : `${path}?${text}`;
  },
};

function read(): void {
  const before = path;
  path = window.location.pathname;
  query = new URLSearchParams(window.location.search);
  if (path !== before) moves += 1;
}

/** Goes to an address of the console. */
export function go(href: string, how: { replace?: boolean } = {}): void {
  const to = new URL(href, window.location.origin);
  const method = how.replace ? 'replaceState' : 'pushState';
  history[method](null, '', to.pathname + to.search);
  const moved = to.pathname !== path;
  read();
  if (moved) window.scrollTo(0, 0);
}

/** Changes parts of the query; null takes one out. Typing replaces, so that *back* leaves the page. */
export function setQuery(changes: Record<string, string | null>, how = { replace: true }): void {
  go(withQuery(place.path, place.query, changes), how);
}

/** An address with some parts of its query changed. */
export function withQuery(
  path: string,
  query: URLSearchParams,
  changes: Record<string, string | null>,
): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Values of the named parts of a path, or nothing when it is another path. `/a/:id` fits `/a/7`. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  if (wanted.length !== given.length) return undefined;
  const values: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? '';
    if (part.startsWith(':')) {
      try {
        values[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return undefined; // A broken escape is no address of ours.
      }
    } else if (part !== value) return undefined;
  }
  return values;
}

/** The link that a click means to follow here, or nothing when the browser is to do what it always does. */
function followed(event: MouseEvent): HTMLAnchorElement | undefined {
  const plain =
    event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!plain || event.defaultPrevented || !(event.target instanceof Element)) return undefined;
  const link = event.target.closest('a');
  if (!link || link.target !== '' || link.hasAttribute('download')) return undefined;
  const served = /^\/(login|logout|setup|api|healthz|readyz|metrics)(\/|$)/.test(link.pathname);
  return link.origin === window.location.origin && !served && !link.hash ? link : undefined;
}

/** Starts to follow links and the browser's back and forward. */
export function startRouter(): void {
  window.addEventListener('popstate', read);
  document.addEventListener('click', (event) => {
    const link = followed(event);
    if (!link) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
  read();
}
