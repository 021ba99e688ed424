import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentHash } from '../../src/api/content-hash.ts';
import type { Plan } from '../../src/api/plan.types.ts';
import { KINDS } from '../../src/domain/object.ts';
import type { Service } from '../../src/services/services.types.ts';
import { keepOperation } from '../factories/operations.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { Subscription } from '../support/subscription.ts';
import { bodyOf, startSurface, type Rest, type Surface } from '../support/surface.ts';

const CERTIFICATE = makeCertificate({ commonName: 'kept', names: ['kept.example.com'] });
const RENEWED = makeCertificate({ commonName: 'kept', names: ['kept.example.com'] });
const pem = ({ certificate, key }: typeof RENEWED): string =>
  `chain: ${JSON.stringify(certificate)}, key: ${JSON.stringify(key)}`;

let swarm: FakeSwarm;
let surface: Surface;

beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'm' }, { hostname: 'w', labels: { zone: 'a' } }]);
  surface = await startSurface({ swarm });
  for (const [name, subnet] of [
    ['front', '10.60.0.0/24'],
    ['back', '10.61.0.0/24'],
    ['idle', '10.62.0.0/24'],
  ]) {
    await surface.rest
      .post('/v1/networks')
      .send({ name, subnets: [{ subnet }] })
      .expect(201);
  }
  const input = { name: 'web', image: 'nginx:1', replicas: 2, networks: [{ network: 'front' }] };
  await surface.rest.post('/v1/services').send(input).expect(201);
  await surface.rest
    .patch('/v1/services/web')
    .send({ env: { A: '1' } })
    .expect(200);
  for (const path of ['/v1/secrets', '/v1/configs']) {
    await surface.rest.post(path).send({ name: 'kept', text: 'hush' }).expect(201);
  }
  await surface.rest.post('/v1/access/roles').send({ name: 'kept', rules: RULES }).expect(201);
  await surface.rest
    .post('/v1/access/grants')
    .send({ name: 'kept', subject: PAY, role: 'viewer', scope: { all: true } })
    .expect(201);
  const kept = { name: 'kept', chain: CERTIFICATE.certificate, key: CERTIFICATE.key };
  await surface.rest.post('/v1/certificates').send(kept).expect(201);
  await surface.rest.post('/v1/routes').send(redirect('kept')).expect(201);
  await surface.rest
    .post('/v1/services')
    .send({ name: 'edge', image: 'router', labels: { 'io.swarmplane.router': '' } })
    .expect(201);
  const network = swarm.all('network').find(({ name }) => name === 'front');
  await keepOperation(swarm.gateway, 'over');
  await keepOperation(swarm.gateway, 'halted', {
    status: 'stopped',
    network: { id: network?.id ?? '', name: 'idle' },
    replacement: { id: null, name: 'idle-2' },
  });
  await swarm.settled();
});
afterEach(() => surface.close());

const PAY = { group: 'corp:pay' };
const RULES = [{ kinds: ['service'], verbs: ['view'] }];

/** A route that needs no service. */
const redirect = (name: string): object => ({
  name,
  hosts: [`${name}.example.com`],
  redirect: { host: 'example.com' },
});

/** All that a write could change. */
const everything = (): string => contentHash(JSON.stringify(KINDS.map((kind) => swarm.all(kind))));
const networkId = (name: string): string => swarm.all('network').find((one) => one.name === name)?.id ?? '';
const web = (): Service => swarm.all('service').find(({ name }) => name === 'web') as unknown as Service;

async function planOf(call: ReturnType<Rest['post']>): Promise<Plan> {
  return bodyOf<Plan>(await call.query({ dryRun: 'true' }).expect(200));
}

interface PlannedField {
  readonly path: readonly (string | number)[];
  readonly plan: Plan;
}

/** What a mutation answers besides its data. */
async function graphqlPlans(
  query: string,
  variables: Record<string, unknown> = {},
): Promise<{ data: Record<string, unknown>; plans: readonly PlannedField[] }> {
  const response = await surface.rest.post('/graphql').send({ query, variables });
  const { data, errors, extensions } = bodyOf<{
    data: Record<string, unknown>;
    errors?: unknown;
    extensions?: { plans: readonly PlannedField[] };
  }>(response);
  expect(errors).toBeUndefined();
  return { data, plans: extensions?.plans ?? [] };
}

/** A write, over both surfaces; `{token}` is one that exists. */
type Write = readonly [
  name: string,
  rest: (rest: Rest, token: string) => ReturnType<Rest['post']>,
  mutation: string,
];

/** Every one of them. */
const WRITES: readonly Write[] = [
  [
    'making a grant',
    (rest) =>
      rest
        .post('/v1/access/grants')
        .send({ name: 'new', subject: PAY, role: 'viewer', scope: { all: true } }),
    'createGrant(input: { name: "new", subject: { group: "corp:pay" }, role: "viewer", scope: { all: true } }, dryRun: true) { id name }',
  ],
  [
    'changing a grant',
    (rest) =>
      rest.put('/v1/access/grants/kept').send({ subject: PAY, role: 'operator', scope: { stacks: ['pay'] } }),
    'updateGrant(id: "kept", input: { subject: { group: "corp:pay" }, role: "operator", scope: { stacks: ["pay"] } }, dryRun: true) { id role }',
  ],
  [
    'taking a grant away',
    (rest) => rest.delete('/v1/access/grants/kept'),
    'deleteGrant(id: "kept", dryRun: true)',
  ],
  [
    'making a role',
    (rest) => rest.post('/v1/access/roles').send({ name: 'new', rules: RULES }),
    'createRole(input: { name: "new", rules: [{ kinds: [SERVICE], verbs: [VIEW] }] }, dryRun: true) { name }',
  ],
  [
    'changing a role',
    (rest) => rest.put('/v1/access/roles/kept').send({ rules: [{ kinds: ['log'], verbs: ['view'] }] }),
    'updateRole(id: "kept", input: { rules: [{ kinds: [LOG], verbs: [VIEW] }] }, dryRun: true) { name }',
  ],
  ['removing a role', (rest) => rest.delete('/v1/access/roles/kept'), 'deleteRole(id: "kept", dryRun: true)'],
  [
    'rotating a token',
    (rest, token) => rest.post(`/v1/tokens/${token}/rotate`).send({ overlapSeconds: 60 }),
    'rotateToken(id: "{token}", input: { overlapSeconds: 60 }, dryRun: true) { id token }',
  ],
  [
    'creating a service',
    (rest) => rest.post('/v1/services').send({ name: 'new', image: 'nginx', ports: [{ targetPort: 80 }] }),
    'createService(input: { name: "new", image: "nginx", ports: [{ targetPort: 80 }] }, dryRun: true) { id name }',
  ],
  [
    'changing a service',
    (rest) => rest.patch('/v1/services/web').send({ image: 'nginx:2' }),
    'updateService(id: "web", input: { image: "nginx:2" }, dryRun: true) { id image }',
  ],
  [
    'scaling a service',
    (rest) => rest.post('/v1/services/web/scale').send({ replicas: 5 }),
    'scaleService(id: "web", replicas: 5, dryRun: true) { id replicas }',
  ],
  [
    'rolling a service back',
    (rest) => rest.post('/v1/services/web/rollback'),
    'rollbackService(id: "web", dryRun: true) { id }',
  ],
  [
    'restarting a service',
    (rest) => rest.post('/v1/services/web/restart'),
    'restartService(id: "web", dryRun: true) { id }',
  ],
  [
    'attaching a network',
    (rest) => rest.put('/v1/services/web/networks/back').send({ aliases: ['a'] }),
    'attachService(id: "web", network: "back", input: { aliases: ["a"] }, dryRun: true) { id }',
  ],
  [
    'detaching a network',
    (rest) => rest.delete('/v1/services/web/networks/front'),
    'detachService(id: "web", network: "front", dryRun: true) { id }',
  ],
  ['deleting a service', (rest) => rest.delete('/v1/services/web'), 'deleteService(id: "web", dryRun: true)'],
  [
    'creating a network',
    (rest) => rest.post('/v1/networks').send({ name: 'new', subnets: [{ subnet: '10.70.0.0/24' }] }),
    'createNetwork(input: { name: "new", subnets: [{ subnet: "10.70.0.0/24" }] }, dryRun: true) { id name subnets { subnet } services { id } tasks { id } addresses { complete } }',
  ],
  [
    'deleting a network',
    (rest) => rest.delete('/v1/networks/idle'),
    'deleteNetwork(id: "idle", dryRun: true)',
  ],
  [
    'deleting a network that is in use',
    (rest) => rest.delete('/v1/networks/front?detach=true'),
    'deleteNetwork(id: "front", detach: true, dryRun: true)',
  ],
  [
    'replacing a network',
    (rest) => rest.post('/v1/networks/back/replace').send({ subnets: [{ subnet: '10.71.0.0/24' }] }),
    'replaceNetwork(id: "back", input: { subnets: [{ subnet: "10.71.0.0/24" }] }, dryRun: true) { id steps { action } replacement { id name } }',
  ],
  [
    'revoking an operation',
    (rest) => rest.post('/v1/operations/halted/revoke'),
    'revokeOperation(id: "halted", dryRun: true) { id state }',
  ],
  [
    'resuming an operation',
    (rest) => rest.post('/v1/operations/halted/resume').send({ skip: true }),
    'resumeOperation(id: "halted", skip: true, dryRun: true) { id state }',
  ],
  [
    'forgetting an operation',
    (rest) => rest.delete('/v1/operations/over'),
    'deleteOperation(id: "over", dryRun: true)',
  ],
  [
    'changing a node',
    (rest) => rest.patch('/v1/nodes/w').send({ availability: 'drain', labels: { zone: 'b' } }),
    'updateNode(id: "w", input: { availability: DRAIN, labels: { zone: "b" } }, dryRun: true) { id availability }',
  ],
  ...(['secret', 'config'] as const).flatMap((kind): Write[] => [
    [
      `creating a ${kind}`,
      (rest) => rest.post(`/v1/${kind}s`).send({ name: 'new', text: 'hush', labels: { a: '1' } }),
      `create${kind === 'secret' ? 'Secret' : 'Config'}(input: { name: "new", text: "hush", labels: { a: "1" } }, dryRun: true) { id name }`,
    ],
    [
      `deleting a ${kind}`,
      (rest) => rest.delete(`/v1/${kind}s/kept`),
      `delete${kind === 'secret' ? 'Secret' : 'Config'}(id: "kept", dryRun: true)`,
    ],
  ]),
  [
    'keeping a certificate',
    (rest) =>
      rest.post('/v1/certificates').send({ name: 'new', chain: RENEWED.certificate, key: RENEWED.key }),
    `createCertificate(input: { name: "new", ${pem(RENEWED)} }, dryRun: true) { id names }`,
  ],
  [
    'replacing a certificate',
    (rest) => rest.put('/v1/certificates/kept').send({ chain: RENEWED.certificate, key: RENEWED.key }),
    `updateCertificate(id: "kept", input: { ${pem(RENEWED)} }, dryRun: true) { id names }`,
  ],
  [
    'forgetting a certificate',
    (rest) => rest.delete('/v1/certificates/kept'),
    'deleteCertificate(id: "kept", dryRun: true)',
  ],
  [
    'deploying routers',
    (rest) => rest.post('/v1/routers').send({ image: 'swarmplane', server: 'http://tasks.server:7400' }),
    'deployRouters(input: { image: "swarmplane", server: "http://tasks.server:7400" }, dryRun: true) { id name }',
  ],
  [
    'removing routers',
    (rest) => rest.delete('/v1/routers/services/edge'),
    'removeRouters(id: "edge", dryRun: true)',
  ],
  [
    'creating a route',
    (rest) => rest.post('/v1/routes').send(redirect('new')),
    'createRoute(input: { name: "new", hosts: ["new.example.com"], redirect: { host: "example.com" } }, dryRun: true) { id name routers { router } status { state } }',
  ],
  [
    'replacing a route',
    (rest) => rest.put('/v1/routes/kept').send({ ...redirect('kept'), hosts: ['other.example.com'] }),
    'updateRoute(id: "kept", input: { name: "kept", hosts: ["other.example.com"], redirect: { host: "example.com" } }, dryRun: true) { id hosts }',
  ],
  ['deleting a route', (rest) => rest.delete('/v1/routes/kept'), 'deleteRoute(id: "kept", dryRun: true)'],
  [
    'replacing the access policy',
    (rest) =>
      rest.put('/v1/access/policy').send({ reservedPorts: ['80'], reservedLabels: [], exceptions: [] }),
    'updateAccessPolicy(input: { reservedPorts: ["80"], reservedLabels: [], exceptions: [] }, dryRun: true) { reservedPorts }',
  ],
  [
    'making a token',
    (rest) => rest.post('/v1/tokens').send({ name: 'ci', role: 'viewer' }),
    'createToken(input: { name: "ci", role: VIEWER }, dryRun: true) { id name token }',
  ],
  [
    'revoking a token',
    (rest, token) => rest.delete(`/v1/tokens/${token}`),
    'revokeToken(id: "{token}", dryRun: true)',
  ],
  [
    'rotating a join token',
    (rest) => rest.post('/v1/swarm/join-tokens/rotate').send({ role: 'worker' }),
    'rotateJoinToken(role: WORKER, dryRun: true) { worker }',
  ],
];

/** Those that write nothing of the swarm's, and one that answers its own plan. */
const OTHERS = [
  'POST /v1/access/review',
  'POST /v1/events/ticket',
  'POST /v1/networks/prune',
  'POST /v1/discovery/probe',
  'POST /v1/routes/lint',
  'PUT /v1/routers/{router}/report',
  'POST /v1/swarm/connectivity',
];

describe('a dry run of', () => {
  it('every write there is', async () => {
    const { paths } = bodyOf<{ paths: Record<string, Record<string, { parameters?: { name: string }[] }>> }>(
      await surface.rest.get('/openapi.json').expect(200),
    );
    const writes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method]) => method !== 'get')
        .map(([method, { parameters = [] }]) => ({
          route: `${method.toUpperCase()} ${path}`,
          dryRun: parameters.filter(({ name }) => name === 'dryRun').length,
        })),
    );
    const planned = writes.filter(({ route }) => !OTHERS.includes(route));
    expect(planned.filter(({ dryRun }) => dryRun !== 1)).toEqual([]);
    // One of the network's deletions is with `detach`.
    expect(planned).toHaveLength(WRITES.length - 1);
  });

  it.each(WRITES)('%s writes nothing and has the same plan over both surfaces', async (_, rest, mutation) => {
    const made = await surface.rest.post('/v1/tokens').send({ name: 'old', role: 'viewer' }).expect(201);
    const { id: token } = bodyOf<{ id: string }>(made);
    const tokens = JSON.stringify(await swarm.gateway.joinTokens());
    const before = everything();
    const calls = swarm.gateway.calls.length;

    const plan = await planOf(rest(surface.rest, token));
    const { data, plans } = await graphqlPlans(`mutation { it: ${mutation.replace('{token}', token)} }`);

    expect(plans).toEqual([{ path: ['it'], plan }]);
    expect(data['it']).not.toBeNull();
    expect(everything()).toBe(before);
    expect(JSON.stringify(await swarm.gateway.joinTokens())).toBe(tokens);
    const writes = swarm.gateway.calls
      .slice(calls)
      .filter((call) => !/^(read|list|swarm|joinTokens|localNetworks|apiVersion)/.test(call));
    expect(writes).toEqual([]);
    expect(plan).toMatchObject({ routes: [] });
  });

  it.each(WRITES)('%s is what the write then does', async (_, rest) => {
    const made = await surface.rest.post('/v1/tokens').send({ name: 'old', role: 'viewer' }).expect(201);
    const { id: token } = bodyOf<{ id: string }>(made);
    const plan = await planOf(rest(surface.rest, token));
    const call = rest(surface.rest, token);
    if (plan.version !== null) call.set('If-Match', `"${plan.version}"`);
    const done = await call;
    expect(done.status, done.text).toBeLessThan(300);
    if (plan.kind !== 'service' || plan.action !== 'update') return;
    await swarm.settled();
    for (const { pointer, after } of plan.changes) {
      const field = pointer.split('/')[1] as keyof Service;
      if (pointer.split('/').length === 2) expect(web()[field] ?? null, pointer).toEqual(after);
    }
  });
});

describe('the plan of a service', () => {
  it('says of a new one what it sets, needs, and opens', async () => {
    const plan = await planOf(
      surface.rest.post('/v1/services').send({
        name: 'new',
        image: 'nginx',
        replicas: 3,
        networks: [{ network: 'back' }],
        ports: [{ targetPort: 80, publishedPort: 8080 }],
      }),
    );
    expect(plan).toMatchObject({
      action: 'create',
      kind: 'service',
      id: null,
      name: 'new',
      version: null,
      tasks: { restarted: 0, added: 3, removed: 0 },
      virtualIps: [
        { networkId: networkId('back'), change: 'added', address: null },
        { networkId: networkId('ingress'), change: 'added', address: null },
      ],
      ports: [
        { publishedPort: 8080, targetPort: 80, protocol: 'tcp', publishMode: 'ingress', change: 'opened' },
      ],
    });
    expect(plan.changes).toContainEqual({ pointer: '/image', before: null, after: 'nginx' });
    expect(plan.changes.map(({ pointer }) => pointer)).not.toContain('/env');
    expect(plan.addresses.find((one) => one.networkId === networkId('back'))?.needed).toBeGreaterThanOrEqual(
      4,
    );
    expect(plan.warnings.join(' ')).toContain('routing mesh');
  });

  it('says field by field what changes, and carries the version to apply just that', async () => {
    const { version } = web();
    const plan = await planOf(
      surface.rest.patch('/v1/services/web').send({ env: { A: null, B: '2' }, labels: { l: '1' } }),
    );
    expect(plan).toMatchObject({ action: 'update', id: web().id, name: 'web', version });
    expect(plan.changes).toEqual(
      expect.arrayContaining([
        { pointer: '/env/A', before: '1', after: null },
        { pointer: '/env/B', before: null, after: '2' },
        { pointer: '/labels/l', before: null, after: '1' },
      ]),
    );
    expect(plan.changes).toHaveLength(3);
    expect(plan.tasks).toMatchObject({ restarted: 2, added: 0, removed: 0 });
    await surface.rest
      .patch('/v1/services/web')
      .send({ labels: { other: '1' } })
      .expect(200);
    await surface.rest
      .patch('/v1/services/web')
      .set('If-Match', `"${plan.version}"`)
      .send({ env: { A: null, B: '2' }, labels: { l: '1' } })
      .expect(412);
  });

  it('is none, and nothing is written, where it is so already', async () => {
    const before = everything();
    for (const call of [
      () => surface.rest.patch('/v1/services/web').send({ image: 'nginx:1', env: { A: '1' } }),
      () => surface.rest.post('/v1/services/web/scale').send({ replicas: 2 }),
      () => surface.rest.put('/v1/services/web/networks/front').send({}),
    ]) {
      expect(await planOf(call())).toMatchObject({
        action: 'none',
        changes: [],
        tasks: { restarted: 0, added: 0, removed: 0, reasons: [] },
      });
      const done = await call().expect(200);
      expect(done.body).toMatchObject({ id: web().id, version: web().version });
    }
    expect(everything()).toBe(before);
  });

  it('of a delete lists what goes', async () => {
    const plan = await planOf(surface.rest.delete('/v1/services/web'));
    expect(plan).toMatchObject({
      action: 'delete',
      id: web().id,
      version: web().version,
      changes: [],
      tasks: { restarted: 0, added: 0, removed: 2 },
      virtualIps: [
        { networkId: networkId('front'), change: 'removed', address: web().virtualIps[0]?.address },
      ],
    });
  });

  it('fails as the write would', async () => {
    await surface.rest
      .post('/v1/services')
      .send({ name: 'other', image: 'nginx', ports: [{ targetPort: 80, publishedPort: 8080 }] })
      .expect(201);
    const ports = [{ targetPort: 80, publishedPort: 8080 }];
    await swarm.settled();
    const before = everything();
    for (const call of [
      () => surface.rest.post('/v1/services').send({ name: 'web', image: 'nginx' }),
      () => surface.rest.post('/v1/services').send({ name: 'no name', image: 'nginx' }),
      () => surface.rest.post('/v1/services').send({ name: 'new', image: 'nginx', ports }),
      () => surface.rest.patch('/v1/services/web').send({ ports }),
      () => surface.rest.patch('/v1/services/web').send({ replicas: 1_000 }),
      () => surface.rest.patch('/v1/services/web').send({ mode: 'global' }),
      () => surface.rest.patch('/v1/services/none').send({ image: 'nginx' }),
      () => surface.rest.post('/v1/services/web/restart').set('If-Match', '"1"'),
      () => surface.rest.post('/v1/services/other/rollback'),
      () => surface.rest.delete('/v1/services/web').set('If-Match', '"1"'),
      () => surface.rest.delete('/v1/services/web/networks/back'),
      () =>
        surface.rest
          .post('/v1/tokens')
          .send({ name: 'ci', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' }),
      () => surface.rest.delete('/v1/tokens/none'),
      () => surface.rest.post('/v1/secrets').send({ name: 'kept', text: 'hush' }),
      () => surface.rest.post('/v1/configs').send({ name: 'swarmplane.x', text: 'hush' }),
      () => surface.rest.delete('/v1/secrets/none'),
      () => surface.rest.post('/v1/networks').send({ name: 'front' }),
      () => surface.rest.post('/v1/networks').send({ name: 'new', subnets: [{ subnet: '10.60.0.0/25' }] }),
      () => surface.rest.delete('/v1/networks/front'),
      () => surface.rest.delete('/v1/networks/idle').set('If-Match', '"1"'),
      () => surface.rest.delete('/v1/networks/ingress?detach=true'),
      () => surface.rest.patch('/v1/nodes/m').send({ role: 'worker' }),
      () => surface.rest.patch('/v1/nodes/w').set('If-Match', '"1"').send({ availability: 'drain' }),
    ]) {
      const [planned, written] = [await call().query({ dryRun: 'true' }), await call()];
      expect(written.status, written.text).toBeGreaterThanOrEqual(400);
      const { requestId: _planned, ...verdict } = bodyOf<Record<string, unknown>>(planned);
      const { requestId: _written, ...real } = bodyOf<Record<string, unknown>>(written);
      expect(verdict).toEqual(real);
    }
    expect(everything()).toBe(before);
  });

  it('is for who may write', async () => {
    const viewer = surface.as(await surface.tokenFor('viewer'));
    const response = await viewer.post('/v1/services/web/restart?dryRun=true').expect(403);
    expect(response.body).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('the plan of', () => {
  it('a network says what it sets', async () => {
    const input = { name: 'new', subnets: [{ subnet: '10.70.0.0/24' }], attachable: true };
    const plan = await planOf(surface.rest.post('/v1/networks').send(input));
    expect(plan).toMatchObject({ action: 'create', kind: 'network', id: null, name: 'new', version: null });
    expect(plan.changes.map(({ pointer }) => pointer)).toEqual([
      '/name',
      '/driver',
      '/subnets',
      '/attachable',
    ]);
  });

  it('a network that is detached says which services that concerns', async () => {
    const plan = await planOf(surface.rest.delete('/v1/networks/front?detach=true'));
    expect(plan).toMatchObject({
      action: 'delete',
      tasks: { restarted: 2, reasons: ['The service "web" is detached.'] },
      virtualIps: [{ networkId: networkId('front'), change: 'removed' }],
    });
  });

  it('a node says what changes, and what leaves it', async () => {
    await surface.rest.post('/v1/services').send({ name: 'all', image: 'nginx', mode: 'global' }).expect(201);
    await swarm.settled();
    const onNode = swarm.all('task').filter((task) => task.state === 'running');
    const node = swarm.all('node').find(({ hostname }) => hostname === 'w');
    const moved = onNode.filter(({ nodeId, slot }) => nodeId === node?.id && slot !== null).length;
    const plan = await planOf(surface.rest.patch('/v1/nodes/w').send({ availability: 'drain' }));
    expect(plan).toMatchObject({
      action: 'update',
      kind: 'node',
      id: node?.id,
      name: 'w',
      version: node?.version,
      changes: [{ pointer: '/availability', before: 'active', after: 'drain' }],
      tasks: { restarted: moved, added: 0, removed: 1 },
    });
    const same = await planOf(surface.rest.patch('/v1/nodes/w').send({ availability: 'active' }));
    expect(same).toMatchObject({ action: 'none', changes: [] });
  });

  it('a token has no secret', async () => {
    const { data, plans } = await graphqlPlans(
      'mutation { createToken(input: { name: "ci", role: VIEWER }, dryRun: true) { id token } }',
    );
    expect(data).toEqual({ createToken: { id: '', token: '' } });
    expect(plans[0]?.plan.changes).toEqual([
      { pointer: '/name', before: null, after: 'ci' },
      { pointer: '/role', before: null, after: 'viewer' },
    ]);
  });
});

describe('a dry run in GraphQL', () => {
  it('answers the object as it would be, and its relations', async () => {
    const { data, plans } = await graphqlPlans(`mutation {
      made: createService(input: { name: "new", image: "nginx", networks: [{ network: "back" }] }, dryRun: true) {
        id name image runningTasks desiredTasks tasks { id } networks { networkId virtualIp } rollout { state }
      }
      changed: updateService(id: "web", input: { env: { B: "2" } }, dryRun: true) { id env virtualIps { address } }
      gone: deleteService(id: "web", dryRun: true)
    }`);
    expect(data).toMatchObject({
      made: {
        id: '',
        name: 'new',
        image: 'nginx',
        runningTasks: 0,
        tasks: [],
        networks: [{ networkId: networkId('back'), virtualIp: null }],
        rollout: null,
      },
      changed: {
        id: web().id,
        env: { A: '1', B: '2' },
        virtualIps: [{ address: web().virtualIps[0]?.address }],
      },
      gone: web().id,
    });
    expect(plans.map(({ path, plan }) => [...path, plan.action])).toEqual([
      ['made', 'create'],
      ['changed', 'update'],
      ['gone', 'delete'],
    ]);
  });

  it('tells the plan over a WebSocket, too', async () => {
    const before = everything();
    const subscription = new Subscription<{ restartService: { id: string } }>(
      `ws://${surface.address}/graphql`,
      { Authorization: `Bearer ${surface.adminToken}` },
      'mutation { restartService(id: "web", dryRun: true) { id } }',
      {},
    );
    const result = await subscription.message();
    await subscription.close();
    expect(result).toMatchObject({
      data: { restartService: { id: web().id } },
      extensions: {
        plans: [{ path: ['restartService'], plan: { action: 'update', tasks: { restarted: 2 } } }],
      },
    });
    expect(everything()).toBe(before);
  });

  it('has no plans where none were asked for', async () => {
    const response = await surface.rest
      .post('/graphql')
      .send({ query: 'mutation { restartService(id: "web", dryRun: false) { id } }' });
    expect(response.body).not.toHaveProperty('extensions');
  });
});
