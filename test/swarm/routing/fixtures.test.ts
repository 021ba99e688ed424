import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { BACKEND_FOR_LABEL } from '../../../src/domain/route-target.ts';
import { ROUTER_LABEL } from '../../../src/domain/route-network.ts';
import type { LabelledPort } from '../../../src/domain/dialects/dialect.ts';
import type { Route } from '../../../src/routing/routes.types.ts';
import { makeCertificate } from '../../support/certificate-maker.ts';
import { eventually } from '../../support/eventually.ts';
import { allFixtures, type RouteFixture } from '../../support/route-fixture.ts';
import { expectConnection, expectOutcome } from '../../support/routing/expectations.ts';
import { hostFor, probesOf, specsOf } from '../../support/routing/probes.ts';
import { OPENS_WITHIN_MS, RouterBed } from '../../support/routing/router-bed.ts';
import { shapeOf, wavesOf, type Wave } from '../../support/routing/waves.ts';

// Every example of the documentation of each dialect, from the label to the answer of a task: real tasks, a real router
// and the server between. The router takes the addresses of clients from a load balancer before it, which we play, so
// that they can be chosen.

const engine = inject('engine');
const fixtures = allFixtures();
const MESH_LABEL = 'com.docker.ucp.mesh.http';
const HRM_NETWORKS = { 'ucp-hrm': '', 'new-hrm-network': 'true' };
/** The network of those that name none, and of the example that names it. */
const EDGE = 'edge';
const named = new Set(
  fixtures
    .filter(({ dialect }) => dialect !== 'hrm')
    .flatMap(specsOf)
    .flatMap(({ network }) => network ?? []),
);
const networks = Object.fromEntries([
  ...[...named, EDGE].map((name) => [name, { [ROUTER_LABEL]: '' }]),
  ...Object.entries(HRM_NETWORKS).map(([name, value]) => [name, { [MESH_LABEL]: value }]),
]) as Record<string, Record<string, string>>;
const tcpPorts = fixtures.flatMap(specsOf).flatMap(({ listen }) => listen ?? []);

let bed: RouterBed;
beforeAll(async () => {
  bed = await RouterBed.open(engine, {
    networks,
    otherNetworks: ['backplane'],
    tcpPorts,
    deployment: { acceptProxyProtocol: true },
  });
  const secured = fixtures.flatMap(specsOf).filter(({ httpsOnly }) => httpsOnly);
  const names = [
    ...new Set(
      secured.flatMap(({ hosts }) => (hosts.length > 0 ? hosts : ['*'])).map((host) => hostFor(host)),
    ),
  ];
  const { certificate: chain, key } = makeCertificate({ commonName: 'fixtures', names });
  await bed.server.rest.post('/v1/certificates').send({ name: 'fixtures', chain, key }).expect(201);
}, OPENS_WITHIN_MS);
afterAll(async () => {
  await bed.server.rest.delete('/v1/certificates/fixtures');
  await bed.close();
}, OPENS_WITHIN_MS);

describe.each(wavesOf(fixtures).map((wave, index) => ({ wave, index })))('wave $index', ({ wave }) => {
  beforeAll(async () => {
    await prepare(wave);
    await label(wave);
    await eventually('the routers have it', async () => ((await areApplied(wave)) ? true : undefined));
  }, OPENS_WITHIN_MS);

  it.each(wave)('$dialect: $name', async (fixture) => {
    await expectStates(fixture);
    for (const probe of probesOf(fixture)) await expectOutcome(bed.door, probe);
    for (const spec of specsOf(fixture)) {
      if (spec.protocol !== 'http') await expectConnection(bed.door, spec);
    }
  });
});

/** Which shape the services that run have. */
const shapes = new Map<string, string | null>();

/** Sees to it that the services that the fixtures name are there, on the networks and with the ports that they say. */
async function prepare(wave: Wave): Promise<void> {
  const wanted = new Map<string, RouteFixture | null>();
  for (const { backends } of wave.flatMap(specsOf)) {
    for (const { service } of backends) wanted.set(service, null);
  }
  for (const fixture of wave) {
    const { name } = fixture.service;
    if (!wanted.get(name) || shapeOf(fixture) !== null) wanted.set(name, fixture);
  }
  await Promise.all(
    [...wanted].map(async ([name, fixture]) => {
      const shape = fixture && shapeOf(fixture);
      if (shapes.has(name) && (shape === null || shape === shapes.get(name))) return;
      await bed.echoes.remove(name);
      shapes.set(name, shape);
      await start(name, fixture);
    }),
  );
}

async function start(name: string, fixture: RouteFixture | null): Promise<void> {
  const specs = fixtures.filter(({ service }) => service.name === name).flatMap(specsOf);
  const { networks: on, ports } = fixture?.service ?? { networks: null, ports: null };
  const published =
    fixture && ports
      ? ports.map((port) => asFarAsNamed(port, fixture))
      : name === 'web'
        ? [{ targetPort: 8080 }]
        : [];
  const others = fixtures
    .filter(({ dialect }) => dialect !== 'hrm')
    .filter(({ service }) => service.name === name);
  const backends = fixtures.flatMap(specsOf).flatMap((spec) => spec.backends);
  await bed.echoes.start(name, {
    networks: [
      ...new Set([
        EDGE,
        ...others.flatMap(specsOf).flatMap(({ network }) => network ?? []),
        ...(on ?? []).map((network) => network.name),
      ]),
    ],
    listen: [
      ...new Set([
        ...backends.filter(({ service }) => service === name).flatMap(({ port }) => port ?? []),
        ...published.map(({ targetPort }) => targetPort),
      ]),
    ],
    replicas: specs.some(({ sticky }) => sticky) ? 2 : 1,
    labels: name === 'web-canary' ? { [BACKEND_FOR_LABEL]: 'web' } : {},
    more: { ports: published, stopGracePeriod: 2_000 },
  });
}

/** Many examples publish the same port, which only one service can have at a time, and only one of them names it. */
const asFarAsNamed = (
  { targetPort, publishedPort }: LabelledPort,
  { service }: RouteFixture,
): Partial<LabelledPort> & { targetPort: number } =>
  Object.values(service.labels).some((value) => value.includes(`${publishedPort}`))
    ? { targetPort, publishedPort }
    : { targetPort };

/** Gives services the labels of the fixtures, and takes those of other fixtures off. */
async function label(wave: Wave): Promise<void> {
  const services = new Map<string, Record<string, string>>(
    bed.echoes.names.filter((name) => name !== 'web-canary').map((name) => [name, {}]),
  );
  for (const { service } of wave) Object.assign(services.get(service.name) ?? {}, service.labels);
  await Promise.all([...services].map(([name, labels]) => bed.echoes.label(name, labels)));
}

async function routesOf({ service, dialect }: RouteFixture): Promise<Route[]> {
  const answer = await bed.server.rest
    .get('/v1/routes')
    .query({ service: service.name, source: dialect, limit: 100 });
  return (answer.body as { items: Route[] }).items.filter((route) => route.service?.name === service.name);
}

async function areApplied(wave: Wave): Promise<boolean> {
  const routes = (await Promise.all(wave.map(routesOf))).flat();
  const served = routes.filter(({ status }) => status.state === 'accepted');
  return served.every((route) => route.routers.length > 0 && route.routers.every(({ applied }) => applied));
}

/** What labels refuse is told; all else is served, unless another route of the same labels has the same claim. */
async function expectStates(fixture: RouteFixture): Promise<void> {
  const routes = await routesOf(fixture);
  const byName = (a: { name?: string }, b: { name?: string }): number =>
    (a.name ?? '') < (b.name ?? '') ? -1 : 1;
  expect(routes.map(({ name }) => ({ name })).sort(byName)).toEqual(
    fixture.routes.map(({ name }) => ({ name })).sort(byName),
  );
  for (const { name, status } of routes) {
    const isRefused = fixture.routes.some((route) => route.name === name && 'refused' in route);
    expect(isRefused ? ['quarantined'] : ['accepted', 'conflicted'], status.reason ?? '').toContain(
      status.state,
    );
    if (status.state !== 'accepted') expect(status.reason).not.toBeNull();
  }
}
