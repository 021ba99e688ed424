import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Me } from '../../src/auth/me.types.ts';
import { EVERYTHING, NOTHING } from '../../src/domain/access/scope.ts';
import { RESOURCE_KINDS, VERBS } from '../../src/domain/access/resource-kind.ts';
import type { AccessExplanation } from '../../src/grants/explain-access.types.ts';
import { bodyOf, startSurface, type Rest, type Surface } from '../support/surface.ts';
import { grant, makeRole, member, type Member } from '../support/team.ts';

let surface: Surface;
let ann: Member;
let ben: Member;
beforeAll(async () => {
  surface = await startSurface({ clientRoles: [['ops', 'operator']] });
  ann = await member(surface, 'ann');
  ben = await member(surface, 'ben');
  for (const [name, team] of [
    ['web', 'pay'],
    ['shop', 'sales'],
  ]) {
    await surface.rest.post('/v1/services').send({ name, image: 'nginx', labels: { team } }).expect(201);
  }
  await makeRole(surface, 'claimer', { kinds: ['host', 'port'], verbs: ['use'] });
  await grant(surface, 'pay', ann, 'operator', { labels: ['team=pay'] });
  await grant(surface, 'see-all', ann, 'viewer');
  await grant(surface, 'claims', ann, 'claimer', { hosts: ['*.pay.corp'], ports: ['8000-8099'] });
  const forGroup = {
    name: 'devs',
    subject: { group: 'corp:devs' },
    role: 'viewer',
    scope: { stacks: ['dev'] },
  };
  await surface.rest.post('/v1/access/grants').send(forGroup).expect(201);
});
afterAll(() => surface.close());

type Question = Record<string, string | readonly string[]>;

/** What both surfaces answer, which is the same. */
async function explained(question: Question, who: Member | null = null): Promise<AccessExplanation> {
  const rest: Rest = who?.rest ?? surface.rest;
  const response = await rest.get('/v1/access/explain').query(question).expect(200);
  const variables = { ...question, verb: String(question['verb']).toUpperCase() };
  const { explainAccess } = await surface.data<{ explainAccess: AccessExplanation }>(
    `query ($subject: [String!], $verb: AccessVerb!, $object: String!, $labels: [String!], $hosts: [String!]) {
      explainAccess(subject: $subject, verb: $verb, object: $object, labels: $labels, hosts: $hosts) {
        allowed through detail found nearMisses { through detail }
      }
    }`,
    variables,
    who?.token,
  );
  expect(explainAccess).toEqual(response.body);
  return explainAccess;
}

const ask = (verb: string, object: string, more: Question = {}): Promise<AccessExplanation> =>
  explained({ subject: `token:${ann.id}`, verb, object, ...more });

describe('whether somebody may do something', () => {
  it('is told with what lets them', async () => {
    expect(await ask('update', 'service/web')).toEqual({
      allowed: true,
      through: 'the grant "pay"',
      detail: 'Yes, by the grant "pay".',
      found: true,
      nearMisses: [],
    });
    const id = surface.state.services.named('web')[0]?.id ?? '';
    expect(await ask('update', `service/${id}`)).toMatchObject({ allowed: true, found: true });
  });

  it('is told with what came near', async () => {
    expect(await ask('update', 'service/shop')).toEqual({
      allowed: false,
      through: null,
      detail: 'No: nothing that they have lets them.',
      found: true,
      nearMisses: [
        { through: 'the grant "pay"', detail: 'Its scope does not have this object.' },
        {
          through: 'the grant "see-all"',
          detail: 'Its role "viewer" does not have "update" for the kind "service".',
        },
      ],
    });
    const { nearMisses } = await ask('use', 'host/shop.sales.corp');
    expect(nearMisses).toContainEqual({
      through: 'the grant "claims"',
      detail: 'Its scope does not have this object.',
    });
  });

  it.each([
    ['use', 'host/shop.pay.corp', {}, true],
    ['use', 'host/pay.corp', {}, false],
    ['use', 'port/8080', {}, true],
    ['use', 'port/9000', {}, false],
    ['create', 'network/new', {}, false],
    ['create', 'network/new', { labels: 'team=pay' }, true],
    ['create', 'network/new', { labels: ['a=b', 'team=sales'] }, false],
    ['update', 'service/web', { labels: 'team=sales' }, false],
    ['view', 'log/shop', {}, true],
    ['view', 'swarm', {}, true],
    ['view', 'audit', {}, false],
    ['delete', 'certificate/x', { hosts: ['a.pay.corp'] }, false],
  ] as const)('to %s %s with %j: %s', async (verb, object, more, allowed) => {
    expect(await ask(verb, object, more)).toMatchObject({ allowed });
  });

  it('is told of users and their groups', async () => {
    const asked = { verb: 'view', object: 'service/x', labels: 'com.docker.stack.namespace=dev' };
    expect(await explained({ ...asked, subject: 'user:corp:carl' })).toMatchObject({ allowed: false });
    expect(await explained({ ...asked, subject: ['user:corp:carl', 'group:corp:devs'] })).toMatchObject({
      through: 'the grant "devs"',
    });
  });

  it('is told of groups that have a role by the settings', async () => {
    const asked = { subject: ['user:certificate:eve', 'group:certificate:ops'], verb: 'update' };
    expect(await explained({ ...asked, object: 'service/web' })).toMatchObject({
      through: 'the organization "ops" of the certificate',
    });
    expect(await explained({ ...asked, object: 'token/x' })).toMatchObject({ allowed: false });
  });

  it('is told everybody of themselves, and of others only who may view all grants', async () => {
    expect(await explained({ verb: 'update', object: 'service/web' }, ann)).toMatchObject({ allowed: true });
    const own = { subject: `token:${ann.id}`, verb: 'view', object: 'service/web' };
    expect(await explained(own, ann)).toMatchObject({ allowed: true });
    expect(await explained({ verb: 'view', object: 'service/web' }, ben)).toMatchObject({
      allowed: false,
      found: false,
    });
    const refused = await ben.rest.get('/v1/access/explain').query(own).expect(403);
    expect(bodyOf<Problem>(refused).detail).toContain('view all grants');
    await makeRole(surface, 'grant-viewer', { kinds: ['grant'], verbs: ['view'] });
    await grant(surface, 'ben', ben, 'grant-viewer', { names: ['grant/pay'] });
    await ben.rest.get('/v1/access/explain').query(own).expect(403);
  });

  it('names a role that is gone', async () => {
    const carl = await member(surface, 'carl');
    await makeRole(surface, 'passing', { kinds: ['node'], verbs: ['view'] });
    await grant(surface, 'carl', carl, 'passing');
    const { id = '' } = surface.state.configs.named('swarmplane.role.passing')[0] ?? {};
    await surface.swarm.gateway.removeConfig(id);
    await surface.state.until(() => (surface.state.configs.get(id) ? undefined : true), 5_000);
    const { nearMisses } = await explained({ subject: `token:${carl.id}`, verb: 'view', object: 'node/x' });
    expect(nearMisses).toEqual([{ through: 'the grant "carl"', detail: 'There is no role "passing".' }]);
  });

  it.each([
    [{ subject: 'token:0123456789abcdef' }, 404, undefined],
    [{ subject: 'ann' }, 400, '/subject'],
    [{ subject: ['token:a', 'token:b'] }, 400, '/subject'],
    [{ object: 'web' }, 400, '/object'],
    [{ object: 'volume/x' }, 400, '/object'],
    [{ object: 'service' }, 400, '/object'],
    [{ object: 'port/http' }, 400, '/object'],
    [{ verb: 'fly' }, 400, '/verb'],
    [{ labels: 'team' }, 400, '/labels'],
    [{ who: 'me' }, 400, '/who'],
  ])('is not told of %j', async (more, status, pointer) => {
    const question = { verb: 'view', object: 'service/web', ...more };
    const response = await surface.rest.get('/v1/access/explain').query(question).expect(status);
    const pointers = bodyOf<Problem>(response).errors?.map((error) => error.pointer);
    expect(pointers ?? []).toEqual(pointer === undefined ? [] : [pointer]);
  });
});

describe('who I am', () => {
  it('is told with my rights, the same over both surfaces', async () => {
    const me = bodyOf<Me>(await ann.rest.get('/v1/me').expect(200));
    expect(me).toMatchObject({
      id: ann.id,
      name: 'ann',
      role: 'viewer',
      proof: 'api-token',
      subjects: [`token:${ann.id}`],
      expiresAt: null,
    });
    expect(me.rights).toContainEqual({
      verbs: ['use'],
      kinds: ['host', 'port'],
      scope: { ...NOTHING, hosts: ['*.pay.corp'], ports: ['8000-8099'] },
      through: 'the grant "claims"',
    });
    const graphql = await surface.data<{ me: Me }>(
      '{ me { id name role proof subjects expiresAt rights { through } } }',
      {},
      ann.token,
    );
    expect(graphql.me).toEqual({
      ...me,
      role: 'VIEWER',
      proof: 'API_TOKEN',
      rights: me.rights.map(({ through }) => ({ through })),
    });
  });

  it('is told to the token of the installation, too', async () => {
    const me = bodyOf<Me>(await surface.rest.get('/v1/me').expect(200));
    expect(me).toEqual({
      id: 'admin',
      name: 'Installation',
      role: 'admin',
      proof: 'installation-token',
      subjects: [],
      expiresAt: null,
      rights: [{ verbs: VERBS, kinds: RESOURCE_KINDS, scope: EVERYTHING, through: 'the role "admin"' }],
    });
  });
});
