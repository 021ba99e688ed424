import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { LintedRoute, RouteLint } from '../../src/routing/lint.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { matching } from '../support/matching.ts';
import { allFixtures } from '../support/route-fixture.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const LINT = `query ($input: LintRoutesInput!) { lintRoutes(input: $input) { services {
  service
  routes { dialect name findings { level label detail } route {
    name protocol hosts methods listen upstream network httpsOnly forwardedHeaders proxyProtocol allow retries
    paths { kind value } headers { name value } backends { service port weight }
    sticky { name setBy } redirect { status scheme host port path } rewrite { stripPrefix addPrefix }
    requestHeaders { set add remove } responseHeaders { set add remove } backendTls { verify }
    healthCheck { path intervalMs timeoutMs rise fall } timeouts { connect server queue tunnel }
    limits { connectionsPerTask requestsPerSecond } basicAuth { realm users }
  } }
  findings { level label detail }
} } }`;

const COMPOSE = `
x-shared: &shared
  swarmplane.http.api.port: 8080
services:
  api:
    deploy:
      labels:
        <<: *shared
        swarmplane.http.api.host: api.example.com
        swarmplane.http.api.auth.users: ann:$$6$$saltsalt$$${'a'.repeat(86)}
  wordpress:
    ports: ['8000:80']
    networks: [mesh]
    deploy:
      labels:
        - com.docker.ucp.mesh.http.1=external_route=http://blog.example.com
  lonely:
    networks: { other: {} }
    ports: [{ target: 80, published: 8001 }]
    deploy:
      labels: ['com.docker.ucp.mesh.http.1=external_route=http://lonely.example.com']
  elsewhere:
    networks: [far]
    ports: ['127.0.0.1:8002:80/tcp', '9000-9010:90']
    deploy:
      labels: ['com.docker.ucp.mesh.http.1=external_route=http://far.example.com']
  db:
    labels: { com.docker.lb.hosts: db.example.com, other: x }
networks:
  mesh: { name: hrm, labels: { com.docker.ucp.mesh.http: '' } }
  other: {}
  far: { external: true }
`;

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface({ swarm: new FakeSwarm([{ hostname: 'alpha' }]) });
});
afterAll(() => surface.close());

const lint = async (input: object): Promise<RouteLint> =>
  bodyOf(await surface.rest.post('/v1/routes/lint').send(input).expect(200));
const problem = async (input: object): Promise<Problem> =>
  bodyOf(await surface.rest.post('/v1/routes/lint').send(input).expect(400));

/** Words of enums as REST writes them. */
function lowerCase(value: unknown): unknown {
  const WORDS = ['dialect', 'level', 'protocol', 'upstream', 'kind', 'setBy', 'scheme'];
  return JSON.parse(JSON.stringify(value), (key, each: unknown) =>
    WORDS.includes(key) && typeof each === 'string' ? each.toLowerCase().replaceAll('_', '-') : each,
  );
}

const ofService = ({ services }: RouteLint, name: string): readonly LintedRoute[] | undefined =>
  services.find(({ service }) => service === name)?.routes;

describe('the lint of labels', () => {
  it('says over both surfaces what the readers say, of every example', async () => {
    for (const { service, routes, findings, dialect } of allFixtures()) {
      const { name, labels, networks, ports } = service;
      const input = { service: name, labels, networks, ports };
      const rest = await lint(input);
      const graph = await surface.data<{ lintRoutes: RouteLint }>(LINT, { input });
      expect(lowerCase(graph.lintRoutes)).toEqual(rest);
      const [linted] = rest.services;
      expect(linted?.routes.map((route) => [route.dialect, route.route === null])).toEqual(
        routes.map((route) => [dialect, 'refused' in route]),
      );
      expect([
        ...(linted?.routes.flatMap((route) => route.findings) ?? []),
        ...(linted?.findings ?? []),
      ]).toEqual(findings);
    }
  });

  it('reads a compose file: its services, networks, ports, anchors and doubled dollars', async () => {
    const result = await lint({ compose: COMPOSE });
    expect(result.services.map(({ service }) => service)).toEqual([
      'api',
      'wordpress',
      'lonely',
      'elsewhere',
      'db',
    ]);
    expect(ofService(result, 'api')).toMatchObject([
      {
        dialect: 'swarmplane',
        route: { backends: [{ service: 'api', port: 8080 }], basicAuth: { realm: 'Restricted' } },
      },
    ]);
    expect(ofService(result, 'wordpress')).toMatchObject([
      { route: { network: 'hrm', hosts: ['blog.example.com'] } },
    ]);
    expect(ofService(result, 'lonely')).toMatchObject([
      { route: null, findings: [{ level: 'error', detail: matching(/Attach the service to a network/) }] },
    ]);
    expect(ofService(result, 'elsewhere')).toMatchObject([{ route: { network: null }, findings: [] }]);
    expect(ofService(result, 'db')).toEqual([]);
    expect(result.services.at(-1)?.findings).toMatchObject([
      { level: 'ignored', label: 'com.docker.lb.hosts', detail: matching(/label of containers/) },
    ]);
  });

  it.each([
    ['neither labels nor a file', {}, '', /either/],
    ['both labels and a file', { labels: {}, compose: COMPOSE }, '', /either/],
    ['what is no YAML', { compose: 'services: [' }, '/compose', /no YAML/],
    ['a file without services', { compose: '{}' }, '/compose', /no services/],
    ['a file that is a list', { compose: '- a' }, '/compose', /no services/],
    ['aliases that multiply', { compose: bomb() }, '/compose', /no YAML/],
    ['what is nested without end', { compose: '['.repeat(100_000) }, '/compose', /no YAML/],
    ['a file that is too long', { compose: ' '.repeat(131_073) }, '/compose', /131072/],
    ['a port that is none', { labels: {}, ports: [{ targetPort: 0 }] }, '/ports/0/targetPort', /1/],
  ])('refuses %s', async (_, input, pointer, detail) => {
    expect(await problem(input)).toMatchObject({
      code: 'INVALID',
      errors: [{ pointer, detail: matching(detail) }],
    });
  });
});

/** A small file that is a billion services. */
function bomb(): string {
  const level = (name: string, of: string): string =>
    `${name}: &${name} [${Array(10).fill(`*${of}`).join(', ')}]\n`;
  return `a: &a [x]\n${[...'bcdefghij'].map((name, index) => level(name, 'abcdefghi'[index] ?? 'a')).join('')}services: { s: *j }\n`;
}
