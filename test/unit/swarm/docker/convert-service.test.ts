import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceSpec } from '../../../../src/domain/service.ts';
import {
  serviceFromDocker,
  serviceSpecFromDocker,
  serviceSpecToDocker,
} from '../../../../src/swarm/docker/convert-service.ts';
import { at, put, type Document } from '../../../../src/swarm/docker/document.ts';
import { deepFreeze } from '../../../../src/swarm/deep-freeze.ts';
import { completeContainer } from '../../../../src/domain/container-defaults.ts';
import { validServiceSpec } from '../../../factories/arbitrary.ts';
import { dockerService, dockerServiceSpec } from '../../../factories/docker.ts';
import { serviceSpec } from '../../../factories/domain.ts';

const SPEC: ServiceSpec = {
  ...completeContainer({
    groups: ['adm'],
    privileges: {},
    init: true,
    stopSignal: 'SIGQUIT',
    healthcheck: { test: ['CMD', 'true'], interval: 5000 },
    hosts: ['192.0.2.9 backend'],
    dnsConfig: { nameservers: ['192.0.2.53'] },
    mounts: [{ type: 'volume', source: 'data', target: '/data', volumeOptions: { noCopy: true } }],
    secrets: [{ target: 'key', uid: '0', gid: '0', mode: 0o444, secretId: 's1', secretName: 'key' }],
    sysctls: { 'net.core.somaxconn': '1024' },
  }),
  name: 'web',
  labels: { 'com.docker.stack.namespace': 'shop', tier: 'front' },
  mode: 'replicated',
  replicas: 3,
  maxConcurrent: null,
  totalCompletions: null,
  image: 'nginx:1.27@sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31',
  command: ['/entrypoint.sh'],
  args: ['nginx', '-g', 'daemon off;'],
  env: { MODE: 'production', EMPTY: '', EXPRESSION: 'a=b', BARE: '' },
  dir: '/srv',
  user: 'www',
  hostname: '{{.Task.Name}}',
  containerLabels: { 'com.docker.stack.namespace': 'shop' },
  stopGracePeriod: 30_000,
  networks: [
    {
      networkId: 'xg8qvuz4ko70xaltuqbt89561',
      aliases: ['web', 'www'],
      driverOptions: { 'com.docker.network.endpoint.x': '1' },
    },
    { networkId: 'second', aliases: [], driverOptions: {} },
  ],
  endpointMode: 'vip',
  ports: [
    { targetPort: 80, publishedPort: 8080, protocol: 'tcp', publishMode: 'ingress' },
    { targetPort: 53, publishedPort: null, protocol: 'udp', publishMode: 'ingress' },
  ],
  placement: {
    constraints: ['node.role == worker'],
    preferences: [{ spread: 'node.labels.zone' }],
    maxReplicas: 2,
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: null },
    ],
  },
  resources: {
    limits: { nanoCpus: 500_000_000, memoryBytes: 268_435_456, pids: 100 },
    reservations: {
      nanoCpus: 250_000_000,
      memoryBytes: null,
      genericResources: [{ kind: 'SSD', value: 3 }],
    },
  },
  restartPolicy: { condition: 'on-failure', delay: 5000, maxAttempts: 3, window: 120_500 },
  updateConfig: {
    parallelism: 2,
    delay: 10_000,
    failureAction: 'rollback',
    monitor: 15_000,
    maxFailureRatio: 0.1,
    order: 'start-first',
  },
  rollbackConfig: {
    parallelism: 0,
    delay: null,
    failureAction: 'pause',
    monitor: null,
    maxFailureRatio: 0,
    order: 'stop-first',
  },
  logDriver: { name: 'json-file', options: { 'max-size': '10m' } },
  forceUpdate: 2,
};

describe('serviceFromDocker', () => {
  it('reads a whole service of Docker 20.10', () => {
    expect(serviceFromDocker(dockerService())).toEqual({
      ...SPEC,
      id: '9mnpnzenvg8p8tdbtq4wvbkcz',
      version: 19,
      createdAt: '2026-06-07T21:05:51.880065305Z',
      updatedAt: '2026-06-07T21:07:29.962229872Z',
      virtualIps: [
        { networkId: '4qvuz4ko70xaltuqbt8956gd1', address: '10.0.0.5' },
        { networkId: 'xg8qvuz4ko70xaltuqbt89561', address: '10.0.9.2' },
      ],
      publishedPorts: [
        { targetPort: 80, publishedPort: 8080, protocol: 'tcp', publishMode: 'ingress' },
        { targetPort: 53, publishedPort: 30_000, protocol: 'udp', publishMode: 'ingress' },
      ],
      updateStatus: {
        state: 'completed',
        startedAt: '2026-06-07T21:07:20.1Z',
        completedAt: '2026-06-07T21:07:29Z',
        message: 'update completed',
      },
      previousSpec: serviceSpec({ name: 'web', image: 'nginx:1.26', replicas: 1, init: false }),
      specVersion: null,
      jobIteration: null,
    });
  });

  it('reads a service that has hardly begun', () => {
    const service = serviceFromDocker({ ID: 'a', Spec: { Name: 'web' }, Endpoint: {}, UpdateStatus: {} });
    expect(service).toMatchObject({
      id: 'a',
      version: 0,
      virtualIps: [],
      publishedPorts: [],
      updateStatus: null,
      previousSpec: null,
    });
  });
});

describe('serviceSpecFromDocker', () => {
  it.each<[string, Document, Partial<ServiceSpec>]>([
    ['replicated', { Replicated: { Replicas: 0 } }, { mode: 'replicated', replicas: 0 }],
    ['replicated without a number', { Replicated: {} }, { mode: 'replicated', replicas: null }],
    ['global', { Global: {} }, { mode: 'global', replicas: null }],
    [
      'replicated-job',
      { ReplicatedJob: { MaxConcurrent: 2, TotalCompletions: 10 } },
      { mode: 'replicated-job', replicas: null, maxConcurrent: 2, totalCompletions: 10 },
    ],
    ['global-job', { GlobalJob: {} }, { mode: 'global-job', replicas: null, maxConcurrent: null }],
  ])('reads the mode %s', (_, mode, expected) => {
    expect(serviceSpecFromDocker(dockerServiceSpec({ Mode: mode }))).toMatchObject(expected);
  });

  it('finds the networks where old clients put them', () => {
    const spec = serviceSpecFromDocker({
      Name: 'old',
      TaskTemplate: { ContainerSpec: { Image: 'nginx' } },
      Networks: [{ Target: 'n1', Aliases: ['a'] }],
    });
    expect(spec.networks).toEqual([{ networkId: 'n1', aliases: ['a'], driverOptions: {} }]);
  });

  it('prefers the networks of the task template, as Swarm does', () => {
    const spec = serviceSpecFromDocker(dockerServiceSpec({ Networks: [{ Target: 'old' }] }));
    expect(spec.networks.map((attachment) => attachment.networkId)).toEqual([
      'xg8qvuz4ko70xaltuqbt89561',
      'second',
    ]);
  });

  it('reads an empty document as a spec in which nothing is set', () => {
    expect(serviceSpecFromDocker({})).toEqual(serviceSpec({ name: '', image: '', replicas: undefined }));
  });

  it.each([
    ['Labels', null],
    ['TaskTemplate', null],
    ['Mode', null],
    ['EndpointSpec', null],
    ['UpdateConfig', null],
  ])('takes %s: null as Go means it: unset', (field, value) => {
    expect(serviceSpecFromDocker({ ...dockerServiceSpec(), [field]: value })).toEqual(
      serviceSpecFromDocker(
        Object.fromEntries(Object.entries(dockerServiceSpec()).filter(([name]) => name !== field)),
      ),
    );
  });
});

/** For each field one other value than `SPEC` has, and all places in Docker's document that may change for it. */
const EDITS: {
  readonly [K in keyof ServiceSpec]: readonly [value: ServiceSpec[K], places: readonly string[]];
} = {
  name: ['other', ['Name']],
  labels: [{ tier: 'back' }, ['Labels']],
  mode: ['global', ['Mode']],
  replicas: [5, ['Mode.Replicated.Replicas']],
  maxConcurrent: [1, []],
  totalCompletions: [1, []],
  image: ['other', ['TaskTemplate.ContainerSpec.Image']],
  command: [[], ['TaskTemplate.ContainerSpec.Command']],
  args: [['x'], ['TaskTemplate.ContainerSpec.Args']],
  env: [{ A: 'b' }, ['TaskTemplate.ContainerSpec.Env']],
  dir: [null, ['TaskTemplate.ContainerSpec.Dir']],
  user: ['root', ['TaskTemplate.ContainerSpec.User']],
  hostname: [null, ['TaskTemplate.ContainerSpec.Hostname']],
  containerLabels: [{}, ['TaskTemplate.ContainerSpec.Labels']],
  stopGracePeriod: [1.5, ['TaskTemplate.ContainerSpec.StopGracePeriod']],
  networks: [
    [{ ...(SPEC.networks[0] as ServiceSpec['networks'][0]), aliases: ['only'] }],
    ['TaskTemplate.Networks'],
  ],
  endpointMode: ['dnsrr', ['EndpointSpec.Mode']],
  ports: [[{ ...(SPEC.ports[0] as ServiceSpec['ports'][0]), publishMode: 'host' }], ['EndpointSpec.Ports']],
  placement: [{ ...SPEC.placement, maxReplicas: null }, ['TaskTemplate.Placement.MaxReplicas']],
  resources: [
    { ...SPEC.resources, limits: { nanoCpus: null, memoryBytes: 1, pids: 100 } },
    ['TaskTemplate.Resources.Limits.NanoCPUs', 'TaskTemplate.Resources.Limits.MemoryBytes'],
  ],
  restartPolicy: [
    { condition: 'none', delay: null, maxAttempts: 3, window: 120_500 },
    ['TaskTemplate.RestartPolicy.Condition', 'TaskTemplate.RestartPolicy.Delay'],
  ],
  updateConfig: [
    { ...(SPEC.updateConfig as NonNullable<ServiceSpec['updateConfig']>), parallelism: 7 },
    ['UpdateConfig.Parallelism'],
  ],
  rollbackConfig: [null, ['RollbackConfig']],
  groups: [[], ['TaskTemplate.ContainerSpec.Groups']],
  hosts: [['192.0.2.10 backend'], ['TaskTemplate.ContainerSpec.Hosts']],
  dnsConfig: [
    { nameservers: ['192.0.2.53'], search: ['example'], options: [] },
    ['TaskTemplate.ContainerSpec.DNSConfig.Search'],
  ],
  init: [false, ['TaskTemplate.ContainerSpec.Init']],
  tty: [true, ['TaskTemplate.ContainerSpec.TTY']],
  openStdin: [true, ['TaskTemplate.ContainerSpec.OpenStdin']],
  readOnly: [true, ['TaskTemplate.ContainerSpec.ReadOnly']],
  stopSignal: [null, ['TaskTemplate.ContainerSpec.StopSignal']],
  healthcheck: [
    { ...(SPEC.healthcheck as NonNullable<ServiceSpec['healthcheck']>), retries: 3 },
    ['TaskTemplate.ContainerSpec.Healthcheck.Retries'],
  ],
  mounts: [
    [{ ...(SPEC.mounts[0] as ServiceSpec['mounts'][0]), readOnly: true }],
    ['TaskTemplate.ContainerSpec.Mounts'],
  ],
  secrets: [[], ['TaskTemplate.ContainerSpec.Secrets']],
  configs: [
    [{ target: '/etc/a', uid: '1', gid: '2', mode: 0o400, configId: 'c1', configName: 'a' }],
    ['TaskTemplate.ContainerSpec.Configs'],
  ],
  sysctls: [{}, ['TaskTemplate.ContainerSpec.Sysctls']],
  ulimits: [[{ name: 'nofile', soft: 1, hard: 2 }], ['TaskTemplate.ContainerSpec.Ulimits']],
  capabilityAdd: [['CAP_NET_ADMIN'], ['TaskTemplate.ContainerSpec.CapabilityAdd']],
  capabilityDrop: [['ALL'], ['TaskTemplate.ContainerSpec.CapabilityDrop']],
  privileges: [
    {
      ...(SPEC.privileges as NonNullable<ServiceSpec['privileges']>),
      credentialSpec: { file: null, registry: null, configId: 'c9', configName: 'account' },
    },
    ['TaskTemplate.ContainerSpec.Privileges.CredentialSpec', 'TaskTemplate.ContainerSpec.Configs'],
  ],
  isolation: ['hyperv', ['TaskTemplate.ContainerSpec.Isolation']],
  oomScoreAdj: [-500, ['TaskTemplate.ContainerSpec.OomScoreAdj']],
  logDriver: [{ name: 'json-file', options: {} }, ['TaskTemplate.LogDriver.Options']],
  forceUpdate: [3, ['TaskTemplate.ForceUpdate']],
};
const FIELDS = Object.keys(EDITS) as (keyof ServiceSpec)[];

const without = (document: Document, places: readonly string[]): Document => {
  const copy = structuredClone(document);
  for (const place of places) put(copy, place, undefined);
  return copy;
};

describe('serviceSpecToDocker', () => {
  it('writes every valid spec so that it reads back the same', () => {
    fc.assert(
      fc.property(validServiceSpec, (spec) => {
        const written = serviceSpecToDocker(spec);
        expect(serviceSpecFromDocker(written)).toEqual(spec);
        // What JSON cannot carry would be lost on the way to the engine.
        expect(serviceSpecFromDocker(JSON.parse(JSON.stringify(written)) as Document)).toEqual(spec);
      }),
      { numRuns: 300 },
    );
  });

  it('writes any valid spec over any other so that it reads back the same', () => {
    fc.assert(
      fc.property(validServiceSpec, validServiceSpec, (before, after) => {
        const base = serviceSpecToDocker(before);
        expect(serviceSpecFromDocker(serviceSpecToDocker(after, base))).toEqual(after);
        expect(serviceSpecToDocker(before, base)).toEqual(base);
      }),
      { numRuns: 300 },
    );
  });

  it('says what Docker wants to be said of a new service, and no more', () => {
    expect(serviceSpecToDocker(serviceSpec({ replicas: 2 }))).toEqual({
      Name: 'web',
      Mode: { Replicated: { Replicas: 2 } },
      TaskTemplate: { ContainerSpec: { Image: 'nginx' } },
      EndpointSpec: { Mode: 'vip' },
    });
    expect(serviceSpecToDocker(serviceSpec({ mode: 'global', replicas: undefined }))['Mode']).toEqual({
      Global: {},
    });
    expect(
      serviceSpecToDocker(serviceSpec({ mode: 'replicated-job', replicas: undefined, maxConcurrent: 0 }))[
        'Mode'
      ],
    ).toEqual({ ReplicatedJob: { MaxConcurrent: 0 } });
  });

  it('sends a spec back as it came when nothing was edited', () => {
    const base = deepFreeze(dockerServiceSpec());
    expect(serviceSpecToDocker(SPEC, base)).toEqual(base);
    expect(serviceSpecToDocker(SPEC, base)).not.toBe(base);
  });

  it.each(FIELDS)('edits %s and leaves everything else as it came', (field) => {
    const [value, places] = EDITS[field];
    const base = deepFreeze(dockerServiceSpec());
    const edited: ServiceSpec = { ...SPEC, [field]: value };
    const written = serviceSpecToDocker(edited, base);
    expect(without(written, places)).toEqual(without(base, places));
    if (places.length > 0) expect(serviceSpecFromDocker(written)[field]).toEqual(value);
    else expect(written).toEqual(base);
  });

  it('leaves unknown fields at any depth as they came, whatever is edited', () => {
    fc.assert(
      fc.property(validServiceSpec, fc.subarray(FIELDS), (other, fields) => {
        const base = deepFreeze(dockerServiceSpec());
        const edited = fields
          .filter((field) => field !== 'mode')
          .reduce<ServiceSpec>((spec, field) => ({ ...spec, [field]: other[field] }), SPEC);
        const written = serviceSpecToDocker(edited, base);
        for (const place of [
          'Extension',
          'Mode.Replicated.Spare',
          'EndpointSpec.Affinity',
          'TaskTemplate.Runtime',
          'TaskTemplate.ContainerSpec.PullOptions',
          'TaskTemplate.Resources.MemorySwappiness',
          ...(edited.logDriver ? ['TaskTemplate.LogDriver.Extra'] : []),
          ...(edited.healthcheck ? ['TaskTemplate.ContainerSpec.Healthcheck.Extra'] : []),
          ...(edited.privileges ? ['TaskTemplate.ContainerSpec.Privileges.Extra'] : []),
          ...(edited.restartPolicy ? ['TaskTemplate.RestartPolicy.Jitter'] : []),
          ...(edited.updateConfig ? ['UpdateConfig.Canary'] : []),
        ]) {
          expect(at(written, place), place).toEqual(at(base, place));
          expect(at(written, place), place).toBeDefined();
        }
      }),
    );
  });

  it('keeps the unknown fields of list entries that stay while others come and go', () => {
    const base = deepFreeze(dockerServiceSpec());
    const [first] = SPEC.networks as [ServiceSpec['networks'][0]];
    const [http] = SPEC.ports as [ServiceSpec['ports'][0]];
    const written = serviceSpecToDocker(
      {
        ...SPEC,
        networks: [
          { networkId: 'third', aliases: [], driverOptions: {} },
          { ...first, driverOptions: {} },
        ],
        ports: [
          { targetPort: 443, publishedPort: 8443, protocol: 'tcp', publishMode: 'ingress' },
          { ...http, publishMode: 'host' },
        ],
        placement: {
          ...SPEC.placement,
          preferences: [{ spread: 'node.labels.rack' }, { spread: 'node.labels.zone' }],
        },
      },
      base,
    );
    expect(at(written, 'TaskTemplate.Networks')).toEqual([
      { Target: 'third' },
      { Target: first.networkId, Aliases: ['web', 'www'], LinkLocal: true },
    ]);
    expect(at(written, 'EndpointSpec.Ports')).toEqual([
      { Protocol: 'tcp', TargetPort: 443, PublishedPort: 8443, PublishMode: 'ingress' },
      { Name: 'http', Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' },
    ]);
    expect(at(written, 'TaskTemplate.Placement.Preferences')).toEqual([
      { Spread: { SpreadDescriptor: 'node.labels.rack' } },
      { Spread: { SpreadDescriptor: 'node.labels.zone' }, Weight: 2 },
    ]);
  });

  it('keeps a list entry that Docker wrote without its defaults as the same entry', () => {
    const base = dockerServiceSpec({
      EndpointSpec: { Mode: 'vip', Ports: [{ Name: 'http', TargetPort: 80, PublishedPort: 8080 }] },
    });
    const spec = serviceSpecFromDocker(base);
    const [http] = spec.ports as [ServiceSpec['ports'][0]];
    const written = serviceSpecToDocker({ ...spec, ports: [{ ...http, publishMode: 'host' }] }, base);
    expect(at(written, 'EndpointSpec.Ports')).toMatchObject([{ Name: 'http', PublishMode: 'host' }]);
  });

  it('moves the networks of old clients to the task template, but only when they are edited', () => {
    const old: Document = deepFreeze({
      Name: 'old',
      Mode: { Replicated: { Replicas: 1 } },
      TaskTemplate: { ContainerSpec: { Image: 'nginx' } },
      Networks: [{ Target: 'n1', Aliases: ['a'] }],
    });
    const spec = serviceSpecFromDocker(old);
    expect(serviceSpecToDocker({ ...spec, replicas: 2 }, old)['Networks']).toEqual(old['Networks']);
    const edited = serviceSpecToDocker(
      { ...spec, networks: [...spec.networks, { networkId: 'n2', aliases: [], driverOptions: {} }] },
      old,
    );
    expect(edited['Networks']).toBeUndefined();
    expect(at(edited, 'TaskTemplate.Networks')).toEqual([{ Target: 'n1', Aliases: ['a'] }, { Target: 'n2' }]);
    const detached = serviceSpecToDocker({ ...spec, networks: [] }, old);
    expect(serviceSpecFromDocker(detached).networks).toEqual([]);
  });

  it('shares nothing with what it was given', () => {
    const spec = serviceSpec({ labels: { a: '1' }, command: ['x'], env: { A: '1' } });
    const base = dockerServiceSpec();
    const written = serviceSpecToDocker(spec, base);
    (written['Labels'] as Document)['b'] = '2';
    (at(written, 'TaskTemplate.ContainerSpec.Command') as string[]).push('y');
    (at(written, 'TaskTemplate.ContainerSpec.PullOptions') as Document)['Policy'] = 'always';
    expect(spec).toMatchObject({ labels: { a: '1' }, command: ['x'] });
    expect(base).toEqual(dockerServiceSpec());
  });
});
