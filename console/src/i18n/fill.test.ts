import { expect, it } from 'vitest';

import { fill, fold } from './fill';

const write = (value: number) => value.toLocaleString('en');

it('fills once and picks the form', () => {
  const text = '{count} {count:record|records} in {file}, {unknown} {';
  const at = (count: number) => fill(text, { count, file: '{count}' }, write);
  expect(at(1)).toBe('1 record in {count}, {unknown} {');
  expect(at(1000)).toBe('1,000 records in {count}, {unknown} {');
});

it('takes a second form that is empty', () => {
  expect(fill('máy{count:|}', { count: 2 }, write)).toBe('máy');
});

it('finds Vietnamese by plain letters, however it is composed', () => {
  expect(fold('Đặng Thị Huyền')).toBe('dang thi huyen');
  expect(fold('Đặng'.normalize('NFD'))).toBe(fold('Đặng'.normalize('NFC')));
  expect(fold('KẾ TOÁN').includes(fold('ke toan'))).toBe(true);
});
