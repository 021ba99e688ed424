import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Network } from '../../src/networks/networks.types.ts';
import type { Node } from '../../src/nodes/nodes.types.ts';
import type { Service } from '../../src/services/services.types.ts';
import type { Task } from '../../src/tasks/tasks.types.ts';
import { engineApi } from '../support/engine-api.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const suffix = randomBytes(3).toString('hex');
const named = (name: string): string => `${name}-${suffix}`;
const LABELS = { 'swarmplane.test': suffix, empty: '', 'with.dots/and-slash': 'a=b, "c"' };

let server: RealServer;

interface DockerNetwork {
  Id: string;
  Name: string;
  Created: string;
  Scope: string;
  Driver: string;
  EnableIPv6: boolean;
  IPAM: { Config: { Subnet: string; Gateway?: string; IPRange?: string }[] };
  Internal: boolean;
  Attachable: boolean;
  Ingress: boolean;
  Options: Record<string, string>;
  Labels: Record<string, string> | null;
}

interface DockerService {
  ID: string;
  Version: { Index: number };
  CreatedAt: string;
  UpdatedAt: string;
  Spec: Record<string, unknown> & { Labels: Record<string, string>; Name: string };
  Endpoint: { VirtualIPs?: { NetworkID: string; Addr: string }[]; Ports?: Record<string, unknown>[] };
}

beforeAll(async () => {
  server = await startRealServer(realPorts(engine));
});

afterAll(async () => {
  // Only what carries this run's suffix is ours to remove.
  for (const service of (await docker.get('/services')) as DockerService[]) {
    if (service.Spec.Name.endsWith(`-${suffix}`)) await docker.send('DELETE', `/services/${service.ID}`);
  }
  // Swarm keeps the tasks of deleted jobs for ever; what holds a network are tasks with an address on it.
  await server.state.until(
    () =>
      server.state.tasks
        .all()
        .some((task) => task.addresses.length > 0 && task.serviceName?.endsWith(`-${suffix}`))
        ? undefined
        : true,
    30_000,
  );
  for (const network of (await docker.get('/networks')) as DockerNetwork[]) {
    if (network.Name.endsWith(`-${suffix}`)) await docker.send('DELETE', `/networks/${network.Id}`);
  }
  await server.close();
});

const get = async <T>(path: string): Promise<T> => (await server.rest.get(path).expect(200)).body as T;

/** What `docker network inspect` says, in the API's words. */
const networkSeenByDocker = (network: DockerNetwork): Omit<Network, 'version'> => ({
  id: network.Id,
  name: network.Name,
  driver: network.Driver,
  scope: network.Scope as 'swarm',
  createdAt: network.Created,
  labels: network.Labels ?? {},
  options: network.Options,
  subnets: network.IPAM.Config.map((config) => ({
    subnet: config.Subnet,
    gateway: config.Gateway ?? null,
    ipRange: config.IPRange ?? null,
    auxAddresses: {},
  })),
  encrypted: 'encrypted' in network.Options,
  attachable: network.Attachable,
  internal: network.Internal,
  ingress: network.Ingress,
  ipv6: network.EnableIPv6,
});

describe('networks agree with `docker network inspect`', () => {
  it.each([
    ['plain', {}],
    [
      'given',
      {
        subnets: [{ subnet: '10.77.1.0/24', gateway: '10.77.1.9', ipRange: '10.77.1.128/25' }],
        labels: LABELS,
      },
    ],
    ['two', { subnets: [{ subnet: '10.77.2.0/24' }, { subnet: '10.77.3.0/24' }] }],
    ['flags', { attachable: true, internal: true, encrypted: true, subnets: [{ subnet: '10.77.4.0/24' }] }],
    ['options', { options: { 'com.docker.network.driver.mtu': '1400' } }],
    ['six', { ipv6: true, subnets: [{ subnet: '10.77.5.0/24' }, { subnet: 'fd00:77::/64' }] }],
  ])('created by the API: %s', async (name, input) => {
    const created = (
      await server.rest
        .post('/v1/networks')
        .send({ name: named(name), ...input })
        .expect(201)
    ).body as Network;
    const { version, ...shown } = await get<Network>(`/v1/networks/${named(name)}`);
    const inspected = (await docker.get(`/networks/${created.id}`)) as DockerNetwork;
    expect(shown).toEqual(networkSeenByDocker(inspected));
    expect(created).toEqual({ version, ...shown });
    expect(version).toBeGreaterThan(0);
  });

  it('of the whole swarm, those made elsewhere too', async () => {
    await docker.send('POST', '/networks/create', {
      Name: named('elsewhere'),
      Driver: 'overlay',
      Labels: LABELS,
      Options: { encrypted: '' },
    });
    await server.state.until(
      () => server.state.networks.named(named('elsewhere')).find((each) => each.allocated),
      5_000,
    );
    const { items } = await get<{ items: Network[] }>('/v1/networks?limit=1000');
    // An engine goes on listing a network of a test before this one until its last container there is gone.
    const isOfThisTest = ({ name, ingress }: Pick<Network, 'name' | 'ingress'>): boolean =>
      ingress || name.endsWith(`-${suffix}`);
    const inspected = ((await docker.get('/networks')) as DockerNetwork[])
      .filter(
        (network) =>
          network.Scope === 'swarm' && network.Labels?.['com.docker.swarm.predefined'] === undefined,
      )
      .map(networkSeenByDocker)
      .filter(isOfThisTest);
    expect(inspected.length).toBeGreaterThan(6);
    const withoutVersion = items.filter(isOfThisTest).map(({ version: _, ...network }) => network);
    expect(withoutVersion.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      inspected.sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
  });
});

const EVERYTHING = {
  labels: LABELS,
  replicas: 2,
  image: 'busybox',
  command: ['sh', '-c'],
  args: ['sleep 3600'],
  env: { A: 'b', EMPTY: '', EQUALS: 'x=y=z' },
  dir: '/tmp',
  user: '65534:65534',
  hostname: 'box',
  containerLabels: { tier: 'web' },
  stopGracePeriod: 1500,
  placement: {
    constraints: ['node.labels.none==yes'],
    preferences: [{ spread: 'node.labels.zone' }],
    maxReplicas: 3,
  },
  resources: {
    limits: { nanoCpus: 500_000_000, memoryBytes: 67_108_864 },
    reservations: { memoryBytes: 33_554_432 },
  },
  restartPolicy: { condition: 'on-failure', delay: 2500, maxAttempts: 4, window: 60_000 },
  updateConfig: {
    parallelism: 2,
    delay: 1000,
    failureAction: 'rollback',
    monitor: 7000,
    maxFailureRatio: 0.25,
    order: 'start-first',
  },
  rollbackConfig: { parallelism: 0, maxFailureRatio: 0.1, order: 'stop-first' },
  ports: [
    { targetPort: 80, publishedPort: 18080 },
    { targetPort: 53, protocol: 'udp' },
    { targetPort: 443, publishedPort: 18443, publishMode: 'host' },
  ],
};

describe('services agree with `docker service inspect`', () => {
  it('field by field, for a service that sets them all', async () => {
    await server.rest
      .post('/v1/networks')
      .send({ name: named('joined') })
      .expect(201);
    const created = (
      await server.rest
        .post('/v1/services')
        .send({
          name: named('all'),
          ...EVERYTHING,
          networks: [{ network: named('joined'), aliases: ['web', 'www'] }],
        })
        .expect(201)
    ).body as Service;
    const inspected = (await docker.get(`/services/${created.id}`)) as DockerService;
    const networkId = (await get<Network>(`/v1/networks/${named('joined')}`)).id;

    expect(inspected.Spec).toEqual({
      Name: named('all'),
      Labels: LABELS,
      Mode: { Replicated: { Replicas: 2 } },
      TaskTemplate: {
        ContainerSpec: {
          Image: 'busybox',
          Command: ['sh', '-c'],
          Args: ['sleep 3600'],
          Env: ['A=b', 'EMPTY=', 'EQUALS=x=y=z'],
          Dir: '/tmp',
          User: '65534:65534',
          Hostname: 'box',
          Labels: { tier: 'web' },
          StopGracePeriod: 1_500_000_000,
          Isolation: 'default',
        },
        Resources: {
          Limits: { NanoCPUs: 500_000_000, MemoryBytes: 67_108_864 },
          Reservations: { MemoryBytes: 33_554_432 },
        },
        RestartPolicy: {
          Condition: 'on-failure',
          Delay: 2_500_000_000,
          MaxAttempts: 4,
          Window: 60_000_000_000,
        },
        Placement: {
          Constraints: ['node.labels.none==yes'],
          Preferences: [{ Spread: { SpreadDescriptor: 'node.labels.zone' } }],
          MaxReplicas: 3,
        },
        Networks: [{ Target: networkId, Aliases: ['web', 'www'] }],
        ForceUpdate: 0,
        Runtime: 'container',
      },
      UpdateConfig: {
        Parallelism: 2,
        Delay: 1_000_000_000,
        FailureAction: 'rollback',
        Monitor: 7_000_000_000,
        MaxFailureRatio: 0.25,
        Order: 'start-first',
      },
      RollbackConfig: { Parallelism: 0, FailureAction: 'pause', MaxFailureRatio: 0.1, Order: 'stop-first' },
      EndpointSpec: {
        Mode: 'vip',
        Ports: [
          { Protocol: 'tcp', TargetPort: 80, PublishedPort: 18080, PublishMode: 'ingress' },
          { Protocol: 'udp', TargetPort: 53, PublishMode: 'ingress' },
          { Protocol: 'tcp', TargetPort: 443, PublishedPort: 18443, PublishMode: 'host' },
        ],
      },
    });

    const shown = await get<Service>(`/v1/services/${created.id}`);
    expect(shown).toMatchObject({
      ...EVERYTHING,
      id: inspected.ID,
      version: inspected.Version.Index,
      createdAt: inspected.CreatedAt,
      updatedAt: inspected.UpdatedAt,
      mode: 'replicated',
      endpointMode: 'vip',
      networks: [{ networkId, aliases: ['web', 'www'], driverOptions: {} }],
      ports: [
        { targetPort: 80, publishedPort: 18080, protocol: 'tcp', publishMode: 'ingress' },
        { targetPort: 53, publishedPort: null, protocol: 'udp', publishMode: 'ingress' },
        { targetPort: 443, publishedPort: 18443, protocol: 'tcp', publishMode: 'host' },
      ],
    });
    expect(shown.virtualIps).toEqual(
      inspected.Endpoint.VirtualIPs?.map((vip) => ({
        networkId: vip.NetworkID,
        address: vip.Addr.split('/')[0],
      })),
    );
    expect(shown.publishedPorts).toEqual(
      inspected.Endpoint.Ports?.map((port) => ({
        targetPort: port['TargetPort'],
        publishedPort: port['PublishedPort'],
        protocol: port['Protocol'],
        publishMode: port['PublishMode'],
      })),
    );
  });

  it.each([
    ['global', { mode: 'global' }, { Global: {} }],
    ['none', { replicas: 0 }, { Replicated: { Replicas: 0 } }],
    ['default', {}, { Replicated: { Replicas: 1 } }],
    [
      'job',
      { mode: 'replicated-job', maxConcurrent: 1, totalCompletions: 2 },
      { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 2 } },
    ],
    ['globaljob', { mode: 'global-job' }, { GlobalJob: {} }],
  ])('in mode: %s', async (name, input, mode) => {
    const created = (
      await server.rest
        .post('/v1/services')
        .send({
          name: named(name),
          image: 'busybox',
          placement: { constraints: ['node.labels.none==yes'] },
          ...input,
        })
        .expect(201)
    ).body as Service;
    expect(((await docker.get(`/services/${created.id}`)) as DockerService).Spec['Mode']).toEqual(mode);
    expect(created).toMatchObject(input);
  });

  it('after a patch of one field, in every other field, unknown ones included', async () => {
    const made = (await docker.send('POST', '/services/create', {
      Name: named('rich'),
      TaskTemplate: {
        ContainerSpec: {
          Image: 'busybox',
          Args: ['true'],
          TTY: true,
          ReadOnly: true,
          StopSignal: 'SIGINT',
          Init: true,
          Hosts: ['192.0.2.7 seven'],
          DNSConfig: { Nameservers: ['192.0.2.53'], Search: ['example.com'] },
          CapabilityAdd: ['CAP_NET_RAW'],
          Sysctls: { 'net.core.somaxconn': '1024' },
          Ulimits: [{ Name: 'nofile', Hard: 2048, Soft: 1024 }],
          Healthcheck: { Test: ['CMD', 'true'], Interval: 3_000_000_000 },
          Mounts: [{ Type: 'tmpfs', Target: '/scratch', TmpfsOptions: { SizeBytes: 65_536 } }],
        },
        Resources: { Limits: { Pids: 50 }, Reservations: {} },
        RestartPolicy: { Condition: 'any', Delay: 1 },
        Placement: {
          Constraints: ['node.labels.none==yes'],
          Platforms: [{ Architecture: 'amd64', OS: 'linux' }],
        },
        LogDriver: { Name: 'json-file', Options: { 'max-size': '1m' } },
      },
      Mode: { Replicated: { Replicas: 1 } },
      EndpointSpec: { Mode: 'vip' },
    })) as { ID: string };
    const before = (await docker.get(`/services/${made.ID}`)) as DockerService;
    await server.state.until(() => server.state.services.get(made.ID), 5_000);
    const patched = (
      await server.rest
        .patch(`/v1/services/${named('rich')}`)
        .send({ labels: { touched: 'yes' }, restartPolicy: { delay: 2000 } })
        .expect(200)
    ).body as Service;
    expect(patched.labels).toEqual({ touched: 'yes' });

    const after = (await docker.get(`/services/${made.ID}`)) as DockerService;
    const expected = structuredClone(before.Spec) as DockerService['Spec'] & {
      TaskTemplate: { RestartPolicy: { Delay: number } };
    };
    expected.Labels = { touched: 'yes' };
    expected.TaskTemplate.RestartPolicy.Delay = 2_000_000_000;
    expect(after.Spec).toEqual(expected);
  });
});

describe('tasks and nodes agree with the engine', () => {
  it('for every task, field by field', async () => {
    await server.rest
      .post('/v1/services')
      .send({ name: named('tasks'), image: 'nginx', replicas: 2, networks: [{ network: named('plain') }] })
      .expect(201);
    await server.state.until(
      () =>
        server.state.tasks
          .all()
          .filter((each) => each.serviceName === named('tasks') && each.state === 'running')[1],
      30_000,
    );
    const { items } = await get<{ items: Task[] }>(`/v1/services/${named('tasks')}/tasks`);
    const filters = encodeURIComponent(JSON.stringify({ service: [named('tasks')] }));
    const seen = (await docker.get(`/tasks?filters=${filters}`)) as {
      ID: string;
      Version: { Index: number };
      CreatedAt: string;
      UpdatedAt: string;
      ServiceID: string;
      Slot: number;
      NodeID: string;
      DesiredState: string;
      Spec: { ContainerSpec: { Image: string } };
      Status: { State: string; Message: string; ContainerStatus: { ContainerID: string } };
      NetworksAttachments: { Network: { ID: string }; Addresses: string[] }[];
    }[];
    const nodes = await get<{ items: Node[] }>('/v1/nodes');
    expect(items).toEqual(
      seen
        .sort((a, b) => a.Slot - b.Slot)
        .map((task) => ({
          id: task.ID,
          name: `${named('tasks')}.${task.Slot}`,
          version: task.Version.Index,
          serviceId: task.ServiceID,
          serviceName: named('tasks'),
          slot: task.Slot,
          nodeId: task.NodeID,
          nodeHostname: nodes.items.find((node) => node.id === task.NodeID)?.hostname,
          state: task.Status.State,
          desiredState: task.DesiredState,
          message: task.Status.Message,
          error: null,
          exitCode: null,
          containerId: task.Status.ContainerStatus.ContainerID,
          addresses: task.NetworksAttachments.flatMap((each) =>
            each.Addresses.map((address) => ({ networkId: each.Network.ID, address: address.split('/')[0] })),
          ),
          image: task.Spec.ContainerSpec.Image,
          createdAt: task.CreatedAt,
          updatedAt: task.UpdatedAt,
        })),
    );
  });

  it('for the node and the swarm, without secrets', async () => {
    const [seen] = (await docker.get('/nodes')) as {
      ID: string;
      Version: { Index: number };
      Spec: { Role: string; Availability: string; Labels: Record<string, string> };
      Description: {
        Hostname: string;
        Engine: { EngineVersion: string };
        Resources: { MemoryBytes: number };
      };
      Status: { State: string; Addr: string };
      ManagerStatus: { Leader: boolean; Reachability: string; Addr: string };
    }[];
    const node = await get<Node>(`/v1/nodes/${seen?.Description.Hostname}`);
    expect(node).toMatchObject({
      id: seen?.ID,
      version: seen?.Version.Index,
      role: seen?.Spec.Role,
      availability: seen?.Spec.Availability,
      labels: seen?.Spec.Labels,
      hostname: seen?.Description.Hostname,
      engineVersion: seen?.Description.Engine.EngineVersion,
      memoryBytes: seen?.Description.Resources.MemoryBytes,
      state: seen?.Status.State,
      address: seen?.Status.Addr,
      manager: { leader: true, reachability: 'reachable', address: seen?.ManagerStatus.Addr },
    });
    const swarm = (await docker.get('/swarm')) as {
      ID: string;
      Version: { Index: number };
      JoinTokens: { Worker: string };
    };
    const answer = await server.rest.get('/v1/swarm').expect(200);
    expect(answer.body).toMatchObject({
      id: swarm.ID,
      nodes: 1,
      quorum: { managers: 1, reachable: 1, needed: 1, healthy: true, tolerates: 0 },
      leaderId: seen?.ID,
      dataPathPort: 4789,
    });
    expect(answer.text).not.toContain(swarm.JoinTokens.Worker);
    expect(answer.text).not.toContain('SWMTKN');
  });
});
