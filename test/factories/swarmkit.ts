import type {
  ConfigMessage,
  NetworkMessage,
  NodeMessage,
  ServiceMessage,
  TaskMessage,
  Timestamp,
} from '../../src/swarm/watch/messages.ts';

/** The same instant that the Engine API prints as RFC 3339. */
export const at = (second: string, nanos?: number): Timestamp => ({
  seconds: Date.parse(second) / 1000,
  ...(nanos === undefined ? {} : { nanos }),
});

/** The same service as `dockerService`, as swarmkit sends it: proto3 leaves defaults out. */
export const serviceMessage = (overrides: ServiceMessage = {}): ServiceMessage => ({
  id: '9mnpnzenvg8p8tdbtq4wvbkcz',
  meta: {
    version: { index: 19 },
    createdAt: at('2026-06-07T21:05:51Z', 880_065_305),
    updatedAt: at('2026-06-07T21:07:29Z', 962_229_872),
  },
  spec: {
    annotations: { name: 'web', labels: { 'com.docker.stack.namespace': 'shop', tier: 'front' } },
    task: {
      container: {
        image: 'nginx:1.27@sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31',
        labels: { 'com.docker.stack.namespace': 'shop' },
        command: ['/entrypoint.sh'],
        args: ['nginx', '-g', 'daemon off;'],
        env: ['MODE=production', 'EMPTY=', 'EXPRESSION=a=b', 'BARE'],
        dir: '/srv',
        user: 'www',
        stopGracePeriod: { seconds: 30 },
        hostname: '{{.Task.Name}}',
        groups: ['adm'],
        // Empty for the Engine's nulls; protobuf has nothing to say in it.
        privileges: {},
        init: { value: true },
        stopSignal: 'SIGQUIT',
        healthcheck: { test: ['CMD', 'true'], interval: { seconds: 5 }, timeout: {}, startPeriod: {} },
        hosts: ['192.0.2.9 backend'],
        dnsConfig: { nameservers: ['192.0.2.53'] },
        mounts: [{ type: 1, source: 'data', target: '/data', volumeOptions: { nocopy: true } }],
        secrets: [
          { secretId: 's1', secretName: 'key', file: { name: 'key', uid: '0', gid: '0', mode: 0o444 } },
        ],
        sysctls: { 'net.core.somaxconn': '1024' },
        pidsLimit: 100,
      },
      logDriver: { name: 'json-file', options: { 'max-size': '10m' } },
      resources: {
        limits: { nanoCpus: 500_000_000, memoryBytes: 268_435_456 },
        reservations: {
          nanoCpus: 250_000_000,
          generic: [{ discreteResourceSpec: { kind: 'SSD', value: 3 } }],
        },
      },
      restart: {
        condition: 1,
        delay: { seconds: 5 },
        maxAttempts: 3,
        window: { seconds: 120, nanos: 500_000_000 },
      },
      placement: {
        constraints: ['node.role == worker'],
        preferences: [{ spread: { spreadDescriptor: 'node.labels.zone' } }],
        platforms: [{ architecture: 'amd64', os: 'linux' }, { os: 'linux' }],
        maxReplicas: 2,
      },
      networks: [
        {
          target: 'xg8qvuz4ko70xaltuqbt89561',
          aliases: ['web', 'www'],
          driverAttachmentOpts: { 'com.docker.network.endpoint.x': '1' },
        },
        { target: 'second' },
      ],
      forceUpdate: 2,
    },
    replicated: { replicas: 3 },
    update: {
      parallelism: 2,
      delay: { seconds: 10 },
      failureAction: 2,
      monitor: { seconds: 15 },
      maxFailureRatio: Math.fround(0.1),
      order: 1,
    },
    rollback: { delay: {} },
    endpoint: {
      ports: [
        { targetPort: 80, publishedPort: 8080 },
        { protocol: 1, targetPort: 53 },
      ],
    },
  },
  endpoint: {
    ports: [
      { targetPort: 80, publishedPort: 8080 },
      { protocol: 1, targetPort: 53, publishedPort: 30_000 },
    ],
    virtualIps: [
      { networkId: '4qvuz4ko70xaltuqbt8956gd1', addr: '10.0.0.5/24' },
      { networkId: 'xg8qvuz4ko70xaltuqbt89561', addr: '10.0.9.2/24' },
      { networkId: 'unallocated' },
    ],
  },
  updateStatus: {
    state: 3,
    startedAt: at('2026-06-07T21:07:20Z', 100_000_000),
    completedAt: at('2026-06-07T21:07:29Z'),
    message: 'update completed',
  },
  previousSpec: {
    annotations: { name: 'web' },
    task: { container: { image: 'nginx:1.26', init: {} }, resources: {}, placement: {} },
    replicated: { replicas: 1 },
    endpoint: {},
  },
  specVersion: { index: 15 },
  ...overrides,
});

/** The same network as `dockerNetwork`. */
export const networkMessage = (overrides: NetworkMessage = {}): NetworkMessage => ({
  id: 'xg8qvuz4ko70xaltuqbt89561',
  meta: {
    version: { index: 17 },
    createdAt: at('2026-06-07T21:05:51Z', 880_065_305),
    updatedAt: at('2026-06-07T21:05:51Z', 890_000_000),
  },
  spec: {
    annotations: { name: 'front', labels: { tier: 'front' } },
    ipv6Enabled: true,
    internal: true,
    attachable: true,
  },
  driverState: {
    name: 'overlay',
    options: { 'com.docker.network.driver.overlay.vxlanid_list': '4097,4098', encrypted: '' },
  },
  ipam: {
    configs: [
      { subnet: '10.0.9.0/24', range: '10.0.9.128/25', gateway: '10.0.9.1' },
      { subnet: 'fd00:9::/64', gateway: 'fd00:9::1', reserved: { router: 'fd00:9::2' } },
    ],
  },
  ...overrides,
});

/** The same task as `dockerTask`. */
export const taskMessage = (overrides: TaskMessage = {}): TaskMessage => ({
  id: '0kzzo1i0y4jz6027t0k7aezc7',
  meta: {
    version: { index: 71 },
    createdAt: at('2026-06-07T21:07:31Z', 171_892_745),
    updatedAt: at('2026-06-07T21:07:31Z', 376_370_513),
  },
  spec: { container: { image: 'nginx:1.27' } },
  serviceId: '9mnpnzenvg8p8tdbtq4wvbkcz',
  slot: 1,
  nodeId: '60gvrl6tm78dmak4yl7srz94v',
  serviceAnnotations: { name: 'web' },
  status: {
    state: 512,
    message: 'started',
    container: { containerId: 'e5d62702a1b48d01c3e02ca1e0212a250801fa8d67caca0b6f35919ebc12f035' },
    portStatus: {
      ports: [
        { targetPort: 80, publishedPort: 32_768, publishMode: 1 },
        { targetPort: 80, publishedPort: 32_768, publishMode: 1 },
        { protocol: 1, targetPort: 53, publishedPort: 32_768, publishMode: 1 },
        { protocol: 1, targetPort: 53, publishedPort: 32_768, publishMode: 1 },
      ],
    },
  },
  desiredState: 512,
  networks: [
    { network: { id: '4qvuz4ko70xaltuqbt8956gd1' }, addresses: ['10.255.0.10/16'] },
    { network: { id: 'xg8qvuz4ko70xaltuqbt89561' }, addresses: ['10.0.9.3/24', 'fd00:9::3/64'] },
  ],
  specVersion: { index: 15 },
  ...overrides,
});

/** The same node as `dockerNode`. */
export const nodeMessage = (overrides: NodeMessage = {}): NodeMessage => ({
  id: '60gvrl6tm78dmak4yl7srz94v',
  meta: {
    version: { index: 9 },
    createdAt: at('2026-06-07T20:31:11Z', 999_868_824),
    updatedAt: at('2026-06-07T20:31:12Z', 500_000_000),
  },
  spec: { annotations: { labels: { zone: 'a' } }, desiredRole: 1, availability: 2 },
  description: {
    hostname: 'alpha',
    platform: { architecture: 'x86_64', os: 'linux' },
    resources: { nanoCpus: 2_000_000_000, memoryBytes: 8_272_408_576 },
    engine: { engineVersion: '20.10.24', labels: { disk: 'ssd' } },
  },
  status: { state: 2, message: 'heartbeat', addr: '192.0.2.1' },
  managerStatus: { addr: '192.0.2.1:2377', leader: true, reachability: 2 },
  ...overrides,
});

/** The same config as `dockerConfig`. */
export const configMessage = (overrides: ConfigMessage = {}): ConfigMessage => ({
  id: 'ktnbjxoalbkvbvedmg1urrz8h',
  meta: {
    version: { index: 11 },
    createdAt: at('2026-06-07T20:31:11Z', 880_065_305),
    updatedAt: at('2026-06-07T20:31:12Z'),
  },
  spec: { annotations: { name: 'swarmplane.token.a1', labels: { 'swarmplane.document': '{"a":1}' } } },
  ...overrides,
});
