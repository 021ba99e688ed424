import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../../src/api/page.ts';
import type { Service } from '../../src/services/services.types.ts';
import type { Task } from '../../src/tasks/tasks.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { containing, matching } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface({ swarm: new FakeSwarm([{ hostname: 'm' }, { hostname: 'w' }]) });
  for (const [name, subnet] of [
    ['front', '10.60.0.0/24'],
    ['back', '10.61.0.0/24'],
  ]) {
    await surface.rest
      .post('/v1/networks')
      .send({ name, subnets: [{ subnet }] })
      .expect(201);
  }
});
afterAll(() => surface.close());

async function create(input: Record<string, unknown>): Promise<Service> {
  return bodyOf<Service>(
    await surface.rest
      .post('/v1/services')
      .send({ image: 'nginx', ...input })
      .expect(201),
  );
}

async function get(reference: string): Promise<Service> {
  return bodyOf<Service>(await surface.rest.get(`/v1/services/${reference}`).expect(200));
}

async function patch(reference: string, change: Record<string, unknown>): Promise<Service> {
  return bodyOf<Service>(await surface.rest.patch(`/v1/services/${reference}`).send(change).expect(200));
}

async function tasksOf(reference: string, query = ''): Promise<readonly Task[]> {
  const response = await surface.rest.get(`/v1/services/${reference}/tasks${query}`).expect(200);
  return bodyOf<Page<Task>>(response).items;
}

const networkId = (name: string): string =>
  surface.swarm.all('network').find((network) => network.name === name)?.id ?? '';

describe('creating a service', () => {
  it('answers it with its virtual IP, and with every field that can be written', async () => {
    const service = await create({ name: 'my-web', replicas: 3, networks: [{ network: 'front' }] });
    expect(service).toMatchObject({
      name: 'my-web',
      image: 'nginx',
      mode: 'replicated',
      replicas: 3,
      labels: {},
      command: [],
      args: [],
      env: {},
      endpointMode: 'vip',
      networks: [{ networkId: networkId('front'), aliases: [], driverOptions: {} }],
      virtualIps: [{ networkId: networkId('front'), address: '10.60.0.2' }],
      ports: [],
      publishedPorts: [],
      placement: { constraints: [], preferences: [], maxReplicas: null },
      resources: {
        limits: { nanoCpus: null, memoryBytes: null },
        reservations: { nanoCpus: null, memoryBytes: null },
      },
      restartPolicy: null,
      updateConfig: null,
      rollbackConfig: null,
      forceUpdate: 0,
      updateStatus: null,
      previousSpec: null,
      desiredTasks: 3,
    });
    expect(Object.keys(service)).not.toContain('specVersion');
    await surface.swarm.settled();
    expect(await get('my-web')).toMatchObject({ runningTasks: 3, desiredTasks: 3 });
    expect(new Set((await tasksOf('my-web')).map((task) => task.nodeHostname))).toEqual(new Set(['m', 'w']));
  });

  it('takes every field', async () => {
    const input = {
      name: 'full',
      image: 'busybox:1.36',
      labels: { a: 'b' },
      mode: 'replicated',
      replicas: 1,
      command: ['sh', '-c'],
      args: ['sleep 1'],
      env: { GREETING: 'hello=world' },
      dir: '/tmp',
      user: 'nobody',
      hostname: 'box',
      containerLabels: { c: 'd' },
      stopGracePeriod: 1500,
      networks: [
        { network: 'front', aliases: ['web', 'www'], driverOptions: { x: 'y' } },
        { network: networkId('back').slice(0, 12) },
      ],
      endpointMode: 'dnsrr',
      ports: [{ targetPort: 53, publishedPort: 5353, protocol: 'udp', publishMode: 'host' }],
      placement: {
        constraints: ['node.role == manager'],
        preferences: [{ spread: 'node.labels.zone' }],
        maxReplicas: 2,
      },
      resources: {
        limits: { nanoCpus: 5e8, memoryBytes: 5e9 },
        reservations: { nanoCpus: 1e8, memoryBytes: 1e6 },
      },
      restartPolicy: { condition: 'on-failure', delay: 100, maxAttempts: 3, window: 1000 },
      updateConfig: {
        parallelism: 2,
        delay: 10,
        failureAction: 'rollback',
        monitor: 20,
        maxFailureRatio: 0.5,
        order: 'start-first',
      },
      rollbackConfig: { parallelism: 0 },
      forceUpdate: 7,
    };
    const service = await create(input);
    expect(service).toMatchObject({
      ...input,
      networks: [
        { networkId: networkId('front'), aliases: ['web', 'www'], driverOptions: { x: 'y' } },
        { networkId: networkId('back'), aliases: [], driverOptions: {} },
      ],
      rollbackConfig: { parallelism: 0, failureAction: 'pause', order: 'stop-first', maxFailureRatio: 0 },
      virtualIps: [],
      publishedPorts: input.ports,
    });
    await surface.swarm.settled();
    const [task] = await tasksOf('full');
    expect(task).toMatchObject({ state: 'running', nodeHostname: 'm', image: 'busybox:1.36' });
    expect(task?.addresses.map((address) => address.networkId)).toEqual([
      networkId('front'),
      networkId('back'),
    ]);
  });

  it('takes a null in a map as if the key were not there, as a change does', async () => {
    const service = await create({ name: 'nulls', labels: { a: null, b: '1' }, env: { A: null } });
    expect(service).toMatchObject({ labels: { b: '1' }, env: {} });
    expect(service.labels).not.toHaveProperty('a');
    expect(service.env).not.toHaveProperty('A');
  });

  it('runs one task per node in mode global', async () => {
    await create({ name: 'agent', mode: 'global' });
    await surface.swarm.settled();
    const tasks = await tasksOf('agent');
    expect(tasks.map((task) => [task.nodeHostname, task.slot])).toEqual(
      expect.arrayContaining([
        ['m', null],
        ['w', null],
      ]),
    );
    expect(tasks[0]?.name).toBe(`agent.${tasks[0]?.nodeId}`);
    expect(await get('agent')).toMatchObject({ mode: 'global', replicas: null, desiredTasks: 2 });
  });

  it('lets Swarm choose ports that are not said, and shows which', async () => {
    const service = await create({ name: 'ported', ports: [{ targetPort: 80 }, { targetPort: 443 }] });
    expect(service.ports.map((port) => port.publishedPort)).toEqual([null, null]);
    const given = service.publishedPorts.map((port) => port.publishedPort);
    expect(new Set(given).size).toBe(2);
    expect(Math.min(...given.map(Number))).toBeGreaterThanOrEqual(30_000);
  });

  it('refuses a port that another service publishes, and names that one', async () => {
    await create({ name: 'first', ports: [{ targetPort: 80, publishedPort: 8080 }] });
    const second = { name: 'second', image: 'nginx', ports: [{ targetPort: 90, publishedPort: 8080 }] };
    const response = await surface.rest.post('/v1/services').send(second).expect(409);
    expect(response.body).toMatchObject({
      code: 'CONFLICT',
      errors: [{ pointer: '/ports/0/publishedPort', detail: containing('"first"') }],
    });
    expect(surface.swarm.all('service').some((service) => service.name === 'second')).toBe(false);
    // The same number is free for another protocol.
    await create({ name: 'udp', ports: [{ targetPort: 80, publishedPort: 8080, protocol: 'udp' }] });
  });

  it('refuses a name that is taken, and says what to do', async () => {
    await create({ name: 'taken' });
    const response = await surface.rest
      .post('/v1/services')
      .send({ name: 'taken', image: 'nginx' })
      .expect(409);
    expect(response.body).toMatchObject({
      code: 'NAME_TAKEN',
      detail: containing('PATCH /v1/services/taken'),
    });
  });
});

describe('changing a service', () => {
  it('merges maps key by key, replaces lists whole, and unsets by null', async () => {
    await create({
      name: 'patched',
      labels: { keep: '1', change: '1', drop: '1' },
      env: { A: '1', B: '2' },
      args: ['one', 'two'],
      user: 'nobody',
      updateConfig: { parallelism: 4, order: 'start-first' },
    });
    const service = await patch('patched', {
      labels: { change: '2', drop: null, add: '1' },
      env: { B: null },
      args: ['three'],
      user: null,
      updateConfig: { delay: 5 },
    });
    expect(service).toMatchObject({
      labels: { keep: '1', change: '2', add: '1' },
      args: ['three'],
      user: null,
      updateConfig: { parallelism: 4, order: 'start-first', delay: 5 },
    });
    expect(service.labels).not.toHaveProperty('drop');
    expect(service.env).toEqual({ A: '1' });
    expect(service.previousSpec).toMatchObject({ user: 'nobody', args: ['one', 'two'] });
    expect(await patch('patched', { updateConfig: null })).toMatchObject({ updateConfig: null });
  });

  it('takes application/merge-patch+json as well', async () => {
    await create({ name: 'merge-patched' });
    const response = await surface.rest
      .patch('/v1/services/merge-patched')
      .type('application/merge-patch+json')
      .send(JSON.stringify({ image: 'nginx:2' }))
      .expect(200);
    expect(response.body).toMatchObject({ image: 'nginx:2' });
  });

  it('keeps what Swarm said about it, and is read back at once', async () => {
    await create({ name: 'kept', networks: [{ network: 'front' }], ports: [{ targetPort: 80 }] });
    const before = await get('kept');
    const after = await patch('kept', { labels: { x: 'y' } });
    expect(after.virtualIps).toEqual(before.virtualIps);
    expect(after.publishedPorts).toEqual(before.publishedPorts);
    expect(await get('kept')).toEqual(after);
  });

  it('gives out and takes back virtual IPs before it answers', async () => {
    await create({ name: 'moved', networks: [{ network: 'front' }] });
    const both = await patch('moved', { networks: [{ network: 'front' }, { network: 'back' }] });
    expect(both.virtualIps.map((vip) => vip.networkId)).toEqual([networkId('front'), networkId('back')]);
    const none = await patch('moved', { endpointMode: 'dnsrr' });
    expect(none.virtualIps).toEqual([]);
  });

  it('refuses another name or mode', async () => {
    await create({ name: 'fixed' });
    const renamed = await surface.rest.patch('/v1/services/fixed').send({ name: 'other' }).expect(400);
    expect(renamed.body).toMatchObject({ code: 'INVALID', errors: [{ pointer: '/name' }] });
    const remade = await surface.rest
      .patch('/v1/services/fixed')
      .send({ mode: 'global', replicas: null })
      .expect(400);
    expect(remade.body).toMatchObject({ code: 'INVALID', errors: [{ pointer: '/mode' }] });
    await patch('fixed', { name: 'fixed', mode: 'replicated', replicas: 2 });
  });

  it('tries again when Swarm itself wrote in between', async () => {
    await create({ name: 'contended', replicas: 2 });
    const changes = Array.from({ length: 4 }, (_, index) =>
      patch('contended', { env: { [`E${index}`]: '1' } }),
    );
    await Promise.all(changes);
    expect(Object.keys((await get('contended')).env).toSorted()).toEqual(['E0', 'E1', 'E2', 'E3']);
  });
});

describe('the actions on a service', () => {
  it('scale it, up and down', async () => {
    await create({ name: 'scaled', replicas: 1 });
    const up = await surface.rest.post('/v1/services/scaled/scale').send({ replicas: 5 }).expect(200);
    expect(up.body).toMatchObject({ replicas: 5, desiredTasks: 5 });
    await surface.swarm.settled();
    expect(await get('scaled')).toMatchObject({ runningTasks: 5 });
    await surface.rest.post('/v1/services/scaled/scale').send({ replicas: 0 }).expect(200);
    await surface.swarm.settled();
    expect(await get('scaled')).toMatchObject({ runningTasks: 0, desiredTasks: 0 });
    expect(await tasksOf('scaled')).toEqual([]);
  });

  it('restart it: every task is replaced, the spec stays', async () => {
    await create({ name: 'restarted', replicas: 2, updateConfig: { parallelism: 0 } });
    await surface.swarm.settled();
    const before = await tasksOf('restarted');
    const response = await surface.rest
      .post('/v1/services/restarted/restart')
      .set('Content-Type', 'application/json')
      .expect(200);
    expect(response.body).toMatchObject({ forceUpdate: 1, image: 'nginx' });
    await surface.swarm.settled();
    const running = await tasksOf('restarted', '?state=running');
    expect(running).toHaveLength(2);
    expect(running.filter((task) => before.some((old) => old.id === task.id))).toEqual([]);
    expect(await get('restarted')).toMatchObject({ updateStatus: { state: 'completed' } });
  });

  it('roll it back to the spec before', async () => {
    await create({ name: 'rolled', env: { V: '1' } });
    await patch('rolled', { image: 'nginx:2', env: { V: '2' } });
    const response = await surface.rest.post('/v1/services/rolled/rollback').expect(200);
    expect(response.body).toMatchObject({
      image: 'nginx',
      env: { V: '1' },
      previousSpec: { image: 'nginx:2' },
    });
    await surface.swarm.settled();
    expect(await get('rolled')).toMatchObject({ updateStatus: { state: 'rollback_completed' } });
    expect((await tasksOf('rolled', '?state=running')).map((task) => task.image)).toEqual(['nginx']);
  });

  it('refuse a rollback before the first update', async () => {
    await create({ name: 'never-updated' });
    const response = await surface.rest.post('/v1/services/never-updated/rollback').expect(409);
    expect(response.body).toMatchObject({
      code: 'CONFLICT',
      detail: containing('never updated'),
    });
  });

  it('attach a network with aliases, change them, and detach it', async () => {
    await create({ name: 'joined', networks: [{ network: 'front' }] });
    const path = '/v1/services/joined/networks/back';
    const attached = await surface.rest
      .put(path)
      .send({ aliases: ['db'] })
      .expect(200);
    expect(attached.body).toMatchObject({
      networks: [
        { networkId: networkId('front'), aliases: [] },
        { networkId: networkId('back'), aliases: ['db'] },
      ],
      virtualIps: [{ networkId: networkId('front') }, { networkId: networkId('back') }],
    });
    const again = await surface.rest
      .put(path)
      .send({ aliases: ['db', 'sql'] })
      .expect(200);
    expect(bodyOf<Service>(again).networks.map((network) => network.aliases)).toEqual([[], ['db', 'sql']]);
    const bare = await surface.rest.put(path).expect(200);
    expect(bodyOf<Service>(bare).networks.map((network) => network.aliases)).toEqual([[], []]);
    const detached = await surface.rest.delete(path).expect(200);
    expect(detached.body).toMatchObject({
      networks: [{ networkId: networkId('front') }],
      virtualIps: [{ networkId: networkId('front') }],
    });
    const twice = await surface.rest.delete(path).expect(404);
    expect(twice.body).toMatchObject({ code: 'NOT_FOUND', detail: containing('not attached') });
  });

  it('delete it, and its tasks go with it', async () => {
    const { id } = await create({ name: 'deleted', replicas: 2 });
    await surface.swarm.settled();
    await surface.rest.delete('/v1/services/deleted').expect(204);
    await surface.rest.get(`/v1/services/${id}`).expect(404);
    await surface.swarm.settled();
    expect(surface.swarm.all('task').filter((task) => task.serviceId === id)).toEqual([]);
  });
});

describe('finding services', () => {
  it('filters by name, label, mode, network and stack', async () => {
    const names = async (query: string): Promise<string[]> => {
      const response = await surface.rest.get(`/v1/services?${query}`).expect(200);
      return bodyOf<Page<Service>>(response).items.map((service) => service.name);
    };
    await surface.rest.post('/v1/networks').send({ name: 'filtered' }).expect(201);
    const networks = [{ network: 'filtered' }];
    await create({ name: 'f-1', networks, labels: { tier: 'a', 'com.docker.stack.namespace': 'shop' } });
    await create({ name: 'f-2', networks, labels: { tier: 'b' }, mode: 'global' });
    expect(await names('name=f-1')).toEqual(['f-1']);
    expect(await names('label=tier')).toEqual(['f-1', 'f-2']);
    expect(await names('label=tier=b')).toEqual(['f-2']);
    expect(await names('network=filtered')).toEqual(['f-1', 'f-2']);
    expect(await names('network=filtered&mode=global')).toEqual(['f-2']);
    expect(await names('stack=shop')).toEqual(['f-1']);
    const unknown = await surface.rest.get('/v1/services?network=nowhere').expect(404);
    expect(unknown.body).toMatchObject({ code: 'NOT_FOUND', detail: containing('nowhere') });
  });
});

describe('services in GraphQL', () => {
  const FIELDS = `id name version createdAt updatedAt labels mode replicas maxConcurrent totalCompletions image
    command args env dir user hostname containerLabels stopGracePeriod endpointMode
    networks { networkId aliases driverOptions }
    ports { targetPort publishedPort protocol publishMode }
    publishedPorts { targetPort publishedPort protocol publishMode }
    placement { constraints preferences { spread } maxReplicas platforms { os architecture } }
    resources {
      limits { nanoCpus memoryBytes pids }
      reservations { nanoCpus memoryBytes genericResources { kind value } }
    }
    groups hosts dnsConfig { nameservers search options } init tty openStdin readOnly stopSignal
    healthcheck { test interval timeout retries startPeriod startInterval }
    mounts {
      type source target readOnly consistency
      bindOptions { propagation nonRecursive readOnlyNonRecursive readOnlyForceRecursive }
      volumeOptions { noCopy labels driver { name options } subpath }
      tmpfsOptions { sizeBytes mode }
    }
    secrets { secretId secretName target uid gid mode }
    configs { configId configName target uid gid mode }
    sysctls ulimits { name soft hard } capabilityAdd capabilityDrop
    privileges {
      credentialSpec { file registry configId configName }
      seLinuxContext { disable user role type level }
      seccomp { mode profile } appArmor { mode } noNewPrivileges
    }
    isolation oomScoreAdj logDriver { name options }
    restartPolicy { condition delay maxAttempts window }
    updateConfig { parallelism delay failureAction monitor maxFailureRatio order }
    rollbackConfig { parallelism delay failureAction monitor maxFailureRatio order }
    forceUpdate runningTasks desiredTasks virtualIps { networkId address }
    updateStatus { state startedAt completedAt message }`;

  it('have the same fields as in REST, with enums in capitals', async () => {
    await create({
      name: 'same',
      networks: [{ network: 'front', aliases: ['s'] }],
      ports: [{ targetPort: 80 }],
      env: { A: 'b' },
      restartPolicy: { condition: 'on-failure' },
      updateConfig: { order: 'start-first' },
      mounts: [{ type: 'bind', source: '/a', target: '/b', bindOptions: { propagation: 'rslave' } }],
      healthcheck: { test: ['CMD', 'true'], interval: 1000 },
      privileges: { seLinuxContext: { type: 'a' } },
      logDriver: { name: 'local' },
    });
    await patch('same', { image: 'nginx:2' });
    await surface.swarm.settled();
    const { previousSpec: _, ...rest } = await get('same');
    const { service } = await surface.data<{ service: unknown }>(`{ service(id: "same") { ${FIELDS} } }`);
    const port = { ...rest.ports[0], protocol: 'TCP', publishMode: 'INGRESS' };
    expect(service).toEqual({
      ...rest,
      mode: 'REPLICATED',
      endpointMode: 'VIP',
      ports: [port],
      publishedPorts: [{ ...port, publishedPort: rest.publishedPorts[0]?.publishedPort }],
      restartPolicy: { ...rest.restartPolicy, condition: 'ON_FAILURE' },
      updateConfig: { ...rest.updateConfig, failureAction: 'PAUSE', order: 'START_FIRST' },
      updateStatus: { ...rest.updateStatus, state: 'COMPLETED' },
      isolation: 'DEFAULT',
      mounts: [
        {
          ...rest.mounts[0],
          type: 'BIND',
          bindOptions: { ...rest.mounts[0]?.bindOptions, propagation: 'RSLAVE' },
        },
      ],
    });
  });

  it('can be written by one mutation for each write of REST', async () => {
    const run = async <T>(mutation: string): Promise<T> => {
      const data = await surface.data<{ result: T }>(`mutation { result: ${mutation} }`);
      return data.result;
    };
    const created = await run<Service>(
      `createService(input: { name: "written", image: "nginx", endpointMode: VIP, mode: REPLICATED,
        env: { A: "1", B: "2" }, networks: [{ network: "front" }] }) { id virtualIps { address } }`,
    );
    expect(created.virtualIps).toHaveLength(1);
    expect(
      await run('updateService(id: "written", input: { image: "nginx:2", env: { B: null } }) { image env }'),
    ).toEqual({ image: 'nginx:2', env: { A: '1' } });
    expect(await run('scaleService(id: "written", replicas: 4) { replicas desiredTasks }')).toEqual({
      replicas: 4,
      desiredTasks: 4,
    });
    expect(await run('restartService(id: "written") { forceUpdate }')).toEqual({ forceUpdate: 1 });
    expect(await run('rollbackService(id: "written") { forceUpdate previousSpec { forceUpdate } }')).toEqual({
      forceUpdate: 0,
      previousSpec: { forceUpdate: 1 },
    });
    expect(
      await run(
        'attachService(id: "written", network: "back", input: { aliases: ["x"] }) { networks { aliases network { name } } }',
      ),
    ).toEqual({
      networks: [
        { aliases: [], network: { name: 'front' } },
        { aliases: ['x'], network: { name: 'back' } },
      ],
    });
    expect(
      await run('detachService(id: "written", network: "front") { networks { network { name } } }'),
    ).toEqual({ networks: [{ network: { name: 'back' } }] });
    expect(await run('deleteService(id: "written")')).toBe(created.id);
  });

  it('show their tasks, filtered', async () => {
    await create({ name: 'nested', replicas: 2, networks: [{ network: 'front' }] });
    await surface.swarm.settled();
    const { service } = await surface.data<{ service: { running: unknown; onM: unknown[]; none: unknown } }>(
      `{ service(id: "nested") {
        running: tasks(filter: { state: [RUNNING] }) { name service { name } node { hostname } }
        onM: tasks(filter: { node: "m", network: "front" }) { name }
        none: tasks(filter: { desiredState: [SHUTDOWN] }) { name }
      } }`,
    );
    expect(service.running).toEqual([
      { name: 'nested.1', service: { name: 'nested' }, node: { hostname: matching(/^[mw]$/) } },
      { name: 'nested.2', service: { name: 'nested' }, node: { hostname: matching(/^[mw]$/) } },
    ]);
    expect(service.onM).toHaveLength(1);
    expect(service.none).toEqual([]);
  });
});
