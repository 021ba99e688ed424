import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../../src/api/page.ts';
import type { Port } from '../../src/ports/ports.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let surface: Surface;
let swarm: FakeSwarm;
beforeAll(async () => {
  swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta', labels: { zone: 'b' } }]);
  surface = await startSurface({ swarm });
  await create('web', [{ targetPort: 80, publishedPort: 8080 }, { targetPort: 443 }]);
  await create('dns', [
    { targetPort: 53, publishedPort: 53, protocol: 'udp' },
    { targetPort: 53, publishedPort: 53, protocol: 'tcp' },
  ]);
  await create('sctp', [{ targetPort: 9, publishedPort: 9, protocol: 'sctp' }]);
  await create('proxy', [{ targetPort: 80, publishedPort: 80, publishMode: 'host' }], {
    placement: { constraints: ['node.labels.zone == b'] },
  });
  await create('quiet', []);
  await swarm.settled();
});
afterAll(() => surface.close());

async function create(name: string, ports: object[], more: object = {}): Promise<void> {
  await surface.rest
    .post('/v1/services')
    .send({ name, image: 'nginx', ports, ...more })
    .expect(201);
}

async function ports(query = ''): Promise<readonly Port[]> {
  return bodyOf<Page<Port>>(await surface.rest.get(`/v1/ports${query}`).expect(200)).items;
}

const names = (found: readonly Port[]): string[] =>
  found.map((port) => `${port.publishedPort}/${port.protocol} ${port.serviceName}`);

const ALL = ['9/sctp sctp', '53/tcp dns', '53/udp dns', '80/tcp proxy', '8080/tcp web', '30000/tcp web'];

describe('the published ports of the swarm', () => {
  it('are all those of its services, those that Swarm chose too', async () => {
    expect(names(await ports())).toEqual(ALL);
  });

  it('are told with where they are open and what is to be known', async () => {
    const [web] = await ports('?port=8080');
    expect(web).toMatchObject({
      publishMode: 'ingress',
      targetPort: 80,
      onEveryNode: true,
      tasks: [],
      conflicts: [],
      warnings: [{ kind: 'client-address' }],
    });
    const [proxy] = await ports('?publishMode=host');
    const [task] = swarm.all('task').filter((each) => each.serviceName === 'proxy');
    expect(proxy).toMatchObject({
      serviceName: 'proxy',
      onEveryNode: false,
      tasks: [
        {
          taskId: task?.id,
          publishedPort: 80,
          nodeId: task?.nodeId,
          nodeHostname: 'beta',
          state: 'running',
          error: null,
        },
      ],
      conflicts: [],
      warnings: [],
    });
  });

  it.each<[string, string[]]>([
    ['?service=dns', ['53/tcp dns', '53/udp dns']],
    ['?protocol=udp', ['53/udp dns']],
    ['?publishMode=host', ['80/tcp proxy']],
    ['?port=53&protocol=tcp', ['53/tcp dns']],
    ['?node=alpha', ALL.filter((name) => !name.endsWith('proxy'))],
    ['?node=beta', ALL],
    ['?node=alpha&publishMode=host', []],
    ['?service=quiet', []],
  ])('are filtered by %s', async (query, expected) => {
    expect(names(await ports(query))).toEqual(expected);
  });

  it('come in pages', async () => {
    const found: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < ALL.length; page++) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const body: Page<Port> = bodyOf(await surface.rest.get(`/v1/ports?limit=2${query}`).expect(200));
      expect(body.total).toBe(ALL.length);
      found.push(...names(body.items));
      cursor = body.nextCursor;
    }
    expect(found).toEqual(ALL);
  });

  it('are the same in GraphQL, with their services', async () => {
    const rest = await ports('?service=proxy');
    const { ports: found } = await surface.data<{ ports: { nodes: unknown[]; totalCount: number } }>(
      `{ ports(filter: { service: "proxy", publishMode: HOST, port: 80, node: "beta" }) { totalCount nodes {
        publishedPort protocol publishMode targetPort serviceId serviceName onEveryNode
        tasks { taskId publishedPort nodeId nodeHostname state error }
        conflicts { kind serviceId serviceName detail } warnings { kind detail }
        service { name tasks { node { hostname } } }
      } } }`,
    );
    expect(found.totalCount).toBe(1);
    expect(found.nodes).toEqual(
      rest.map((port) => ({
        ...port,
        protocol: 'TCP',
        publishMode: 'HOST',
        tasks: port.tasks.map((task) => ({ ...task, state: 'RUNNING' })),
        service: { name: 'proxy', tasks: [{ node: { hostname: 'beta' } }] },
      })),
    );
    const { ports: web } = await surface.data<{ ports: { nodes: unknown[] } }>(
      '{ ports(filter: { port: 8080 }) { nodes { warnings { kind } } } }',
    );
    expect(web.nodes).toEqual([{ warnings: [{ kind: 'CLIENT_ADDRESS' }] }]);
  });

  it('are told with what the node chose where none was asked for', async () => {
    await create('any', [{ targetPort: 80, publishMode: 'host' }]);
    await swarm.settled();
    const [any] = await ports('?service=any');
    expect(any).toMatchObject({ publishedPort: null, tasks: [{ publishedPort: 32_768 }] });
    await surface.rest.delete('/v1/services/any').expect(204);
    await swarm.settled();
  });

  it('tell of tasks that wait for one, and by whom it is held', async () => {
    // Not through the API, which refuses it while no node is free.
    const proxy = swarm.all('service').find((service) => service.name === 'proxy');
    await swarm.gateway.createService({ ...(proxy as NonNullable<typeof proxy>), name: 'late' });
    await swarm.settled();
    try {
      const [late] = await ports('?service=late');
      expect(late).toMatchObject({
        tasks: [{ nodeId: null, state: 'pending' }],
        conflicts: [{ kind: 'waiting', serviceName: 'proxy' }],
      });
      expect((await ports('?service=proxy'))[0]).toMatchObject({ warnings: [{ kind: 'shared' }] });
    } finally {
      await surface.rest.delete('/v1/services/late').expect(204);
      await swarm.settled();
    }
  });
});

describe('a service whose ports are in conflict already', () => {
  it('can be changed otherwise', async () => {
    swarm.gateway.changeSettings({ dataPathPort: 53 });
    const fresh = await startSurface({ swarm });
    try {
      const [dns] = bodyOf<Page<Port>>(
        await fresh.rest.get('/v1/ports?service=dns&protocol=udp').expect(200),
      ).items;
      expect(dns?.conflicts).toMatchObject([{ kind: 'reserved', serviceId: null }]);
      await fresh.rest.post('/v1/services/dns/scale').send({ replicas: 2 }).expect(200);
      const other = {
        name: 'x',
        image: 'nginx',
        ports: [{ targetPort: 1, publishedPort: 53, protocol: 'udp' }],
      };
      await fresh.rest.post('/v1/services').send(other).expect(409);
    } finally {
      await fresh.close();
      swarm.gateway.changeSettings({ dataPathPort: 4789 });
    }
  });
});
