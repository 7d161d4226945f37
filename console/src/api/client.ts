// The one way to the server: same origin, the session's cookie, JSON, problems as errors.
import { Problem, toProblem } from './problem';

const BASE = '/api/v1';
/** Bound: a request that takes longer is given up, so that a page never waits in silence. */
const TIMEOUT_MS = 30_000;

export type Query = Record<string, string | number | null | undefined>;

let onExpired: () => void = () => undefined;

/** Who is told when the server no longer knows the session. */
export function whenSessionEnds(tell: () => void): void {
  onExpired = tell;
}

function address(path: string, query: Query): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parts.set(name, String(value));
  }
  const text = parts.toString();
  return `${BASE}${path}${text === '' ? '' : `?${text}`}`;
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

interface Options {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

async function send<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const { body, query = {}, signal } = options;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const request: RequestInit = {
    method,
    headers: { accept: 'application/json, application/problem+json' },
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  if (body !== undefined) {
    request.headers = { ...request.headers, 'content-type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(address(path, query), request);
  } catch (thrown) {
    if (signal?.aborted) throw thrown; // Given up by the page itself.
    throw new Problem(0, timeout.aborted ? 'timeout' : 'unreachable', '');
  }
  if (response.ok) return parsed(await response.text()) as T;
  const problem = toProblem(
    response.status,
    parsed(await response.text()),
    response.headers.get('retry-after'),
  );
  if (response.status === 401) onExpired();
  throw problem;
}

/** Sends bytes as they are, and tells how many have gone. Takes as long as it takes: the server ends what stands still. */
function upload<T>(
  path: string,
  query: Query,
  bytes: Blob,
  tell: (sent: number) => void,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((done, fail) => {
    // `fetch` does not tell how much it has sent.
    const request = new XMLHttpRequest();
    request.open('POST', address(path, query));
    request.setRequestHeader('accept', 'application/json, application/problem+json');
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded }) => tell(loaded);
    request.onload = () => {
      const { responseText, status } = request;
      const body = parsed(responseText);
      if (status >= 200 && status < 300) return done(body as T);
      if (status === 401) onExpired();
      fail(toProblem(status, body, request.getResponseHeader('retry-after')));
    };
    request.onerror = () => fail(new Problem(0, 'unreachable', ''));
    request.onabort = () => fail(new Problem(0, 'stopped', ''));
    signal.addEventListener('abort', () => request.abort());
    request.send(bytes);
  });
}

export const api = {
  get: <T>(path: string, query: Query = {}, signal?: AbortSignal) =>
    send<T>('GET', path, { query, signal }),
  post: <T>(path: string, body: unknown = {}) => send<T>('POST', path, { body }),
  patch: <T>(path: string, body: unknown) => send<T>('PATCH', path, { body }),
  put: <T>(path: string, body: unknown) => send<T>('PUT', path, { body }),
  upload,
  remove: <T>(path: string) => send<T>('DELETE', path),
};
