// Pages of the tests: a table of 100,000 rows in the browser itself, and every component in every form.
import '../../src/theme/base.css';

import { mount } from 'svelte';

import { startKeys } from '../../src/app/keys.svelte';
import { followSystem } from '../../src/app/preferences.svelte';
import { startRouter } from '../../src/app/router.svelte';
import { languageOf, setLanguage } from '../../src/i18n/i18n.svelte';
import Bench from './Bench.svelte';
import Gallery from './Gallery.svelte';

async function start(): Promise<void> {
  followSystem();
  const query = new URLSearchParams(window.location.search);
  await setLanguage(languageOf(query.get('lang')) ?? 'en');
  startRouter();
  startKeys();
  const target = document.getElementById('app');
  if (target) mount(query.has('gallery') ? Gallery : Bench, { target });
}

void start();
