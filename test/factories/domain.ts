import type { Config } from '../../src/domain/config.ts';
import type { Network, NetworkSpec, Subnet } from '../../src/domain/network.ts';
import type { Node } from '../../src/domain/node.ts';
import { completeSpec, type Partly } from '../../src/domain/service-defaults.ts';
import type { Service, ServiceSpec } from '../../src/domain/service.ts';
import type { Task } from '../../src/domain/task.ts';
import type { Snapshot } from '../../src/swarm/change-source.ts';

const CREATED = '2026-01-01T00:00:00Z';

export const subnet = (cidr: string, overrides: Partial<Subnet> = {}): Subnet => ({
  subnet: cidr,
  gateway: null,
  ipRange: null,
  auxAddresses: {},
  ...overrides,
});

export const networkSpec = (overrides: Partial<NetworkSpec> = {}): NetworkSpec => ({
  name: 'front',
  driver: 'overlay',
  labels: {},
  options: {},
  subnets: [],
  encrypted: false,
  attachable: false,
  internal: false,
  ipv6: false,
  ...overrides,
});

export const network = (overrides: Partial<Network> = {}): Network => ({
  ...networkSpec(),
  id: 'net1',
  version: 10,
  scope: 'swarm',
  createdAt: CREATED,
  ingress: false,
  allocated: true,
  ...overrides,
});

export const serviceSpec = (overrides: Partly<ServiceSpec> = {}): ServiceSpec =>
  completeSpec({ name: 'web', image: 'nginx', replicas: 1, ...overrides });

export const service = (overrides: Partial<Service> = {}): Service => ({
  ...serviceSpec(),
  id: 'svc1',
  version: 10,
  createdAt: CREATED,
  updatedAt: CREATED,
  virtualIps: [],
  publishedPorts: [],
  updateStatus: null,
  previousSpec: null,
  specVersion: null,
  jobIteration: null,
  ...overrides,
});

export const task = (overrides: Partial<Task> = {}): Task => ({
  id: 'task1',
  version: 10,
  serviceId: 'svc1',
  serviceName: 'web',
  slot: 1,
  nodeId: 'node1',
  state: 'running',
  desiredState: 'running',
  message: 'started',
  error: null,
  exitCode: null,
  containerId: null,
  addresses: [],
  openPorts: [],
  image: 'nginx',
  specVersion: null,
  jobIteration: null,
  createdAt: CREATED,
  updatedAt: CREATED,
  ...overrides,
});

export const node = (overrides: Partial<Node> = {}): Node => ({
  id: 'node1',
  version: 10,
  hostname: 'alpha',
  role: 'worker',
  availability: 'active',
  labels: {},
  engineLabels: {},
  state: 'ready',
  message: '',
  address: '192.0.2.1',
  manager: null,
  engineVersion: '20.10.24',
  os: 'linux',
  architecture: 'x86_64',
  nanoCpus: 2e9,
  memoryBytes: 2 ** 32,
  createdAt: CREATED,
  updatedAt: CREATED,
  ...overrides,
});

export const config = (overrides: Partial<Config> = {}): Config => ({
  id: 'cfg1',
  version: 10,
  name: 'swarmplane.token.a1',
  labels: {},
  createdAt: CREATED,
  updatedAt: CREATED,
  ...overrides,
});

export const snapshot = (overrides: Partial<Snapshot> = {}): Snapshot => ({
  node: [],
  network: [],
  service: [],
  task: [],
  config: [],
  ...overrides,
});
