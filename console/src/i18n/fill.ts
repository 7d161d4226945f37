/** What a slot takes. Numbers are written as the language writes them. */
export type Argument = string | number;

/**
 * A text with its slots filled: `{name}` by the argument, `{name:record|records}` by the first word when the argument
 * is 1 and else by the second. One pass, so an argument that reads `{name}` is shown and never filled in its turn.
 * The same rules as in the command line, which reads the same files.
 */
export function fill(
  text: string,
  given: Record<string, Argument> | null,
  write: (value: number) => string,
): string {
  return text.replace(/\{([^}:]+)(?::([^}|]*)\|([^}]*))?\}/g, (whole, name: string, one, many) => {
    const value = given?.[name];
    if (value === undefined) return whole;
    if (one !== undefined) return String(value) === '1' ? (one as string) : (many as string);
    return typeof value === 'number' ? write(value) : value;
  });
}

/** For searching: composed alike, lower case, no marks, and đ as d (which no decomposition does). */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase();
}
