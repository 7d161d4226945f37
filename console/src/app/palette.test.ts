import { expect, it } from 'vitest';

import { fold } from '../i18n/fill';
import { rank } from './palette';

const names = ['Cài đặt của tôi', 'Nhật ký kiểm toán', 'Tài khoản'];
const found = (asked: string) => rank(names, fold(asked), (name) => [name, 'quản trị']);

it('finds without marks and by several words', () => {
  expect(found('nhat ky')).toEqual(['Nhật ký kiểm toán']);
  expect(found('ĐẶT')).toEqual(['Cài đặt của tôi']);
  expect(found('tri tai')).toEqual(['Tài khoản']);
  expect(found('')).toEqual(names);
  expect(found('zzz')).toEqual([]);
});

it('puts what begins so first', () => {
  expect(found('t')[0]).toBe('Tài khoản');
});
