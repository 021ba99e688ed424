import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DomainError } from '../../../../src/domain/errors.ts';
import { KINDS } from '../../../../src/domain/object.ts';
import { serviceFromDocker } from '../../../../src/swarm/docker/convert-service.ts';
import { DockerGateway } from '../../../../src/swarm/docker/docker-gateway.ts';
import { at } from '../../../../src/swarm/docker/document.ts';
import { withRegistryAuth } from '../../../../src/swarm/registry-credentials.ts';
import {
  dockerConfig,
  dockerNetwork,
  dockerNode,
  dockerService,
  dockerSwarm,
  dockerTask,
} from '../../../factories/docker.ts';
import { networkSpec, serviceSpec, subnet } from '../../../factories/domain.ts';
import { FakeEngine } from './fake-engine.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const TIMEOUT_MS = 200;

async function start(engine: FakeEngine, timeoutMs = 5_000): Promise<DockerGateway> {
  const options = await engine.start();
  cleanups.push(() => engine.stop());
  return new DockerGateway(options, timeoutMs);
}

async function failureOf(call: Promise<unknown>): Promise<DomainError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DomainError) return error;
  throw new Error(`Not a domain error: ${String(error)}`);
}

const stall = (): void => {};

describe('the API version', () => {
  it.each([
    ['1.41', '1.41'],
    ['1.47', '1.47'],
    ['1.52', '1.52'],
    ['1.53', '1.52'],
    ['1.100', '1.52'],
    ['2.0', '1.52'],
  ])('of an engine that speaks %s is %s', async (offered, spoken) => {
    const engine = new FakeEngine(offered).on('GET /swarm', 200, dockerSwarm());
    const gateway = await start(engine);
    await gateway.swarm();
    await gateway.swarm();
    expect(engine.requests.map(({ path, apiVersion }) => [path, apiVersion])).toEqual([
      ['/version', null],
      ['/swarm', spoken],
      ['/swarm', spoken],
    ]);
  });

  it.each(['1.40', '1.5', '1.9', '0.99', null])(
    'of an engine that speaks %s is refused, saying what to do',
    async (offered) => {
      const engine = new FakeEngine(offered).on('GET /swarm', 200, dockerSwarm());
      const gateway = await start(engine);
      const { kind, message } = await failureOf(gateway.swarm());
      expect(kind).toBe('engine-unreachable');
      expect(message).toMatch(/20\.10.*Update the engine/);
      expect(engine.calls).toEqual([]);
    },
  );

  it('is asked for again after the engine went away', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'engine-'));
    cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
    const socket = join(directory, 'docker.sock');
    const gateway = new DockerGateway({ socketPath: socket }, 5_000);

    expect((await failureOf(gateway.swarm())).kind).toBe('engine-unreachable');

    const old = new FakeEngine('1.41').on('GET /swarm', 200, dockerSwarm());
    await old.start(socket);
    cleanups.push(() => old.stop());
    await gateway.swarm();
    await old.stop();
    expect((await failureOf(gateway.swarm())).kind).toBe('engine-unreachable');

    const updated = new FakeEngine('1.47').on('GET /swarm', 200, dockerSwarm());
    await updated.start(socket);
    cleanups.push(() => updated.stop());
    await gateway.swarm();
    expect([old, updated].map((engine) => engine.calls[0]?.apiVersion)).toEqual(['1.41', '1.47']);
  });
});

describe('the deadline', () => {
  const reads: [string, (gateway: DockerGateway) => Promise<unknown>, string][] = [
    ['swarm', (gateway) => gateway.swarm(), 'GET /swarm'],
    ['list of nodes', (gateway) => gateway.list('node'), 'GET /nodes'],
    ['list of networks', (gateway) => gateway.list('network'), 'GET /networks'],
    ['list of services', (gateway) => gateway.list('service'), 'GET /services'],
    ['list of tasks', (gateway) => gateway.list('task'), 'GET /tasks'],
    ['list of configs', (gateway) => gateway.list('config'), 'GET /configs'],
    [
      'read before an update',
      (gateway) => gateway.updateService('s1', ({ spec }) => spec),
      'GET /services/s1',
    ],
    ['read before a rollback', (gateway) => gateway.rollbackService('s1', () => true), 'GET /services/s1'],
  ];
  const writes: [string, (gateway: DockerGateway) => Promise<unknown>, string][] = [
    ['createNetwork', (gateway) => gateway.createNetwork(networkSpec()), 'POST /networks/create'],
    ['removeNetwork', (gateway) => gateway.removeNetwork('n1'), 'DELETE /networks/n1'],
    ['createService', (gateway) => gateway.createService(serviceSpec()), 'POST /services/create'],
    [
      'updateService',
      (gateway) => gateway.updateService('s1', ({ spec }) => ({ ...spec, replicas: 9 })),
      'POST /services/s1/update',
    ],
    ['rollbackService', (gateway) => gateway.rollbackService('s1', () => true), 'POST /services/s1/update'],
    ['removeService', (gateway) => gateway.removeService('s1'), 'DELETE /services/s1'],
    ['createConfig', (gateway) => gateway.createConfig('swarmplane.a.b', {}), 'POST /configs/create'],
    ['updateConfig', (gateway) => gateway.updateConfig('c1', 1, {}), 'POST /configs/c1/update'],
    ['removeConfig', (gateway) => gateway.removeConfig('c1'), 'DELETE /configs/c1'],
  ];
  const prepared = (): FakeEngine =>
    new FakeEngine()
      .on('GET /services', 200, [])
      .on('GET /services/s1', 200, dockerService())
      .on('GET /configs/c1', 200, dockerConfig());

  it.each(reads)('ends a %s that is never answered', async (_, call, path) => {
    const gateway = await start(prepared().on(path, stall), TIMEOUT_MS);
    expect((await failureOf(call(gateway))).kind).toBe('timeout');
  });

  it.each(writes)('leaves it open whether a %s that is never answered was done', async (_, call, path) => {
    const gateway = await start(prepared().on(path, stall), TIMEOUT_MS);
    const { kind, message } = await failureOf(call(gateway));
    expect(kind).toBe('unknown-outcome');
    expect(message).toContain('Look the object up');
  });

  it.each([
    ['timeout', (gateway: DockerGateway) => gateway.swarm(), 'GET /swarm'],
    ['unknown-outcome', (gateway: DockerGateway) => gateway.removeNetwork('n1'), 'DELETE /networks/n1'],
  ])('ends a call whose answer stops in the middle, as %s', async (kind, call, path) => {
    const engine = new FakeEngine().on(path, (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{"ID":');
    });
    const gateway = await start(engine, TIMEOUT_MS);
    expect((await failureOf(call(gateway))).kind).toBe(kind);
  });

  it('is its own for a ping', async () => {
    const patient = 60_000;
    const silent = await start(new FakeEngine().on('GET /version', stall), patient);
    expect((await failureOf(silent.ping(TIMEOUT_MS))).kind).toBe('timeout');
    const alive = await start(new FakeEngine(), patient);
    await expect(alive.ping(patient)).resolves.toBeUndefined();
  });

  it('knows that nothing was done when the engine did not even say its version', async () => {
    const engine = new FakeEngine().on('GET /version', stall);
    const gateway = await start(engine, TIMEOUT_MS);
    expect((await failureOf(gateway.createNetwork(networkSpec()))).kind).toBe('timeout');
    expect(engine.calls).toEqual([]);
  });
});

describe('an engine that breaks off', () => {
  const breakOff = (engine: FakeEngine, path: string, begin: boolean): FakeEngine =>
    engine.on(path, (_, response) => {
      if (!begin) return void response.destroy();
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
      response.write('{"ID":', () => response.destroy());
    });

  it.each([
    ['before its answer', false, 'engine-unreachable'],
    // Only the deadline tells: docker-modem keeps it to itself.
    ['in its answer', true, 'timeout'],
  ])('%s fails a read, and leaves the outcome of a write open', async (_, begin, kind) => {
    const engine = new FakeEngine();
    breakOff(engine, 'GET /swarm', begin);
    breakOff(engine, 'DELETE /networks/n1', begin);
    const gateway = await start(engine, TIMEOUT_MS);
    expect((await failureOf(gateway.swarm())).kind).toBe(kind);
    expect((await failureOf(gateway.removeNetwork('n1'))).kind).toBe('unknown-outcome');
  });

  it('is no engine at all when it speaks no HTTP', async () => {
    const server = createServer((socket) => {
      cleanups.push(() => void socket.destroy());
      socket.end('SSH-2.0-OpenSSH_9.9\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const gateway = new DockerGateway({ protocol: 'http', host: '127.0.0.1', port }, 2_000);
    expect((await failureOf(gateway.removeNetwork('n1'))).kind).toBe('engine-unreachable');
  });

  it('is no engine either when it answers something else than JSON', async () => {
    const engine = new FakeEngine().on('GET /nodes', (_, response) => response.end('<h1>Welcome</h1>'));
    const gateway = await start(engine);
    expect((await failureOf(gateway.list('node'))).kind).toBe('engine-unreachable');
  });
});

describe('reading', () => {
  const engine = (): FakeEngine =>
    new FakeEngine()
      .on('GET /swarm', 200, dockerSwarm())
      .on('GET /nodes', 200, [dockerNode()])
      .on('GET /networks', 200, [
        dockerNetwork(),
        dockerNetwork({ Id: 'own', Name: 'host', Labels: { 'com.docker.swarm.predefined': 'true' } }),
      ])
      .on('GET /services', 200, [dockerService()])
      .on('GET /tasks', 200, [dockerTask(), dockerTask({ ID: 'orphan', ServiceID: 'gone' })])
      .on('GET /configs', 200, [
        dockerConfig(),
        dockerConfig({ ID: 'foreign', Spec: { Name: 'nginx.conf', Labels: {} } }),
      ]);

  it('answers the settings of the swarm without its secrets', async () => {
    const gateway = await start(engine());
    expect(JSON.stringify(await gateway.swarm())).not.toContain('SWMTKN');
  });

  it('lists nodes and services', async () => {
    const gateway = await start(engine());
    expect(await gateway.list('node')).toMatchObject([{ hostname: 'alpha', version: 9 }]);
    expect(await gateway.list('service')).toEqual([serviceFromDocker(dockerService())]);
  });

  it("lists the networks of the swarm, without swarmkit's own", async () => {
    const fake = engine();
    const gateway = await start(fake);
    expect((await gateway.list('network')).map(({ name }) => name)).toEqual(['front']);
    expect(fake.calls).toMatchObject([{ path: '/networks', query: { filters: '{"scope":["swarm"]}' } }]);
  });

  it('lists tasks with the names of their services', async () => {
    const gateway = await start(engine());
    expect((await gateway.list('task')).map(({ id, serviceName }) => [id, serviceName])).toEqual([
      ['0kzzo1i0y4jz6027t0k7aezc7', 'web'],
      ['orphan', null],
    ]);
  });

  it('lists our own configs only', async () => {
    const gateway = await start(engine());
    expect((await gateway.list('config')).map(({ name }) => name)).toEqual(['swarmplane.token.a1']);
  });

  it.each(KINDS)('takes null, which is how Go may write an empty list, for no object: %s', async (kind) => {
    const fake = new FakeEngine();
    for (const each of ['node', 'network', 'service', 'task', 'config']) fake.on(`GET /${each}s`, 200, null);
    fake.on('GET /swarm', 200, dockerSwarm());
    const gateway = await start(fake);
    expect(await gateway.list(kind)).toEqual([]);
  });
});

describe('the addresses of networks', () => {
  /** As the documentation of API 1.52 has it, with an overlay network of Swarm's. */
  const counted = dockerNetwork({
    Status: {
      IPAM: {
        Subnets: {
          '10.0.9.0/24': { IPsInUse: 6, DynamicIPsAvailable: 123 },
          // 2^64 - 1, as far as a number of JavaScript can say it.
          'fd00:9::/64': { IPsInUse: 3, DynamicIPsAvailable: 2 ** 64 },
        },
      },
    },
  });

  it('are counted by an engine of API 1.52', async () => {
    const engine = new FakeEngine('1.52').on('GET /networks/n1', 200, counted);
    expect(await (await start(engine)).networkCounts('n1')).toEqual([
      { subnet: '10.0.9.0/24', inUse: 6, available: 123 },
      { subnet: 'fd00:9::/64', inUse: 3, available: 2 ** 64 },
    ]);
  });

  it.each([
    ['says nothing of it', dockerNetwork()],
    ['says nothing', dockerNetwork({ Status: { IPAM: null } })],
  ])('are not known of one that %s', async (_, network) => {
    const engine = new FakeEngine('1.52').on('GET /networks/n1', 200, network);
    expect(await (await start(engine)).networkCounts('n1')).toBeNull();
  });

  it('are not asked of an older one', async () => {
    const engine = new FakeEngine('1.51').on('GET /networks/n1', 200, counted);
    expect(await (await start(engine)).networkCounts('n1')).toBeNull();
    expect(engine.calls).toEqual([]);
  });

  it('that the machine itself has are listed', async () => {
    const engine = new FakeEngine().on('GET /networks', 200, [
      { Id: 'b1', Name: 'bridge', Scope: 'local', IPAM: { Config: [{ Subnet: '172.17.0.0/16' }] } },
      { Id: 'h1', Name: 'host', Scope: 'local', IPAM: { Config: null } },
      { Id: 'x1', Name: 'x', Scope: 'local', IPAM: { Config: [{ Subnet: '' }, { Subnet: 'fd00::/64' }] } },
    ]);
    expect(await (await start(engine)).localNetworks()).toEqual([
      { id: 'b1', name: 'bridge', subnets: ['172.17.0.0/16'] },
      { id: 'h1', name: 'host', subnets: [] },
      { id: 'x1', name: 'x', subnets: ['fd00::/64'] },
    ]);
    expect(engine.calls[0]?.query).toEqual({ filters: '{"scope":["local"]}' });
  });
});

describe('writing networks', () => {
  it('creates a network from the whole spec', async () => {
    const engine = new FakeEngine().on('POST /networks/create', 201, { Id: 'n1', Warning: '' });
    const gateway = await start(engine);
    const id = await gateway.createNetwork(networkSpec({ subnets: [subnet('10.0.9.0/24')] }));
    expect(id).toBe('n1');
    expect(engine.calls).toMatchObject([
      {
        method: 'POST',
        query: {},
        body: { Name: 'front', Driver: 'overlay', IPAM: { Config: [{ Subnet: '10.0.9.0/24' }] } },
      },
    ]);
  });

  it('removes a network', async () => {
    const engine = new FakeEngine().on('DELETE /networks/n1', 204);
    const gateway = await start(engine);
    await gateway.removeNetwork('n1');
    expect(engine.calls).toMatchObject([{ method: 'DELETE', query: {}, body: undefined }]);
  });
});

describe('writing nodes', () => {
  const spec = { Role: 'worker', Availability: 'active', Labels: { a: '1' }, Name: 'kept' };
  const node = { ID: 'n1', Version: { Index: 7 }, Spec: spec };

  it('sends the changed spec at the version that was read, and keeps what it does not know', async () => {
    const engine = new FakeEngine().on('GET /nodes/n1', 200, node).on('POST /nodes/n1/update', 200);
    const gateway = await start(engine);
    const replaced = await gateway.updateNode('n1', (current) => {
      expect(current).toEqual({
        version: 7,
        spec: { role: 'worker', availability: 'active', labels: { a: '1' } },
      });
      return { role: 'manager', availability: 'drain', labels: { b: '2' } };
    });
    expect(replaced).toBe(7);
    expect(engine.calls.at(-1)).toMatchObject({
      method: 'POST',
      query: { version: '7' },
      body: { Role: 'manager', Availability: 'drain', Labels: { b: '2' }, Name: 'kept' },
    });
  });

  it('sends nothing when the edit gives up', async () => {
    const engine = new FakeEngine().on('GET /nodes/n1', 200, node);
    const gateway = await start(engine);
    const stale = new DomainError('stale', 'Too old.');
    await expect(gateway.updateNode('n1', () => Promise.reject(stale))).rejects.toBe(stale);
    expect(engine.calls).toHaveLength(1);
  });
});

describe('join tokens', () => {
  it('are read from the swarm', async () => {
    const gateway = await start(new FakeEngine().on('GET /swarm', 200, dockerSwarm()));
    expect(await gateway.joinTokens()).toEqual({
      worker: 'SWMTKN-1-worker-secret',
      manager: 'SWMTKN-1-manager-secret',
    });
  });

  it.each([
    ['worker', { rotateWorkerToken: 'true' }],
    ['manager', { rotateManagerToken: 'true' }],
  ] as const)('of a %s are rotated without changing anything else', async (role, rotate) => {
    const engine = new FakeEngine().on('GET /swarm', 200, dockerSwarm()).on('POST /swarm/update', 200);
    const gateway = await start(engine);
    await gateway.rotateJoinToken(role);
    expect(engine.calls.at(-1)).toMatchObject({
      query: { version: '373531', ...rotate },
      body: dockerSwarm()['Spec'],
    });
    expect(Object.keys(engine.calls.at(-1)?.query ?? {})).toHaveLength(2);
  });
});

describe('writing services', () => {
  it('creates a service', async () => {
    const engine = new FakeEngine().on('POST /services/create', 201, { ID: 's1' });
    const gateway = await start(engine);
    expect(await gateway.createService(serviceSpec())).toBe('s1');
    expect(engine.bodyOf('POST /services/create')).toMatchObject({ Name: 'web' });
  });

  it('updates a service by sending all of its spec back, with the version it was read at', async () => {
    const document = dockerService();
    const engine = new FakeEngine()
      .on('GET /services/s1', 200, document)
      .on('POST /services/s1/update', 200, { Warnings: null });
    const gateway = await start(engine);
    const replaced = await gateway.updateService('s1', async ({ version, spec }) => {
      expect(version).toBe(19);
      expect(spec).toMatchObject({ name: 'web', replicas: 3 });
      return Promise.resolve({ ...spec, replicas: 4 });
    });
    expect(replaced).toBe(19);
    expect(engine.calls.map(({ method, query }) => [method, query])).toEqual([
      ['GET', {}],
      ['POST', { version: '19' }],
    ]);
    const expected = structuredClone(document['Spec']) as { Mode: object };
    expected.Mode = { Replicated: { Replicas: 4, Spare: 1 } };
    expect(engine.bodyOf('POST /services/s1/update')).toEqual(expected);
  });

  it('writes nothing when the edit gives up', async () => {
    const engine = new FakeEngine().on('GET /services/s1', 200, dockerService());
    const gateway = await start(engine);
    const refusal = new DomainError('stale', 'Read it again.');
    const update = gateway.updateService('s1', () => {
      throw refusal;
    });
    expect(await failureOf(update)).toBe(refusal);
    expect(engine.calls.map(({ method }) => method)).toEqual(['GET']);
  });

  it('asks once and leaves a conflict to its caller', async () => {
    const engine = new FakeEngine()
      .on('GET /services/s1', 200, dockerService())
      .on('POST /services/s1/update', 500, {
        message: 'rpc error: code = Unknown desc = update out of sequence',
      });
    const gateway = await start(engine);
    expect((await failureOf(gateway.updateService('s1', ({ spec }) => spec))).kind).toBe('conflict');
    expect(engine.calls).toHaveLength(2);
  });

  it('rolls a service back to what the engine remembers', async () => {
    const document = dockerService();
    const engine = new FakeEngine()
      .on('GET /services/s1', 200, document)
      .on('POST /services/s1/update', 200, {});
    const gateway = await start(engine);
    const seen: number[] = [];
    const check = ({ version }: { version: number }): boolean => seen.push(version) > 0;
    expect(await gateway.rollbackService('s1', check)).toBe(19);
    expect(seen).toEqual([19]);
    expect(engine.calls.at(-1)?.query).toEqual({ version: '19', rollback: 'previous' });
    expect(engine.bodyOf('POST /services/s1/update')).toEqual(at(document, 'Spec'));
  });

  it('does not roll back when the check refuses', async () => {
    const engine = new FakeEngine().on('GET /services/s1', 200, dockerService());
    const gateway = await start(engine);
    const refusal = new DomainError('stale', 'Read it again.');
    expect(await failureOf(gateway.rollbackService('s1', () => Promise.reject(refusal)))).toBe(refusal);
    expect(engine.calls).toHaveLength(1);
  });

  it('removes a service', async () => {
    const engine = new FakeEngine().on('DELETE /services/s1', 200);
    await (await start(engine)).removeService('s1');
    expect(engine.calls).toHaveLength(1);
  });
});

describe('writing configs', () => {
  it('keeps the content in the labels', async () => {
    const engine = new FakeEngine().on('POST /configs/create', 201, { ID: 'c1' });
    const gateway = await start(engine);
    expect(await gateway.createConfig('swarmplane.token.a1', { 'swarmplane.document': '{}' })).toBe('c1');
    const body = engine.bodyOf('POST /configs/create');
    expect(body).toMatchObject({ Name: 'swarmplane.token.a1', Labels: { 'swarmplane.document': '{}' } });
    expect(Buffer.from(String(body['Data']), 'base64').length).toBeGreaterThan(0);
  });

  it('changes nothing but labels, and only of the version that is expected', async () => {
    const document = dockerConfig();
    const engine = new FakeEngine().on('GET /configs/c1', 200, document).on('POST /configs/c1/update', 200);
    const gateway = await start(engine);
    await gateway.updateConfig('c1', 7, { b: '2' });
    expect(engine.calls.at(-1)?.query).toEqual({ version: '7' });
    expect(engine.bodyOf('POST /configs/c1/update')).toEqual({
      ...(document['Spec'] as object),
      Labels: { b: '2' },
    });
  });

  it('removes a config', async () => {
    const engine = new FakeEngine().on('DELETE /configs/c1', 204);
    await (await start(engine)).removeConfig('c1');
    expect(engine.calls).toHaveLength(1);
  });
});

describe('what the engine refuses', () => {
  it.each([
    [404, 'network n1 not found', 'not-found'],
    [409, 'network with name front already exists', 'name-taken'],
    [403, 'network front has active endpoints', 'in-use'],
    [500, 'rpc error: code = Unknown desc = The swarm does not have a leader.', 'no-leader'],
    [503, 'This node is not a swarm manager.', 'not-a-manager'],
    [500, 'something broke', 'internal'],
  ])('with %i "%s" fails as %s', async (status, message, kind) => {
    const engine = new FakeEngine().on('DELETE /networks/n1', status, { message });
    const gateway = await start(engine);
    expect((await failureOf(gateway.removeNetwork('n1'))).kind).toBe(kind);
  });

  it.each([
    [409, 'conflict'],
    [502, 'internal'],
  ])('without JSON and with %i fails as %s', async (status, kind) => {
    const engine = new FakeEngine().on('DELETE /networks/n1', (_, response) => {
      response.writeHead(status, { 'Content-Type': 'text/html' });
      response.end('<h1>Nope</h1>');
    });
    const gateway = await start(engine);
    expect((await failureOf(gateway.removeNetwork('n1'))).kind).toBe(kind);
  });
});

describe('secrets and configs', () => {
  const secret = { ...dockerConfig(), Spec: { Name: 'key', Labels: { a: '1' }, Data: 'VE9QIFNFQ1JFVA==' } };

  it('are listed; of a secret nothing is read that might be in it, and of configs ours are left out', async () => {
    const other = { ...dockerConfig(), Spec: { Name: 'app', Data: 'YQ==', Templating: { Name: 'golang' } } };
    const engine = new FakeEngine()
      .on('GET /secrets', 200, [secret])
      .on('GET /configs', 200, [dockerConfig(), other]);
    const gateway = await start(engine);
    const [listed] = await gateway.listSecrets();
    expect(listed).toMatchObject({ name: 'key', labels: { a: '1' }, version: 11, templating: null });
    expect(JSON.stringify(listed)).not.toContain('VE9Q');
    expect(await gateway.listStoredConfigs()).toMatchObject([
      { name: 'app', data: 'YQ==', templating: 'golang' },
    ]);
  });

  it('are made as Docker wants them, and removed by their id', async () => {
    const engine = new FakeEngine()
      .on('POST /secrets/create', 201, { ID: 's1' })
      .on('POST /configs/create', 201, { ID: 'c1' })
      .on('DELETE /secrets/s1', 204);
    const gateway = await start(engine);
    const spec = { name: 'key', labels: { a: '1' }, data: 'YQ==', templating: null };
    expect(await gateway.createStoredFile('secret', spec)).toBe('s1');
    expect(engine.bodyOf('POST /secrets/create')).toEqual({ Name: 'key', Labels: { a: '1' }, Data: 'YQ==' });
    expect(await gateway.createStoredFile('config', { ...spec, templating: 'golang' })).toBe('c1');
    expect(engine.bodyOf('POST /configs/create')).toMatchObject({ Templating: { Name: 'golang' } });
    await gateway.removeStoredFile('secret', 's1');
    expect(engine.calls.at(-1)).toMatchObject({ method: 'DELETE', path: '/secrets/s1' });
  });

  it('that are in use are said to be, by the engine, too', async () => {
    const message =
      "rpc error: code = InvalidArgument desc = secret 'key' is in use by the following service: web";
    const engine = new FakeEngine().on('DELETE /secrets/s1', 400, { message });
    const gateway = await start(engine);
    expect((await failureOf(gateway.removeStoredFile('secret', 's1'))).kind).toBe('in-use');
  });
});

describe('credentials for a registry', () => {
  const credentials = Buffer.from('{"username":"me"}').toString('base64url');
  const during = <T>(call: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => withRegistryAuth(credentials, () => void call().then(resolve, reject)));

  it('go with the writes of services and with questions to the registry, while their request lasts', async () => {
    const engine = new FakeEngine()
      .on('POST /services/create', 201, { ID: 's1' })
      .on('GET /services/s1', 200, dockerService())
      .on('POST /services/s1/update', 200, {})
      .on('GET /distribution/registry.example/app:1/json', 200, {
        Descriptor: { digest: 'sha256:00' },
        Platforms: [
          { architecture: 'amd64', os: 'linux' },
          { architecture: 'arm', os: 'linux', variant: 'v7' },
        ],
      });
    const gateway = await start(engine);
    await during(() => gateway.createService(serviceSpec()));
    await during(() => gateway.updateService('s1', ({ spec }) => ({ ...spec, replicas: 9 })));
    expect(await during(() => gateway.imageInRegistry('registry.example/app:1'))).toEqual({
      digest: 'sha256:00',
      platforms: [
        { architecture: 'amd64', os: 'linux' },
        { architecture: null, os: 'linux' },
      ],
    });
    await gateway.createService(serviceSpec());
    const sent = engine.calls.map(({ method, headers }) => [method, headers['x-registry-auth']]);
    expect(sent).toEqual([
      ['POST', credentials],
      ['GET', undefined],
      ['POST', credentials],
      ['GET', credentials],
      ['POST', undefined],
    ]);
    expect(engine.calls.every(({ query }) => !JSON.stringify(query).includes(credentials))).toBe(true);
  });
});
