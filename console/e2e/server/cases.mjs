// Cases as the contract has them: each change answers with the whole case, and one with an old version is refused.
import { randomUUID } from 'node:crypto';

import { listing } from './listing.mjs';

const NODE = { node_width: 136, node_height: 36 };

/** A story of one case, laid out as the server does; 23 hosts, of which all but some are folded at first. */
function story(detail, expand) {
  if (detail.alerts.length === 0)
    return { columns: [], nodes: [], edges: [], width: 16, height: 38, ...NODE };
  const hosts = [
    ...detail.hosts.map(({ host }) => host),
    ...Array.from({ length: 19 }, (_, n) => `PC-${n}`),
  ];
  const shown = expand === 'host' ? hosts : hosts.slice(0, 4);
  const [first, second] = detail.alerts;
  const columns = [
    ['intel', [['A domain of the advisory on a softphone', [second]]]],
    ['signer', [['vendor', [first]]]],
    ['version', [['softphone 18.12.416', [first], true]]],
    ['host', shown.map((host) => [host, [first, second]])],
    ['process', [['C:\\Program Files\\Softphone\\softphone.exe', [second]]]],
    [
      'network',
      [
        ['raw.githubusercontent.com', [first], true],
        ['updates.example.org', [second], true],
      ],
    ],
  ];
  const most = Math.max(...columns.map(([, rows]) => rows.length)) + (expand === 'host' ? 0 : 1);
  const nodes = columns.flatMap(([kind, rows], column) => {
    const all = kind === 'host' && expand !== 'host' ? [...rows, null] : rows;
    return all.map((row, at) => ({
      id: `${kind}-${at}`,
      kind,
      label: row ? row[0] : '',
      folded: row ? 0 : hosts.length - shown.length,
      outside: kind !== 'host' && kind !== 'process',
      marked: row?.[2] === true,
      alerts: (row ? row[1] : [first]).filter(Boolean),
      x: 8 + column * 164,
      y: 30 + ((most - all.length) * 48) / 2 + at * 48,
    }));
  });
  const ids = (kind) => nodes.filter((node) => node.kind === kind).map(({ id }) => id);
  const edges = [
    ...ids('intel').map((from) => ({ from, to: 'host-0', inferred: true })),
    { from: 'signer-0', to: 'version-0', inferred: false },
    ...ids('host').map((to) => ({ from: 'version-0', to, inferred: false })),
    ...ids('host').map((from) => ({ from, to: 'network-0', inferred: false })),
    { from: 'host-0', to: 'process-0', inferred: false },
    { from: 'process-0', to: 'network-1', inferred: false },
  ];
  return {
    columns: columns.map(([kind, rows], column) => ({
      kind,
      x: 8 + column * 164,
      count: kind === 'host' ? hosts.length : rows.length,
    })),
    nodes,
    edges,
    width: 16 + columns.length * 164 - 28,
    height: 38 + most * 48,
    ...NODE,
  };
}

/**
 * @param {any} state
 * @param {{ refuse: (status: number, code: string, fields?: {field: string, code: string}[]) => Error, find: Function, tell: Function }} house
 */
export function caseRoutes(state, { find, refuse, tell }) {
  const me = () => ({ kind: 'account', id: '1', name: state.session.account.name });
  const now = () => new Date().toISOString();
  const detailOf = (id) => {
    const found = state.cases.find((entry) => entry.case.id === id);
    if (!found) throw refuse(404, 'not_found');
    return found;
  };
  const shown = (detail) => ({
    ...detail,
    alerts: detail.alerts.map((id) => ({
      alert: find(state.alerts, id),
      attached: detail.case.created,
      by: me(),
    })),
  });
  /** What every change does: the version is held, what was done is noted, and browsers are told. */
  function change(id, body, what, detail, work) {
    const held = detailOf(id);
    if (body.version !== undefined && body.version !== held.case.version)
      throw refuse(409, 'changed');
    work(held);
    const at = now();
    if (what)
      held.entries.push({
        id: randomUUID(),
        kind: 'ours',
        what,
        detail,
        text: body.note ?? '',
        at,
        noted: at,
        by: me(),
      });
    if (body.version !== undefined) held.case.version += 1;
    Object.assign(held.case, {
      updated: at,
      host_count: held.hosts.length,
      task_count: held.tasks.length,
      tasks_done: held.tasks.filter(({ done }) => done).length,
      alert_count: held.alerts.length,
    });
    tell('change', { kind: 'case', ids: [id] });
    return shown(held);
  }
  function open(body) {
    if (!body.title) throw refuse(422, 'invalid', [{ field: 'title', code: 'missing' }]);
    const at = now();
    const number = `2026-${String(15 + state.cases.length - 2).padStart(3, '0')}`;
    const alerts = body.alerts ?? [];
    const hosts = alerts.flatMap((id) => find(state.alerts, id).hosts);
    const detail = {
      case: {
        id: randomUUID(),
        number,
        title: body.title,
        summary: body.summary ?? '',
        severity: body.severity ?? 'medium',
        state: 'open',
        owner: me().name,
        origin: body.origin ?? {
          kind: alerts.length > 0 ? 'alert' : 'manual',
          id: alerts[0] ?? '',
          title: body.title,
        },
        version: 1,
        created: at,
        alert_count: alerts.length,
        host_count: hosts.length,
        task_count: 0,
        tasks_done: 0,
        updated: at,
      },
      times: { aware: { at: body.aware ?? at, by: me(), set: at } },
      alerts,
      hosts: hosts.map((host) => ({ host, verdict: 'unknown', note: '', alerts: 1 })),
      evidence: [],
      tasks: [],
      entries: [],
      obligations: [],
    };
    state.cases.push(detail);
    return shown(detail);
  }
  const setHost = (held, { host, note, verdict }) => {
    let one = held.hosts.find((entry) => entry.host === host);
    if (!one) held.hosts.push((one = { host, verdict: 'unknown', note: '', alerts: 0 }));
    if (verdict) one.verdict = verdict;
    if (note !== undefined) one.note = note;
  };
  const setTimes = (held, { reason, times = {}, ...rest }) => {
    for (const [clock, at] of Object.entries(times)) {
      if (held.times[clock]?.by && !reason)
        throw refuse(422, 'invalid', [{ field: 'reason', code: 'missing' }]);
      held.times[clock] = { at, by: me(), set: now() };
    }
    Object.assign(held.case, rest, { version: held.case.version });
  };
  const setDuty = (held, duty, { reason, sent, sent_as }) => {
    const one = held.obligations.find((entry) => entry.duty.id === duty);
    if (!one) throw refuse(404, 'not_found');
    delete one.sent;
    Object.assign(one, {
      state: sent ? 'sent' : reason ? 'not_applicable' : 'due',
      ...(sent ? { sent } : {}),
      sent_as: sent_as ?? '',
      reason: reason ?? '',
      by: me(),
    });
  };
  return [
    [
      'GET',
      '/cases',
      (query) => {
        const alert = query.get('alert');
        const some = state.cases.filter(({ alerts }) => !alert || alerts.includes(alert));
        const active = query.get('state') === 'active';
        if (active) query.delete('state');
        const all = some
          .map((entry) => entry.case)
          .filter((one) => !active || one.state !== 'closed');
        return listing(all, query, ['number', 'title', 'owner'], ['state']);
      },
    ],
    ['POST', '/cases', (_, body) => open(body)],
    ['GET', '/cases/:id', (_, __, id) => shown(detailOf(id))],
    [
      'PATCH',
      '/cases/:id',
      (_, body, id) =>
        change(id, body, 'changed', body.times ?? {}, (held) => setTimes(held, body)),
    ],
    [
      'POST',
      '/cases/:id/alerts',
      (_, body, id) =>
        change(id, body, 'alert_attached', {}, (held) => {
          const gone = body.detach ?? [];
          held.alerts = [...new Set([...held.alerts, ...(body.attach ?? [])])].filter(
            (one) => !gone.includes(one),
          );
        }),
    ],
    [
      'POST',
      '/cases/:id/entries',
      (_, body, id) =>
        change(id, body, null, {}, (held) => {
          const at = now();
          held.entries.push({
            id: randomUUID(),
            what: 'told',
            detail: {},
            at,
            noted: at,
            by: me(),
            ...body,
          });
        }),
    ],
    [
      'POST',
      '/cases/:id/evidence',
      (_, body, id) =>
        change(id, body, 'evidence_added', { name: body.name }, (held) =>
          held.evidence.push({ id: randomUUID(), note: '', added: now(), by: me(), ...body }),
        ),
    ],
    [
      'POST',
      '/cases/:id/hand-over',
      (_, body, id) => {
        if (!state.accounts.some(({ name }) => name === body.owner))
          throw refuse(422, 'invalid', [{ field: 'owner', code: 'unknown_word' }]);
        return change(
          id,
          body,
          'handed_over',
          { owner: body.owner },
          (held) => (held.case.owner = body.owner),
        );
      },
    ],
    [
      'POST',
      '/cases/:id/hosts',
      (_, body, id) =>
        change(id, body, 'host_set', { host: body.host }, (held) => setHost(held, body)),
    ],
    [
      'PATCH',
      '/cases/:id/obligations/:duty',
      (_, body, id, duty) =>
        change(id, body, 'obligation_set', { duty }, (held) => setDuty(held, duty, body)),
    ],
    [
      'GET',
      '/cases/:id/similar',
      (_, __, id) => ({
        items: state.cases
          .filter((entry) => entry.case.id !== id && entry.hosts.length > 0)
          .slice(0, 3)
          .map((entry) => ({
            case: entry.case,
            bits: 3.2,
            why: [{ kind: 'host', values: [entry.hosts[0].host], count: entry.hosts.length }],
          })),
      }),
    ],
    ['GET', '/cases/:id/story', (query, __, id) => story(detailOf(id), query.get('expand'))],
    [
      'POST',
      '/cases/:id/tasks',
      (_, body, id) =>
        change(id, body, 'task_added', { task: body.text }, (held) =>
          held.tasks.push({ id: randomUUID(), text: body.text, created: now(), by: me() }),
        ),
    ],
    [
      'PATCH',
      '/cases/:id/tasks/:task',
      (_, body, id, task) =>
        change(id, body, body.done ? 'task_done' : 'task_changed', {}, (held) => {
          const one = held.tasks.find((entry) => entry.id === task);
          if (!one) throw refuse(404, 'not_found');
          if (body.owner !== undefined) one.owner = body.owner;
          if (body.done) Object.assign(one, { done: now(), done_by: me() });
          else if (body.done === false) delete one.done;
        }),
    ],
  ];
}
