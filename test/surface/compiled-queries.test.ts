import fc from 'fast-check';
import {
  getNamedType,
  isCompositeType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askedBy } from '../../src/api/asker.ts';
import { isFromState } from '../../src/api/from-state.ts';
import { Operations, PreparedDocument, type OperationRequest } from '../../src/api/graphql/operations.ts';
import type { RequestContext } from '../../src/api/request-context.ts';
import { principalWith } from '../../src/domain/role.ts';
import { keepOperation } from '../factories/operations.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { startSurface, type Surface } from '../support/surface.ts';

const context: RequestContext = { requestId: 'r1', principal: principalWith('viewer', { id: 'v' }) };

let surface: Surface;
let operations: Operations;
beforeAll(async () => {
  const swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta', role: 'worker' }]);
  surface = await startSurface({ swarm });
  operations = surface.app.get(Operations, { strict: false });
  for (const name of ['one', 'two']) {
    await surface.rest
      .post('/v1/networks')
      .send({ name, labels: { 'quoted "key"': 'line\nbreak\u2028' } })
      .expect(201);
  }
  for (const [name, rest] of [
    [
      'web',
      {
        replicas: 2,
        labels: { 'com.docker.lb.hosts': 'web.example.com' },
        networks: [{ network: 'one', aliases: ['w'] }, { network: 'two' }],
      },
    ],
    ['api', { endpointMode: 'dnsrr', networks: [{ network: 'one' }] }],
    ['idle', { replicas: 0, ports: [{ targetPort: 80 }] }],
    ['everywhere', { mode: 'global', env: { EMOJI: '💡' } }],
  ] as const) {
    await surface.rest
      .post('/v1/services')
      .send({ name, image: 'nginx', ...rest })
      .expect(201);
  }
  await surface.rest.patch('/v1/services/web').send({ image: 'nginx:2' }).expect(200);
  await keepOperation(swarm.gateway, 'one');
  const route = { name: 'one', hosts: ['one.example.com'], redirect: { host: 'two.example.com' } };
  await surface.rest.post('/v1/routes').send(route).expect(201);
  await swarm.settled();
});
afterAll(() => surface.close());

function prepare(query: string): PreparedDocument {
  const prepared = operations.prepare(query);
  if (prepared instanceof PreparedDocument) return prepared;
  throw new Error(`${prepared[0]?.message} in ${query}`);
}

/** What the compiled query and graphql-js answer, both as JSON. */
async function both(query: string, request: OperationRequest = {}) {
  const prepared = prepare(query);
  // In one turn, so that both see the same state.
  const [compiled, executed] = await Promise.all([
    askedBy(context.principal, () => prepared.write(request, context)),
    askedBy(context.principal, () => prepared.execute(request, context)),
  ]);
  return { compiled, executed };
}

async function expectSame(query: string, request: OperationRequest = {}): Promise<void> {
  const { compiled, executed } = await both(query, request);
  expect(executed.errors, query).toBeUndefined();
  expect(compiled, query).toBe(JSON.stringify({ data: executed.data }));
}

const TYPENAME = fc.constant('__typename');

/** Selections of a type, nested so deep at most, with aliases, fragments and conditions. */
function selections(type: GraphQLObjectType, depth: number): fc.Arbitrary<string> {
  const fields = Object.values(type.getFields()).flatMap((field) => selection(field, depth) ?? []);
  const some = fc
    .array(fc.oneof(TYPENAME, ...fields), {
      minLength: 1,
      maxLength: 5,
    })
    // Two fields of one name with other arguments or selections would be in conflict: each has its own alias.
    .map((list) =>
      list.map((text, index) => (text.startsWith('__') ? text : `f${index}: ${text}`)).join(' '),
    );
  return fc.oneof(
    { weight: 6, arbitrary: some },
    { weight: 1, arbitrary: some.map((text) => `... on ${type.name} { ${text} }`) },
    {
      weight: 1,
      arbitrary: some.map(
        (text) => `... @skip(if: $yes) { no: __typename } ... @include(if: $yes) { ${text} }`,
      ),
    },
    { weight: 1, arbitrary: some.map((text) => `id: __typename ... @skip(if: $no) { ${text} }`) },
  );
}

function selection(field: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<string> | undefined {
  // What asks the engine is never compiled.
  if (field.resolve && !isFromState(field)) return undefined;
  const args = argumentsOf(field);
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return args.map((text) => `${field.name}${text}`);
  if (depth === 0 || !isObjectType(type)) return undefined;
  return fc
    .tuple(args, selections(type, depth - 1))
    .map(([given, inner]) => `${field.name}${given} { ${inner} }`);
}

function argumentsOf(field: GraphQLField<unknown, unknown>): fc.Arbitrary<string> {
  const names = field.args.map(({ name }) => name);
  if (names.includes('id')) return fc.constant(`(id: "${field.name === 'service' ? 'web' : 'one'}")`);
  if (names.includes('network')) {
    return fc.constant(names.includes('name') ? '(network: "one", name: "web")' : '(network: "one")');
  }
  if (names.includes('first')) return fc.constantFrom('', '(first: 2)', '(first: $first)');
  if (names.includes('filter') && field.type.toString().includes('Task')) {
    return fc.constantFrom('', '(filter: { state: [RUNNING] })', '(filter: $filter)');
  }
  return fc.constant('');
}

describe('a compiled query answers byte for byte as graphql-js does', () => {
  it('for arbitrary documents', async () => {
    const { schema } = surface.app.get(GraphQLSchemaHost, { strict: false });
    const roots = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(
      // There is no task and no node with a name that is known here.
      (field) => isFromState(field) && !['task', 'node'].includes(field.name),
    );
    expect(roots.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['networks', 'nodes', 'service', 'services', 'tasks']),
    );
    const document = fc
      .array(fc.oneof(...roots.flatMap((field) => selection(field, 4) ?? [])), { minLength: 1, maxLength: 3 })
      .map((list) => list.map((text, index) => `r${index}: ${text}`).join(' '));
    const variables = { yes: true, no: false, first: 1, filter: { desiredState: ['RUNNING'] } };
    await fc.assert(
      fc.asyncProperty(document, async (text) => {
        const used = [
          ['$yes', 'Boolean!'],
          ['$no', 'Boolean!'],
          ['$first', 'Int'],
          // Tasks of a service have a filter of their own; it cannot be the same variable.
          ['$filter', 'TaskFilter'],
        ].filter(([name = '']) => text.includes(name));
        const head =
          used.length > 0 ? `query (${used.map(([name, type]) => `${name}: ${type}`).join()})` : '';
        const prepared = operations.prepare(`${head} { ${text} }`);
        fc.pre(prepared instanceof PreparedDocument);
        await expectSame(`${head} { ${text} }`, { variables });
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      'merged fields',
      '{ services { nodes { id } nodes { name id } totalCount } services { nodes { image } } }',
    ],
    [
      'fragments',
      '{ ...q } fragment q on Query { services { nodes { ...s ...s } } } fragment s on Service { name tasks { ...t } } fragment t on Task { id state }',
    ],
    ['names that JSON must escape', '{ networks { nodes { name labels } } }'],
    [
      'nothing found',
      '{ services(filter: { name: "none" }) { nodes { id } totalCount pageInfo { endCursor } } }',
    ],
    [
      'enums',
      '{ services { nodes { mode endpointMode ports { protocol publishMode } } } tasks { nodes { state } } }',
    ],
  ])('with %s', async (_, query) => {
    await expectSame(query);
    // Once more, from what it remembers of the objects.
    await expectSame(query);
  });

  it('when fields depend on variables', async () => {
    const query =
      'query ($a: Boolean!, $n: Int = 1) { services(first: $n) { nodes { id @include(if: $a) name @skip(if: $a) } } }';
    for (const variables of [{ a: true }, { a: false }, { a: true, n: 3 }]) {
      await expectSame(query, { variables });
    }
  });

  it('when a document has several operations', async () => {
    const query = 'query A { services { totalCount } } query B { networks { totalCount } }';
    for (const operationName of ['A', 'B']) await expectSame(query, { operationName });
  });

  it('after what it is made of has changed', async () => {
    const query = '{ service(id: "idle") { id version user networks { network { name } } } }';
    await expectSame(query);
    await surface.rest.patch('/v1/services/idle').send({ user: 'else' }).expect(200);
    await expectSame(query);
    expect((await both(query)).compiled).toContain('"user":"else"');
  });
});

describe('what only graphql-js can answer is left to it:', () => {
  it.each([
    ['errors', '{ service(id: "nothing") { id } }', {}],
    ['an error among answers', '{ services { totalCount } service(id: "nothing") { id } }', {}],
    ['wrong pages', '{ services(first: 5000) { totalCount } }', {}],
    ['variables that do not fit', 'query ($n: Int) { services(first: $n) { totalCount } }', { n: 'x' }],
    ['the schema', '{ __schema { queryType { name } } }', {}],
    ['who asks', '{ me { id } }', {}],
    ['what is asked of the engine', '{ swarm { id } services { totalCount } }', {}],
    ['mutations', 'mutation { deleteNetwork(id: "nothing") }', {}],
    ['subscriptions', 'subscription { taskChanged { type } }', {}],
  ])('%s', async (_, query, variables) => {
    expect(await prepare(query).write({ variables }, context)).toBeUndefined();
  });
});
