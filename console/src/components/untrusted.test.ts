import { expect, it } from 'vitest';

import { pieces, plain } from './untrusted';

it('shows what would hide', () => {
  expect(plain('a\u001b[31mb')).toBe('a\\x1b[31mb');
  expect(plain('invoice\u202egnp.exe')).toBe('invoice\\u{202e}gnp.exe');
  expect(plain('pay\u200bpal')).toBe('pay\\u{200b}pal');
  expect(plain('one\ntwo\u2028three')).toBe('one\\ntwo\\u{2028}three');
  expect(plain('half \ud800 pair')).toBe('half \\u{d800} pair');
  expect(plain('tag \u{e0041}')).toBe('tag \\u{e0041}');
});

it('leaves what reads alone', () => {
  const text = 'Đặng Thị Huyền — C:\\Users\\huyền\\tệp.exe <b>&amp; 日本 🛡';
  expect(pieces(text)).toEqual([{ text, escaped: false }]);
  expect(pieces('')).toEqual([]);
});

it('keeps pieces apart', () => {
  expect(pieces('a\u0000\u0001b')).toEqual([
    { text: 'a', escaped: false },
    { text: '\\x00\\x01', escaped: true },
    { text: 'b', escaped: false },
  ]);
});
