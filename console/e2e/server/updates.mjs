// Updates as the contract has them: the same bytes twice are one update, reading takes a moment, and a decision on an old
// revision is refused.
import { createHash, randomUUID } from 'node:crypto';

import { listing } from './listing.mjs';

/** How long reading and tracing take here. */
const WORK_MS = 400;
const REASON_MAX = 1000;
const WAITS = ['undecided', 'overdue', 'lapsed'];

/**
 * @param {any} state
 * @param {{ refuse: (status: number, code: string, fields?: object[]) => Error, tell: (event: string, data: object) => void }} server
 */
export function updateRoutes(state, { refuse, tell }) {
  const { updates } = state;
  const changed = (id) => tell('change', { kind: 'update', ids: [id] });
  const find = (id) => {
    const found = updates.items.find((update) => update.id === id);
    if (!found) throw refuse(404, 'not_found');
    return found;
  };
  const by = () => {
    const { id, name } = state.session.account;
    return { kind: 'account', id, name };
  };
  const invalid = (field, code) => refuse(422, 'invalid', [{ field, code }]);

  function job(kind) {
    const made = {
      id: randomUUID(),
      kind,
      state: 'running',
      progress: { done: 1, total: 4 },
      created: new Date().toISOString(),
      created_by: by(),
      attempts: 1,
    };
    state.jobs.unshift(made);
    return made;
  }
  /** Reads it: what came is as suspicious as the first recorded update. */
  function read(update) {
    const detail = updates.details[update.id];
    detail.job = job('update.vet');
    update.state = 'reading';
    changed(update.id);
    setTimeout(() => {
      const [first] = updates.items.filter(({ name }) => name.startsWith('softphone-18.12.416'));
      detail.job.state = 'done';
      detail.dossier = updates.details[first.id].dossier;
      const { product, version, publisher, verdict, score } = first;
      const { compared_with, first_reason, first_reason_title } = first;
      Object.assign(update, { product: update.product || product, version, publisher, verdict });
      Object.assign(update, { score, compared_with, first_reason, first_reason_title });
      Object.assign(update, { state: 'done', read: new Date().toISOString() });
      update.revision += 1;
      const { id, arrived, standing } = update;
      detail.drift = [
        ...updates.details[first.id].drift,
        { id, version, arrived, score, verdict, standing },
      ];
      changed(update.id);
    }, WORK_MS);
    return detail.job;
  }
  /** @param {URLSearchParams} query @param {Buffer} bytes */
  function add(query, bytes) {
    const name = query.get('name')?.split(/[\\/]/).at(-1);
    if (!name) throw invalid('name', 'missing');
    if (bytes.length === 0) throw invalid('body', 'empty');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const known = updates.items.find((update) => update.sha256 === sha256);
    if (known) return { update: known, repeated: true };
    const update = {
      id: randomUUID(),
      name,
      sha256,
      size: bytes.length,
      product: query.get('product') ?? '',
      arrived: new Date().toISOString(),
      by: by(),
      origin: 'upload',
      state: 'queued',
      contested: false,
      standing: 'undecided',
      kept: true,
      revision: 1,
    };
    updates.items.unshift(update);
    updates.details[update.id] = { decisions: [], drift: [] };
    setTimeout(() => read(update), WORK_MS / 2);
    changed(update.id);
    return { update: structuredClone(update), repeated: false };
  }
  function decide(id, { revision, decision, reason, owner, until }) {
    const update = find(id);
    const isApprover = ['approver', 'admin'].includes(state.session.account.role);
    const overBlock = update.decision?.decision === 'block';
    const needsApprover = overBlock
      ? decision !== 'block'
      : decision === 'pass' && (update.verdict !== 'pass' || update.failure !== undefined);
    if (decision === 'pass' && update.state !== 'done') throw invalid('decision', 'not_read');
    if (needsApprover && !isApprover) throw refuse(403, 'forbidden');
    if (!reason?.trim()) throw invalid('reason', 'empty');
    if (reason.length > REASON_MAX) throw invalid('reason', 'too_long');
    if (owner && !state.accounts.some(({ name }) => name === owner))
      throw invalid('owner', 'unknown_account');
    if (decision === 'hold' && !until) throw invalid('until', 'missing');
    if (until && Date.parse(until) <= Date.now()) throw invalid('until', 'not_future');
    if (revision !== update.revision) throw refuse(409, 'changed');
    const made = {
      decision,
      reason,
      owner: owner ?? state.session.account.name,
      ...(until ? { until } : {}),
      by: by(),
      at: new Date().toISOString(),
      ...(update.verdict ? { verdict: update.verdict } : {}),
    };
    update.standing = { pass: 'passed', hold: 'held', block: 'blocked' }[decision];
    update.decision = made;
    update.contested = false;
    update.revision += 1;
    updates.details[id].decisions.unshift(made);
    changed(id);
    return update;
  }
  /** The answer is that of the first advisory. */
  function trace(id) {
    const detail = updates.details[find(id).id];
    detail.trace_job = job('update.trace');
    setTimeout(() => {
      const [known, { answer }] = Object.entries(state.advisories.details).find(
        ([, { answer }]) => answer,
      );
      detail.trace_job.state = 'done';
      detail.trace = {
        ...answer,
        checked: { ...answer.checked, time: new Date().toISOString() },
      };
      updates.hosts = { ...updates.hosts, [id]: state.advisories.hosts[known] };
      changed(id);
    }, WORK_MS);
    return detail.trace_job;
  }
  function vet(id) {
    const update = find(id);
    if (!update.kept) throw invalid('id', 'not_kept');
    return read(update);
  }

  return [
    [
      'GET',
      '/updates',
      (query) => {
        const open = query.get('standing') === 'open';
        if (open) query.delete('standing');
        const some = updates.items.filter(({ standing }) => !open || WAITS.includes(standing));
        const searched = ['name', 'product', 'version', 'publisher'];
        if (!query.get('sort')) query.set('sort', '-arrived');
        return listing(some, query, searched, ['standing', 'state', 'verdict', 'product']);
      },
    ],
    ['POST', '/updates', (query, bytes) => add(query, bytes)],
    [
      'GET',
      '/updates/allow-list',
      () => ({
        schema: 'khien.allow-list/1',
        items: updates.items
          .filter(({ standing }) => standing === 'passed')
          .map(({ decision, name, product, sha256, version = '' }) => ({
            sha256,
            name,
            product,
            version,
            decided: decision.at,
            by: decision.by.name,
            ...(decision.until ? { until: decision.until } : {}),
          }))
          .sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)),
      }),
    ],
    ['GET', '/updates/:id', (_, __, id) => ({ update: find(id), ...updates.details[id] })],
    ['GET', '/updates/:id/dossier', (_, __, id) => updates.details[find(id).id].dossier],
    [
      'GET',
      '/updates/:id/hosts',
      (query, _, id) => listing(updates.hosts?.[id] ?? [], query, ['host', 'org'], ['verdict']),
    ],
    ['POST', '/updates/:id/decision', (_, body, id) => decide(id, body)],
    ['POST', '/updates/:id/trace', (_, __, id) => trace(id)],
    ['POST', '/updates/:id/vet', (_, __, id) => vet(id)],
  ];
}
