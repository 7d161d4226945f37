import { expect, it } from 'vitest';

import { asProblem, toProblem } from './problem';

it('reads a problem document', () => {
  const body = {
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    detail: 'taken',
    code: 'name-taken',
    fields: [{ name: 'name', code: 'taken' }],
  };
  const problem = toProblem(409, body, null);
  expect(problem).toMatchObject({
    status: 409,
    code: 'name-taken',
    detail: 'taken',
    fields: { name: 'taken' },
    retryAfter: null,
  });
  expect(toProblem(422, { fields: { role: 'unknown' } }, null).fields).toEqual({ role: 'unknown' });
});

it('makes a problem of whatever a proxy says', () => {
  expect(toProblem(502, '<html>Bad gateway</html>', null)).toMatchObject({
    status: 502,
    code: 'http-502',
    detail: '',
  });
  expect(toProblem(429, null, '7')).toMatchObject({ code: 'http-429', retryAfter: 7 });
  expect(toProblem(429, null, 'soon').retryAfter).toBeNull();
  expect(asProblem(new TypeError('x is undefined'))).toMatchObject({
    code: 'console',
    detail: 'x is undefined',
  });
});
