import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPrivateEngine, type PrivateEngine } from '../../scripts/engine/private-engine.ts';
import type { Network } from '../../src/networks/networks.types.ts';
import type { Node } from '../../src/nodes/nodes.types.ts';
import type { Problem } from '../../src/api/error-table.ts';
import { bodyOf } from '../support/surface.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';

// These engines are stopped, started and joined, so they are this file's own and never one that is shared.
let manager: PrivateEngine;
let server: RealServer;

beforeAll(async () => {
  manager = await startPrivateEngine({ swarm: false, allowShared: false });
  server = await startRealServer(realPorts(manager), { ready: false });
});

afterAll(async () => {
  await server?.close();
  await manager?.stop();
});

const ready = (): Promise<true | undefined> =>
  server.state.until(() => (server.state.staleSince === null ? true : undefined), 20_000);

describe('an engine that is in no swarm', () => {
  it('is told from one that is away, with the command that helps, on every surface', async () => {
    await server.state.until(
      () => (server.state.unavailable?.kind === 'not-a-manager' ? true : undefined),
      5_000,
    );
    const answers = await Promise.all([
      server.rest.get('/readyz'),
      server.rest.get('/v1/networks'),
      server.rest.get('/v1/swarm'),
      server.rest.post('/v1/networks').send({ name: 'nowhere' }),
    ]);
    for (const { status, body, headers } of answers) {
      expect({ status, code: (body as { code: string }).code }).toEqual({
        status: 503,
        code: 'NOT_A_MANAGER',
      });
      expect((body as { detail: string }).detail).toContain('docker swarm init');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    const graph = await server.rest.post('/graphql').send({ query: '{ networks { totalCount } }' });
    expect(graph.body).toMatchObject({ errors: [{ extensions: { code: 'NOT_A_MANAGER', status: 503 } }] });
    await server.rest.get('/livez').expect(200);
  });

  it('is used as soon as it is in one, without a restart', async () => {
    await manager.client.swarmInit('192.168.99.11');
    expect(await ready()).toBe(true);
    await server.rest.get('/readyz').expect(200);
    await server.rest
      .post('/v1/networks')
      .send({ name: 'kept', subnets: [{ subnet: '10.88.0.0/24' }] })
      .expect(201);
  });
});

describe('a worker instead of a manager', () => {
  let worker: PrivateEngine;
  let onWorker: RealServer;

  beforeAll(async () => {
    worker = await startPrivateEngine({ hostname: 'node2', joinAsWorkerOf: manager, allowShared: false });
    onWorker = await startRealServer(realPorts(worker), { ready: false });
  });

  afterAll(async () => {
    await onWorker?.close();
    await worker?.stop();
  });

  it('is refused, saying where to run', async () => {
    await onWorker.state.until(
      () => (onWorker.state.unavailable?.kind === 'not-a-manager' ? true : undefined),
      5_000,
    );
    const problem = bodyOf<Problem>(await onWorker.rest.get('/v1/services').expect(503));
    expect(problem.code).toBe('NOT_A_MANAGER');
    expect(problem.detail).toContain('Run Swarmplane on a manager');
  });

  it('is a node like any other for the manager', async () => {
    await server.state.until(
      () => server.state.nodes.named('node2').find((node) => node.state === 'ready'),
      15_000,
    );
    expect(bodyOf<Node>(await server.rest.get('/v1/nodes/node2').expect(200))).toMatchObject({
      role: 'worker',
      state: 'ready',
      manager: null,
      address: '192.168.98.2',
    });
    const leader = (await server.rest.get('/v1/nodes/node1').expect(200)).body as Node;
    expect(leader.manager).toMatchObject({ leader: true, reachability: 'reachable' });
  });
});

describe('an engine that goes away and comes back', () => {
  it('leaves reads to memory, refuses writes before anything is done, and is used again', async () => {
    await manager.kill();
    await server.state.until(() => (server.state.staleSince === null ? undefined : true), 5_000);

    const read = await server.rest.get('/v1/networks/kept').expect(200);
    expect((read.body as Network).subnets).toMatchObject([{ subnet: '10.88.0.0/24' }]);
    const readiness = await server.rest.get('/readyz').expect(200);
    expect(bodyOf<{ staleSince: string }>(readiness).staleSince).toMatch(/^\d{4}-/);
    const write = await server.rest.post('/v1/networks').send({ name: 'lost' }).expect(503);
    expect(write.body).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    expect(write.headers['retry-after']).toBe('2');

    await manager.start();
    expect(await ready()).toBe(true);
    expect(server.state.networks.named('lost')).toEqual([]);
    await server.rest.post('/v1/networks').send({ name: 'afterwards' }).expect(201);
    await server.rest.delete('/v1/networks/kept').expect(204);
    await server.rest.get('/v1/networks/kept').expect(404);
  });
});
