// Every page of the console, in one place. A page that is not here does not exist, and nothing links to it: navigation,
// palette, keys and breadcrumbs are all drawn from this table.
import type { Component } from 'svelte';

import type { Role } from '../api/model';
import type { PlainKey } from '../i18n/i18n.svelte';

export interface Route {
  /** The path; `:name` is a part that is handed to the page. */
  path: string;
  title: PlainKey;
  /** One line for the palette. */
  about?: PlainKey;
  least: Role;
  /** Fetches the page. It is handed `params`, the named parts of the path. */
  load: () => Promise<{ default: Component<never> }>;
  /** The path of the page above it, for breadcrumbs. */
  above?: string;
  /** Where it stands in the navigation, if it does. */
  nav?: 'watch' | 'admin';
  /** Second key after `g`. */
  go?: string;
  /** Only where what is shown is simulated. */
  synthetic?: true;
}

export const ROUTES: Route[] = [
  {
    path: '/',
    title: 'console.page.today',
    about: 'console.page.today.about',
    least: 'viewer',
    load: () => import('../pages/Today.svelte'),
    nav: 'watch',
    go: 't',
  },
  {
    path: '/drill',
    title: 'console.page.drill',
    about: 'console.page.drill.about',
    least: 'viewer',
    load: () => import('../pages/Drill.svelte'),
    nav: 'watch',
    go: 'd',
    synthetic: true,
  },
  {
    path: '/advisories',
    title: 'console.page.advisories',
    about: 'console.page.advisories.about',
    least: 'viewer',
    load: () => import('../pages/Advisories.svelte'),
    nav: 'watch',
    go: 'a',
  },
  {
    path: '/advisories/:id',
    title: 'console.page.advisory',
    least: 'viewer',
    load: () => import('../pages/Advisory.svelte'),
    above: '/advisories',
  },
  {
    path: '/updates',
    title: 'console.page.updates',
    about: 'console.page.updates.about',
    least: 'viewer',
    load: () => import('../pages/Updates.svelte'),
    nav: 'watch',
    go: 'u',
  },
  {
    path: '/updates/:id',
    title: 'console.page.update',
    least: 'viewer',
    load: () => import('../pages/Update.svelte'),
    above: '/updates',
  },
  {
    path: '/signals',
    title: 'console.page.signals',
    about: 'console.page.signals.about',
    least: 'viewer',
    load: () => import('../pages/Signals.svelte'),
    nav: 'watch',
    go: 's',
  },
  {
    path: '/signals/:id',
    title: 'console.page.signal',
    least: 'viewer',
    load: () => import('../pages/Signal.svelte'),
    above: '/signals',
  },
  {
    path: '/cases',
    title: 'console.page.cases',
    about: 'console.page.cases.about',
    least: 'viewer',
    load: () => import('../pages/Cases.svelte'),
    nav: 'watch',
    go: 'c',
  },
  {
    path: '/cases/:id',
    title: 'console.page.case',
    least: 'viewer',
    load: () => import('../pages/Case.svelte'),
    above: '/cases',
  },
  {
    path: '/hunt',
    title: 'console.page.hunt',
    about: 'console.page.hunt.about',
    least: 'analyst',
    load: () => import('../pages/Hunt.svelte'),
    nav: 'watch',
    go: 'h',
  },
  {
    path: '/exposure',
    title: 'console.page.exposure',
    about: 'console.page.exposure.about',
    least: 'viewer',
    load: () => import('../pages/Exposure.svelte'),
    nav: 'watch',
    go: 'e',
  },
  {
    path: '/hosts',
    title: 'console.page.hosts',
    about: 'console.page.hosts.about',
    least: 'viewer',
    load: () => import('../pages/Hosts.svelte'),
    nav: 'watch',
    go: 'o',
  },
  {
    path: '/hosts/:name',
    title: 'console.page.host',
    least: 'viewer',
    load: () => import('../pages/Host.svelte'),
    above: '/hosts',
  },
  {
    path: '/rules',
    title: 'console.page.rules',
    about: 'console.page.rules.about',
    least: 'viewer',
    load: () => import('../pages/Rules.svelte'),
    nav: 'watch',
    go: 'r',
  },
  {
    path: '/intel',
    title: 'console.page.intel',
    about: 'console.page.intel.about',
    least: 'viewer',
    load: () => import('../pages/Intel.svelte'),
    above: '/rules',
    go: 'i',
  },
  {
    path: '/rules/:id',
    title: 'console.page.rule',
    least: 'viewer',
    load: () => import('../pages/Rule.svelte'),
    above: '/rules',
  },
  {
    path: '/health',
    title: 'console.page.health',
    about: 'console.page.health.about',
    least: 'viewer',
    load: () => import('../pages/Health.svelte'),
    nav: 'watch',
    go: 'v',
  },
  {
    path: '/jobs',
    title: 'console.page.jobs',
    about: 'console.page.jobs.about',
    least: 'viewer',
    load: () => import('../pages/Jobs.svelte'),
    above: '/health',
    nav: 'watch',
    go: 'j',
  },
  {
    path: '/jobs/:id',
    title: 'console.page.job',
    least: 'viewer',
    load: () => import('../pages/Job.svelte'),
    above: '/jobs',
  },
  {
    path: '/admin/accounts',
    title: 'console.page.accounts',
    about: 'console.page.accounts.about',
    least: 'admin',
    load: () => import('../pages/Accounts.svelte'),
    nav: 'admin',
    go: 'm',
  },
  {
    path: '/admin/accounts/:id',
    title: 'console.page.account',
    least: 'admin',
    load: () => import('../pages/Account.svelte'),
    above: '/admin/accounts',
  },
  {
    path: '/admin/tokens',
    title: 'console.page.tokens',
    about: 'console.page.tokens.about',
    least: 'admin',
    load: () => import('../pages/Tokens.svelte'),
    nav: 'admin',
    go: 'k',
  },
  {
    path: '/admin/agents',
    title: 'console.page.agents',
    about: 'console.page.agents.about',
    least: 'viewer',
    load: () => import('../pages/Agents.svelte'),
    nav: 'admin',
    go: 'q',
  },
  {
    path: '/admin/audit',
    title: 'console.page.audit',
    about: 'console.page.audit.about',
    least: 'admin',
    load: () => import('../pages/Audit.svelte'),
    nav: 'admin',
    go: 'l',
  },
  {
    path: '/settings',
    title: 'console.page.settings',
    about: 'console.page.settings.about',
    least: 'viewer',
    load: () => import('../pages/Settings.svelte'),
    go: ',',
  },
];

/** A route and the pages above it, the top first. */
export function trail(route: Route, routes: Route[] = ROUTES): Route[] {
  const above = routes.find(({ path }) => path === route.above);
  return above ? [...trail(above, routes), route] : [route];
}
