// Somebody without a mouse, who counts: each key that goes down is one, Ctrl and Shift too; a text that is typed or
// pasted into a field is one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Language, Visit } from '../harness';

/** Longer texts are pasted. */
const TYPED_MAX = 80;

export class Keyboard {
  count = 0;

  constructor(private readonly visit: Visit) {}

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      this.count += key.split('+').length;
      await this.visit.page.keyboard.press(key);
    }
  }

  async text(text: string): Promise<void> {
    this.count += 1;
    const { keyboard } = this.visit.page;
    await (text.length > TYPED_MAX ? keyboard.insertText(text) : keyboard.type(text));
  }

  /** Waits for a page below a path whose title has the focus: keys act there from now on. */
  async arrive(path: string | RegExp): Promise<void> {
    const is = typeof path === 'string' ? (at: URL) => at.pathname === path : path;
    await this.visit.page.waitForURL(is);
    await this.visit.page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  }

  /** Waits until something of this kind has the focus. */
  async focus(selector: string): Promise<void> {
    await this.visit.page.waitForFunction(
      (selector) => document.activeElement?.matches(selector) ?? false,
      selector,
    );
  }
}

/** Texts as the console shows them, up to their first slot. */
export function texts(language: Language): (key: string) => string {
  const path = join(import.meta.dirname, '../../../i18n', `${language}.json`);
  const all = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  return (key) => {
    const text = all[key]?.split('{')[0]?.trim();
    if (!text) throw new Error(`there is no text ${key}`);
    return text;
  };
}
