import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Swarm } from '../../../src/cluster/cluster.types.ts';
import type { RouterConfig } from '../../../src/domain/router-config.ts';
import { compile } from '../../../src/proxy/compile.ts';
import { render } from '../../../src/proxy/render.ts';
import { PROXY_SETTINGS } from '../../../src/proxy/settings.ts';
import type { RouteLint } from '../../../src/routing/lint.types.ts';
import type { RouteMatch } from '../../../src/routing/route-match.types.ts';
import { FakeSwarm } from '../../fakes/fake-swarm.ts';
import { EventReader } from '../../support/event-stream.ts';
import { upgrade } from '../../support/raw-request.ts';
import { bodyOf, startSurface, type Surface } from '../../support/surface.ts';
import { HandSocket } from '../../support/web-socket.ts';

// docs/security.md has the table of incidents; each of its numbers must stand in the name of a test.

/** Stands in no configuration that is right. */
const MARK = 'intruder';
const VICTIM = 'bank.example.com';

let surface: Surface;
let swarm: FakeSwarm;
beforeAll(async () => {
  swarm = new FakeSwarm([
    { hostname: 'm', engineVersion: '20.10.23' },
    { hostname: 'w', engineVersion: '29.8.2' },
  ]);
  surface = await startSurface({ swarm });
  const network = { name: 'edge', labels: { 'io.swarmplane.router': '' } };
  await surface.rest.post('/v1/networks').send(network).expect(201);
  await serve('bank', { 'swarmplane.http.bank.host': VICTIM, 'swarmplane.http.bank.port': '8080' });
  await swarm.settled();
});
afterAll(() => surface.close());

async function serve(name: string, labels: Record<string, string>): Promise<void> {
  const service = { name, image: 'nginx', labels, networks: [{ network: 'edge' }] };
  await surface.rest.post('/v1/services').send(service).expect(201);
}

const removed = (name: string) => surface.rest.delete(`/v1/services/${name}`).expect(204);

/** Who gets the requests for a host, by the name of the service. */
async function takerOf(host: string, path = '/'): Promise<string | undefined> {
  const found = await surface.rest.get('/v1/routes/match').query({ host, path }).expect(200);
  return bodyOf<RouteMatch>(found).route?.servers?.[0]?.service;
}

/** All that HAProxy would be told now. */
async function configuration(): Promise<string> {
  const headers = { Authorization: `Bearer ${surface.adminToken}` };
  const reader = await EventReader.open(`http://${surface.address}/v1/routers/config`, headers);
  const { data = '' } = await reader.event();
  reader.close();
  const { files } = render(compile(JSON.parse(data) as RouterConfig, PROXY_SETTINGS));
  return [...files].map(([path, text]) => `${path}\n${text}`).join('\n');
}

/** Ways out of the place of a host or path in a configuration, in the dialects that carry one. */
const ESCAPES: readonly (readonly [title: string, labels: Record<string, string>])[] = [
  ...[
    `a.example.com\n  server ${MARK} 6.6.6.6:80`,
    `a.example.com\r\nbackend ${MARK}`,
    `a.example.com # ${MARK}`,
    `a.example.com" ${MARK} "`,
    `a.example.com %[env(${MARK})]`,
    `a.example.com\`) || Host(\`${VICTIM}`,
    `a.example.com || Host(\`${VICTIM}\`)`,
    `a.example.com;load_module ${MARK}`,
    `\${${MARK}}.example.com`,
    `a.example.com\u0000${MARK}`,
    `a.example.com\u2028${MARK}`,
  ].flatMap((text): [string, Record<string, string>][] => [
    ['a host', { 'swarmplane.http.x.host': text, 'swarmplane.http.x.port': '80' }],
    ['a path', { 'swarmplane.http.x.host': 'a.example.com', 'swarmplane.http.x.path': `/${text}` }],
    ['the hosts of Interlock', { 'com.docker.lb.hosts': text, 'com.docker.lb.port': '80' }],
    ['the route of UCP', { 'com.docker.ucp.mesh.http.80': `external_route=http://${text},internal_port=80` }],
    [
      'the domain of Docker Flow',
      { 'com.df.notify': 'true', 'com.df.serviceDomain': text, 'com.df.port': '80' },
    ],
    [
      'the path of Docker Flow',
      { 'com.df.notify': 'true', 'com.df.servicePath': `/${text}`, 'com.df.port': '80' },
    ],
  ]),
];

describe('labels are data', () => {
  it.each(ESCAPES)('CVE-2025-1974: nothing gets out of %s into the configuration', async (_, labels) => {
    await serve('x', labels);
    await swarm.settled();
    const told = await configuration();
    expect(told).toContain(VICTIM);
    expect(told).not.toContain(MARK);
    await removed('x');
  });

  it.each(ESCAPES)(
    'CVE-2026-29777, CVE-2026-32695: %s takes no request for a host of others',
    async (_, labels) => {
      await serve('x', labels);
      await swarm.settled();
      for (const path of ['/', '/a', `/${MARK}`]) expect(await takerOf(VICTIM, path)).toBe('bank');
      await removed('x');
    },
  );

  it('CVE-2026-29777, CVE-2026-32695: who claims the host of others openly comes second', async () => {
    await serve('x', { 'swarmplane.http.mine.host': VICTIM, 'swarmplane.http.mine.port': '80' });
    await swarm.settled();
    expect(await takerOf(VICTIM)).toBe('bank');
    await removed('x');
  });

  it('DFP-1: one bad service stands in the way of none, whatever is bad about it', async () => {
    const bad: Record<string, string>[] = [
      { 'swarmplane.http.x.host': '' },
      { 'swarmplane.http.x.nothing': 'x' },
      { 'swarmplane.http.x.host': 'x'.repeat(5 * 1024) },
      Object.fromEntries(
        Array.from({ length: 40 }, (_, at) => [`swarmplane.http.x${at}.host`, 'y'.repeat(2_000)]),
      ),
      {
        'com.df.notify': 'true',
        'com.df.serviceDomain': 'a b',
        'com.df.port': 'x',
        'com.df.reqMode': '\u0007',
      },
      { 'com.docker.ucp.mesh.http.1': '=,=' },
      { 'com.docker.lb.hosts': ',,', 'com.docker.lb.port': '-1' },
    ];
    for (const [at, labels] of bad.entries()) await serve(`bad-${at}`, labels);
    await serve('good', {
      'swarmplane.http.good.host': 'good.example.com',
      'swarmplane.http.good.port': '80',
    });
    await swarm.settled();
    expect(await takerOf('good.example.com')).toBe('good');
    expect(await takerOf(VICTIM)).toBe('bank');
    expect(await configuration()).toContain('good.example.com');
    for (const at of bad.keys()) await removed(`bad-${at}`);
  });

  it('DFP-2: a domain is that domain, not all that begin with it, and that is said', async () => {
    const labels = { 'com.df.notify': 'true', 'com.df.serviceDomain': 'acme.com', 'com.df.port': '80' };
    await serve('acme', labels);
    await swarm.settled();
    expect(await takerOf('acme.com')).toBe('acme');
    for (const host of ['acme.com.evil.tld', 'acme.community', 'xacme.com']) {
      expect(await takerOf(host), host).toBeUndefined();
    }
    const answer = await surface.rest.post('/v1/routes/lint').send({ labels }).expect(200);
    expect(JSON.stringify(bodyOf<RouteLint>(answer))).toContain('not all hosts that begin with it');
  });
});

describe('GraphQL over WebSocket', () => {
  const PLAIN = 'subscription { nodeChanged { type } }';

  it.each([
    [
      'is too deep',
      '{ services(first: 1) { nodes { tasks { service { tasks { service { tasks { service { tasks { service { tasks { service { id } } } } } } } } } } } } }',
    ],
    ['has too many aliases', `{ ${Array.from({ length: 101 }, (_, at) => `a${at}: me { id }`).join(' ')} }`],
    ['asks for what there is not', '{ nothing }'],
  ])('NEST-WS-1: a document that %s is refused as over HTTP', async (_, query) => {
    const socket = await HandSocket.open(surface.address, surface.adminToken);
    socket.ask('1', query);
    const { payload } = await socket.hear(({ type }) => type === 'error');
    expect(payload).toMatchObject([{ extensions: { code: 'INVALID' } }]);
    expect((await surface.graphql(query)).errors[0]?.message).toBe(
      (payload as { message: string }[])[0]?.message,
    );
    socket.close();
  });

  it('NEST-WS-2: a page of another origin opens no socket', async () => {
    const { status } = await upgrade(surface.address, '/graphql', { Origin: 'https://evil.example' });
    expect(status).toBe(403);
  });

  it('NEST-WS-3: a message of more than 64 KiB ends its socket, and is not read', async () => {
    const socket = await HandSocket.open(surface.address, surface.adminToken);
    socket.ask('1', `# ${'x'.repeat(64 * 1024)}\n${PLAIN}`);
    expect(await socket.closing()).toBe(1009);
  });

  it('NEST-WS-4: an upgrade of another path is answered and ended', async () => {
    for (const path of ['/', '/v1/events', '/graphqlx']) {
      expect((await upgrade(surface.address, path)).status, path).toBe(404);
    }
  });

  it('NEST-WS-5: a socket carries a hundred operations', async () => {
    const socket = await HandSocket.open(surface.address, surface.adminToken);
    for (let id = 1; id <= 101; id++) socket.ask(String(id), PLAIN);
    const { id, payload } = await socket.hear(({ type }) => type === 'error');
    expect([id, payload]).toMatchObject(['101', [{ extensions: { code: 'TOO_MANY' } }]]);
    socket.close();
  });

  it('NEST-WS-6: who has proven nothing is told nothing, of the schema either', async () => {
    const socket = await HandSocket.open(surface.address, null);
    socket.ask('1', '{ __schema { queryType { name } } }');
    expect(await socket.closing()).toBe(4401);
    for (const query of [
      '{ __schema { queryType { name } } }',
      '{ __type(name: "Query") { name } }',
      '{ __typename }',
    ]) {
      const { status, data, errors } = await surface.graphql(query, {}, null);
      expect([status, data, errors[0]?.extensions.code]).toEqual([401, undefined, 'UNAUTHENTICATED']);
    }
  });
});

describe('GraphQL over HTTP', () => {
  const MUTATION = 'mutation { createNetwork(input: { name: "forged" }) { id } }';
  const isForged = (): boolean => swarm.all('network').some(({ name }) => name === 'forged');

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'APOLLO-1: a form of another page cannot send what is run: %s',
    async (type) => {
      const body = JSON.stringify({ query: MUTATION });
      await surface.rest.post('/graphql').set('Content-Type', type).send(body).expect(415);
      expect(isForged()).toBe(false);
    },
  );

  it('APOLLO-1: nothing is run by following a link', async () => {
    await surface.rest.get('/graphql').query({ query: MUTATION }).expect(404);
    expect(isForged()).toBe(false);
  });

  it('APOLLO-2: one request is one operation', async () => {
    const one = { query: '{ me { id } }' };
    const refused = await surface.rest.post('/graphql').send([one, one]).expect(400);
    expect(refused.body).toMatchObject({ errors: [{ extensions: { code: 'INVALID' } }] });
  });
});

describe('what is known of engines is told of the nodes that have it', () => {
  it.each(['CVE-2026-92542', 'CVE-2023-28840', 'CVE-2023-28841', 'CVE-2023-28842'])('%s', async (id) => {
    const { advisories } = bodyOf<Swarm>(await surface.rest.get('/v1/swarm').expect(200));
    const told = advisories.filter((advisory) => advisory.id === id);
    expect(told.map(({ nodeHostname, engineVersion }) => [nodeHostname, engineVersion])).toEqual([
      ['m', '20.10.23'],
    ]);
  });
});

describe('what is judged when it is made is judged whenever it changes', () => {
  it('CVE-2026-44849: a rollback to what an operator may not ask for is refused', async () => {
    const mounts = [{ type: 'bind', source: '/', target: '/host' }];
    await surface.rest.post('/v1/services').send({ name: 'mounted', image: 'nginx', mounts }).expect(201);
    await surface.rest.patch('/v1/services/mounted').send({ mounts: [] }).expect(200);
    const operator = surface.as(await surface.tokenFor('operator'));
    const refused = await operator.post('/v1/services/mounted/rollback').expect(403);
    expect(refused.text).toContain('mounts');
    expect(swarm.all('service').find(({ name }) => name === 'mounted')?.mounts).toEqual([]);
  });
});
