// Text from outside, in pieces: what reads as it is, and characters that would hide or reorder what stands around
// them, written out.

export interface Piece {
  text: string;
  /** Whether it stands for a character that is not to be drawn. */
  escaped: boolean;
}

/** Controls, invisible and direction-changing characters, lone surrogates, private use, and what Unicode has not given out. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164|\uffa0/u;
const NAMED: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function written(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return (
    NAMED[character] ??
    (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`)
  );
}

/** The text in pieces. Nothing is left out: put together again, it says every character. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  for (const character of text) {
    const escaped = UNSEEN.test(character);
    const part = escaped ? written(character) : character;
    const last = found.at(-1);
    if (last && last.escaped === escaped) last.text += part;
    else found.push({ text: part, escaped });
  }
  return found;
}

/** The same as one text, for names and titles. */
export function plain(text: string): string {
  return pieces(text)
    .map((piece) => piece.text)
    .join('');
}
