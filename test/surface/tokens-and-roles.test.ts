import { createHash } from 'node:crypto';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import type { CreatedToken, Token } from '../../src/auth/auth.types.ts';
import { newToken } from '../../src/auth/token-format.ts';
import { covers, ROLES, type NeededRole, type Role } from '../../src/domain/role.ts';
import { containing } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

type Access = NeededRole | 'public';

/** Who may use each route: a new route must be entered here, or a test fails. */
const ROUTES: Readonly<Record<string, Access>> = {
  'GET /livez': 'public',
  'GET /readyz': 'public',
  'GET /v1/audit': 'admin',
  'GET /v1/audit/verify': 'admin',
  'GET /v1/events': 'viewer',
  'POST /v1/events/ticket': 'viewer',
  'GET /v1/me': 'any',
  'GET /metrics': 'viewer',
  'GET /v1/networks': 'viewer',
  'GET /v1/networks/:network': 'viewer',
  'POST /v1/networks': 'operator',
  'DELETE /v1/networks/:network': 'operator',
  'GET /v1/networks/:network/addresses': 'viewer',
  'POST /v1/networks/prune': 'operator',
  'POST /v1/networks/:network/replace': 'operator',
  'GET /v1/operations': 'viewer',
  'GET /v1/operations/:operation': 'viewer',
  'POST /v1/operations/:operation/revoke': 'operator',
  'POST /v1/operations/:operation/resume': 'operator',
  'DELETE /v1/operations/:operation': 'operator',
  'GET /v1/ipam/subnets': 'viewer',
  'GET /v1/services': 'viewer',
  'GET /v1/services/:service': 'viewer',
  'GET /v1/services/:service/tasks': 'viewer',
  'GET /v1/services/:service/rollout': 'viewer',
  'GET /v1/services/:service/logs': 'viewer',
  'POST /v1/services': 'operator',
  'PATCH /v1/services/:service': 'operator',
  'DELETE /v1/services/:service': 'operator',
  'POST /v1/services/:service/scale': 'operator',
  'POST /v1/services/:service/rollback': 'operator',
  'POST /v1/services/:service/restart': 'operator',
  'PUT /v1/services/:service/networks/:network': 'operator',
  'DELETE /v1/services/:service/networks/:network': 'operator',
  'GET /v1/tasks': 'viewer',
  'GET /v1/tasks/:task': 'viewer',
  'GET /v1/nodes': 'viewer',
  'GET /v1/nodes/:node': 'viewer',
  'PATCH /v1/nodes/:node': 'operator',
  'GET /v1/ports': 'viewer',
  'GET /v1/access/policy': 'viewer',
  'PUT /v1/access/policy': 'admin',
  'POST /v1/access/review': 'operator',
  'GET /v1/certificates': 'viewer',
  'GET /v1/certificates/:certificate': 'viewer',
  'POST /v1/certificates': 'operator',
  'PUT /v1/certificates/:certificate': 'operator',
  'DELETE /v1/certificates/:certificate': 'operator',
  'GET /v1/routes': 'viewer',
  'GET /v1/routes/match': 'viewer',
  'GET /v1/routes/:route': 'viewer',
  'POST /v1/routes': 'operator',
  'PUT /v1/routes/:route': 'operator',
  'DELETE /v1/routes/:route': 'operator',
  'GET /v1/routers': 'viewer',
  'GET /v1/routers/:router': 'viewer',
  'GET /v1/routers/statistics': 'viewer',
  'GET /v1/routers/:router/configuration': 'admin',
  'GET /v1/routers/config': 'router',
  'PUT /v1/routers/:router/report': 'router',
  'POST /v1/routers': 'admin',
  'DELETE /v1/routers/services/:service': 'admin',
  'GET /v1/secrets': 'viewer',
  'GET /v1/secrets/:secret': 'viewer',
  'POST /v1/secrets': 'operator',
  'DELETE /v1/secrets/:secret': 'operator',
  'GET /v1/configs': 'viewer',
  'GET /v1/configs/:config': 'viewer',
  'POST /v1/configs': 'operator',
  'DELETE /v1/configs/:config': 'operator',
  'GET /v1/swarm': 'viewer',
  'GET /v1/swarm/prerequisites': 'viewer',
  'POST /v1/swarm/connectivity': 'operator',
  'POST /v1/discovery/probe': 'operator',
  'POST /v1/routes/lint': 'viewer',
  'GET /v1/swarm/join-tokens': 'admin',
  'POST /v1/swarm/join-tokens/rotate': 'admin',
  'GET /v1/discovery/explain': 'viewer',
  'GET /v1/discovery/names': 'viewer',
  'GET /v1/discovery/prometheus': 'viewer',
  'GET /v1/discovery/resolve': 'viewer',
  'GET /v1/tokens': 'admin',
  'POST /v1/tokens': 'admin',
  'DELETE /v1/tokens/:token': 'admin',
};

/** Who may use each field of the GraphQL roots. */
const FIELDS: Readonly<Record<string, NeededRole>> = {
  'Query.config': 'viewer',
  'Query.configs': 'viewer',
  'Query.resolve': 'viewer',
  'Query.secret': 'viewer',
  'Query.secrets': 'viewer',
  'Query.joinTokens': 'admin',
  'Query.explain': 'viewer',
  'Query.lintRoutes': 'viewer',
  'Query.audit': 'admin',
  'Query.auditVerification': 'admin',
  'Query.me': 'any',
  'Query.names': 'viewer',
  'Query.network': 'viewer',
  'Query.networks': 'viewer',
  'Query.node': 'viewer',
  'Query.nodes': 'viewer',
  'Query.operation': 'viewer',
  'Query.operations': 'viewer',
  'Query.accessPolicy': 'viewer',
  'Query.reviewAccess': 'operator',
  'Query.certificate': 'viewer',
  'Query.certificates': 'viewer',
  'Query.ports': 'viewer',
  'Query.route': 'viewer',
  'Query.routeMatch': 'viewer',
  'Query.router': 'viewer',
  'Query.routers': 'viewer',
  'Query.routerConfiguration': 'admin',
  'Query.routeStatistics': 'viewer',
  'Query.routes': 'viewer',
  'Query.prerequisites': 'viewer',
  'Query.service': 'viewer',
  'Query.services': 'viewer',
  'Query.subnets': 'viewer',
  'Query.swarm': 'viewer',
  'Query.task': 'viewer',
  'Query.tasks': 'viewer',
  'Query.tokens': 'admin',
  'Mutation.attachService': 'operator',
  'Mutation.checkConnectivity': 'operator',
  'Mutation.probe': 'operator',
  'Mutation.createCertificate': 'operator',
  'Mutation.createRoute': 'operator',
  'Mutation.updateRoute': 'operator',
  'Mutation.deleteRoute': 'operator',
  'Mutation.createConfig': 'operator',
  'Mutation.createSecret': 'operator',
  'Mutation.deleteCertificate': 'operator',
  'Mutation.deleteConfig': 'operator',
  'Mutation.deleteSecret': 'operator',
  'Mutation.createNetwork': 'operator',
  'Mutation.createService': 'operator',
  'Mutation.createToken': 'admin',
  'Mutation.deleteNetwork': 'operator',
  'Mutation.deleteOperation': 'operator',
  'Mutation.deleteService': 'operator',
  'Mutation.deployRouters': 'admin',
  'Mutation.removeRouters': 'admin',
  'Mutation.detachService': 'operator',
  'Mutation.pruneNetworks': 'operator',
  'Mutation.replaceNetwork': 'operator',
  'Mutation.restartService': 'operator',
  'Mutation.resumeOperation': 'operator',
  'Mutation.revokeOperation': 'operator',
  'Mutation.revokeToken': 'admin',
  'Mutation.rollbackService': 'operator',
  'Mutation.rotateJoinToken': 'admin',
  'Mutation.scaleService': 'operator',
  'Mutation.updateAccessPolicy': 'admin',
  'Mutation.updateCertificate': 'operator',
  'Mutation.updateNode': 'operator',
  'Mutation.updateService': 'operator',
  'Subscription.certificateChanged': 'viewer',
  'Subscription.namesChanged': 'viewer',
  'Subscription.networkChanged': 'viewer',
  'Subscription.nodeChanged': 'viewer',
  'Subscription.operation': 'viewer',
  'Subscription.rollout': 'viewer',
  'Subscription.routeChanged': 'viewer',
  'Subscription.routerChanged': 'viewer',
  'Subscription.routeStatisticsChanged': 'viewer',
  'Subscription.serviceChanged': 'viewer',
  'Subscription.taskChanged': 'viewer',
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

const mayUse = (role: Role, access: Access): boolean => access === 'public' || covers(role, access);

/** The routes of every controller that is registered. */
function registeredRoutes(): string[] {
  const routes: string[] = [];
  for (const module of surface.app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (!metatype) continue;
      const base = String(Reflect.getMetadata(PATH_METADATA, metatype));
      const prototype = metatype.prototype as Record<string, object>;
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const handler = prototype[name] as object;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined) continue;
        const path = [base, String(Reflect.getMetadata(PATH_METADATA, handler))]
          .flatMap((part) => part.split('/'))
          .filter((part) => part !== '');
        routes.push(`${RequestMethod[method]} /${path.join('/')}`);
      }
    }
  }
  return routes;
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
  it('is in the table of who may use it, and in the OpenAPI document', async () => {
    expect(registeredRoutes().toSorted()).toEqual(Object.keys(ROUTES).toSorted());
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

  it.each(Object.entries(ROUTES))('%s: from the role %s on', async (route, access) => {
    for (const role of ROLES) {
      const response = await request(route, tokens[role]);
      if (mayUse(role, access)) {
        expect([401, 403], `${role}: ${response.text}`).not.toContain(response.status);
        expect(response.status, `${role}: ${response.text}`).toBeLessThan(500);
      } else {
        expect(response.status, role).toBe(403);
        expect(response.body).toMatchObject({
          code: 'FORBIDDEN',
          detail: `This needs the role "${access}", and the token has "${role}". Use another token.`,
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

/** An operation that asks for one field of a root type with whatever arguments it needs. */
function operationFor(schema: GraphQLSchema, field: string): { query: string; variables: object } {
  const [root = '', name = ''] = field.split('.');
  const type = { Query: schema.getQueryType(), Mutation: schema.getMutationType() }[root];
  const definition = (type ?? schema.getSubscriptionType())?.getFields()[name];
  if (!definition) throw new Error(`There is no field ${field}.`);
  const required = definition.args.filter((argument) => isNonNullType(argument.type));
  const declared = required.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ');
  const passed = required.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const selection = isLeafType(getNamedType(definition.type)) ? '' : ' { __typename }';
  return {
    query: `${root.toLowerCase()}${declared && ` (${declared})`} { ${name}${passed && `(${passed})`}${selection} }`,
    variables: Object.fromEntries(required.map((argument) => [argument.name, valueFor(argument.type)])),
  };
}

function valueFor(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return valueFor(type.ofType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return Object.fromEntries(required.map((field) => [field.name, valueFor(field.type)]));
  }
  return type.name === 'Int' ? 1 : 'nothing-of-this-name';
}

describe('every GraphQL field', () => {
  const schema = (): GraphQLSchema => surface.app.get(GraphQLSchemaHost, { strict: false }).schema;
  const overHttp = Object.entries(FIELDS).filter(([field]) => !field.startsWith('Subscription'));
  const overWebSocket = Object.entries(FIELDS).filter(([field]) => field.startsWith('Subscription'));

  it('is in the table of who may use it', () => {
    const roots = [schema().getQueryType(), schema().getMutationType(), schema().getSubscriptionType()];
    const fields = roots.flatMap((root) =>
      Object.keys(root?.getFields() ?? {}).map((name) => `${root?.name}.${name}`),
    );
    expect(fields.toSorted()).toEqual(Object.keys(FIELDS).toSorted());
  });

  it.each(overHttp)('%s: from the role %s on, and never without a token', async (field, access) => {
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
        expect(errors[0]?.message).toContain(`This needs the role "${access}"`);
      }
    }
  });

  it.each(overWebSocket)('%s: from the role %s on, and never without a token', async (field, access) => {
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
  });

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
      '{ tokens { nodes { id name role createdAt createdBy expiresAt lastUsedAt version } } }',
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
    expect(me.body).toEqual({ id: token.id, name: 'Ben’s laptop', role: 'viewer' });
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
    [{ name: 'x' }, '/role'],
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
