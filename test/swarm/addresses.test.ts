import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureLocalImages } from '../../scripts/engine/local-images.ts';
import { startPrivateEngine, type PrivateEngine } from '../../scripts/engine/private-engine.ts';
import { holdsAddresses } from '../../src/domain/address-usage.ts';
import type { NetworkAddresses } from '../../src/ipam/addresses.types.ts';
import type { Subnets } from '../../src/ipam/subnets.types.ts';
import type { Network } from '../../src/networks/networks.types.ts';
import type { Service } from '../../src/services/services.types.ts';
import { containing, matching } from '../support/matching.ts';
import { engineApi } from '../support/engine-api.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';

// Two nodes, because each has an address of its own on the networks of its tasks.
let manager: PrivateEngine;
let worker: PrivateEngine;
let server: RealServer;
const MANAGER_ADDRESS = '192.168.99.11';

beforeAll(async () => {
  manager = await startPrivateEngine({ hostname: 'alpha', allowShared: false });
  worker = await startPrivateEngine({ hostname: 'beta', joinAsWorkerOf: manager, allowShared: false });
  for (const { client } of [manager, worker]) await ensureLocalImages(client, { pull: false });
  server = await startRealServer(realPorts(manager));
}, 120_000);

afterAll(async () => {
  await server?.close();
  await worker?.stop();
  await manager?.stop();
});

interface Inspected {
  Containers: Record<string, { Name: string; IPv4Address: string }> | null;
  Services?: Record<string, { VIP: string }>;
}

const plain = (address: string): string => address.replace(/\/.*/, '');
const withNames = { image: 'busybox', command: ['sleep', '3600'], stopGracePeriod: 100 };

async function network(name: string, subnet: string): Promise<Network> {
  const input = { name, attachable: true, subnets: [{ subnet }] };
  return (await server.rest.post('/v1/networks').send(input).expect(201)).body as Network;
}

async function service(name: string, input: Record<string, unknown>): Promise<Service> {
  const made = await server.rest.post('/v1/services').send({ name, ...withNames, ...input });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body as Service;
}

async function addresses(name: string): Promise<NetworkAddresses> {
  return (await server.rest.get(`/v1/networks/${name}/addresses`).expect(200)).body as NetworkAddresses;
}

/** Waits until so many tasks of a service run, of its spec of now. */
async function running(name: string, count: number): Promise<void> {
  const done = await server.state.until(() => {
    const [found] = server.state.services.named(name);
    const tasks = server.state.tasks.by('service', found?.id ?? '');
    const isSettled = found?.updateStatus === null || found?.updateStatus.state !== 'updating';
    const live = tasks.filter((task) => task.state === 'running' && task.desiredState === 'running');
    return isSettled && live.length === count ? true : undefined;
  }, 50_000);
  expect(done, `${count} tasks of ${name} run`).toBe(true);
}

/** What the engines of both nodes say of a network: addresses of containers, of load balancers and of services. */
async function seenByEngines(id: string): Promise<string[]> {
  const seen = new Set<string>();
  for (const engine of [manager, worker]) {
    const inspected = (await engineApi(engine.dockerHost)
      .get(`/networks/${id}?verbose=true`)
      .catch(() => ({}))) as Partial<Inspected>;
    for (const { IPv4Address } of Object.values(inspected.Containers ?? {})) seen.add(plain(IPv4Address));
    // A service without one has Go's word for it.
    for (const { VIP } of Object.values(inspected.Services ?? {})) if (VIP.includes('.')) seen.add(VIP);
  }
  return [...seen].sort();
}

const given = ({ addresses: all }: NetworkAddresses): string[] =>
  all
    .filter(({ use }) => use !== 'gateway' && use !== 'reserved')
    .map(({ address }) => address)
    .sort();

/** Compares until both agree, because engines tell each other what they have, and the state is told a moment later. */
async function expectAgreement(name: string, id: string): Promise<NetworkAddresses> {
  for (const deadline = Date.now() + 20_000; ;) {
    const [told, seen] = [await addresses(name), await seenByEngines(id)];
    if (JSON.stringify(given(told)) === JSON.stringify(seen)) return told;
    if (Date.now() > deadline) expect(given(told)).toEqual(seen);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function joinByHand(engine: PrivateEngine, name: string): Promise<string> {
  const api = engineApi(engine.dockerHost);
  const { Id } = (await api.send('POST', '/containers/create', {
    Image: 'busybox',
    Cmd: ['sleep', '3600'],
    HostConfig: { NetworkMode: name },
  })) as { Id: string };
  await api.send('POST', `/containers/${Id}/start`);
  return Id;
}

/** The addresses that a container has on its interfaces. */
async function insideOf(engine: PrivateEngine, containerId: string): Promise<string> {
  const { State } = (await engineApi(engine.dockerHost).get(`/containers/${containerId}/json`)) as {
    State: { Pid: number };
  };
  return (await engine.exec(['nsenter', '-t', String(State.Pid), '-n', 'ip', '-o', '-4', 'addr'])).stdout;
}

describe('the addresses of a network', () => {
  it('are those that the engines of two nodes and the containers themselves have', async () => {
    const { id } = await network('full-house', '10.90.0.0/24');
    const on = { networks: [{ network: 'full-house' }] };
    await service('web', { ...on, replicas: 3 });
    await service('dns', { ...on, endpointMode: 'dnsrr' });
    await service('everywhere', { ...on, mode: 'global' });
    const byHand = [await joinByHand(manager, 'full-house'), await joinByHand(worker, 'full-house')];
    await running('web', 3);
    await running('dns', 1);
    await running('everywhere', 2);
    const told = await expectAgreement('full-house', id);
    expect(told).toMatchObject({ complete: true, note: null });
    const count = (use: string): number => told.addresses.filter((one) => one.use === use).length;
    expect(['virtual-ip', 'task', 'load-balancer', 'container', 'gateway', 'reserved'].map(count)).toEqual([
      2, 6, 2, 2, 1, 2,
    ]);
    expect(told.subnets).toEqual([
      {
        subnet: '10.90.0.0/24',
        total: 256,
        reserved: 3,
        used: 12,
        free: 241,
        freeAtMost: 241,
        warning: null,
      },
    ]);
    const containers = told.addresses.filter(({ containerId }) => containerId !== null);
    expect(containers.map(({ containerId }) => containerId)).toEqual(expect.arrayContaining(byHand));
    for (const { address, containerId, nodeHostname } of containers) {
      const engine = nodeHostname === 'alpha' ? manager : worker;
      expect(await insideOf(engine, containerId ?? ''), `${address} on ${nodeHostname}`).toContain(
        ` ${address}/24 `,
      );
    }
    for (const { address, nodeHostname } of told.addresses.filter(({ use }) => use === 'load-balancer')) {
      const engine = engineApi((nodeHostname === 'alpha' ? manager : worker).dockerHost);
      const { Containers } = (await engine.get(`/networks/${id}`)) as Inspected;
      expect(Containers?.['lb-full-house']).toMatchObject({ IPv4Address: `${address}/24` });
    }
    // Containers that joined by hand are told of without the stream of swarmkit, too.
    const listed = await realPorts(manager).gateway.list('task');
    expect(
      listed.filter(({ serviceId }) => serviceId === null).map(({ containerId }) => containerId),
    ).toEqual(expect.arrayContaining(byHand));
  });

  it('keep it from being deleted, each named; detached from all services it goes', async () => {
    const refused = await server.rest.delete('/v1/networks/full-house').expect(409);
    const { usedBy } = refused.body as { usedBy: { kind: string; name: string }[] };
    expect(Map.groupBy(usedBy, ({ kind }) => kind).get('service')?.length).toBe(3);
    expect(Map.groupBy(usedBy, ({ kind }) => kind).get('task')?.length).toBe(6);
    const byHand = Map.groupBy(usedBy, ({ kind }) => kind).get('container') as unknown as { id: string }[];
    expect(byHand.length).toBe(2);
    const blocked = await server.rest.delete('/v1/networks/full-house?detach=true').expect(409);
    expect(blocked.body).toMatchObject({ code: 'IN_USE', detail: containing('docker network disconnect') });
    for (const engine of [manager, worker]) {
      const api = engineApi(engine.dockerHost);
      for (const { Id } of (await api.get('/containers/json')) as { Id: string }[]) {
        if (byHand.some(({ id }) => id === Id)) await api.send('DELETE', `/containers/${Id}?force=true`);
      }
    }
    const [{ id }] = server.state.networks.named('full-house') as unknown as [{ id: string }];
    const joined = (): boolean =>
      server.state.tasks
        .by('network', id)
        .some((task) => task.serviceId === null && task.state === 'running');
    await server.state.until(() => (joined() ? undefined : true), 30_000);
    // Replacing the tasks may take longer than one request: the same one goes on.
    let status = 409;
    for (let tries = 0; status === 409 && tries < 4; tries++) {
      ({ status } = await server.rest.delete('/v1/networks/full-house?detach=true'));
    }
    expect(status).toBe(204);
    for (const name of ['web', 'dns', 'everywhere']) {
      const left = await server.rest.get(`/v1/services/${name}`).expect(200);
      expect((left.body as Service).networks).toEqual([]);
      await server.rest.delete(`/v1/services/${name}`).expect(204);
    }
  }, 150_000);

  it('of the routing mesh are those of every node, and of what is published', async () => {
    await service('published', { ports: [{ targetPort: 80 }] });
    await running('published', 1);
    const [{ id }] = server.state.networks.named('ingress') as unknown as [{ id: string }];
    const told = await addresses('ingress');
    expect(told.addresses.filter(({ use }) => use === 'load-balancer').length).toBe(2);
    expect(told.addresses.filter(({ use }) => use === 'virtual-ip').length).toBe(1);
    // The engines do not list the virtual IPs of the routing mesh as those of other networks.
    const seen = await seenByEngines(id);
    expect(given(told)).toEqual(expect.arrayContaining(seen));
    expect(seen.length).toBeGreaterThan(2);
    await server.rest.delete('/v1/services/published').expect(204);
  });

  it('of a range are its own: the gateway is in it, and none is kept back', async () => {
    const input = { name: 'range', subnets: [{ subnet: '10.90.5.0/24', ipRange: '10.90.5.128/29' }] };
    const made = (await server.rest.post('/v1/networks').send(input).expect(201)).body as Network;
    expect(made.subnets).toMatchObject([{ gateway: '10.90.5.128' }]);
    await service('ranged', {
      networks: [{ network: 'range' }],
      endpointMode: 'dnsrr',
      replicas: 6,
      placement: { constraints: ['node.hostname == alpha'] },
    });
    await running('ranged', 6);
    const told = await expectAgreement('range', made.id);
    expect(given(told)).toEqual(Array.from({ length: 7 }, (_, index) => `10.90.5.${129 + index}`));
    expect(told.subnets).toMatchObject([{ total: 256, reserved: 249, used: 7, free: 0 }]);
    await server.rest.delete('/v1/services/ranged').expect(204);
  });
});

describe('what is refused for want of addresses would really fail, and what is not works', () => {
  const placement = { constraints: ['node.hostname == alpha'] };
  const networks = [{ network: 'tight' }];

  it('three tasks fit beside virtual IP and load balancer into five addresses', async () => {
    await network('tight', '10.90.1.0/29');
    const refused = await server.rest
      .post('/v1/services')
      .send({ name: 'fit', ...withNames, networks, placement, replicas: 4 })
      .expect(409);
    expect(refused.body).toMatchObject({
      code: 'CONFLICT',
      detail: matching(/"tight".* has 5 .*at least 6: 4 for new tasks, 1 for the virtual IP, 1 for load/),
    });
    await service('fit', { networks, placement, replicas: 3 });
    await running('fit', 3);
    const [{ id }] = server.state.networks.named('tight') as unknown as [{ id: string }];
    const told = await expectAgreement('tight', id);
    expect(told.subnets).toMatchObject([
      { used: 5, free: 0, warning: containing('0 of the 5 addresses of 10.90.1.0/29') },
    ]);
  });

  it('tasks without an address stay new for ever', async () => {
    await server.rest.post('/v1/services/fit/scale').send({ replicas: 4 }).expect(409);
    const gateway = realPorts(manager).gateway;
    const [{ id }] = server.state.services.named('fit') as unknown as [{ id: string }];
    // Past our own check, as the CLI would.
    await gateway.updateService(id, ({ spec }) => ({ ...spec, replicas: 4 }));
    await server.state.until(
      () => server.state.tasks.by('service', id).find((task) => task.slot === 4),
      10_000,
    );
    // By the time that all of another service runs, Swarm has long tried.
    await service('meanwhile', { replicas: 2 });
    await running('meanwhile', 2);
    const fourth = server.state.tasks.by('service', id).find((task) => task.slot === 4);
    expect(fourth).toMatchObject({ state: 'new', addresses: [], nodeId: null });
    await gateway.updateService(id, ({ spec }) => ({ ...spec, replicas: 3 }));
    await running('fit', 3);
  });

  it('stop-first updates go on without a free address', async () => {
    await server.rest
      .patch('/v1/services/fit')
      .send({ env: { A: '1' }, updateConfig: { order: 'stop-first', monitor: 100 } })
      .expect(200);
    const isDone = () =>
      server.state.services.named('fit')[0]?.updateStatus?.state === 'completed' ? true : undefined;
    expect(await server.state.until(isDone, 50_000)).toBe(true);
    await running('fit', 3);
  });

  it('start-first updates do not, but need no more than one, whatever their parallelism', async () => {
    const startFirst = { order: 'start-first', parallelism: 2, monitor: 100 } as const;
    const refused = await server.rest
      .patch('/v1/services/fit')
      .send({ env: { A: '2' }, updateConfig: startFirst })
      .expect(409);
    expect(refused.body).toMatchObject({
      detail: matching(/at least 1: 1 for the new task that "start-first"/),
    });
    const gateway = realPorts(manager).gateway;
    const [{ id }] = server.state.services.named('fit') as unknown as [{ id: string }];
    await gateway.updateService(id, ({ spec }) => ({
      ...spec,
      env: { A: '2' },
      updateConfig: { delay: null, failureAction: null, maxFailureRatio: 0, ...startFirst },
    }));
    const isNew = () =>
      server.state.tasks
        .by('service', id)
        .find((task) => task.state === 'new' && task.addresses.length === 0);
    expect(await server.state.until(isNew, 10_000)).toBeDefined();
    await server.rest.post('/v1/services/meanwhile/restart').expect(200);
    await running('meanwhile', 2);
    expect(isNew()).toBeDefined();
    expect(server.state.services.get(id)?.updateStatus?.state).toBe('updating');
    await server.rest.delete('/v1/services/fit').expect(204);
    const [{ id: networkId }] = server.state.networks.named('tight') as unknown as [{ id: string }];
    const isEmpty = () =>
      server.state.tasks.by('network', networkId).some(holdsAddresses) ? undefined : true;
    expect(await server.state.until(isEmpty, 50_000)).toBe(true);
    // With a task less there is one left, and the update comes to its end.
    const again = await service('again', { networks, placement, replicas: 2, updateConfig: startFirst });
    await running('again', 2);
    await server.rest
      .patch('/v1/services/again')
      .send({ env: { A: '1' } })
      .expect(200);
    const isDone = () =>
      server.state.services.get(again.id)?.updateStatus?.state === 'completed' ? true : undefined;
    expect(await server.state.until(isDone, 50_000)).toBe(true);
    for (const name of ['again', 'meanwhile']) await server.rest.delete(`/v1/services/${name}`).expect(204);
  }, 150_000);
});

describe('subnets', () => {
  it('are proposed beside what this engine’s machine and the nodes have', async () => {
    const shown = (await server.rest.get('/v1/ipam/subnets').expect(200)).body as Subnets;
    const occupied = shown.occupied.map(({ by, name, subnet }) => `${by} ${name} ${subnet}`);
    expect(occupied).toEqual(
      expect.arrayContaining([
        'local-network bridge 172.17.0.0/16',
        matching(/^local-network docker_gwbridge 172\.\d+\.0\.0\/16$/),
        `node alpha ${MANAGER_ADDRESS}/32`,
        matching(/^network ingress 10\.0\.0\.0\/24$/),
      ]),
    );
    const made = await network('proposed', shown.proposal);
    expect(made.subnets[0]?.subnet).toBe(shown.proposal);
    // As Docker itself would have chosen, which knows of no more.
    const chosen = await server.rest.post('/v1/networks').send({ name: 'left-to-docker' }).expect(201);
    expect((chosen.body as Network).subnets[0]?.subnet).toMatch(/^10\./);
  });

  it('that overlap are refused; Docker would take what breaks a machine, and Swarm leaves what is another network’s', async () => {
    const onHost = { name: 'on-host', subnets: [{ subnet: '192.168.99.0/24' }] };
    const refused = await server.rest.post('/v1/networks').send(onHost).expect(409);
    expect(refused.body).toMatchObject({ detail: matching(/node "alpha" \(192\.168\.99\.11\)/) });
    const docker = engineApi(manager.dockerHost);
    const taken = { Driver: 'overlay', IPAM: { Config: [{ Subnet: '10.90.1.0/28' }] } };
    const { Id } = (await docker.send('POST', '/networks/create', { Name: 'second', ...taken })) as {
      Id: string;
    };
    await server.rest
      .post('/v1/networks')
      .send({ name: 'third', subnets: [{ subnet: '10.90.6.0/24' }] })
      .expect(201);
    // Swarm has given the later one its addresses, and the one before it none.
    expect(server.state.networks.get(Id)?.allocated).toBe(false);
    await docker.send('DELETE', `/networks/${Id}`);
  });

  it('of networks that nothing uses come back by pruning', async () => {
    const idle = () =>
      server.state.networks
        .all()
        .every(({ id }) => server.state.tasks.by('network', id).every((task) => task.state !== 'running'))
        ? true
        : undefined;
    expect(await server.state.until(idle, 50_000)).toBe(true);
    const listed = async (): Promise<string[]> =>
      ((await server.rest.get('/v1/networks').expect(200)).body as { items: Network[] }).items.map(
        ({ name }) => name,
      );
    const before = await listed();
    const dry = await server.rest.post('/v1/networks/prune?dryRun=true').expect(200);
    expect(await listed()).toEqual(before);
    const pruned = await server.rest.post('/v1/networks/prune').expect(200);
    expect(pruned.body).toEqual(dry.body);
    expect((pruned.body as { items: Network[] }).items.map(({ name }) => name)).toEqual(
      before.filter((name) => name !== 'ingress'),
    );
    expect(await listed()).toEqual(['ingress']);
  });
});
