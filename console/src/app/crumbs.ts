import { t } from '../i18n/i18n.svelte';
import { ROUTES, trail } from './routes';

/** The pages above one, for its breadcrumbs. */
export function crumbs(path: string): { href: string; title: string }[] {
  const route = ROUTES.find((route) => route.path === path);
  if (!route) return [];
  return trail(route)
    .slice(0, -1)
    .map((above) => ({ href: above.path, title: t(above.title) }));
}
