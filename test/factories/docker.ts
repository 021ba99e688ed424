import type { Document } from '../../src/swarm/docker/document.ts';

/** `GET /services/{id}` of Docker 20.10, with every field that a service of the CLI can have. */
export const dockerService = (overrides: Document = {}): Document => ({
  ID: '9mnpnzenvg8p8tdbtq4wvbkcz',
  Version: { Index: 19 },
  CreatedAt: '2026-06-07T21:05:51.880065305Z',
  UpdatedAt: '2026-06-07T21:07:29.962229872Z',
  Spec: dockerServiceSpec(),
  PreviousSpec: {
    Name: 'web',
    Labels: {},
    TaskTemplate: {
      ContainerSpec: { Image: 'nginx:1.26', Init: false },
      Resources: {},
      Placement: {},
      ForceUpdate: 0,
      Runtime: 'container',
    },
    Mode: { Replicated: { Replicas: 1 } },
    EndpointSpec: { Mode: 'vip' },
  },
  Endpoint: {
    Spec: { Mode: 'vip' },
    Ports: [
      { Name: 'http', Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'ingress' },
      { Protocol: 'udp', TargetPort: 53, PublishedPort: 30000, PublishMode: 'ingress' },
    ],
    VirtualIPs: [
      { NetworkID: '4qvuz4ko70xaltuqbt8956gd1', Addr: '10.0.0.5/24' },
      { NetworkID: 'xg8qvuz4ko70xaltuqbt89561', Addr: '10.0.9.2/24' },
      { NetworkID: 'unallocated' },
    ],
  },
  UpdateStatus: {
    State: 'completed',
    StartedAt: '2026-06-07T21:07:20.1Z',
    CompletedAt: '2026-06-07T21:07:29Z',
    Message: 'update completed',
  },
  ...overrides,
});

/** The `Spec` of it, with fields at every depth that this project does not know. */
export const dockerServiceSpec = (overrides: Document = {}): Document => ({
  Name: 'web',
  Labels: { 'com.docker.stack.namespace': 'shop', tier: 'front' },
  TaskTemplate: {
    ContainerSpec: {
      Image: 'nginx:1.27@sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31',
      Labels: { 'com.docker.stack.namespace': 'shop' },
      Command: ['/entrypoint.sh'],
      Args: ['nginx', '-g', 'daemon off;'],
      Hostname: '{{.Task.Name}}',
      Env: ['MODE=production', 'EMPTY=', 'EXPRESSION=a=b', 'BARE'],
      Dir: '/srv',
      User: 'www',
      Groups: ['adm'],
      Privileges: { CredentialSpec: null, SELinuxContext: null, Extra: 1 },
      PullOptions: { Policy: 'never' },
      Init: true,
      StopSignal: 'SIGQUIT',
      StopGracePeriod: 30_000_000_000,
      Healthcheck: { Test: ['CMD', 'true'], Interval: 5_000_000_000, Extra: 2 },
      Hosts: ['192.0.2.9 backend'],
      DNSConfig: { Nameservers: ['192.0.2.53'] },
      Mounts: [{ Type: 'volume', Source: 'data', Target: '/data', VolumeOptions: { NoCopy: true } }],
      Secrets: [{ File: { Name: 'key', UID: '0', GID: '0', Mode: 292 }, SecretID: 's1', SecretName: 'key' }],
      Isolation: 'default',
      Sysctls: { 'net.core.somaxconn': '1024' },
    },
    Resources: {
      Limits: { NanoCPUs: 500_000_000, MemoryBytes: 268_435_456, Pids: 100 },
      Reservations: {
        NanoCPUs: 250_000_000,
        GenericResources: [{ DiscreteResourceSpec: { Kind: 'SSD', Value: 3 } }],
      },
      MemorySwappiness: 60,
    },
    RestartPolicy: {
      Condition: 'on-failure',
      Delay: 5_000_000_000,
      MaxAttempts: 3,
      Window: 120_500_000_000,
      Jitter: 7,
    },
    Placement: {
      Constraints: ['node.role == worker'],
      Preferences: [{ Spread: { SpreadDescriptor: 'node.labels.zone' }, Weight: 2 }],
      MaxReplicas: 2,
      Platforms: [{ Architecture: 'amd64', OS: 'linux' }, { OS: 'linux' }],
    },
    Networks: [
      {
        Target: 'xg8qvuz4ko70xaltuqbt89561',
        Aliases: ['web', 'www'],
        DriverOpts: { 'com.docker.network.endpoint.x': '1' },
        LinkLocal: true,
      },
      { Target: 'second' },
    ],
    LogDriver: { Name: 'json-file', Options: { 'max-size': '10m' }, Extra: 3 },
    ForceUpdate: 2,
    Runtime: 'container',
  },
  Mode: { Replicated: { Replicas: 3, Spare: 1 } },
  UpdateConfig: {
    Parallelism: 2,
    Delay: 10_000_000_000,
    FailureAction: 'rollback',
    Monitor: 15_000_000_000,
    MaxFailureRatio: 0.1,
    Order: 'start-first',
    Canary: { Share: 5 },
  },
  RollbackConfig: {
    Parallelism: 0,
    FailureAction: 'pause',
    MaxFailureRatio: 0,
    Order: 'stop-first',
  },
  EndpointSpec: {
    Mode: 'vip',
    Ports: [
      { Name: 'http', Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'ingress' },
      { Protocol: 'udp', TargetPort: 53, PublishMode: 'ingress' },
    ],
    Affinity: 'none',
  },
  Extension: { Deep: [{ Er: 1 }] },
  ...overrides,
});

/** An entry of `GET /networks`. */
export const dockerNetwork = (overrides: Document = {}): Document => ({
  Name: 'front',
  Id: 'xg8qvuz4ko70xaltuqbt89561',
  Created: '2026-06-07T21:05:51.880065305Z',
  Scope: 'swarm',
  Driver: 'overlay',
  EnableIPv6: true,
  IPAM: {
    Driver: 'default',
    Options: null,
    Config: [
      { Subnet: '10.0.9.0/24', IPRange: '10.0.9.128/25', Gateway: '10.0.9.1' },
      { Subnet: 'fd00:9::/64', Gateway: 'fd00:9::1', AuxiliaryAddresses: { router: 'fd00:9::2' } },
    ],
  },
  Internal: true,
  Attachable: true,
  Ingress: false,
  ConfigFrom: { Network: '' },
  ConfigOnly: false,
  Containers: null,
  Options: { 'com.docker.network.driver.overlay.vxlanid_list': '4097,4098', encrypted: '' },
  Labels: { tier: 'front' },
  ...overrides,
});

/** An entry of `GET /tasks`. */
export const dockerTask = (overrides: Document = {}): Document => ({
  ID: '0kzzo1i0y4jz6027t0k7aezc7',
  Version: { Index: 71 },
  CreatedAt: '2026-06-07T21:07:31.171892745Z',
  UpdatedAt: '2026-06-07T21:07:31.376370513Z',
  Labels: {},
  Spec: {
    ContainerSpec: { Image: 'nginx:1.27', Env: ['A=b'] },
    Resources: { Limits: {}, Reservations: {} },
    Networks: [{ Target: 'xg8qvuz4ko70xaltuqbt89561' }],
    ForceUpdate: 0,
  },
  ServiceID: '9mnpnzenvg8p8tdbtq4wvbkcz',
  Slot: 1,
  NodeID: '60gvrl6tm78dmak4yl7srz94v',
  Status: {
    Timestamp: '2026-06-07T21:07:31.290032978Z',
    State: 'running',
    Message: 'started',
    ContainerStatus: {
      ContainerID: 'e5d62702a1b48d01c3e02ca1e0212a250801fa8d67caca0b6f35919ebc12f035',
      PID: 677,
      ExitCode: 0,
    },
    PortStatus: {
      Ports: [
        { Protocol: 'tcp', TargetPort: 80, PublishedPort: 32_768, PublishMode: 'host' },
        { Protocol: 'tcp', TargetPort: 80, PublishedPort: 32_768, PublishMode: 'host' },
        { Protocol: 'udp', TargetPort: 53, PublishedPort: 32_768, PublishMode: 'host' },
        { Protocol: 'udp', TargetPort: 53, PublishedPort: 32_768, PublishMode: 'host' },
      ],
    },
  },
  DesiredState: 'running',
  NetworksAttachments: [
    {
      Network: { ID: '4qvuz4ko70xaltuqbt8956gd1', Spec: { Name: 'ingress' } },
      Addresses: ['10.255.0.10/16'],
    },
    {
      Network: { ID: 'xg8qvuz4ko70xaltuqbt89561', Spec: { Name: 'front' } },
      Addresses: ['10.0.9.3/24', 'fd00:9::3/64'],
    },
  ],
  ...overrides,
});

/** An entry of `GET /nodes`, of a manager. */
export const dockerNode = (overrides: Document = {}): Document => ({
  ID: '60gvrl6tm78dmak4yl7srz94v',
  Version: { Index: 9 },
  CreatedAt: '2026-06-07T20:31:11.999868824Z',
  UpdatedAt: '2026-06-07T20:31:12.5Z',
  Spec: { Labels: { zone: 'a' }, Role: 'manager', Availability: 'drain' },
  Description: {
    Hostname: 'alpha',
    Platform: { Architecture: 'x86_64', OS: 'linux' },
    Resources: { NanoCPUs: 2_000_000_000, MemoryBytes: 8_272_408_576 },
    Engine: {
      EngineVersion: '20.10.24',
      Labels: { disk: 'ssd' },
      Plugins: [{ Type: 'Network', Name: 'overlay' }],
    },
    TLSInfo: { TrustRoot: '-----BEGIN CERTIFICATE-----' },
  },
  Status: { State: 'ready', Message: 'heartbeat', Addr: '192.0.2.1' },
  ManagerStatus: { Leader: true, Reachability: 'reachable', Addr: '192.0.2.1:2377' },
  ...overrides,
});

/** The certificate authority of a swarm that is gone, as an engine shows it. */
export const TRUST_ROOT = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBajCCARCgAwIBAgIUW4x6oeHsV0oXu8ZcS9leArGCSZowCgYIKoZIzj0EAwIw',
  'EzERMA8GA1UEAxMIc3dhcm0tY2EwHhcNMjYxMTIyMjE0MjAwWhcNNDYxMTE3MjE0',
  'MjAwWjATMREwDwYDVQQDEwhzd2FybS1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH',
  'A0IABK/5m6PFxKwtqyxQz9z29Cz2UVvl0mAP5TBcx1wy7dac68Zv+d2ElQeXRv/9',
  'zq8NarI7i+bXYxqUjYXfrsfZ3+OjQjBAMA4GA1UdDwEB/wQEAwIBBjAPBgNVHRMB',
  'Af8EBTADAQH/MB0GA1UdDgQWBBTlYxPUioPs5v5kNje/F2X0/89kUjAKBggqhkjO',
  'PQQDAgNIADBFAiEA3QnlxXSQxUS4ZxuyLQQe9cwA7tk3sNluhD0mNG9w9hsCIHTH',
  'u/o59XuSqR0YJWegcLeT0hmD3K4LzJzcSlm3H+R9',
  '-----END CERTIFICATE-----',
  '',
].join('\n');

/** `GET /swarm`, with the secrets that it carries. */
export const dockerSwarm = (overrides: Document = {}): Document => ({
  ID: 'abajmipo7b4xz5ip2nrla6b11',
  Version: { Index: 373_531 },
  CreatedAt: '2026-06-07T20:31:11.880065305Z',
  UpdatedAt: '2026-06-07T21:31:11.880065305Z',
  Spec: {
    Name: 'default',
    Labels: {},
    Orchestration: { TaskHistoryRetentionLimit: 5 },
    Raft: { SnapshotInterval: 10_000 },
    CAConfig: { NodeCertExpiry: 7_776_000_000_000_000, SigningCAKey: 'CA-KEY-MATERIAL' },
    EncryptionConfig: { AutoLockManagers: true },
  },
  TLSInfo: { TrustRoot: 'TRUST-ROOT' },
  RootRotationInProgress: false,
  DataPathPort: 4790,
  DefaultAddrPool: ['10.0.0.0/8', '172.31.0.0/16'],
  SubnetSize: 26,
  JoinTokens: { Worker: 'SWMTKN-1-worker-secret', Manager: 'SWMTKN-1-manager-secret' },
  ...overrides,
});

/** An entry of `GET /configs`. */
export const dockerConfig = (overrides: Document = {}): Document => ({
  ID: 'ktnbjxoalbkvbvedmg1urrz8h',
  Version: { Index: 11 },
  CreatedAt: '2026-06-07T20:31:11.880065305Z',
  UpdatedAt: '2026-06-07T20:31:12Z',
  Spec: {
    Name: 'swarmplane.token.a1',
    Labels: { 'swarmplane.document': '{"a":1}' },
    Data: 'a2VwdA==',
    Templating: { Name: 'none' },
  },
  ...overrides,
});
