import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import type { Plan } from '../../src/api/plan.types.ts';
import type { AuditEntry } from '../../src/audit/audit.types.ts';
import { NOTHING } from '../../src/domain/access/scope.ts';
import { GrantStore } from '../../src/grants/grant-store.ts';
import type { Grant } from '../../src/grants/grants.types.ts';
import { RightsBook } from '../../src/grants/rights-book.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { EventReader } from '../support/event-stream.ts';
import { containing } from '../support/matching.ts';
import { bodyOf, startSurface, type Rest, type Surface } from '../support/surface.ts';
import { grant, makeRole, member, type Member } from '../support/team.ts';

const GRANTS = '/v1/access/grants';
const GRANT =
  '{ id version name subject { token user group } role scope { all stacks labels names hosts ports } problem createdAt updatedAt createdBy }';

let swarm: FakeSwarm;
let surface: Surface;
let ann: Member;
beforeEach(async () => {
  swarm = new FakeSwarm();
  surface = await startSurface({ swarm });
  ann = await member(surface, 'ann');
});
afterEach(() => surface.close());

const input = (more: object = {}): Record<string, unknown> => ({
  name: 'pay',
  subject: { token: ann.id },
  role: 'viewer',
  scope: { stacks: ['pay'], labels: ['team=pay'] },
  ...more,
});

const create = async (more: object = {}, rest: Rest = surface.rest): Promise<Grant> =>
  bodyOf<Grant>(await rest.post(GRANTS).send(input(more)).expect(201));

/** Puts a config there as whoever has the Docker socket can. */
async function plant(name: string, document: object): Promise<void> {
  const config = `swarmplane.${name}`;
  await swarm.gateway.createConfig(config, { 'swarmplane.document': JSON.stringify(document) });
  await surface.state.until(() => surface.state.configs.named(config)[0], 5_000);
}

describe('a grant', () => {
  it('is shown as it was made, by id and name, and the same over both surfaces', async () => {
    const made = await create();
    expect(made).toMatchObject({
      id: GrantStore.idOf('pay'),
      name: 'pay',
      subject: { token: ann.id, user: null, group: null },
      role: 'viewer',
      scope: { ...NOTHING, stacks: ['pay'], labels: ['team=pay'] },
      problem: null,
      createdBy: 'admin',
    });
    for (const reference of [made.id, 'pay']) {
      const response = await surface.rest.get(`${GRANTS}/${reference}`).expect(200);
      expect(response.body).toEqual(made);
      expect(response.headers['etag']).toBe(`"${made.version}"`);
      const { grant: shown } = await surface.data<{ grant: Grant }>(
        `query ($id: ID!) { grant(id: $id) ${GRANT} }`,
        { id: reference },
      );
      expect(shown).toEqual(made);
    }
  });

  it('is listed by its name, and found by its subject and its role', async () => {
    const made = await create();
    const group = await create({ name: 'all-of-pay', subject: { group: 'corp:Pay: A–Z' }, role: 'operator' });
    const list = async (query: string): Promise<readonly Grant[]> =>
      bodyOf<Page<Grant>>(await surface.rest.get(`${GRANTS}?${query}`).expect(200)).items;
    expect(await list('')).toEqual([group, made]);
    expect(await list('limit=1')).toEqual([group]);
    expect(await list('role=viewer')).toEqual([made]);
    expect(await list(`subject=token:${ann.id}`)).toEqual([made]);
    expect(await list(`subject=${encodeURIComponent('group:corp:Pay: A–Z')}`)).toEqual([group]);
    expect(await list('subject=user:corp:ben')).toEqual([]);
    const { grants } = await surface.data<{ grants: unknown }>(
      `{ grants(filter: { role: "operator" }) { totalCount nodes ${GRANT} } }`,
    );
    expect(grants).toEqual({ totalCount: 1, nodes: [group] });
  });

  it('is in force at once, changed and gone as well', async () => {
    const { rest } = ann;
    const me = async (): Promise<unknown> => (await rest.get('/v1/me').expect(200)).body;
    expect(await me()).toMatchObject({ id: ann.id, role: null, rights: [] });
    await rest.get('/v1/networks').expect(403);
    await create();
    await rest.get('/v1/networks').expect(200);
    await rest.get('/v1/swarm').expect(403);
    expect(await me()).toMatchObject({
      role: null,
      rights: [{ verbs: ['view'], scope: { stacks: ['pay'] }, through: 'the grant "pay"' }],
    });
    const changed = { subject: { token: ann.id }, role: 'operator', scope: { all: true } };
    await surface.rest.put(`${GRANTS}/pay`).send(changed).expect(200);
    await rest.get('/v1/swarm').expect(200);
    expect(await me()).toMatchObject({ role: 'operator' });
    await surface.rest.delete(`${GRANTS}/pay`).expect(204);
    await rest.get('/v1/networks').expect(403);
    await surface.rest.get(`${GRANTS}/pay`).expect(404);
  });

  it('is changed by the ETag, and left as it is where nothing differs', async () => {
    const made = await create();
    const { name: _, ...same } = input();
    const unchanged = await surface.rest.put(`${GRANTS}/pay`).send(same).expect(200);
    expect(unchanged.body).toEqual(made);
    const other = { ...same, role: 'operator' };
    const plan = await surface.rest.put(`${GRANTS}/pay?dryRun=true`).send(other).expect(200);
    expect(plan.body).toMatchObject({
      action: 'update',
      kind: 'grant',
      id: made.id,
      name: 'pay',
      version: made.version,
      changes: [{ pointer: '/role', before: 'viewer', after: 'operator' }],
    });
    const etag = `"${made.version}"`;
    await surface.rest.put(`${GRANTS}/pay`).set('If-Match', etag).send(other).expect(200);
    await surface.rest.put(`${GRANTS}/pay`).set('If-Match', etag).send(same).expect(412);
    await surface.rest.delete(`${GRANTS}/pay`).set('If-Match', etag).expect(412);
  });

  it('is written by GraphQL, too, and planned', async () => {
    const mutation =
      'mutation ($input: CreateGrantInput!, $dry: Boolean) { createGrant(input: $input, dryRun: $dry) { id role } }';
    const planned = await surface.rest
      .post('/graphql')
      .send({ query: mutation, variables: { input: input(), dry: true } });
    const { extensions } = bodyOf<{ extensions: { plans: { plan: Plan }[] } }>(planned);
    expect(extensions.plans[0]?.plan).toMatchObject({
      action: 'create',
      kind: 'grant',
      id: null,
      name: 'pay',
    });
    expect(extensions.plans[0]?.plan.changes.map(({ pointer }) => pointer)).toEqual([
      '/name',
      '/subject',
      '/role',
      '/scope',
    ]);
    await surface.rest.get(`${GRANTS}/pay`).expect(404);
    await surface.data(mutation, { input: input() });
    const changed = await surface.data(
      'mutation ($input: UpdateGrantInput!) { updateGrant(id: "pay", input: $input) { role scope { all } } }',
      { input: { subject: { token: ann.id }, role: 'operator', scope: { all: true } } },
    );
    expect(changed).toEqual({ updateGrant: { role: 'operator', scope: { all: true } } });
    const gone = await surface.data('mutation { deleteGrant(id: "pay") }');
    expect(gone).toEqual({ deleteGrant: GrantStore.idOf('pay') });
  });

  it('is made once by a create that is repeated', async () => {
    const send = (more: object = {}) =>
      surface.rest.post(GRANTS).set('Idempotency-Key', 'a-key').send(input(more));
    const first = await send().expect(201);
    const again = await send().expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    expect(bodyOf<Problem>(await send({ role: 'operator' })).code).toBe('KEY_REUSED');
    expect(bodyOf<Problem>(await surface.rest.post(GRANTS).send(input())).code).toBe('NAME_TAKEN');
  });

  it('is on record, with what it gives', async () => {
    await create();
    const list = await surface.rest.get('/v1/audit?kind=grant').expect(200);
    const [entry] = bodyOf<Page<AuditEntry>>(list).items;
    expect(entry).toMatchObject({ verb: 'create', kind: 'grant', objectName: 'pay', outcome: 'done' });
    expect(JSON.stringify(entry)).toContain(ann.id);
  });

  it.each([
    [{ name: undefined }, '/name'],
    [{ name: 'a b' }, '/name'],
    [{ name: 'x'.repeat(64) }, '/name'],
    [{ subject: {} }, '/subject'],
    [{ subject: { user: 'corp:ben', group: 'corp:pay' } }, '/subject'],
    [{ subject: { user: 'ben' } }, '/subject'],
    [{ subject: { user: 'corp:b\nn' } }, '/subject'],
    [{ subject: { token: 'x:y' } }, '/subject'],
    [{ subject: { token: '0123456789abcdef' } }, '/subject/token'],
    [{ role: 'root' }, '/role'],
    [{ role: '__proto__' }, '/role'],
    [{ scope: {} }, '/scope'],
    [{ scope: { all: true, stacks: ['pay'] } }, '/scope/all'],
    [{ scope: { all: 'yes' } }, '/scope/all'],
    [{ scope: { names: ['edge'] } }, '/scope/names/0'],
    [{ scope: { names: ['volume/x'] } }, '/scope/names/0'],
    [{ scope: { hosts: ['*'] } }, '/scope/hosts/0'],
    [{ scope: { ports: ['80-'] } }, '/scope/ports/0'],
    [{ scope: { labels: ['=x'] } }, '/scope/labels/0'],
    [{ scope: { stacks: [''] } }, '/scope/stacks'],
    [{ scope: { stacks: Array.from({ length: 101 }, () => 'x') } }, '/scope/stacks'],
    [{ scope: { regions: ['eu'] } }, '/scope/regions'],
    [{ problem: null }, '/problem'],
  ])('is not made from %j', async (more, pointer) => {
    const response = await surface.rest.post(GRANTS).send(input(more));
    const { status, code, errors } = bodyOf<Problem>(response);
    expect({ status, code }).toEqual({ status: 400, code: 'INVALID' });
    expect(errors?.map((error) => error.pointer)).toContain(pointer);
    const planned = bodyOf<Problem>(await surface.rest.post(`${GRANTS}?dryRun=true`).send(input(more)));
    expect(planned.errors).toEqual(errors);
    expect(bodyOf<Page<Grant>>(await surface.rest.get(GRANTS)).total).toBe(0);
  });
});

describe('nobody gives what they do not have', () => {
  const EDIT = ['view', 'create', 'update', 'delete'] as const;

  beforeEach(async () => {
    await makeRole(
      surface,
      'delegate',
      { kinds: ['grant', 'role', 'token'], verbs: EDIT },
      { kinds: ['service'], verbs: ['view'] },
    );
    await makeRole(surface, 'watcher', { kinds: ['service'], verbs: ['view'] });
  });

  /** What a refusal says. */
  const refused = async (
    response: Promise<{ status: number; body: unknown; text: string }>,
  ): Promise<string> => {
    const { status, body, text } = await response;
    expect(status, text).toBe(403);
    return bodyOf<Problem>({ body }).detail;
  };

  it('in grants, roles and tokens', async () => {
    await grant(surface, 'ann', ann, 'delegate');
    const { rest } = ann;
    await create({ role: 'watcher' }, rest);
    const { name: _, ...change } = input({ role: 'operator' });
    expect(await refused(rest.post(GRANTS).send(input({ name: 'more', role: 'viewer' })))).toMatch(
      /you lack: view network, /,
    );
    expect(await refused(rest.put(`${GRANTS}/pay`).send(change))).toContain('you lack: view network');
    expect(await refused(rest.put(`${GRANTS}/ann`).send(change))).toContain('you lack');
    const rules = [{ kinds: ['service'], verbs: ['view', 'update'] }];
    expect(await refused(rest.post('/v1/access/roles').send({ name: 'more', rules }))).toContain(
      'update service',
    );
    expect(await refused(rest.put('/v1/access/roles/delegate').send({ rules }))).toContain(
      'you lack: update service. ',
    );
    expect(await refused(rest.post('/v1/tokens').send({ name: 'more', role: 'viewer' }))).toContain(
      'you lack',
    );
    const plans = rest.post('/v1/tokens?dryRun=true').send({ name: 'more', role: 'admin' });
    expect(await refused(plans)).toContain('and');
    // What takes away needs nothing but the right to.
    await rest
      .put('/v1/access/roles/watcher')
      .send({ rules: [{ kinds: ['service'], verbs: ['view'] }] })
      .expect(200);
    await rest.post('/v1/tokens').send({ name: 'none' }).expect(201);
    await rest.delete(`${GRANTS}/pay`).expect(204);
  });

  it('by giving a token that may more another secret', async () => {
    await grant(surface, 'ann', ann, 'delegate');
    const ben = await member(surface, 'ben');
    await ann.rest.post(`/v1/tokens/${ben.id}/rotate`).send({}).expect(200);
    await grant(surface, 'ben', ben, 'operator', { stacks: ['pay'] });
    expect(await refused(ann.rest.post(`/v1/tokens/${ben.id}/rotate`).send({}))).toContain('you lack');
    const { errors } = await surface.graphql(
      'mutation ($id: ID!) { rotateToken(id: $id) { token } }',
      { id: ben.id },
      ann.token,
    );
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('that they have for some objects only', async () => {
    await grant(surface, 'ann', ann, 'delegate', { all: true });
    await grant(surface, 'pay-view', ann, 'viewer', { stacks: ['pay'] });
    const narrow = input({ role: 'viewer', scope: { stacks: ['pay'] } });
    expect(await refused(ann.rest.post(GRANTS).send(narrow))).toContain('for everything');
  });

  it('and sees and changes only the grants that are theirs to', async () => {
    await create();
    await create({ name: 'other' });
    await makeRole(surface, 'keeper', { kinds: ['grant'], verbs: ['view', 'delete'] });
    await grant(surface, 'ann', ann, 'keeper', { names: ['grant/pay', 'token/none'] });
    const list = await ann.rest.get(GRANTS).expect(200);
    expect(bodyOf<Page<Grant>>(list)).toMatchObject({ total: 1, items: [{ name: 'pay' }] });
    await ann.rest.get(`${GRANTS}/other`).expect(404);
    await ann.rest.delete(`${GRANTS}/other`).expect(404);
    await ann.rest.put(`${GRANTS}/pay`).send({}).expect(403);
    await ann.rest.delete(`${GRANTS}/pay`).expect(204);
  });
});

describe('what somebody else has left in the swarm', () => {
  it.each<object>([
    {},
    { 0: 'a list' },
    { name: 'pay' },
    { name: 'other', subject: { user: 'corp:eve' }, role: 'admin', scope: { all: true } },
    { name: 'pay', subject: 'user:corp:eve', role: 'admin', scope: { all: true } },
    { name: 'pay', subject: { user: 'corp:eve' }, role: 'admin', scope: { all: 'true' } },
    { name: 'pay', subject: { user: 'corp:eve' }, role: 'admin', scope: { stacks: 'pay' } },
    { name: 'pay', subject: { user: 'corp:eve' }, role: 'admin', scope: { all: true }, constructor: 1 },
    { name: 'pay', subject: { user: 'corp:eve' }, role: ['admin'], scope: { all: true }, labels: 7 },
  ])('as a grant, such as %j, grants nothing and is shown with its problem', async (document) => {
    const id = GrantStore.idOf('pay');
    await plant(`grant.${id}`, document);
    const shown = await surface.rest.get(`${GRANTS}/${id}`).expect(200);
    expect(shown.body).toMatchObject({
      id,
      name: id,
      subject: { token: null, user: null, group: null },
      role: '',
      scope: NOTHING,
      problem: containing('no grant'),
    });
    expect(surface.app.get(RightsBook, { strict: false }).of(['user:corp:eve'], null).bindings).toEqual([]);
    const { grants } = await surface.data<{ grants: { nodes: Grant[] } }>(`{ grants { nodes ${GRANT} } }`);
    expect(grants.nodes).toEqual([shown.body]);
    expect(bodyOf<Problem>(await surface.rest.post(GRANTS).send(input())).code).toBe('NAME_TAKEN');
    const { name: _, ...change } = input();
    expect(bodyOf<Problem>(await surface.rest.put(`${GRANTS}/${id}`).send(change)).code).toBe('CONFLICT');
    await surface.rest.delete(`${GRANTS}/${id}`).expect(204);
    await create();
  });

  it.each([
    [{ name: 'admin', rules: [{ kinds: ['token'], verbs: ['create'] }] }, 'admin'],
    [{ name: 'other', rules: [{ kinds: ['token'], verbs: ['create'] }] }, 'evil'],
    [{ name: 'evil', rules: [{ kinds: ['everything'], verbs: ['create'] }] }, 'evil'],
    [{ name: 'evil', rules: 'all' }, 'evil'],
  ])('as a role, such as %j, is none', async (document, id) => {
    await plant(`role.${id}`, document);
    const shown = await surface.rest.get(`/v1/access/roles/${id}`).expect(200);
    if (id === 'admin') {
      expect(shown.body).toMatchObject({ builtIn: true, problem: null });
      return;
    }
    expect(shown.body).toMatchObject({ builtIn: false, rules: [], problem: containing('no role') });
    expect((await surface.rest.post(GRANTS).send(input({ role: id }))).status).toBe(400);
  });

  it('says of a grant whose role or token is gone that it gives nothing', async () => {
    await makeRole(surface, 'passing', { kinds: ['service'], verbs: ['view'] });
    await create({ role: 'passing' });
    const config = surface.state.configs.named('swarmplane.role.passing')[0];
    await swarm.gateway.removeConfig(config?.id ?? '');
    await surface.state.until(() => (surface.state.configs.get(config?.id ?? '') ? undefined : true), 5_000);
    const problemOf = async (): Promise<string | null> =>
      bodyOf<Grant>(await surface.rest.get(`${GRANTS}/pay`)).problem;
    expect(await problemOf()).toContain('There is no role "passing"');
    await ann.rest.get('/v1/services').expect(403);
    await makeRole(surface, 'passing', { kinds: ['service'], verbs: ['view'] });
    expect(await problemOf()).toBeNull();
    await ann.rest.get('/v1/services').expect(200);
    await surface.rest.delete(`/v1/tokens/${ann.id}`).expect(204);
    expect(await problemOf()).toContain('no token');
  });
});

describe('a grant that is taken away', () => {
  it('ends the streams and sockets that it opened, and those of nobody else', async () => {
    const ben = await member(surface, 'ben');
    await create({ scope: { all: true } });
    await grant(surface, 'ben', ben, 'viewer');
    const url = `http://${surface.address}/v1/events?kinds=node`;
    const open = ({ token }: Member): Promise<EventReader> =>
      EventReader.open(url, { Authorization: `Bearer ${token}` });
    const [stream, other] = [await open(ann), await open(ben)];
    const NODES = 'subscription { nodeChanged { type } }';
    const socket = await surface.subscribe(NODES, {}, ann.token);
    const bystander = await surface.subscribe<unknown>(NODES, {}, ben.token);
    await surface.rest.delete(`${GRANTS}/pay`).expect(204);
    swarm.changeNode(swarm.all('node')[0]?.id ?? '', { labels: { after: 'all' } });
    const last = await stream.event();
    expect(last.event).toBe('resync');
    expect(JSON.parse(last.data ?? 'null')).toMatchObject({ reason: 'rights-changed' });
    await stream.end();
    expect(stream.blocks).toEqual([]);
    expect(await socket.closing()).toMatchObject({ code: 4205 });
    expect(socket.waiting).toBe(0);
    expect((await other.event()).event).toBe('node.updated');
    expect(await bystander.next()).toBeTruthy();
    other.close();
  });

  it('with its role changed, as well', async () => {
    await makeRole(surface, 'watcher', { kinds: ['node'], verbs: ['view'] });
    await create({ role: 'watcher', scope: { all: true } });
    const stream = await EventReader.open(`http://${surface.address}/v1/events?kinds=node`, {
      Authorization: `Bearer ${ann.token}`,
    });
    const rules = [{ kinds: ['task'], verbs: ['view'] }];
    await surface.rest.put('/v1/access/roles/watcher').send({ rules }).expect(200);
    const last = await stream.event();
    expect(last.event).toBe('resync');
    expect(JSON.parse(last.data ?? 'null')).toMatchObject({ reason: 'rights-changed' });
    await stream.end();
  });
});
