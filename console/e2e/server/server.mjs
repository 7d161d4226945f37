// A small server for the tests: speaks the contract of the API from recorded answers, and sends the headers that the
// real one sends. It keeps changes in memory and forgets them at exit. Never shipped.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { caseRoutes } from './cases.mjs';
import { listing } from './listing.mjs';
import { ruleRoutes } from './rules.mjs';
import { totp } from './totp.mjs';
import { updateRoutes } from './updates.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
/** @param {string} name */
const recorded = (name) =>
  JSON.parse(readFileSync(join(here, '../fixtures', `${name}.json`), 'utf8'));

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
  'trusted-types svelte-trusted-html';
const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};
/** What every signal rests on here. */
const EVIDENCE = {
  event: '0f'.repeat(16),
  fields: [
    { name: 'QueryName', value: 'updates.example.org' },
    { name: 'Image', value: 'C:\\Program Files\\Softphone\\softphone.exe' },
  ],
  techniques: ['attack.t1195.002'],
  window: null,
};
/** Entries of the audit log: enough to hold the table against. */
const AUDIT_ENTRIES = 100_000;
const SESSION = 'khien_session';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const PASSWORD = 'correct horse battery';

class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {{field: string, code: string}[]} fields
   */
  constructor(status, code, fields = []) {
    super(code);
    Object.assign(this, { status, code, fields });
  }
}

/** The recorded entries again and again, numbered and chained. */
function auditLog() {
  const kinds = recorded('audit');
  const start = Date.parse('2026-11-23T04:45:00Z') - AUDIT_ENTRIES * 61_000;
  const entries = [];
  let previous = '0'.repeat(64);
  for (let n = 1; n <= AUDIT_ENTRIES; n += 1) {
    const kind = kinds[n % kinds.length];
    const hash = createHash('sha256').update(`${previous}${n}${kind.action}`).digest('hex');
    entries.push({ n, time: new Date(start + n * 61_000).toISOString(), ...kind, previous, hash });
    previous = hash;
  }
  return entries;
}

/** By weight. */
const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'];

/** A server over one folder of static files. @param {string} dist */
export function fixtureServer(dist) {
  const state = {
    session: recorded('session'),
    accounts: recorded('accounts'),
    nodes: recorded('nodes'),
    tokens: recorded('tokens'),
    advisories: recorded('advisories'),
    alerts: recorded('alerts'),
    cases: recorded('cases'),
    exposure: recorded('exposure'),
    hosts: recorded('hosts'),
    hunts: recorded('hunts'),
    jobs: recorded('jobs'),
    rules: recorded('rules'),
    updates: recorded('updates'),
    health: recorded('health'),
    audit: auditLog(),
    sessions: new Set(),
    streams: new Set(),
    /** @type {{ path: string, status: number, code: string } | null} */
    broken: null,
    number: 0,
  };

  const find = (list, id) => {
    const found = list.find((entry) => entry.id === id);
    if (!found) throw new Refusal(404, 'not_found');
    return found;
  };
  const tell = (event, data) => {
    state.number += 1;
    for (const stream of state.streams)
      stream.write(`id: ${state.number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };

  const routes = [
    ['GET', '/session', () => state.session],
    ['PATCH', '/session', (_, body) => changeSession(body)],
    ['GET', '/health', () => state.health[state.session.account.locale]],
    [
      'GET',
      '/accounts',
      (query) => listing(state.accounts, query, ['name', 'display_name'], ['role', 'state']),
    ],
    ['POST', '/accounts', (_, body) => addAccount(body)],
    ['GET', '/accounts/:id', (_, __, id) => find(state.accounts, id)],
    ['PATCH', '/accounts/:id', (_, body, id) => changeAccount(find(state.accounts, id), body)],
    ['DELETE', '/accounts/:id', (_, __, id) => remove(state.accounts, find(state.accounts, id))],
    ['POST', '/accounts/:id/setup-link', (_, __, id) => setupLink(find(state.accounts, id))],
    ['GET', '/nodes', (query) => listing(state.nodes, query, ['hostname', 'host_identifier'], [])],
    [
      'PATCH',
      '/nodes/:id',
      (_, { revoked }, id) => {
        const node = find(state.nodes, id);
        if (revoked) node.revoked = new Date().toISOString();
        else delete node.revoked;
        return node;
      },
    ],
    ['GET', '/tokens', (query) => listing(state.tokens, query, ['name', 'created_by'], [])],
    ['POST', '/tokens', (_, body) => addToken(body)],
    [
      'DELETE',
      '/tokens/:id',
      (_, __, id) => void (find(state.tokens, id).revoked = new Date().toISOString()),
    ],
    [
      'GET',
      '/alerts',
      (query) => {
        const active = query.get('state') === 'active';
        if (active) query.delete('state');
        // As the server has it: this severity or above.
        const least = SEVERITIES.indexOf(query.get('severity') ?? 'informational');
        query.delete('severity');
        const some = state.alerts.filter(
          (alert) =>
            (!active || alert.state === 'open' || alert.state === 'acknowledged') &&
            SEVERITIES.indexOf(alert.severity) >= least,
        );
        if (query.get('sort') === '-severity') {
          const rank = ({ severity }) => SEVERITIES.indexOf(severity);
          some.sort((a, b) => rank(b) - rank(a));
          query.delete('sort');
        }
        return listing(some, query, ['title', 'hosts'], ['state', 'kind']);
      },
    ],
    ['GET', '/alerts/:id', (_, __, id) => ({ alert: find(state.alerts, id), evidence: EVIDENCE })],
    [
      'PATCH',
      '/alerts/:id',
      (_, change, id) => Object.assign(find(state.alerts, id), /** @type {object} */ (change)),
    ],
    ...caseRoutes(state, {
      find,
      refuse: (status, code, fields) => new Refusal(status, code, fields),
      tell: (event, data) => tell(event, data),
    }),
    ...ruleRoutes(state, {
      refuse: (status, code, fields) => new Refusal(status, code, fields),
      tell: (event, data) => tell(event, data),
    }),
    ...updateRoutes(state, {
      refuse: (status, code, fields) => new Refusal(status, code, fields),
      tell: (event, data) => tell(event, data),
    }),
    [
      'GET',
      '/advisories',
      (query) => {
        const verdict = query.get('verdict');
        const some = state.advisories.items.filter(
          ({ checked }) => !verdict || checked?.verdict === verdict,
        );
        return listing(some, query, ['title', 'source'], []);
      },
    ],
    ['POST', '/advisories', (_, body) => addAdvisory(body)],
    ['POST', '/advisories/preview', (_, body) => preview(body)],
    ['GET', '/advisories/:id', (_, __, id) => advisory(id)],
    ['DELETE', '/advisories/:id', (_, __, id) => removeAdvisory(id)],
    ['POST', '/advisories/:id/check', (_, __, id) => check(id)],
    [
      'GET',
      '/advisories/:id/hosts',
      (query, _, id) =>
        listing(state.advisories.hosts[id] ?? [], query, ['host', 'org'], ['verdict']),
    ],
    [
      'GET',
      '/hosts',
      (query) => {
        const days = { day: 1, week: 7 }[query.get('silent') ?? ''];
        const since = days && Date.now() - days * 86_400_000;
        const some = state.hosts.items.filter(({ last }) => !since || Date.parse(last) < since);
        return listing(some, query, ['name', 'org'], []);
      },
    ],
    ['GET', '/hosts/:id', (_, __, id) => host(id)],
    [
      'GET',
      '/exposure',
      (query) => listing(state.exposure, query, ['product', 'version'], ['product']),
    ],
    ['GET', '/hunts', () => state.hunts.guide],
    ['POST', '/hunts', (_, body) => hunt(body)],
    ['GET', '/jobs', (query) => listing(state.jobs, query, ['kind'], ['state', 'kind'])],
    ['GET', '/jobs/:id', (_, __, id) => find(state.jobs, id)],
    ['POST', '/jobs/:id/cancel', (_, __, id) => cancel(find(state.jobs, id))],
    [
      'GET',
      '/audit',
      (query) => listing(state.audit, query, ['action', 'actor.name', 'source'], ['action']),
    ],
    ['GET', '/audit/verify', (query) => verify(query.get('head'))],
  ];

  function changeSession(body) {
    const { account } = state.session;
    if (body.locale) account.locale = body.locale;
    if (body.theme) account.theme = body.theme;
    const password = body.password?.current ?? body.totp?.password;
    if (password !== undefined && password !== PASSWORD) throw new Refusal(403, 'wrong_password');
    if (body.password?.new === 'password1234') {
      throw new Refusal(422, 'invalid', [{ field: 'password.new', code: 'too_easy' }]);
    }
    if (body.totp?.action === 'remove') account.totp = false;
    if (body.totp?.action === 'confirm') {
      if (body.totp.code !== totp(SECRET, Date.now())) throw new Refusal(403, 'wrong_code');
      account.totp = true;
    }
    if (body.totp?.action !== 'begin') return { session: state.session };
    const secret = SECRET;
    const uri = `otpauth://totp/Khien:${account.name}?secret=${secret}&issuer=Khien`;
    return { session: state.session, totp_enrolment: { secret, uri } };
  }
  function addAccount({ name, display_name, role, locale }) {
    if (state.accounts.some((account) => account.name === name))
      throw new Refusal(409, 'name_taken');
    const account = {
      id: randomUUID(),
      name,
      display_name,
      role,
      locale,
      theme: 'auto',
      state: 'invited',
      totp: false,
      created: new Date().toISOString(),
    };
    state.accounts.push(account);
    return account;
  }
  function changeAccount(account, { disabled, remove_totp, ...rest }) {
    Object.assign(account, rest);
    if (disabled !== undefined) account.state = disabled ? 'disabled' : 'active';
    if (remove_totp) account.totp = false;
    return account;
  }
  function remove(list, entry) {
    list.splice(list.indexOf(entry), 1);
  }
  function setupLink(account) {
    const expires = new Date(Date.now() + 86_400_000).toISOString();
    account.setup_link_expires = expires;
    return {
      path: `/setup/${createHash('sha256').update(randomUUID()).digest('base64url')}`,
      expires,
    };
  }
  function addToken({ name, scopes, days }) {
    const token = {
      id: randomUUID(),
      name,
      scopes,
      created: new Date().toISOString(),
      created_by: 'linh',
    };
    if (days) token.expires = new Date(Date.now() + days * 86_400_000).toISOString();
    state.tokens.push(token);
    return {
      token,
      secret: `khn_${token.id}_${createHash('sha256').update(token.id).digest('base64url')}`,
    };
  }
  function advisory(id) {
    const found = state.advisories.details[id];
    if (!found) throw new Refusal(404, 'not_found');
    return found;
  }
  function preview({ text }) {
    if (text.startsWith('{"a"'))
      throw new Refusal(422, 'invalid', [{ field: 'text', code: 'unreadable' }]);
    return state.hunts.preview;
  }
  function addAdvisory({ text, title, source = '', tlp }) {
    const reading = { ...preview({ text }), title };
    const made = {
      ...state.advisories.items[0],
      id: randomUUID(),
      title,
      source,
      built_in: false,
      added: new Date().toISOString(),
      added_by: state.session.account.name,
      checked: undefined,
      ...(tlp ? { tlp } : {}),
    };
    state.advisories.items.unshift(made);
    state.advisories.details[made.id] = { advisory: made, reading };
    return made;
  }
  function removeAdvisory(id) {
    remove(state.advisories.items, advisory(id).advisory);
    const { details } = state.advisories;
    state.advisories.details = Object.fromEntries(
      Object.entries(details).filter(([known]) => known !== id),
    );
  }
  /** The answer of the first advisory is that of every other, a moment later. */
  function check(id) {
    const found = advisory(id);
    const answered = Object.entries(state.advisories.details).find(([, { answer }]) => answer);
    const job = {
      id: randomUUID(),
      kind: 'advisory.check',
      state: 'running',
      progress: { done: 1, total: 3 },
      created: new Date().toISOString(),
      created_by: { kind: 'account', id: '', name: 'linh' },
      attempts: 1,
    };
    found.job = job;
    setTimeout(() => {
      job.state = 'done';
      const checked = { ...answered[1].answer.checked, time: new Date().toISOString() };
      found.answer = { ...answered[1].answer, checked };
      found.advisory.checked = checked;
      find(state.advisories.items, id).checked = checked;
      state.advisories.hosts[id] = state.advisories.hosts[answered[0]];
      tell('change', { kind: 'advisory', ids: [id] });
    }, 400);
    return job;
  }
  function host(name) {
    const found = state.hosts.details[name];
    if (found) return found;
    const host = state.hosts.items.find((host) => host.name === name);
    if (!host) throw new Refusal(404, 'not_found');
    return { host, kinds: [], sources: [], releases: [] };
  }
  function hunt({ sql }) {
    if (!/^(select|with)\b/i.test(sql))
      throw new Refusal(422, 'invalid', [{ field: 'sql', code: 'not_a_query' }]);
    return state.hunts.answer;
  }
  function cancel(job) {
    if (!['queued', 'running'].includes(job.state)) throw new Refusal(409, 'job_ended');
    Object.assign(job, { state: 'cancelled', finished: new Date().toISOString() });
    tell('change', { kind: 'job', ids: [job.id] });
    return job;
  }
  function verify(head) {
    const last = state.audit.at(-1);
    const own = `${last.n}:${last.hash}`;
    if (head && head !== own) {
      return {
        entries: last.n,
        ok: false,
        head: own,
        first_bad: { n: last.n, reason: 'other_head' },
      };
    }
    return { entries: last.n, ok: true, head: own };
  }

  function send(response, status, body, type = 'application/json') {
    const text = body === undefined ? '' : JSON.stringify(body);
    response.writeHead(status, { ...HEADERS, 'content-type': type, 'cache-control': 'no-store' });
    response.end(text);
  }
  const signedIn = (request) => {
    const cookie = /khien_session=([\w-]+)/.exec(request.headers.cookie ?? '');
    return cookie !== null && state.sessions.has(cookie[1]);
  };

  async function bytesOf(request) {
    const parts = [];
    for await (const part of request) parts.push(part);
    return Buffer.concat(parts);
  }
  const bodyOf = async (request) => (await bytesOf(request)).toString('utf8');
  /** What a request brings: bytes as they are, else JSON. */
  async function givenBy(request) {
    if (request.method === 'GET') return {};
    if (request.headers['content-type'] === 'application/octet-stream') return bytesOf(request);
    const text = await bodyOf(request);
    return text === '' ? {} : JSON.parse(text);
  }
  async function answerApi(request, response, url) {
    if (!signedIn(request)) throw new Refusal(401, 'unauthenticated');
    if (state.broken && url.pathname.startsWith(state.broken.path))
      throw new Refusal(state.broken.status, state.broken.code);
    const path = url.pathname.slice('/api/v1'.length);
    if (path === '/live') return stream(response);
    for (const [method, pattern, run] of routes) {
      const fits = new RegExp(`^${pattern.replace(/:[a-z]+/g, '([^/]+)')}$`).exec(path);
      if (!fits || method !== request.method) continue;
      const result = run(
        url.searchParams,
        await givenBy(request),
        decodeURIComponent(fits[1] ?? ''),
        decodeURIComponent(fits[2] ?? ''),
      );
      return send(
        response,
        result === undefined ? 204 : method === 'POST' && !path.endsWith('cancel') ? 201 : 200,
        result,
      );
    }
    throw new Refusal(404, 'not_found');
  }
  function stream(response) {
    response.writeHead(200, {
      ...HEADERS,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    response.write(': hello\n\n');
    state.streams.add(response);
    response.on('close', () => state.streams.delete(response));
  }

  async function answerPage(request, response, url) {
    if (url.pathname === '/login' && request.method === 'POST') {
      const form = new URLSearchParams(await bodyOf(request));
      const id = randomUUID();
      state.sessions.add(id);
      const next = form.get('next') ?? '/';
      response.writeHead(303, {
        ...HEADERS,
        location: /^\/(?!\/)/.test(next) ? next : '/',
        'set-cookie': `${SESSION}=${id}; HttpOnly; SameSite=Strict; Path=/`,
      });
      return response.end();
    }
    if (url.pathname === '/logout' && request.method === 'POST') {
      state.sessions.clear();
      response.writeHead(303, { ...HEADERS, location: '/login' });
      return response.end();
    }
    if (url.pathname === '/login') {
      response.writeHead(200, { ...HEADERS, 'content-type': TYPES['.html'] });
      return response.end(
        `<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1><form method="post" action="/login">` +
          `<label>Name <input name="name"></label><label>Password <input name="password" type="password"></label>` +
          `<input type="hidden" name="next" value="${(url.searchParams.get('next') ?? '/').replace(/[&"<>]/g, '')}">` +
          `<button>Sign in</button></form></html>`,
      );
    }
    return answerFile(response, url.pathname);
  }
  function answerFile(response, path) {
    const wanted = join(dist, normalize(path));
    const isFile = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile();
    const inside = existsSync(join(wanted, 'index.html')) && path.startsWith('/e2e/');
    const file = isFile ? wanted : inside ? join(wanted, 'index.html') : join(dist, 'index.html');
    response.writeHead(200, {
      ...HEADERS,
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    });
    createReadStream(file).pipe(response);
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const work = url.pathname.startsWith('/api/') ? answerApi : answerPage;
    work(request, response, url).catch((thrown) => {
      const { status = 500, code = 'internal', fields = [] } = thrown;
      if (status === 500) console.error(thrown);
      const problem = {
        type: 'about:blank',
        title: code,
        status,
        code,
        detail: `made by the test: ${code}`,
        fields,
      };
      send(response, status, problem, 'application/problem+json');
    });
  });
  return {
    server,
    state,
    tell,
    /** Forgets who is signed in. */
    expire: () => state.sessions.clear(),
    /** Ends the live streams, as a restart would. */
    cut: () => state.streams.forEach((stream) => stream.destroy()),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? 7411);
  fixtureServer(join(here, '../../dist')).server.listen(port, '127.0.0.1', () =>
    console.log(`http://127.0.0.1:${port}`),
  );
}
