// What goes to the clipboard, and into tickets and chats from there.

/** A link in Markdown whose text cannot end it or turn into markup. */
export function markdownLink(text: string, href: string): string {
  const safe = text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]()<>#+!|~]/g, '\\$&');
  return `[${safe}](${href.replace(/[()\s]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)})`;
}

/** Whether it worked; a browser may refuse. */
export async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return fallback(text);
  }
}

/** Over plain HTTP there is no clipboard to ask; a selection can still be copied. */
function fallback(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'aside';
  const before = document.activeElement;
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
