import { createHash } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import type { CreatedToken, Token } from '../../src/auth/auth.types.ts';
import { newToken } from '../../src/auth/token-format.ts';
import type { ResourceKind, Verb } from '../../src/domain/access/resource-kind.ts';
import { rightsOfRole } from '../../src/domain/access/rights.ts';
import { ROLES, type Role } from '../../src/domain/role.ts';
import { operationFor } from '../support/graphql-operation.ts';
import { containing } from '../support/matching.ts';
import { registeredRoutes } from '../support/registered-routes.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

/** `create service`, or any of `view task or service`. */
type Needed = `${Verb} ${string}` | 'any';
type Access = Needed | 'public';

/** What it takes to use each route: a new route must be entered here, or a test fails. */
const ROUTES: Readonly<Record<string, Access>> = {
  'GET /livez': 'public',
  'GET /readyz': 'public',
  'GET /v1/audit': 'view audit',
  'GET /v1/audit/verify': 'view audit',
  'GET /v1/events': 'view task or service or network or node',
  'POST /v1/events/ticket': 'view task or service or network or node',
  'GET /v1/me': 'any',
  'GET /metrics': 'view metrics',
  'GET /v1/networks': 'view network',
  'GET /v1/networks/:network': 'view network',
  'POST /v1/networks': 'create network',
  'DELETE /v1/networks/:network': 'delete network',
  'GET /v1/networks/:network/addresses': 'view network',
  'POST /v1/networks/prune': 'delete network',
  'POST /v1/networks/:network/replace': 'update network',
  'GET /v1/operations': 'view operation',
  'GET /v1/operations/:operation': 'view operation',
  'POST /v1/operations/:operation/revoke': 'update operation',
  'POST /v1/operations/:operation/resume': 'update operation',
  'DELETE /v1/operations/:operation': 'delete operation',
  'GET /v1/ipam/subnets': 'view swarm',
  'GET /v1/services': 'view service',
  'GET /v1/services/:service': 'view service',
  'GET /v1/services/:service/tasks': 'view task',
  'GET /v1/services/:service/rollout': 'view service',
  'GET /v1/services/:service/logs': 'view log',
  'POST /v1/services': 'create service',
  'PATCH /v1/services/:service': 'update service',
  'DELETE /v1/services/:service': 'delete service',
  'POST /v1/services/:service/scale': 'update service',
  'POST /v1/services/:service/rollback': 'update service',
  'POST /v1/services/:service/restart': 'update service',
  'PUT /v1/services/:service/networks/:network': 'update service',
  'DELETE /v1/services/:service/networks/:network': 'update service',
  'GET /v1/tasks': 'view task',
  'GET /v1/tasks/:task': 'view task',
  'GET /v1/nodes': 'view node',
  'GET /v1/nodes/:node': 'view node',
  'PATCH /v1/nodes/:node': 'update node',
  'GET /v1/ports': 'view service',
  'GET /v1/access/policy': 'view policy',
  'PUT /v1/access/policy': 'update policy',
  'GET /v1/access/explain': 'any',
  'GET /v1/access/grants': 'view grant',
  'GET /v1/access/grants/:grant': 'view grant',
  'POST /v1/access/grants': 'create grant',
  'PUT /v1/access/grants/:grant': 'update grant',
  'DELETE /v1/access/grants/:grant': 'delete grant',
  'GET /v1/access/roles': 'view role',
  'GET /v1/access/roles/:role': 'view role',
  'POST /v1/access/roles': 'create role',
  'PUT /v1/access/roles/:role': 'update role',
  'DELETE /v1/access/roles/:role': 'delete role',
  'POST /v1/access/review': 'create service or network',
  'GET /v1/certificates': 'view certificate',
  'GET /v1/certificates/:certificate': 'view certificate',
  'POST /v1/certificates': 'create certificate',
  'PUT /v1/certificates/:certificate': 'update certificate',
  'DELETE /v1/certificates/:certificate': 'delete certificate',
  'GET /v1/routes': 'view route',
  'GET /v1/routes/match': 'view route',
  'GET /v1/routes/:route': 'view route',
  'POST /v1/routes': 'create route',
  'PUT /v1/routes/:route': 'update route',
  'DELETE /v1/routes/:route': 'delete route',
  'GET /v1/routers': 'view router',
  'GET /v1/routers/:router': 'view router',
  'GET /v1/routers/statistics': 'view route',
  'GET /v1/routers/:router/configuration': 'view routing-table',
  'GET /v1/routers/config': 'use routing-table',
  'PUT /v1/routers/:router/report': 'update routing-table',
  'POST /v1/routers': 'create router',
  'DELETE /v1/routers/services/:service': 'delete router',
  'GET /v1/secrets': 'view secret',
  'GET /v1/secrets/:secret': 'view secret',
  'POST /v1/secrets': 'create secret',
  'DELETE /v1/secrets/:secret': 'delete secret',
  'GET /v1/configs': 'view config',
  'GET /v1/configs/:config': 'view config',
  'POST /v1/configs': 'create config',
  'DELETE /v1/configs/:config': 'delete config',
  'GET /v1/swarm': 'view swarm',
  'GET /v1/swarm/prerequisites': 'view swarm',
  'POST /v1/swarm/connectivity': 'use swarm',
  'POST /v1/discovery/probe': 'use network',
  'POST /v1/routes/lint': 'view route',
  'GET /v1/swarm/join-tokens': 'view join-token',
  'POST /v1/swarm/join-tokens/rotate': 'update join-token',
  'GET /v1/discovery/explain': 'view network',
  'GET /v1/discovery/names': 'view network',
  'GET /v1/discovery/prometheus': 'view task',
  'GET /v1/discovery/resolve': 'view network',
  'GET /v1/tokens': 'view token',
  'POST /v1/tokens': 'create token',
  'POST /v1/tokens/:token/rotate': 'update token',
  'DELETE /v1/tokens/:token': 'delete token',
};

/** What it takes to use each field of the GraphQL roots. */
const FIELDS: Readonly<Record<string, Needed>> = {
  'Query.config': 'view config',
  'Query.configs': 'view config',
  'Query.resolve': 'view network',
  'Query.secret': 'view secret',
  'Query.secrets': 'view secret',
  'Query.joinTokens': 'view join-token',
  'Query.explainAccess': 'any',
  'Query.grant': 'view grant',
  'Query.grants': 'view grant',
  'Query.role': 'view role',
  'Query.roles': 'view role',
  'Query.explain': 'view network',
  'Query.lintRoutes': 'view route',
  'Query.audit': 'view audit',
  'Query.auditVerification': 'view audit',
  'Query.me': 'any',
  'Query.names': 'view network',
  'Query.network': 'view network',
  'Query.networks': 'view network',
  'Query.node': 'view node',
  'Query.nodes': 'view node',
  'Query.operation': 'view operation',
  'Query.operations': 'view operation',
  'Query.accessPolicy': 'view policy',
  'Query.reviewAccess': 'create service or network',
  'Query.certificate': 'view certificate',
  'Query.certificates': 'view certificate',
  'Query.ports': 'view service',
  'Query.route': 'view route',
  'Query.routeMatch': 'view route',
  'Query.router': 'view router',
  'Query.routers': 'view router',
  'Query.routerConfiguration': 'view routing-table',
  'Query.routeStatistics': 'view route',
  'Query.routes': 'view route',
  'Query.prerequisites': 'view swarm',
  'Query.service': 'view service',
  'Query.services': 'view service',
  'Query.subnets': 'view swarm',
  'Query.swarm': 'view swarm',
  'Query.task': 'view task',
  'Query.tasks': 'view task',
  'Query.tokens': 'view token',
  'Mutation.attachService': 'update service',
  'Mutation.checkConnectivity': 'use swarm',
  'Mutation.probe': 'use network',
  'Mutation.createCertificate': 'create certificate',
  'Mutation.createRoute': 'create route',
  'Mutation.updateRoute': 'update route',
  'Mutation.deleteRoute': 'delete route',
  'Mutation.createConfig': 'create config',
  'Mutation.createSecret': 'create secret',
  'Mutation.deleteCertificate': 'delete certificate',
  'Mutation.deleteConfig': 'delete config',
  'Mutation.deleteSecret': 'delete secret',
  'Mutation.createNetwork': 'create network',
  'Mutation.createService': 'create service',
  'Mutation.createGrant': 'create grant',
  'Mutation.updateGrant': 'update grant',
  'Mutation.deleteGrant': 'delete grant',
  'Mutation.createRole': 'create role',
  'Mutation.updateRole': 'update role',
  'Mutation.deleteRole': 'delete role',
  'Mutation.createToken': 'create token',
  'Mutation.rotateToken': 'update token',
  'Mutation.deleteNetwork': 'delete network',
  'Mutation.deleteOperation': 'delete operation',
  'Mutation.deleteService': 'delete service',
  'Mutation.deployRouters': 'create router',
  'Mutation.removeRouters': 'delete router',
  'Mutation.detachService': 'update service',
  'Mutation.pruneNetworks': 'delete network',
  'Mutation.replaceNetwork': 'update network',
  'Mutation.restartService': 'update service',
  'Mutation.resumeOperation': 'update operation',
  'Mutation.revokeOperation': 'update operation',
  'Mutation.revokeToken': 'delete token',
  'Mutation.rollbackService': 'update service',
  'Mutation.rotateJoinToken': 'update join-token',
  'Mutation.scaleService': 'update service',
  'Mutation.updateAccessPolicy': 'update policy',
  'Mutation.updateCertificate': 'update certificate',
  'Mutation.updateNode': 'update node',
  'Mutation.updateService': 'update service',
  'Subscription.certificateChanged': 'view certificate',
  'Subscription.namesChanged': 'view network',
  'Subscription.networkChanged': 'view network',
  'Subscription.nodeChanged': 'view node',
  'Subscription.operation': 'view operation',
  'Subscription.rollout': 'view service',
  'Subscription.routeChanged': 'view route',
  'Subscription.routerChanged': 'view router',
  'Subscription.routeStatisticsChanged': 'view route',
  'Subscription.serviceChanged': 'view service',
  'Subscription.taskChanged': 'view task',
};

let surface: Surface;
let tokens: Readonly<Record<Role, string>>;
beforeAll(async () => {
  surface = await startSurface();
  tokens = {
    viewer: await surface.tokenFor('viewer'),
    operator: await surface.tokenFor('operator'),
    admin: surface.adminToken,
    router: await surface.tokenFor('router'),
  };
});
afterAll(() => surface.close());

function mayUse(role: Role, access: Access): boolean {
  if (access === 'public' || access === 'any') return true;
  const [verb, ...kinds] = access.split(/ (?:or )?/) as [Verb, ...ResourceKind[]];
  return kinds.some((kind) => rightsOfRole(role).anywhere(verb, kind));
}

/** Streams would not end by themselves: they are asked for something that is not there. */
const STREAMS: readonly string[] = ['GET /v1/events', 'GET /v1/routers/config'];

function request(route: string, token: string | null) {
  const [method, base = ''] = route.split(' ');
  const path = STREAMS.includes(route) ? `${base}?service=:service` : base;
  const verb = method?.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
  return surface.as(token)[verb](path.replaceAll(/:\w+/g, 'nothing-of-this-name'));
}

describe('every REST route', () => {
  it('is in the table of what it takes, and in the OpenAPI document', async () => {
    expect(registeredRoutes(surface.app).toSorted()).toEqual(Object.keys(ROUTES).toSorted());
    const { paths } = bodyOf<{ paths: Record<string, object> }>(
      await surface.as(null).get('/openapi.json').expect(200),
    );
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(documented.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  });

  it.each(Object.entries(ROUTES))('%s: without a token only if it is public (%s)', async (route, access) => {
    const response = await request(route, null);
    if (access === 'public') {
      expect(response.status).toBe(200);
      return;
    }
    expect(response.status).toBe(401);
    expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(response.body).toMatchObject({
      code: 'UNAUTHENTICATED',
      detail: containing('Authorization: Bearer'),
    });
  });

  it.each(Object.entries(ROUTES))('%s: only with the right to %s', async (route, access) => {
    for (const role of ROLES) {
      const response = await request(route, tokens[role]);
      if (mayUse(role, access)) {
        expect([401, 403], `${role}: ${response.text}`).not.toContain(response.status);
        expect(response.status, `${role}: ${response.text}`).toBeLessThan(500);
      } else {
        expect(response.status, role).toBe(403);
        expect(response.body).toMatchObject({
          code: 'FORBIDDEN',
          detail: `This needs the right "${access}". Ask an admin for a grant; GET /v1/me says what you may do.`,
        });
      }
    }
  });

  it.each(['/livez', '/readyz', '/docs', '/openapi.json'])('%s is open', async (path) => {
    await surface.as(null).get(path).expect(200);
    // A wrong token is no reason to close what is open.
    await surface.as('wrong').get(path).expect(200);
  });

  it.each(['/v1', '/v1/passwords', '/admin'])('%s is not there', async (path) => {
    await surface.as(null).get(path).expect(404);
  });
});

describe('every GraphQL field', () => {
  const schema = (): GraphQLSchema => surface.app.get(GraphQLSchemaHost, { strict: false }).schema;
  const overHttp = Object.entries(FIELDS).filter(([field]) => !field.startsWith('Subscription'));
  const overWebSocket = Object.entries(FIELDS).filter(([field]) => field.startsWith('Subscription'));

  it('is in the table of what it takes', () => {
    const roots = [schema().getQueryType(), schema().getMutationType(), schema().getSubscriptionType()];
    const fields = roots.flatMap((root) =>
      Object.keys(root?.getFields() ?? {}).map((name) => `${root?.name}.${name}`),
    );
    expect(fields.toSorted()).toEqual(Object.keys(FIELDS).toSorted());
  });

  it.each(overHttp)('%s: only with the right to %s, and never without a token', async (field, access) => {
    const { query, variables } = operationFor(schema(), field);
    const anonymous = await surface.graphql(query, { ...variables }, null);
    expect(anonymous.status).toBe(401);
    expect(anonymous.data ?? null).toBeNull();
    expect(anonymous.errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
    for (const role of ROLES) {
      const { errors } = await surface.graphql(query, { ...variables }, tokens[role]);
      const [verdict] = errors.map((error) => error.extensions);
      if (mayUse(role, access)) {
        expect(['FORBIDDEN', 'UNAUTHENTICATED', 'INTERNAL'], role).not.toContain(verdict?.code);
      } else {
        expect(verdict, role).toMatchObject({ code: 'FORBIDDEN', status: 403 });
        expect(errors[0]?.message).toContain(`This needs the right "${access}".`);
      }
    }
  });

  it.each(overWebSocket)(
    '%s: only with the right to %s, and never without a token',
    async (field, access) => {
      const { query, variables } = operationFor(schema(), field);
      const anonymous = await surface.subscribe(query, { ...variables }, null);
      expect(await anonymous.closing()).toMatchObject({ code: 4401 });
      for (const role of ROLES) {
        const subscription = await surface.subscribe(query, { ...variables }, tokens[role]);
        if (!mayUse(role, access)) {
          expect((await subscription.refusal())[0]?.extensions.code, role).toBe('FORBIDDEN');
          continue;
        }
        // One that names an object has got as far as looking for it.
        if (subscription.isOver) {
          expect((await subscription.refusal())[0]?.extensions.code, role).toBe('NOT_FOUND');
        }
        await subscription.close();
      }
    },
  );

  it('goes for the schema itself, which is not shown without a token', async () => {
    const { status, errors } = await surface.graphql('{ __schema { types { name } } }', {}, null);
    expect(status).toBe(401);
    expect(errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('goes for queries and mutations over WebSocket too', async () => {
    const mutation = await surface.subscribe('mutation { deleteService(id: "x") }', {}, tokens.viewer);
    await expect(mutation.next()).rejects.toThrow('FORBIDDEN');
    const query = await surface.subscribe<{ me: unknown }>('{ me { role } }', {}, tokens.viewer);
    expect(await query.next()).toEqual({ me: { role: 'VIEWER' } });
  });

  it('is not reachable by GET, where a link could send it', async () => {
    const response = await surface.rest.get('/graphql?query={me{id}}');
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.body).not.toHaveProperty('data.me');
  });
});

describe('a token', () => {
  const stored = (id: string): { labels: Record<string, string>; name: string } =>
    surface.swarm.all('config').find((config) => config.name === `swarmplane.token.${id}`) ?? {
      name: '',
      labels: {},
    };

  async function create(input: Record<string, unknown>): Promise<CreatedToken> {
    return bodyOf<CreatedToken>(await surface.rest.post('/v1/tokens').send(input).expect(201));
  }

  /** Whether each of the three surfaces takes the token. */
  async function takenBy(token: string): Promise<{ rest: number; graphql: number; socket: number }> {
    const rest = await surface.as(token).get('/v1/me');
    const graphql = await surface.graphql('{ me { id } }', {}, token);
    const socket = await surface.subscribe('{ me { id } }', {}, token);
    const opened = await socket.next().then(
      () => 200,
      () => socket.closing().then(({ code }) => code),
    );
    await socket.close();
    return { rest: rest.status, graphql: graphql.status, socket: opened };
  }

  it('is shown once, and kept only as its SHA-256', async () => {
    const { token, ...shown } = await create({ name: 'portal', role: 'operator' });
    expect(token).toMatch(/^swp_[\w-]{43}[0-9a-z]{7}$/);
    const config = stored(shown.id);
    const sha256 = createHash('sha256').update(token).digest('hex');
    expect(Object.values(config.labels).join()).toContain(sha256);
    expect(JSON.stringify(surface.swarm.all('config'))).not.toContain(token);
    const list = await surface.rest.get('/v1/tokens').expect(200);
    const listed = bodyOf<Page<Token>>(list).items.find((each) => each.id === shown.id);
    expect(listed).toEqual(shown);
    expect(list.text).not.toContain(sha256);
    expect(list.text).not.toContain(token);
    const graph = await surface.data(
      '{ tokens { nodes { id name role scope { all } createdAt createdBy expiresAt lastUsedAt rotations previousExpiresAt version } } }',
    );
    expect(JSON.stringify(graph)).not.toContain(sha256);
  });

  it('has a name, a role, an expiry and a maker', async () => {
    const expiresAt = '2099-01-02T03:04:05+01:00';
    const token = await create({ name: 'Ben’s laptop', role: 'viewer', expiresAt });
    expect(token).toMatchObject({
      name: 'Ben’s laptop',
      role: 'viewer',
      expiresAt: '2099-01-02T02:04:05.000Z',
      createdBy: 'admin',
      lastUsedAt: null,
    });
    expect(Math.abs(Date.parse(token.createdAt) - Date.now())).toBeLessThan(10_000);
    const me = await surface.as(token.token).get('/v1/me').expect(200);
    expect(me.body).toMatchObject({ id: token.id, name: 'Ben’s laptop', role: 'viewer' });
    const installation = await surface.rest.get('/v1/me').expect(200);
    expect(installation.body).toMatchObject({ id: 'admin', role: 'admin' });
  });

  it('of an admin can make tokens, and is named as their maker', async () => {
    const admin = await create({ name: 'second admin', role: 'admin' });
    const response = await surface.as(admin.token).post('/v1/tokens').send({ name: 'x', role: 'viewer' });
    expect(response.body).toMatchObject({ createdBy: admin.id });
  });

  it('notes when it was last used', async () => {
    const { id, token } = await create({ name: 'used', role: 'viewer' });
    await surface.as(token).get('/v1/me').expect(200);
    const noted = await surface.state.until(
      () => /"lastUsedAt":"[^"]+"/.exec(Object.values(stored(id).labels).join()) ?? undefined,
      5_000,
    );
    expect(noted).toBeDefined();
    await surface.as(token).get('/v1/me').expect(200);
  });

  it('works on every surface until it is revoked, and on none afterwards', async () => {
    const { id, token } = await create({ name: 'short-lived', role: 'viewer' });
    expect(await takenBy(token)).toEqual({ rest: 200, graphql: 200, socket: 200 });
    await surface.rest.delete(`/v1/tokens/${id}`).expect(204);
    expect(await takenBy(token)).toEqual({ rest: 401, graphql: 401, socket: 4401 });
    expect(stored(id).name).toBe('');
    const response = await surface.as(token).get('/v1/me').expect(401);
    expect(bodyOf<{ detail: string }>(response).detail).toMatch(/revoked.*Ask an admin/);
  });

  it('is revoked by GraphQL too', async () => {
    const { createToken } = await surface.data<{ createToken: CreatedToken }>(
      'mutation { createToken(input: { name: "graph", role: OPERATOR }) { id token role } }',
    );
    expect(createToken.role).toBe('OPERATOR');
    expect(await takenBy(createToken.token)).toEqual({ rest: 200, graphql: 200, socket: 200 });
    const { revokeToken } = await surface.data<{ revokeToken: string }>(
      'mutation ($id: ID!) { revokeToken(id: $id) }',
      { id: createToken.id },
    );
    expect(revokeToken).toBe(createToken.id);
    expect(await takenBy(createToken.token)).toEqual({ rest: 401, graphql: 401, socket: 4401 });
  });

  it('is refused everywhere once it has expired', async () => {
    const { id, token } = await create({
      name: 'expiring',
      role: 'viewer',
      expiresAt: '2099-01-01T00:00:00Z',
    });
    expect(await takenBy(token)).toEqual({ rest: 200, graphql: 200, socket: 200 });
    // The use is noted in the background; it must not come between reading the version and writing it.
    await surface.state.until(
      () => /"lastUsedAt":"[^"]+"/.exec(Object.values(stored(id).labels).join()) ?? undefined,
      5_000,
    );
    const config = surface.swarm.all('config').find((each) => each.name.endsWith(id));
    const labels = Object.fromEntries(
      Object.entries(config?.labels ?? {}).map(([key, text]) => [key, text.replace('2099-', '2001-')]),
    );
    await surface.swarm.gateway.updateConfig(config?.id ?? '', config?.version ?? 0, labels);
    await surface.state.until(
      () =>
        JSON.stringify(surface.state.configs.get(config?.id ?? '')).includes('2001-') ? true : undefined,
      5_000,
    );
    expect(await takenBy(token)).toEqual({ rest: 401, graphql: 401, socket: 4401 });
  });

  it('that is mistyped is told from one that is unknown', async () => {
    const { token } = await create({ name: 'typed', role: 'viewer' });
    const mistyped = `${token.slice(0, 20)}${token.charAt(20) === 'x' ? 'y' : 'x'}${token.slice(21)}`;
    const detailFor = async (sent: string): Promise<string> => {
      const response = await surface.as(sent).get('/v1/me').expect(401);
      return bodyOf<{ detail: string }>(response).detail;
    };
    expect(await detailFor(mistyped)).toContain('mistyped');
    expect(await detailFor(token.slice(0, -1))).toContain('incomplete');
    expect(await detailFor('hunter2')).toContain('mistyped');
    expect(await detailFor(newToken())).toContain('unknown');
  });

  it.each([
    ['Basic', 'Basic dXNlcjpwYXNz'],
    ['an empty bearer', 'Bearer'],
    ['two words', 'Bearer a b'],
    ['the bare token', 'swp_x'],
  ])('is not taken from %s', async (_, header) => {
    const response = await surface.as(null).get('/v1/me').set('Authorization', header).expect(401);
    expect(bodyOf<{ detail: string }>(response).detail).toContain('Bearer <token>');
  });

  it.each([
    [{ role: 'viewer' }, '/name'],
    [{ name: '', role: 'viewer' }, '/name'],
    [{ name: 'x'.repeat(65), role: 'viewer' }, '/name'],
    [{ name: 'line\nbreak', role: 'viewer' }, '/name'],
    [{ name: 'x', scope: { all: true } }, '/scope'],
    [{ name: 'x', role: 'viewer', scope: {} }, '/scope'],
    [{ name: 'x', role: 'viewer', scope: { ports: ['none'] } }, '/scope/ports/0'],
    [{ name: 'x', role: 'root' }, '/role'],
    [{ name: 'x', role: 'viewer', expiresAt: '2001-01-01T00:00:00Z' }, '/expiresAt'],
    [{ name: 'x', role: 'viewer', expiresAt: 'tomorrow' }, '/expiresAt'],
    [{ name: 'x', role: 'viewer', expiresAt: '2099-02-30T00:00:00Z' }, '/expiresAt'],
    [{ name: 'x', role: 'viewer', expiresAt: '2099-W01-1' }, '/expiresAt'],
    [{ name: 'x', role: 'viewer', expiresAt: 4_070_908_800 }, '/expiresAt'],
    [{ name: 'x', role: 'viewer', admin: true }, '/admin'],
  ])('is not made from %j', async (input, pointer) => {
    const before = surface.swarm.all('config').length;
    const response = await surface.rest.post('/v1/tokens').send(input);
    const { status, code, errors } = bodyOf<Problem>(response);
    expect({ status, code }).toEqual({ status: 400, code: 'INVALID' });
    expect(new Set(errors?.map((error) => error.pointer))).toEqual(new Set([pointer]));
    expect(surface.swarm.all('config')).toHaveLength(before);
  });

  it('that is unknown cannot be revoked', async () => {
    const response = await surface.rest.delete('/v1/tokens/0123456789abcdef').expect(404);
    expect(response.body).toMatchObject({
      code: 'NOT_FOUND',
      detail: containing('GET /v1/tokens'),
    });
  });

  it('is not found through what somebody else has left in the swarm', async () => {
    for (const [name, document] of [
      ['swarmplane.token.broken', 'no JSON'],
      ['swarmplane.token.list', '[]'],
      ['swarmplane.token.null', 'null'],
      ['swarmplane.token.empty', '{}'],
      ['swarmplane.token.a.b', '{}'],
      ['swarmplane.token', '{}'],
    ] as const) {
      await surface.swarm.gateway.createConfig(name, { 'swarmplane.document': document });
    }
    await surface.swarm.gateway.createConfig('swarmplane.token.bare', {});
    await surface.state.until(
      () => surface.state.configs.named('swarmplane.token.bare')[0] ?? undefined,
      5_000,
    );
    const { token } = await create({ name: 'among rubbish', role: 'viewer' });
    await surface.as(token).get('/v1/me').expect(200);
    const list = await surface.rest.get('/v1/tokens').expect(200);
    expect(bodyOf<Page<Token>>(list).items.map((each) => each.name)).toContain('among rubbish');
  });
});
