import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseIfMatch } from '../../src/api/etag.ts';
import type { Page } from '../../src/api/page.ts';
import type { Node } from '../../src/nodes/nodes.types.ts';
import type { Service } from '../../src/services/services.types.ts';
import type { Task } from '../../src/tasks/tasks.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { containing, matching, someText } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const NO_NODE = 'no suitable node (scheduling constraints not satisfied on 3 nodes)';

let surface: Surface;
let swarm: FakeSwarm;
beforeAll(async () => {
  swarm = new FakeSwarm([
    { hostname: 'alpha', labels: { zone: 'a' } },
    { hostname: 'beta', role: 'worker', labels: { zone: 'b' }, engineLabels: { disk: 'ssd' } },
    { hostname: 'gamma', role: 'worker', labels: { zone: 'b', ssd: '' } },
  ]);
  surface = await startSurface({ swarm });
  for (const name of ['net-1', 'net-2']) {
    await surface.rest.post('/v1/networks').send({ name }).expect(201);
  }
  await create({ name: 'web', replicas: 3, networks: [{ network: 'net-1' }] });
  await create({ name: 'api', replicas: 1, networks: [{ network: 'net-1' }, { network: 'net-2' }] });
  await create({ name: 'stuck', placement: { constraints: ['node.labels.none==yes'] } });
  await swarm.settled();
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

async function tasks(query: string): Promise<readonly Task[]> {
  const response = await surface.rest.get(`/v1/tasks?${query}`).expect(200);
  return bodyOf<Page<Task>>(response).items;
}

async function nodes(query: string): Promise<string[]> {
  const response = await surface.rest.get(`/v1/nodes?${query}`).expect(200);
  return bodyOf<Page<Node>>(response).items.map((node) => node.hostname);
}

const namesOf = (found: readonly Task[]): string[] => found.map((task) => task.name);

describe('tasks', () => {
  it('are shown with their names, nodes and addresses', async () => {
    const [first] = await tasks('service=api');
    const response = await surface.rest.get(`/v1/tasks/${first?.id}`).expect(200);
    expect(response.body).toEqual(first);
    expect(parseIfMatch(response.headers['etag'])).toBe(first?.version);
    expect(first).toMatchObject({
      name: 'api.1',
      serviceName: 'api',
      slot: 1,
      state: 'running',
      desiredState: 'running',
      error: null,
      exitCode: null,
      image: 'nginx',
    });
    expect(first?.nodeHostname).toMatch(/^(alpha|beta|gamma)$/);
    expect(first?.containerId).toMatch(/^[0-9a-f]{64}$/);
    expect(first?.addresses).toHaveLength(2);
  });

  it('are found by name and by id prefix', async () => {
    const [task] = await tasks('service=api');
    for (const reference of ['api.1', task?.id.slice(0, 12)]) {
      expect((await surface.rest.get(`/v1/tasks/${reference}`).expect(200)).body).toEqual(task);
    }
  });

  it('are listed by service and slot, and filtered by service, node, network and states', async () => {
    expect(namesOf(await tasks(''))).toEqual(['api.1', 'stuck.1', 'web.1', 'web.2', 'web.3']);
    expect(namesOf(await tasks('service=web'))).toEqual(['web.1', 'web.2', 'web.3']);
    expect(namesOf(await tasks('network=net-2'))).toEqual(['api.1']);
    expect(namesOf(await tasks('state=pending'))).toEqual(['stuck.1']);
    expect(namesOf(await tasks('state=pending&state=running'))).toHaveLength(5);
    expect(await tasks('desiredState=shutdown')).toEqual([]);
    const byNode = await Promise.all(['alpha', 'beta', 'gamma'].map((node) => tasks(`node=${node}`)));
    expect(byNode.flatMap(namesOf).toSorted()).toEqual(['api.1', 'web.1', 'web.2', 'web.3']);
    expect(namesOf(await tasks('service=web&network=net-2'))).toEqual([]);
  });

  it('say why they wait', async () => {
    expect(await tasks('service=stuck')).toMatchObject([
      {
        state: 'pending',
        nodeId: null,
        nodeHostname: null,
        error: NO_NODE,
        message: 'pending task scheduling',
      },
    ]);
  });

  it('show how they ended, and that Swarm has replaced them', async () => {
    await create({ name: 'crashing' });
    await swarm.settled();
    const [task] = await tasks('service=crashing');
    swarm.crashTask(task?.id ?? '', 137);
    await swarm.settled();
    const found = await tasks('service=crashing');
    expect(found).toMatchObject([
      { name: 'crashing.1', state: 'running', exitCode: null },
      {
        id: task?.id,
        name: 'crashing.1',
        state: 'failed',
        desiredState: 'shutdown',
        exitCode: 137,
        error: 'task: non-zero exit (137)',
      },
    ]);
    const byName = await surface.rest.get('/v1/tasks/crashing.1').expect(400);
    expect(byName.body).toMatchObject({ code: 'AMBIGUOUS', detail: containing(task?.id ?? '') });
    await surface.rest.delete('/v1/services/crashing').expect(204);
    await swarm.settled();
  });

  it('of a service can be filtered where they are listed', async () => {
    const response = await surface.rest.get('/v1/services/web/tasks?node=alpha&state=running').expect(200);
    const { items, total } = bodyOf<Page<Task>>(response);
    expect(items.map((task) => task.nodeHostname)).toEqual(items.map(() => 'alpha'));
    expect(total).toBe(items.length);
    expect(total).toBeGreaterThan(0);
    await surface.rest.get('/v1/services/nowhere/tasks').expect(404);
  });
});

describe('nodes', () => {
  it('are shown as Swarm sees them', async () => {
    const response = await surface.rest.get('/v1/nodes/alpha').expect(200);
    const node = bodyOf<Node>(response);
    expect(parseIfMatch(response.headers['etag'])).toBe(node.version);
    expect(node).toMatchObject({
      hostname: 'alpha',
      role: 'manager',
      availability: 'active',
      state: 'ready',
      labels: { zone: 'a' },
      address: '192.0.2.1',
      manager: { leader: true, reachability: 'reachable', address: '192.0.2.1:2377' },
      engineVersion: '20.10.24',
      os: 'linux',
      architecture: 'x86_64',
    });
    expect((await surface.rest.get('/v1/nodes/beta').expect(200)).body).toMatchObject({
      role: 'worker',
      manager: null,
    });
  });

  it('are filtered by name, role, availability, state and label', async () => {
    expect(await nodes('')).toEqual(['alpha', 'beta', 'gamma']);
    expect(await nodes('name=beta')).toEqual(['beta']);
    expect(await nodes('role=worker')).toEqual(['beta', 'gamma']);
    expect(await nodes('label=zone=b&label=ssd')).toEqual(['gamma']);
    expect(await nodes('availability=drain')).toEqual([]);
    expect(await nodes('state=down&state=ready')).toEqual(['alpha', 'beta', 'gamma']);
  });

  it('lose their tasks when they are drained', async () => {
    const gamma = swarm.all('node').find((node) => node.hostname === 'gamma')?.id ?? '';
    swarm.changeNode(gamma, { availability: 'drain' });
    await swarm.settled();
    try {
      expect(await nodes('availability=drain')).toEqual(['gamma']);
      const left = await tasks('node=gamma&desiredState=running');
      expect(left).toEqual([]);
      expect(await tasks('service=web&state=running')).toHaveLength(3);
    } finally {
      swarm.changeNode(gamma, { availability: 'active' });
      await swarm.settled();
    }
  });
});

describe('the swarm', () => {
  it('is shown with the counts of its nodes', async () => {
    const response = await surface.rest.get('/v1/swarm').expect(200);
    const leader = swarm.all('node').find((node) => node.hostname === 'alpha');
    expect(response.body).toEqual({
      id: matching(/^[0-9a-z]{25}$/),
      version: 10,
      createdAt: someText(),
      updatedAt: someText(),
      nodes: 3,
      quorum: { managers: 1, reachable: 1, needed: 1, healthy: true, tolerates: 0 },
      leaderId: leader?.id,
      defaultAddressPools: ['10.0.0.0/8'],
      subnetSize: 24,
      dataPathPort: 4789,
      taskHistoryRetentionLimit: 5,
      autoLockManagers: false,
      certificates: {
        nodeValidity: 7_776_000_000,
        authorityExpiresAt: '2046-01-01T00:00:00.000Z',
        rotating: false,
      },
      advisories: ['alpha', 'beta', 'gamma'].map((hostname) => ({
        id: 'CVE-2026-92542',
        nodeId: swarm.all('node').find((node) => node.hostname === hostname)?.id,
        nodeHostname: hostname,
        engineVersion: '20.10.24',
        summary: someText(),
        fixedIn: '25.0.19',
      })),
      settingsStaleSince: null,
    });
    expect(parseIfMatch(response.headers['etag'])).toBe(10);
  });

  it('is the same in GraphQL', async () => {
    const rest = (await surface.rest.get('/v1/swarm').expect(200)).body as Record<string, unknown>;
    const { swarm: found } = await surface.data<{ swarm: Record<string, unknown> }>(
      `{ swarm {
        id version createdAt updatedAt nodes leaderId defaultAddressPools subnetSize dataPathPort
        taskHistoryRetentionLimit autoLockManagers settingsStaleSince leader { hostname }
        quorum { managers reachable needed healthy tolerates }
        certificates { nodeValidity authorityExpiresAt rotating }
        advisories { id nodeId nodeHostname engineVersion summary fixedIn }
      } }`,
    );
    expect(found).toEqual({ ...rest, leader: { hostname: 'alpha' } });
  });
});

describe('the graph', () => {
  it('leads from a node to its tasks, their services and networks, and back', async () => {
    const { node } = await surface.data<{ node: { tasks: unknown[] } }>(
      `{ node(id: "alpha") {
        hostname role availability state manager { leader reachability }
        tasks(filter: { state: [RUNNING] }) {
          state node { hostname } service { name networks { network { name tasks { name } } } }
        }
      } }`,
    );
    expect(node).toMatchObject({
      hostname: 'alpha',
      role: 'MANAGER',
      availability: 'ACTIVE',
      state: 'READY',
      manager: { leader: true, reachability: 'REACHABLE' },
    });
    expect(node.tasks.length).toBeGreaterThan(0);
    for (const task of node.tasks) {
      expect(task).toMatchObject({
        state: 'RUNNING',
        node: { hostname: 'alpha' },
        service: { name: matching(/^(web|api)$/) },
      });
    }
  });

  it('ends in null where there is nothing', async () => {
    const { tasks: found } = await surface.data<{ tasks: unknown }>(
      `{ tasks(filter: { service: "stuck" }) { totalCount nodes { state error node { hostname } service { name } } } }`,
    );
    expect(found).toEqual({
      totalCount: 1,
      nodes: [{ state: 'PENDING', error: NO_NODE, node: null, service: { name: 'stuck' } }],
    });
  });

  it('shows a task and lists nodes as REST does', async () => {
    const [task] = await tasks('service=api');
    const { task: found } = await surface.data<{ task: unknown }>(
      `query ($id: ID!) { task(id: $id) {
        id name version serviceId serviceName slot nodeId nodeHostname state desiredState message error exitCode
        containerId addresses { networkId address } image createdAt updatedAt
      } }`,
      { id: task?.id },
    );
    expect(found).toEqual({ ...task, state: 'RUNNING', desiredState: 'RUNNING' });
    const { nodes: workers } = await surface.data<{ nodes: unknown }>(
      '{ nodes(filter: { role: WORKER, label: ["ssd"] }) { totalCount nodes { hostname engineLabels } } }',
    );
    expect(workers).toEqual({ totalCount: 1, nodes: [{ hostname: 'gamma', engineLabels: {} }] });
  });
});
