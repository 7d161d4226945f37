import { expect, it } from 'vitest';

import { csvOf, jsonOf } from './saving';

it('writes cells that no spreadsheet runs', () => {
  const rows = [
    ['=1+1', 'a,b'],
    ['-5', null],
    ['say "no"', '@x'],
  ];
  expect(csvOf(['n', 'text'], rows)).toBe('n,text\r\n\'=1+1,"a,b"\r\n-5,\r\n"say ""no""",\'@x\r\n');
});

it('tells columns of one name apart', () => {
  expect(JSON.parse(jsonOf(['a', 'a'], [['1', null]]))).toEqual([{ a: '1', a_2: null }]);
});
