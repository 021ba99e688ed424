import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetGroup } from '../../src/prometheus/prometheus.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { unreachableSwarm } from '../fakes/unreachable-swarm.ts';
import { matching } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const PATH = '/v1/discovery/prometheus';
let surface: Surface;
let swarm: FakeSwarm;

beforeAll(async () => {
  swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta', labels: { zone: 'b' } }]);
  surface = await startSurface({ swarm });
  for (const name of ['front', 'back']) await surface.rest.post('/v1/networks').send({ name }).expect(201);
  await create('web', {
    replicas: 2,
    networks: [{ network: 'front' }, { network: 'back' }],
    labels: { 'prometheus-job': 'shop', 'prometheus-port': '9100', 'com.docker.stack.namespace': 'shop' },
    ports: [{ targetPort: 80, publishedPort: 8080 }],
  });
  await create('plain', { networks: [{ network: 'front' }] });
  await create('exporter', {
    ports: [{ targetPort: 9100, publishedPort: 9101, publishMode: 'host' }],
    placement: { constraints: ['node.labels.zone == b'] },
  });
  await create('none', { replicas: 0, networks: [{ network: 'front' }] });
  swarm.joinByHand(networkId('front'));
  await swarm.settled();
});
afterAll(() => surface.close());

const networkId = (name: string): string => surface.state.networks.named(name)[0]?.id ?? '';

async function create(name: string, more: object): Promise<void> {
  await surface.rest
    .post('/v1/services')
    .send({ name, image: 'nginx', ...more })
    .expect(201);
}

async function targets(query = ''): Promise<readonly TargetGroup[]> {
  return bodyOf<readonly TargetGroup[]>(await surface.rest.get(`${PATH}${query}`).expect(200));
}

/** `service on network at port`, of each target. */
async function told(query = ''): Promise<string[]> {
  const found = (await targets(query)).map(({ targets: [address], labels }) => {
    const name = (label: string): string => labels[`__meta_dockerswarm_${label}_name`] ?? '-';
    return `${name('service')} on ${name('network')} at ${address?.replace(/.*:/, '')}`;
  });
  return found.sort();
}

const WEB = ['web on back at 9100', 'web on back at 9100', 'web on front at 9100', 'web on front at 9100'];

describe('the targets of Prometheus', () => {
  it('are each address of each task, at the port that its service names, or else the usual one', async () => {
    expect(await told()).toEqual(['plain on front at 80', ...WEB]);
    expect(await told('?port=9323')).toEqual(['plain on front at 9323', ...WEB]);
    const tasks = swarm.all('task').filter(({ serviceName }) => serviceName === 'web');
    const addresses = tasks.flatMap((task) =>
      task.addresses.filter((held) => held.networkId === networkId('front')),
    );
    const groups = await targets('?service=web&network=front');
    expect(groups.flatMap((group) => group.targets).sort()).toEqual(
      addresses.map(({ address }) => `${address}:9100`).sort(),
    );
    expect(groups[0]?.labels).toMatchObject({
      job: 'shop',
      __meta_dockerswarm_service_label_prometheus_job: 'shop',
      __meta_dockerswarm_node_hostname: matching(/^(alpha|beta)$/),
    });
  });

  it.each([
    ['?service=web&network=back', WEB.slice(0, 2)],
    ['?label=prometheus-job', WEB],
    ['?label=prometheus-job%3Dshop&label=nothing', []],
    ['?stack=shop', WEB],
    ['?state=running&state=starting&service=plain', ['plain on front at 80']],
    ['?state=pending', []],
    ['?node=beta&network=front&service=none', []],
    ['?via=host', ['exporter on - at 9101']],
    ['?via=host&network=front', []],
  ])('%s are %j', async (query, expected) => {
    expect(await told(query)).toEqual(expected);
  });

  it('in host mode are at the addresses of their nodes', async () => {
    const [group] = await targets('?via=host');
    expect(group?.targets).toEqual(['192.0.2.2:9101']);
    expect(group?.labels).toMatchObject({ __meta_dockerswarm_task_port_publish_mode: 'host' });
  });

  it('are not sent again to who has them, until they change', async () => {
    const first = await surface.rest.get(PATH).expect(200);
    expect(first.headers['content-type']).toBe('application/json; charset=utf-8');
    const etag = first.headers['etag'] as string;
    await surface.rest.get(PATH).set('If-None-Match', etag).expect(304);
    await surface.rest.post('/v1/services/plain/scale').send({ replicas: 2 }).expect(200);
    await swarm.settled();
    const second = await surface.rest.get(PATH).set('If-None-Match', etag).expect(200);
    expect(bodyOf<unknown[]>(second).length).toBe(6);
    await surface.rest.post('/v1/services/plain/scale').send({ replicas: 1 }).expect(200);
    await swarm.settled();
    expect(await told()).toEqual(['plain on front at 80', ...WEB]);
  });

  it('are for viewers, and for nobody without a token', async () => {
    await surface
      .as(await surface.tokenFor('viewer'))
      .get(PATH)
      .expect(200);
    await surface.as(null).get(PATH).expect(401);
  });

  it.each([
    ['?via=ingress', 400, '/via'],
    ['?port=0', 400, '/port'],
    ['?port=65536', 400, '/port'],
    ['?port=http', 400, '/port'],
    ['?state=up', 400, '/state'],
    ['?limit=10', 400, '/limit'],
    ['?service=nobody', 404, undefined],
    ['?network=nowhere', 404, undefined],
    ['?node=nowhere', 404, undefined],
  ])('%s is refused with %i', async (query, status, pointer) => {
    const { errors } = bodyOf<{ errors?: { pointer: string }[] }>(
      await surface.rest.get(`${PATH}${query}`).expect(status),
    );
    expect(errors?.[0]?.pointer).toBe(pointer);
  });

  it('are an empty list where there are none', async () => {
    const empty = await startSurface();
    try {
      expect((await empty.rest.get(PATH).expect(200)).text).toBe('[]');
    } finally {
      await empty.close();
    }
  });

  it('are not told before the swarm has been read: Prometheus keeps those it has', async () => {
    const early = await startSurface({ swarm: unreachableSwarm(), ready: false });
    try {
      await early.rest.get(PATH).expect(503);
    } finally {
      await early.close();
    }
  });
});
