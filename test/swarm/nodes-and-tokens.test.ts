import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureLocalImages } from '../../scripts/engine/local-images.ts';
import { startPrivateEngine, type PrivateEngine } from '../../scripts/engine/private-engine.ts';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import type { JoinTokens, Swarm } from '../../src/cluster/cluster.types.ts';
import type { Node } from '../../src/nodes/nodes.types.ts';
import type { Port } from '../../src/ports/ports.types.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf } from '../support/surface.ts';

const WITHIN_MS = 30_000;

// Nodes are drained, promoted and thrown out, so these engines are this file's own and never one that is shared.
let manager: PrivateEngine;
let worker: PrivateEngine;
let server: RealServer;

beforeAll(async () => {
  manager = await startPrivateEngine({ allowShared: false });
  worker = await startPrivateEngine({ hostname: 'node2', joinAsWorkerOf: manager, allowShared: false });
  for (const engine of [manager, worker]) await ensureLocalImages(engine.client, { pull: false });
  server = await startRealServer(realPorts(manager));
  await nodeThat('node2', 'is ready', (node) => node.state === 'ready');
});

afterAll(async () => {
  await server?.close();
  await worker?.stop();
  await manager?.stop();
});

async function eventually<T>(what: string, find: () => T | undefined): Promise<T> {
  const found = await server.state.until(find, WITHIN_MS);
  if (found === undefined) throw new Error(`Not within ${WITHIN_MS} ms: ${what}.`);
  return found;
}

const nodeThat = (hostname: string, what: string, fits: (node: Node) => boolean): Promise<Node> =>
  eventually(`${hostname} ${what}`, () => server.state.nodes.named(hostname).find(fits));

const hostnamesOf = (service: string): string[] =>
  server.state.tasks
    .all()
    .filter(
      (task) => task.serviceName === service && task.state === 'running' && task.desiredState === 'running',
    )
    .map((task) => server.state.nodes.get(task.nodeId ?? '')?.hostname ?? '')
    .toSorted();

const runsOn = (service: string, ...hostnames: string[]): Promise<true> =>
  eventually(`${service} runs on ${hostnames.join(' and ')}`, () =>
    hostnamesOf(service).join() === hostnames.join() ? true : undefined,
  );

const patch = (hostname: string, change: object) => server.rest.patch(`/v1/nodes/${hostname}`).send(change);

const swarm = async (): Promise<Swarm> => bodyOf<Swarm>(await server.rest.get('/v1/swarm').expect(200));

async function create(name: string, input: object): Promise<void> {
  await server.rest
    .post('/v1/services')
    .send({ name, image: 'busybox', command: ['sleep', '3600'], stopGracePeriod: 100, ...input })
    .expect(201);
}

async function remove(name: string): Promise<void> {
  await server.rest.delete(`/v1/services/${name}`).expect(204);
  await eventually(`the end of the tasks of ${name}`, () =>
    server.state.tasks.all().some((task) => task.serviceName === name) ? undefined : true,
  );
}

describe('the swarm', () => {
  it('says what an engine is known for, and how long its certificates last', async () => {
    const found = await swarm();
    expect(found).toMatchObject({
      nodes: 2,
      quorum: { managers: 1, reachable: 1, needed: 1, healthy: true, tolerates: 0 },
      certificates: { nodeValidity: 7_776_000_000, rotating: false },
      settingsStaleSince: null,
    });
    const years = (Date.parse(found.certificates.authorityExpiresAt ?? '') - Date.now()) / 31_557_600_000;
    expect(Math.round(years)).toBe(20);
    const versions = server.state.nodes.all().map((node) => node.engineVersion);
    for (const advisory of found.advisories) expect(versions).toContain(advisory.engineVersion);
  });
});

describe('published ports', () => {
  it('in host mode are shared by nodes, told of with their tasks, and refused where no node is free', async () => {
    const host = (publishedPort: number) => ({
      ports: [{ targetPort: 80, publishedPort, publishMode: 'host' }],
    });
    const onNode = (hostname: string) => ({ placement: { constraints: [`node.hostname == ${hostname}`] } });
    await create('one', { ...host(9100), ...onNode('node1') });
    await runsOn('one', 'node1');
    const refused = await server.rest
      .post('/v1/services')
      .send({ name: 'two', image: 'busybox', ...host(9100), ...onNode('node1') })
      .expect(409);
    expect(bodyOf<Problem>(refused).errors).toMatchObject([{ pointer: '/ports/0/publishedPort' }]);
    await create('two', { ...host(9100), command: ['sleep', '3600'] });
    await runsOn('two', 'node2');

    const { items } = bodyOf<Page<Port>>(await server.rest.get('/v1/ports?port=9100').expect(200));
    expect(items).toMatchObject([
      { serviceName: 'one', tasks: [{ nodeHostname: 'node1', state: 'running' }], conflicts: [] },
      { serviceName: 'two', tasks: [{ nodeHostname: 'node2', state: 'running' }], conflicts: [] },
    ]);
    for (const { warnings } of items) expect(warnings.map(({ kind }) => kind)).toEqual(['shared']);

    await server.rest.post('/v1/services/two/scale').send({ replicas: 2 }).expect(200);
    await eventually('a task of two that waits', () =>
      server.state.tasks.all().find((task) => task.serviceName === 'two' && task.error !== null),
    );
    const after = bodyOf<Page<Port>>(await server.rest.get('/v1/ports?service=two').expect(200)).items;
    expect(after[0]?.conflicts).toMatchObject([{ kind: 'waiting', serviceName: 'one' }]);
    await remove('two');
    await remove('one');
  });
});

describe('a node', () => {
  it('gives its tasks away when it is drained, and takes new ones afterwards', async () => {
    await create('everywhere', { mode: 'global' });
    await runsOn('everywhere', 'node1', 'node2');
    await patch('node2', { availability: 'drain', labels: { zone: 'b' } }).expect(200);
    await runsOn('everywhere', 'node1');
    const back = await patch('node2', { availability: 'active' }).expect(200);
    expect(back.body).toMatchObject({ availability: 'active', labels: { zone: 'b' } });
    await runsOn('everywhere', 'node1', 'node2');
    await remove('everywhere');
  });

  it('becomes a manager, whereas the last manager stays one', async () => {
    const refused = await patch('node1', { role: 'worker' }).expect(409);
    expect(bodyOf<Problem>(refused)).toMatchObject({ code: 'CONFLICT', errors: [{ pointer: '/role' }] });
    const forced = await server.rest.patch('/v1/nodes/node1?force=true').send({ role: 'worker' }).expect(409);
    expect(bodyOf<Problem>(forced)).toMatchObject({ code: 'CONFLICT' });

    await patch('node2', { role: 'manager' }).expect(200);
    await nodeThat('node2', 'is a manager', (node) => node.manager?.reachability === 'reachable');
    expect((await swarm()).quorum).toEqual({
      managers: 2,
      reachable: 2,
      needed: 2,
      healthy: true,
      tolerates: 0,
    });
  });
});

describe('a swarm that has lost its quorum', () => {
  const LOST_WITHIN_MS = 60_000;
  const ASK_EVERY_MS = 500;

  async function swarmThat(what: string, fits: (found: Swarm) => boolean): Promise<Swarm> {
    let found = await swarm();
    for (let waited = 0; waited < LOST_WITHIN_MS; waited += ASK_EVERY_MS) {
      if (fits(found)) return found;
      found = await swarm();
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
    throw new Error(`Not within ${LOST_WITHIN_MS} ms: a swarm that ${what}.`, { cause: found });
  }

  async function managesItself({ client }: PrivateEngine): Promise<void> {
    for (let waited = 0; waited < WITHIN_MS; waited += ASK_EVERY_MS) {
      if ((await client.info()).Swarm.ControlAvailable) return;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
    throw new Error(`Not within ${WITHIN_MS} ms: an engine that manages the swarm.`);
  }

  it(
    'is shown all the same, cannot be changed, and recovers with its managers',
    async () => {
      // Of two managers, which the test before has made, both are needed. A new one that is killed before it has noted
      // that it is a manager comes back as a worker, and the swarm has no leader for good.
      await managesItself(worker);
      await worker.kill();
      const lost = await swarmThat('has no quorum', ({ quorum }) => !quorum.healthy);
      expect(lost).toMatchObject({
        quorum: { managers: 2, needed: 2, tolerates: 0 },
        leaderId: null,
      });
      const refused = await patch('node1', { labels: { a: 'b' } });
      expect([503, 504], refused.text).toContain(refused.status);
      expect(server.state.nodes.named('node1')[0]?.labels).toEqual({});

      await worker.start();
      await swarmThat('has its quorum back', ({ quorum, settingsStaleSince }) => {
        return quorum.healthy && settingsStaleSince === null;
      });
      await patch('node2', { role: 'worker' }).expect(200);
      await nodeThat('node2', 'is a worker', (node) => node.manager === null && node.state === 'ready');
      expect((await swarm()).quorum).toMatchObject({ managers: 1, healthy: true });
    },
    3 * LOST_WITHIN_MS,
  );
});

describe('a join token', () => {
  it('that was rotated lets no node in any more; the new one does', async () => {
    const before = bodyOf<JoinTokens>(await server.rest.get('/v1/swarm/join-tokens').expect(200));
    expect(before.command.worker).toBe(`docker swarm join --token ${before.worker} 192.168.99.11:2377`);
    const after = bodyOf<JoinTokens>(
      await server.rest.post('/v1/swarm/join-tokens/rotate').send({ role: 'worker' }).expect(200),
    );
    expect(after.worker).not.toBe(before.worker);
    expect(after.manager).toBe(before.manager);

    await worker.client.swarmLeave(false);
    const join = (JoinToken: string): Promise<unknown> =>
      worker.client.call('POST', '/swarm/join', {
        timeoutMs: WITHIN_MS,
        body: {
          ListenAddr: '0.0.0.0:2377',
          AdvertiseAddr: '192.168.98.2',
          RemoteAddrs: ['192.168.99.11:2377'],
          JoinToken,
        },
      });
    await expect(join(before.worker)).rejects.toThrow('valid join token');
    await join(after.worker);
    await eventually('two nodes that are ready', () =>
      server.state.nodes.all().filter((node) => node.state === 'ready').length === 2 ? true : undefined,
    );
  });
});
