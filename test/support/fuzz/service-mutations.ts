import fc from 'fast-check';
import type { Mount } from '../../../src/domain/container.ts';
import type { Partly } from '../../../src/domain/partly.ts';
import type { ServiceSpec } from '../../../src/domain/service.ts';

type Mutation = Partly<ServiceSpec>;

const some = <T>(item: fc.Arbitrary<T>, maxLength = 2): fc.Arbitrary<T[]> => fc.array(item, { maxLength });
const map = (...keys: string[]): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(fc.constantFrom(...keys), fc.constantFrom('', '1', 'pay'), { maxKeys: 2 });
const anything = fc.string({ maxLength: 6 });

const source = fc.oneof(
  fc.constantFrom(
    null,
    'data',
    'a.b-c',
    '/',
    '/srv/x',
    '/var/run/docker.sock',
    '../etc',
    '/srv/../proc',
    '{{.Node.ID}}',
  ),
  anything,
);
const mount = fc.record({
  type: fc.constantFrom('volume', 'volume', 'tmpfs', 'bind', 'npipe', 'cluster', 'image') as fc.Arbitrary<
    Mount['type']
  >,
  source,
  target: fc.constantFrom('/data', '/bin'),
  readOnly: fc.boolean(),
  bindOptions: fc.option(
    fc.record({
      propagation: fc.constantFrom(null, 'private', 'rprivate', 'rshared', 'shared', 'slave', 'rslave'),
    }),
  ),
  volumeOptions: fc.option(
    fc.record({
      labels: map('a', 'io.swarmplane.router', 'com.docker.stack.namespace'),
      driver: fc.option(
        fc.record({ name: fc.constantFrom('', 'local', 'rexray'), options: map('o', 'device') }),
      ),
    }),
  ),
});

const file = {
  target: fc.constantFrom('f', '/bin/sh'),
  uid: fc.constant('0'),
  gid: fc.constant('0'),
  mode: fc.constant(292),
};

/** Each sets a field or two, to what is harmless and to what is not. */
const MUTATIONS: readonly fc.Arbitrary<Mutation>[] = [
  fc.record({ mounts: some(mount) }),
  fc.record({ image: fc.constantFrom('nginx', 'evil', 'registry.corp/app') }),
  fc.record({ command: some(fc.constantFrom('sh', '-c')) }),
  fc.record({ args: some(anything) }),
  fc.record({ env: map('A', 'LD_PRELOAD') }),
  fc.record({
    user: fc.constantFrom(null, 'app', '1000', '0', '00', 'root', 'Root', '0:0', '1000:0', ':5', '10'),
  }),
  fc.record({ groups: some(fc.constantFrom('users', '0', 'root', '10')) }),
  fc.record({ hosts: some(fc.constantFrom('192.0.2.1 a', '192.0.2.2 b')) }),
  fc.record({
    dnsConfig: fc.record({
      nameservers: some(fc.constant('192.0.2.3')),
      search: some(fc.constant('corp')),
      options: some(fc.constant('ndots:1')),
    }),
  }),
  fc.record({
    secrets: some(
      fc.record({ ...file, secretId: fc.constantFrom('s1', 's2'), secretName: fc.constantFrom('s1', 's2') }),
    ),
  }),
  fc.record({
    configs: some(
      fc.record({ ...file, configId: fc.constantFrom('c1', 'c2'), configName: fc.constantFrom('c1', 'c2') }),
    ),
  }),
  fc.record({ sysctls: map('net.a', 'kernel.b') }),
  fc.record({
    ulimits: some(
      fc.record({
        name: fc.constantFrom('nofile', 'nproc'),
        soft: fc.constantFrom(1, 2),
        hard: fc.constant(3),
      }),
    ),
  }),
  fc.record({ capabilityAdd: some(fc.constantFrom('SYS_ADMIN', 'cap_net_raw', 'ALL')) }),
  fc.record({
    privileges: fc.option(
      fc.record({
        seccomp: fc.option(fc.record({ mode: fc.constantFrom('default', 'unconfined', 'custom') })),
        appArmor: fc.option(fc.record({ mode: fc.constantFrom('default', 'disabled') })),
        seLinuxContext: fc.option(fc.record({ disable: fc.boolean() })),
        credentialSpec: fc.option(fc.record({ file: fc.constant('a.json') })),
      }),
    ),
  }),
  fc.record({ isolation: fc.constantFrom('default', 'process', 'hyperv') }),
  fc.record({ oomScoreAdj: fc.constantFrom(0, -1000, 500) }),
  fc.record({
    networks: some(
      fc.record({
        networkId: fc.constantFrom('open', 'open', 'pay', 'mesh', 'odd', 'host'),
        aliases: some(fc.constantFrom('api', 'db', 'Cache', 'STORE', 'tasks.db', 'a.example')),
        driverOptions: map('x'),
      }),
    ),
  }),
  fc.record({ hostname: fc.constantFrom(null, 'web', 'db', 'x-{{.Node.Hostname}}', '{{.Service.Labels}}') }),
  fc.record({
    ports: some(
      fc.record({
        targetPort: fc.constant(80),
        publishedPort: fc.constantFrom(null, 80, 8080, 22, 2376, 7946),
        protocol: fc.constantFrom('tcp', 'udp'),
        publishMode: fc.constantFrom('ingress', 'ingress', 'host'),
      }),
    ),
  }),
  fc.record({
    placement: fc.record({
      constraints: some(
        fc.constantFrom(
          'node.role==worker',
          'node.role == manager',
          'node.ROLE!=worker',
          'node.id==m1',
          'node.Hostname==Boss',
          'node.labels.zone!=a',
          'node.labels.x==y',
        ),
        1,
      ),
    }),
  }),
  fc.record({
    logDriver: fc.option(
      fc.record({ name: fc.constantFrom('json-file', 'local', 'syslog'), options: map('a') }),
    ),
  }),
  fc.record({
    labels: map('a', 'io.swarmplane.router', 'swarmplane.operation', 'com.docker.stack.namespace'),
  }),
  fc.record({ containerLabels: map('a', 'com.docker.x') }),
  fc.record({ replicas: fc.integer({ min: 0, max: 9 }), forceUpdate: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ readOnly: fc.boolean(), tty: fc.boolean(), stopGracePeriod: fc.constantFrom(null, 1000) }),
  fc.record({ healthcheck: fc.option(fc.record({ test: fc.constant(['CMD', 'true']) })) }),
] as readonly fc.Arbitrary<Mutation>[];

/** What is changed of a spec, a field at a time; most often one. */
export const mutations = fc
  .array(fc.oneof(...MUTATIONS), { minLength: 1, maxLength: 3 })
  .map((parts): Mutation => Object.assign({}, ...parts) as Mutation);
