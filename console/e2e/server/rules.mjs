// Rules as the contract has them: they are read before they are kept, a change names the version that was looked at, and
// a test takes a moment.
import { randomUUID } from 'node:crypto';

import { listing } from './listing.mjs';

/** How long a test takes here. */
const WORK_MS = 400;
const REASON_MAX = 1000;
/** By weight. */
const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'];

/**
 * @param {any} state
 * @param {{ refuse: (status: number, code: string, fields?: object[]) => Error, tell: (event: string, data: object) => void }} server
 */
export function ruleRoutes(state, { refuse, tell }) {
  const { rules } = state;
  const tests = new Map();
  const changed = (id) => tell('change', { kind: 'rule', ids: [id] });
  const invalid = (field, code) => refuse(422, 'invalid', [{ field, code }]);
  const find = (id) => {
    const found = rules.details[id];
    if (!found) throw refuse(404, 'not_found');
    return found;
  };
  const me = () => state.session.account.name;

  /** @param {URLSearchParams} query */
  function list(query) {
    const least = SEVERITIES.indexOf(query.get('severity') ?? 'informational');
    query.delete('severity');
    const some = rules.items.filter(({ severity }) => SEVERITIES.indexOf(severity) >= least);
    const sort = query.get('sort') ?? '';
    if (sort.endsWith('severity')) {
      const way = sort.startsWith('-') ? -1 : 1;
      const rank = ({ severity }) => SEVERITIES.indexOf(severity) * way;
      some.sort((a, b) => rank(a) - rank(b));
      query.delete('sort');
    } else if (sort.endsWith('last')) {
      const at = ({ last }) => Date.parse(last ?? 0) * (sort.startsWith('-') ? -1 : 1);
      some.sort((a, b) => at(a) - at(b));
      query.delete('sort');
    }
    return listing(some, query, ['title', 'id', 'category', 'author'], ['state', 'origin', 'kind']);
  }
  /** What is read in a text: a little of YAML is enough here. */
  function read({ text, instead }) {
    const parts = text.split(/^---\s*$/m).filter((part) => part.trim() !== '');
    if (parts.length === 0) throw invalid('text', 'empty');
    let line = 1;
    const documents = parts.map((part) => {
      const word = (key) => new RegExp(`^${key}:\\s*(.+)$`, 'm').exec(part)?.[1]?.trim();
      const at = (word) => 1 + part.split('\n').findIndex((one) => one.startsWith(word));
      const title = word('title') ?? '';
      const id = word('id');
      const document = { line, title };
      const faulty = (code, at, detail) =>
        Object.assign(document, { fault: { code, line: line + at - 1, detail } });
      if (title === '') faulty('no_title', 1, 'a rule needs a `title`');
      else if (id && id !== instead && rules.details[id])
        faulty('id_taken', at('id:'), `another rule is called \`${id}\``);
      else if (!/^(detection|correlation):/m.test(part))
        faulty('malformed', 1, 'missing field `detection`');
      else Object.assign(document, { kind: 'rule', severity: word('level') ?? 'medium' });
      line += part.split('\n').length;
      return document;
    });
    return { documents, usable: documents.filter(({ fault }) => !fault).length };
  }
  function whole(read) {
    if (read.documents.some(({ fault }) => fault)) throw invalid('text', 'malformed');
  }
  function add({ text }) {
    const found = read({ text });
    whole(found);
    const parts = text.split(/^---\s*$/m).filter((part) => part.trim() !== '');
    const items = found.documents.map(({ title, kind, severity }, at) => {
      const id = /^id:\s*(\S+)$/m.exec(parts[at])?.[1] ?? `x-${randomUUID()}`;
      const now = new Date().toISOString();
      const rule = { id, key: id, title, kind, severity, status: '', product: '', category: '' };
      Object.assign(rule, { service: '', techniques: [], author: '', license: '', origin: 'own' });
      Object.assign(rule, { file: '', added: now, added_by: me(), state: 'on', alerts: 0 });
      Object.assign(rule, { open_alerts: 0, version: 1 });
      rules.items.unshift(rule);
      const history = [{ time: now, by: me(), act: 'added', reason: '' }];
      const none = { references: [], false_positives: [], tags: [], stands_on: [], used_by: [] };
      rules.details[id] = { rule, text: parts[at], description: '', ...none, cases: [], history };
      changed(id);
      return rule;
    });
    return { items };
  }
  const note = (detail, act, more) => {
    detail.rule.version += 1;
    detail.history.unshift({ time: new Date().toISOString(), by: me(), act, reason: '', ...more });
    changed(detail.rule.id);
  };
  function replace(id, { text, version }) {
    const detail = find(id);
    if (detail.rule.origin !== 'own') throw invalid('id', 'not_own');
    const found = read({ text, instead: id });
    whole(found);
    if (version !== detail.rule.version) throw refuse(409, 'changed');
    detail.text = text;
    detail.rule.title = found.documents[0].title;
    note(detail, 'replaced');
    return detail.rule;
  }
  function change(id, { on, reason, until, version }) {
    const detail = find(id);
    const { rule } = detail;
    if (rule.state === 'left_out') throw invalid('id', 'not_loaded');
    if (!reason?.trim()) throw invalid('reason', 'empty');
    if (reason.length > REASON_MAX) throw invalid('reason', 'too_long');
    if (until && Date.parse(until) <= Date.now()) throw invalid('until', 'not_future');
    if (version !== rule.version) throw refuse(409, 'changed');
    rule.state = on ? 'on' : 'off';
    if (on) delete rule.off;
    else
      rule.off = { reason, since: new Date().toISOString(), by: me(), ...(until ? { until } : {}) };
    for (const { id } of detail.used_by) {
      rules.details[id].rule.state = on ? 'on' : 'stopped';
      rules.details[id].stands_on = rules.details[id].stands_on.map((one) =>
        one.id === rule.id ? { ...one, state: rule.state } : one,
      );
    }
    note(detail, on ? 'turned_on' : 'turned_off', { reason, ...(until ? { until } : {}) });
    return rule;
  }
  function remove(id, query) {
    const { rule } = find(id);
    if (rule.origin !== 'own') throw invalid('id', 'not_own');
    if (!query.has('version')) throw invalid('version', 'missing');
    if (Number(query.get('version')) !== rule.version) throw refuse(409, 'changed');
    rules.details = Object.fromEntries(
      Object.entries(rules.details).filter(([known]) => known !== id),
    );
    rules.items.splice(
      rules.items.findIndex((rule) => rule.id === id),
      1,
    );
    changed(id);
  }
  function test({ rule, text, days }) {
    if (text) whole(read({ text, instead: /^id:\s*(\S+)$/m.exec(text)?.[1] }));
    const job = {
      id: randomUUID(),
      kind: 'rule.test',
      state: 'running',
      progress: { done: 41_000 },
      created: new Date().toISOString(),
      created_by: { kind: 'account', id: state.session.account.id, name: me() },
      attempts: 1,
    };
    state.jobs.unshift(job);
    const made = { id: randomUUID(), days, job, ...(rule ? { rule } : {}) };
    tests.set(made.id, made);
    if (rule) find(rule).test = made;
    setTimeout(() => {
      if (job.state !== 'running') return;
      job.state = 'done';
      made.result = rules.result;
      tell('change', { kind: 'job', ids: [job.id] });
    }, WORK_MS);
    return structuredClone(made);
  }
  function tested(id) {
    const found = tests.get(id);
    if (!found) throw refuse(404, 'not_found');
    return found;
  }
  function cancel(id) {
    const found = tested(id);
    if (found.job.state !== 'running') throw refuse(409, 'job_ended');
    found.job.state = 'cancelled';
    return found;
  }

  return [
    [
      'GET',
      '/intel',
      (query) => {
        const watched = query.get('watched');
        const some = rules.intel.filter((one) => !watched || one.watched === (watched === 'yes'));
        return listing(some, query, ['title', 'source'], ['origin']);
      },
    ],
    ['GET', '/rules', (query) => list(query)],
    ['POST', '/rules', (_, body) => add(body)],
    ['POST', '/rules/preview', (_, body) => read(body)],
    ['POST', '/rules/test', (_, body) => test(body)],
    ['GET', '/rules/test/:id', (_, __, id) => tested(id)],
    ['POST', '/rules/test/:id/cancel', (_, __, id) => cancel(id)],
    ['GET', '/rules/:id', (_, __, id) => find(id)],
    ['PATCH', '/rules/:id', (_, body, id) => change(id, body)],
    ['PUT', '/rules/:id', (_, body, id) => replace(id, body)],
    ['DELETE', '/rules/:id', (query, _, id) => remove(id, query)],
    ['GET', '/rules/:id/hits', (_, __, id) => (find(id).rule.alerts > 0 ? rules.hits : NOTHING)],
  ];
}

const NOTHING = { since: '2026-10-24T00:00:00.000Z', hits: 0, host_count: 0, days: [], hosts: [] };
