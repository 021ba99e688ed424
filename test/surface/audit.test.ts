import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import type { AuditContent } from '../../src/audit/audit-content.ts';
import { AuditQueue } from '../../src/audit/audit-queue.ts';
import { AuditStore } from '../../src/audit/audit-store.ts';
import type { AuditTables } from '../../src/audit/audit-tables.ts';
import { AuditUpkeep } from '../../src/audit/audit-upkeep.ts';
import type { AuditEntry, AuditVerification } from '../../src/audit/audit.types.ts';
import { databaseAt, type Database } from '../../src/database/database.ts';
import type { DatabaseLocation } from '../../src/database/database-location.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { AUDIT_DATABASES, type AuditDatabases } from '../support/audit-databases.ts';
import { bodyOf, startSurface, type Rest, type Surface } from '../support/surface.ts';

const DAY_MS = 24 * 60 * 60_000;

describe.each(AUDIT_DATABASES)('the audit trail in %s', (_, start) => {
  let databases: AuditDatabases;
  let location: DatabaseLocation;
  let surface: Surface;
  /** Past the server. */
  let direct: Database<AuditTables>;

  const open = (server = 'a', swarm = new FakeSwarm()): Promise<Surface> =>
    startSurface({ swarm, audit: { database: location, retentionDays: 30, server } });

  beforeAll(async () => {
    databases = await start();
  }, 60_000);
  afterAll(() => databases.stop());
  beforeEach(async () => {
    location = await databases.another();
    surface = await open();
    direct = databaseAt(location);
    // Its tables are there once it has been asked for something.
    await verification();
  });
  afterEach(async () => {
    await direct.close();
    await surface.close();
  });

  async function entries(filter: Record<string, string> = {}): Promise<readonly AuditEntry[]> {
    const response = await surface.rest.get('/v1/audit').query(filter).expect(200);
    return bodyOf<Page<AuditEntry>>(response).items;
  }
  async function verification(): Promise<AuditVerification> {
    return bodyOf(await surface.rest.get('/v1/audit/verify').expect(200));
  }
  const network = (name: string, rest: Rest = surface.rest) => rest.post('/v1/networks').send({ name });
  const contents = async (): Promise<AuditContent[]> => {
    const rows = await direct.writer.selectFrom('audit_row').select('content').orderBy('seq').execute();
    return rows.map(({ content }) => JSON.parse(content) as AuditContent);
  };

  it('says who has written what, by which way, and what came of it', async () => {
    const created = await surface.rest
      .post('/v1/networks')
      .set('X-Request-Id', 'first')
      .set('User-Agent', `a test ${'x'.repeat(200)}`)
      .send({ name: 'front', labels: { team: 'a' } })
      .expect(201);
    const [entry, ...more] = await entries({ requestId: 'first' });
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      sequence: 1,
      actor: { id: 'admin', name: 'Installation', role: 'admin' },
      proof: 'installation-token',
      address: '127.0.0.1',
      surface: 'rest',
      operation: 'POST /v1/networks',
      verb: 'create',
      kind: 'network',
      objectId: bodyOf<{ id: string }>(created).id,
      objectName: 'front',
      rule: 'create network',
      outcome: 'done',
      code: null,
      server: 'a',
    });
    expect(entry?.userAgent).toHaveLength(120);
    expect(entry?.changes).toContainEqual({ pointer: '/labels', before: null, after: { team: 'a' } });
    expect(entry?.durationMs).toBeGreaterThanOrEqual(0);
    expect((await contents()).map(({ type }) => type)).toEqual(['intent', 'result']);
  });

  it('says why the access policy let a write through, and by which exceptions', async () => {
    const operator = surface.as(await surface.tokenFor('operator'));
    const labels = { 'com.docker.lb.hosts': 'a.example' };
    await operator.post('/v1/services').send({ name: 'web', image: 'nginx', labels }).expect(201);
    await operator.post('/v1/services/web/scale').send({ replicas: 2 }).expect(200);
    await operator.delete('/v1/services/web').expect(204);
    await network('front', operator).expect(201);
    await network('back').expect(201);
    const told = (await entries()).filter(({ kind }) => kind !== 'token');
    expect(told.map(({ verb, kind, admission }) => ({ deed: `${verb} ${kind}`, ...admission }))).toEqual([
      { deed: 'create network', rule: 'admin', exceptions: [] },
      { deed: 'create network', rule: 'unprivileged', exceptions: [] },
      { deed: 'delete service' },
      { deed: 'scale service', rule: 'unprivileged', exceptions: [] },
      { deed: 'create service', rule: 'exceptions', exceptions: ['routing-labels', 'any-image'] },
    ]);
  });

  it('has the intent on disk before the swarm is touched', async () => {
    const seen: string[] = [];
    const { gateway } = surface.swarm;
    const create = gateway.createNetwork.bind(gateway);
    gateway.createNetwork = async (spec) => {
      seen.push(...(await contents()).map(({ type }) => type));
      return create(spec);
    };
    await network('front').expect(201);
    expect(seen).toEqual(['intent']);
  });

  it('says the same of GraphQL, over HTTP and WebSocket', async () => {
    await surface.data('mutation { createNetwork(input: { name: "a" }) { id } b: deleteNetwork(id: "a") }');
    const socket = await surface.subscribe('mutation { createNetwork(input: { name: "c" }) { id } }');
    await socket.next();
    const told = (await entries()).map(({ surface: way, operation, verb, kind, objectName, outcome }) => ({
      way,
      operation,
      deed: `${verb} ${kind}`,
      objectName,
      outcome,
    }));
    const done = { outcome: 'done' };
    expect(told).toEqual([
      { way: 'websocket', operation: 'createNetwork', deed: 'create network', objectName: 'c', ...done },
      { way: 'graphql', operation: 'deleteNetwork', deed: 'delete network', objectName: 'a', ...done },
      { way: 'graphql', operation: 'createNetwork', deed: 'create network', objectName: 'a', ...done },
    ]);
  });

  it('has what was refused, on every surface', async () => {
    await network('front').expect(201);
    const viewer = await surface.tokenFor('viewer');
    const before = surface.swarm.gateway.calls.length;
    await network('x', surface.as(null)).expect(401);
    await network('x', surface.as(viewer)).expect(403);
    await network('front').expect(409);
    await surface.rest.delete('/v1/networks/nothing').expect(404);
    await surface.rest.delete('/v1/networks/front').set('If-Match', '"1"').expect(412);
    await surface.rest.post('/v1/networks').send({ name: 'x', wrong: 1 }).expect(400);
    await surface.rest.post('/v1/networks').send('{').set('Content-Type', 'application/json').expect(400);
    await surface.rest.post('/v1/networks').send('x').set('Content-Type', 'text/plain').expect(415);
    const mutation = 'mutation { it: deleteNetwork(id: "nothing") }';
    await surface.graphql(mutation, {}, null);
    await surface.graphql(mutation, {}, viewer);
    await surface.graphql(mutation);
    await surface.graphql('mutation ($id: ID!) { deleteNetwork(id: $id) }', {});
    await surface.graphql('mutation { deleteNetwork(id: "x", wrong: 1) }');
    await surface.graphql('mutation { ...F } fragment F on Mutation { deleteNetwork(id: "x") }', {}, null);
    const socket = await surface.subscribe(mutation, {}, viewer);
    await socket.next().catch(() => undefined);

    const refused = await entries({ outcome: 'refused' });
    expect(
      refused
        .toReversed()
        .map((entry) => [
          entry.operation,
          entry.code,
          entry.actor?.role ?? null,
          entry.rule,
          entry.objectName,
        ]),
    ).toEqual([
      ['POST /v1/networks', 'UNAUTHENTICATED', null, 'create network', 'x'],
      ['POST /v1/networks', 'FORBIDDEN', 'viewer', 'create network', 'x'],
      ['POST /v1/networks', 'NAME_TAKEN', 'admin', 'create network', 'front'],
      ['DELETE /v1/networks/:network', 'NOT_FOUND', 'admin', 'delete network', 'nothing'],
      ['DELETE /v1/networks/:network', 'STALE', 'admin', 'delete network', 'front'],
      ['POST /v1/networks', 'INVALID', 'admin', 'create network', 'x'],
      ['POST /v1/networks', 'INVALID', 'admin', null, null],
      ['POST /v1/networks', 'UNSUPPORTED_MEDIA_TYPE', 'admin', null, null],
      ['deleteNetwork', 'UNAUTHENTICATED', null, null, null],
      ['deleteNetwork', 'FORBIDDEN', 'viewer', 'delete network', 'nothing'],
      ['deleteNetwork', 'NOT_FOUND', 'admin', 'delete network', 'nothing'],
      ['deleteNetwork', 'INVALID', 'admin', null, null],
      ['deleteNetwork', 'INVALID', 'admin', null, null],
      ['deleteNetwork', 'UNAUTHENTICATED', null, null, null],
      ['deleteNetwork', 'FORBIDDEN', 'viewer', 'delete network', 'nothing'],
    ]);
    expect(refused.every(({ changes }) => changes.length === 0)).toBe(true);
    expect(surface.swarm.gateway.calls.slice(before).filter((call) => /^(create|remove)/.test(call))).toEqual(
      [],
    );
  });

  it('has no reads, no dry runs, and nothing of what is no request', async () => {
    await surface.rest.post('/v1/networks').query({ dryRun: 'true' }).send({ name: 'x' }).expect(200);
    await surface.rest.delete('/v1/networks/nothing').query({ dryRun: 'true' }).expect(404);
    await surface.rest.get('/v1/networks/nothing').expect(404);
    await surface.graphql('{ network(id: "mutation") { id } }');
    await surface.graphql('mutation { deleteNetwork(id: "nothing", dryRun: true) }');
    await surface.rest.post('/v1/nothing').send({}).expect(404);
    await surface.rest.post('/v1/routes/lint').send({}).expect(400);
    expect(await contents()).toEqual([]);
    // Who may not write may not plan to, either, and that is told.
    await surface.rest.set('Authorization', 'Bearer x').delete('/v1/networks/x').query({ dryRun: 'true' });
    surface.rest.set('Authorization', `Bearer ${surface.adminToken}`);
    expect((await entries()).map(({ code }) => code)).toEqual(['UNAUTHENTICATED']);
  });

  it('tells what failed from what nobody knows', async () => {
    surface.swarm.fail('conflict', { effect: 'write' });
    await network('a').expect(409);
    surface.swarm.fail('unknown-outcome', { effect: 'write' });
    await network('b').expect(504);
    surface.swarm.recover();
    expect((await entries()).map(({ objectName, outcome, code }) => [objectName, outcome, code])).toEqual([
      ['b', 'unknown', 'UNKNOWN_OUTCOME'],
      ['a', 'failed', 'CONFLICT'],
    ]);
  });

  it('is found by all that it is about', async () => {
    const operator = await surface.tokenFor('operator');
    for (const name of ['a', 'b']) await network(name, surface.as(operator)).expect(201);
    await surface.rest.delete('/v1/networks/a').expect(204);
    const [, b] = await entries();
    const count = async (filter: Record<string, string>): Promise<number> => (await entries(filter)).length;
    expect(await count({ actor: 'a operator' })).toBe(2);
    expect(await count({ actor: b?.actor?.id ?? '' })).toBe(2);
    expect(await count({ actor: 'admin' })).toBe(2);
    expect(await count({ verb: 'delete' })).toBe(1);
    expect(await count({ kind: 'token' })).toBe(1);
    expect(await count({ object: 'a' })).toBe(2);
    expect(await count({ object: b?.objectId ?? '' })).toBe(1);
    expect(await count({ outcome: 'done' })).toBe(4);
    expect(await count({ outcome: 'pending' })).toBe(0);
    expect(await count({ since: b?.at ?? '', until: '2999-01-01T00:00:00+01:00' })).toBeGreaterThanOrEqual(2);
    expect(await count({ until: '2020-01-01T00:00:00Z' })).toBe(0);
    for (const filter of [{ since: 'yesterday' }, { outcome: 'fine' }, { since: '2016-12-31T23:59:60Z' }]) {
      await surface.rest.get('/v1/audit').query(filter).expect(400);
    }
  });

  it('is paged, the newest first, while it grows', async () => {
    for (const name of ['a', 'b', 'c']) await network(name).expect(201);
    const first = bodyOf<Page<AuditEntry>>(await surface.rest.get('/v1/audit?limit=2').expect(200));
    expect(first.total).toBe(3);
    await network('d').expect(201);
    const cursor = first.nextCursor ?? '';
    const rest = bodyOf<Page<AuditEntry>>(await surface.rest.get('/v1/audit').query({ cursor }).expect(200));
    expect([...first.items, ...rest.items].map(({ objectName }) => objectName)).toEqual(['c', 'b', 'a']);
    expect(rest.nextCursor).toBeNull();
    await surface.rest.get('/v1/audit?cursor=x').expect(400);
  });

  it('is exported as lines of JSON, the oldest first, beyond what is read at once', async () => {
    const store = surface.app.get(AuditStore, { strict: false });
    await network('a').expect(201);
    const [intent] = await contents();
    const copies = Array.from({ length: 1_100 }, (__, index) => ({
      ...(intent as Extract<AuditContent, { type: 'intent' }>),
      entry: `copy${index}`,
    }));
    for (let from = 0; from < copies.length; from += 100) await store.append(copies.slice(from, from + 100));
    const response = await surface.rest
      .get('/v1/audit')
      .set('Accept', 'application/x-ndjson')
      .buffer()
      .parse(textOf);
    expect(response.headers['content-type']).toContain('application/x-ndjson');
    const lines = (response.body as string).trim().split('\n');
    expect(lines).toHaveLength(1_101);
    expect((JSON.parse(lines[0] ?? '') as AuditEntry).outcome).toBe('done');
    expect((JSON.parse(lines.at(-1) ?? '') as AuditEntry).id).toBe('copy1099');
    expect((await verification()).checked).toBe(1_102);
  });

  it('is the same in GraphQL', async () => {
    await network('a').expect(201);
    const { audit, auditVerification } = await surface.data<{
      audit: { nodes: AuditEntry[]; totalCount: number };
      auditVerification: AuditVerification;
    }>(`{
      audit(filter: { verb: "create", outcome: DONE }) {
        totalCount
        nodes { objectName outcome surface proof actor { role } changes { pointer before after } }
      }
      auditVerification { intact checked end { sequence hash } broken { sequence } }
    }`);
    expect(audit).toMatchObject({
      totalCount: 1,
      nodes: [{ outcome: 'DONE', surface: 'REST', proof: 'INSTALLATION_TOKEN', actor: { role: 'ADMIN' } }],
    });
    expect(audit.nodes[0]?.changes).toContainEqual({ pointer: '/name', before: null, after: 'a' });
    expect(auditVerification).toMatchObject({ intact: true, checked: 2, end: { sequence: 2 } });
  });

  it('shows where somebody has changed it', async () => {
    for (const name of ['a', 'b', 'c']) await network(name).expect(201);
    expect(await verification()).toMatchObject({ intact: true, checked: 6, anchor: null, broken: null });
    const { writer } = direct;
    const row = await writer
      .selectFrom('audit_row')
      .selectAll()
      .where('seq', '=', 3)
      .executeTakeFirstOrThrow();
    const put = (changes: Partial<typeof row>) =>
      writer.updateTable('audit_row').set(changes).where('seq', '=', 3).execute();

    await put({ content: row.content.replace('"b"', '"x"') });
    expect(await verification()).toMatchObject({ intact: false, checked: 2, broken: { sequence: 3 } });
    await put({ content: row.content, actor_id: 'somebody' });
    expect(await verification()).toMatchObject({ intact: false, broken: { sequence: 3 } });
    await put({ actor_id: row.actor_id, hash: '0'.repeat(64) });
    expect(await verification()).toMatchObject({ intact: false, broken: { sequence: 3 } });
    await put({ hash: row.hash });
    expect(await verification()).toMatchObject({ intact: true });
    for (const seq of [3, 1, 6]) {
      const gone = await writer
        .deleteFrom('audit_row')
        .where('seq', '=', seq)
        .returningAll()
        .executeTakeFirstOrThrow();
      expect(await verification()).toMatchObject({ intact: false, broken: { sequence: seq } });
      await writer.insertInto('audit_row').values(gone).execute();
    }
    expect(await verification()).toMatchObject({ intact: true, checked: 6 });
  });

  it('forgets what is too old, and goes on from an anchor', async () => {
    const upkeep = surface.app.get(AuditUpkeep, { strict: false });
    for (const name of ['a', 'b']) await network(name).expect(201);
    const { end } = await verification();
    await upkeep.tidy(Date.now() + 29 * DAY_MS);
    expect((await verification()).checked).toBe(4);
    await upkeep.tidy(Date.now() + 31 * DAY_MS);
    expect(await entries()).toEqual([]);
    expect(await verification()).toMatchObject({ intact: true, checked: 1, anchor: end });
    await network('c').expect(201);
    expect(await verification()).toMatchObject({ intact: true, checked: 3, anchor: end });
    // An anchor itself grows old, and another takes its place.
    await upkeep.tidy(Date.now() + 100 * DAY_MS);
    expect(await verification()).toMatchObject({ intact: true, checked: 1, anchor: { sequence: 7 } });
    await direct.writer.deleteFrom('audit_row').execute();
    expect(await verification()).toMatchObject({ intact: false });
  });

  it('closes at its next start what was left open', async () => {
    const store = surface.app.get(AuditStore, { strict: false });
    await network('a').expect(201);
    const [intent] = (await contents()) as [Extract<AuditContent, { type: 'intent' }>];
    await store.append([
      { ...intent, entry: 'mine', requestId: 'mine' },
      { ...intent, entry: 'of another', requestId: 'of another', server: 'b' },
      { ...intent, entry: 'of old', requestId: 'of old', server: 'c', at: '2026-01-01T00:00:00.000Z' },
    ]);
    const outcomes = async () =>
      Promise.all(
        ['mine', 'of another', 'of old'].map(async (requestId) => (await entries({ requestId }))[0]?.outcome),
      );
    expect(await outcomes()).toEqual(['pending', 'pending', 'pending']);
    await surface.close();
    surface = await open();
    await surface.app.get(AuditUpkeep, { strict: false }).tidy();
    expect(await outcomes()).toEqual(['unknown', 'pending', 'unknown']);
    expect(await verification()).toMatchObject({ intact: true });
  });

  it('is written by many at once, who share the disk', async () => {
    const names = Array.from({ length: 40 }, (__, index) => `n${index}`);
    const statuses = await Promise.all(names.map(async (name) => (await network(name)).status));
    expect(new Set(statuses)).toEqual(new Set([201]));
    const { counts } = surface.app.get(AuditQueue, { strict: false });
    expect(counts.rows).toBe(80);
    expect(counts.groups).toBeLessThan(counts.rows);
    expect((await entries()).map(({ objectName }) => objectName).sort()).toEqual(names.sort());
    expect(await verification()).toMatchObject({ intact: true, checked: 80 });
  });

  it('is one chain of all servers that share the database', async () => {
    const other = await open('b');
    try {
      const names = Array.from({ length: 10 }, (__, index) => `n${index}`);
      const write = ({ rest }: Surface) => names.map((name) => network(name, rest).expect(201));
      await Promise.all([...write(surface), ...write(other)]);
      const all = await entries();
      expect(all).toHaveLength(20);
      expect(new Set(all.map(({ server }) => server))).toEqual(new Set(['a', 'b']));
      expect(await verification()).toMatchObject({ intact: true, checked: 40 });
    } finally {
      await other.close();
    }
  });

  it('refuses writes while it cannot be written, and takes them again afterwards', async () => {
    await network('before').expect(201);
    const outage = await databases.breakDown(location);
    try {
      const before = surface.swarm.gateway.calls.length;
      const refused = await network('during').expect(503);
      expect(bodyOf<Problem>(refused)).toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
      expect(refused.headers['retry-after']).toBe('2');
      const { errors } = await surface.graphql(
        'mutation { createNetwork(input: { name: "during" }) { id } }',
      );
      expect(errors[0]?.extensions).toMatchObject({ code: 'AUDIT_UNAVAILABLE', status: 503 });
      expect(surface.swarm.gateway.calls.slice(before).filter((call) => call.startsWith('create'))).toEqual(
        [],
      );
      // Reads go on, and what is refused for another reason still is.
      await surface.rest.get('/v1/networks').expect(200);
      await surface.as(null).delete('/v1/networks/x').expect(401);
      const metrics = await surface.rest.get('/metrics').expect(200);
      expect(metrics.text).toContain('swarmplane_audit_writable 0');
      expect(metrics.text).toMatch(/swarmplane_audit_lost_refusals_total 1/);
    } finally {
      await outage.restore();
    }
    await network('after').expect(201);
    const names = (await entries()).map(({ objectName, outcome }) => [objectName, outcome]);
    expect(names.filter(([, outcome]) => outcome === 'done')).toEqual([
      ['after', 'done'],
      ['before', 'done'],
    ]);
    expect(await verification()).toMatchObject({ intact: true });
    expect((await surface.rest.get('/metrics')).text).toContain('swarmplane_audit_writable 1');
  }, 60_000);

  it('is for admins', async () => {
    const operator = surface.as(await surface.tokenFor('operator'));
    await operator.get('/v1/audit').expect(403);
    await operator.get('/v1/audit/verify').expect(403);
  });
});

/** supertest knows text only by its type. */
const textOf: Parameters<ReturnType<Rest['get']>['parse']>[0] = (response, done) => {
  let text = '';
  const stream = response as unknown as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.on('end', () => done(null, text));
};
