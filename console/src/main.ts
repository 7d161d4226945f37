import './theme/base.css';

import { mount } from 'svelte';

import { Problem } from './api/problem';
import App from './app/App.svelte';
import { startClock } from './app/clock.svelte';
import { startKeys } from './app/keys.svelte';
import { followSystem } from './app/preferences.svelte';
import { startRouter } from './app/router.svelte';
import { loginAddress, startSession } from './app/session.svelte';
import { languageOf, setLanguage } from './i18n/i18n.svelte';
import { startLive } from './live/live.svelte';

async function start(): Promise<void> {
  followSystem();
  await setLanguage(navigator.languages.map(languageOf).find(Boolean) ?? 'en');
  startRouter();
  let problem: Problem | null = null;
  try {
    await startSession();
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    if (thrown.status === 401) {
      const { pathname, search } = window.location;
      window.location.assign(loginAddress(pathname + search));
      return;
    }
    problem = thrown;
  }
  const target = document.getElementById('app');
  if (!target) return;
  mount(App, { target, props: { problem } });
  if (problem) return;
  startKeys();
  startClock();
  startLive();
}

void start();
