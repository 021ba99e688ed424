import fc from 'fast-check';
import type { ContainerSettings, Driver, Mount, Privileges } from '../../src/domain/container.ts';
import { completeContainer } from '../../src/domain/container-defaults.ts';
import type {
  NetworkAttachment,
  PublishedPort,
  RestartPolicy,
  ServiceMode,
  ServiceSpec,
  UpdateConfig,
} from '../../src/domain/service.ts';

const LETTERS_AND_DIGITS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'];

/** A name that a service can have. */
export const serviceName = fc
  .array(fc.constantFrom(...LETTERS_AND_DIGITS), { minLength: 1, maxLength: 63 })
  .map((characters) => characters.join(''));

const text = fc.string({ unit: 'binary', maxLength: 12 });
const visible = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 });
const stringMap = fc.dictionary(fc.oneof(visible, fc.constantFrom('__proto__', 'constructor')), text, {
  noNullPrototype: true,
  maxKeys: 4,
});
const env = fc.dictionary(
  visible.map((name) => name.replaceAll('=', '_')),
  text,
  { noNullPrototype: true, maxKeys: 4 },
);
/** Milliseconds that are a whole number of nanoseconds, up to a week. */
const milliseconds = fc.integer({ min: 0, max: 7 * 24 * 3600 * 1000 * 1000 }).map((micros) => micros / 1000);
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const amounts = {
  nanoCpus: orNull(fc.integer({ min: 1, max: 2 ** 40 })),
  memoryBytes: orNull(fc.integer({ min: 1, max: 2 ** 45 })),
};

const attachment: fc.Arbitrary<NetworkAttachment> = fc.record({
  networkId: fc.constantFrom('n1', 'n2', 'n3', 'n4', 'n5'),
  aliases: fc.array(serviceName, { maxLength: 3 }),
  driverOptions: stringMap,
});
const port: fc.Arbitrary<PublishedPort> = fc.record({
  targetPort: fc.integer({ min: 1, max: 65_535 }),
  publishedPort: orNull(fc.integer({ min: 1, max: 65_535 })),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
  publishMode: fc.constant('host' as const),
});
const restartPolicy: fc.Arbitrary<RestartPolicy> = fc.record({
  condition: orNull(fc.constantFrom('none' as const, 'on-failure' as const)),
  delay: orNull(milliseconds),
  maxAttempts: orNull(fc.nat(1000)),
  window: orNull(milliseconds),
});
const updateConfig: fc.Arbitrary<UpdateConfig> = fc.record({
  parallelism: fc.nat(1000),
  delay: orNull(milliseconds),
  failureAction: orNull(fc.constantFrom('pause' as const, 'continue' as const, 'rollback' as const)),
  monitor: orNull(milliseconds),
  maxFailureRatio: fc.double({ min: 0, max: 1, noNaN: true }).map((ratio) => ratio || 0),
  order: orNull(fc.constantFrom('stop-first' as const, 'start-first' as const)),
});

const driver: fc.Arbitrary<Driver> = fc.record({ name: serviceName, options: stringMap });
const names = fc.uniqueArray(serviceName, { maxLength: 3 });
const target = serviceName.map((name) => `/${name}`);
const size = orNull(fc.integer({ min: 1, max: 2 ** 45 }));
const permissions = fc.nat(0o7777);

const mount: fc.Arbitrary<Mount> = fc.oneof(
  fc.record({
    ...noMountOptions('bind'),
    source: target,
    target,
    readOnly: fc.constant(true),
    bindOptions: orNull(
      fc.record({
        propagation: orNull(fc.constantFrom('rprivate' as const, 'shared' as const)),
        nonRecursive: fc.boolean(),
        readOnlyNonRecursive: fc.constant(true),
        readOnlyForceRecursive: fc.constant(false),
      }),
    ),
  }),
  fc.record({
    ...noMountOptions('volume'),
    source: orNull(serviceName),
    target,
    readOnly: fc.boolean(),
    volumeOptions: orNull(
      fc.record({
        noCopy: fc.boolean(),
        labels: stringMap,
        driver: orNull(driver),
        subpath: orNull(serviceName),
      }),
    ),
  }),
  fc.record({
    ...noMountOptions('tmpfs'),
    source: fc.constant(null),
    target,
    readOnly: fc.boolean(),
    tmpfsOptions: orNull(fc.record({ sizeBytes: size, mode: permissions.map((mode) => mode || null) })),
  }),
);

function noMountOptions(type: Mount['type']) {
  const none = fc.constant(null);
  return {
    type: fc.constant(type),
    consistency: none,
    bindOptions: none,
    volumeOptions: none,
    tmpfsOptions: none,
  };
}

const user = fc.nat(65_535).map(String);
const file = { target, uid: user, gid: user, mode: permissions };
const privileges: fc.Arbitrary<Privileges> = fc.record({
  credentialSpec: orNull(
    fc.oneof(
      fc.record({ ...noCredentials(), file: serviceName }),
      fc.record({ ...noCredentials(), registry: serviceName }),
      fc.record({ ...noCredentials(), configId: fc.constant('runtime'), configName: fc.constant('account') }),
    ),
  ),
  seLinuxContext: orNull(
    fc.record({
      disable: fc.boolean(),
      user: orNull(visible),
      role: orNull(visible),
      type: orNull(visible),
      level: orNull(visible),
    }),
  ),
  seccomp: orNull(
    fc.oneof(
      fc.record({
        mode: fc.constantFrom('default' as const, 'unconfined' as const),
        profile: fc.constant(null),
      }),
      fc.record({ mode: fc.constant('custom' as const), profile: fc.json() }),
    ),
  ),
  appArmor: orNull(fc.record({ mode: fc.constantFrom('default' as const, 'disabled' as const) })),
  noNewPrivileges: fc.boolean(),
});

function noCredentials() {
  const none = fc.constant(null);
  return { file: none, registry: none, configId: none, configName: none };
}

const healthcheck = fc.record({
  test: fc.constantFrom<string[]>([], ['CMD', 'true'], ['CMD-SHELL', 'exit 0']),
  interval: orNull(fc.integer({ min: 1, max: 1e6 })),
  timeout: orNull(fc.integer({ min: 1, max: 1e6 })),
  retries: orNull(fc.integer({ min: 1, max: 100 })),
  startPeriod: orNull(fc.integer({ min: 1, max: 1e6 })),
  startInterval: orNull(fc.integer({ min: 1, max: 1e6 })),
});

/** Any settings of a container that `checkContainer` lets through. */
const containerSettings: fc.Arbitrary<ContainerSettings> = fc
  .record(
    {
      groups: names,
      hosts: fc.array(
        serviceName.map((name) => `192.0.2.9 ${name}`),
        { maxLength: 2 },
      ),
      dnsConfig: fc.record({
        nameservers: fc.subarray(['192.0.2.53', '2001:db8::53']),
        search: names,
        options: names,
      }),
      init: orNull(fc.boolean()),
      tty: fc.boolean(),
      openStdin: fc.boolean(),
      readOnly: fc.boolean(),
      stopSignal: orNull(fc.constantFrom('SIGQUIT', '9')),
      healthcheck: orNull(healthcheck),
      mounts: fc.uniqueArray(mount, { maxLength: 3, selector: (entry) => entry.target }),
      secrets: fc.uniqueArray(
        fc.record({ ...file, secretId: fc.constantFrom('s1', 's2'), secretName: serviceName }),
        { maxLength: 3, selector: (entry) => entry.target },
      ),
      configs: fc.uniqueArray(
        fc.record({ ...file, configId: fc.constantFrom('c1', 'c2'), configName: serviceName }),
        { maxLength: 3, selector: (entry) => entry.target },
      ),
      sysctls: fc.dictionary(
        visible.filter((name) => name.trim() !== ''),
        text,
        { maxKeys: 3 },
      ),
      ulimits: fc.uniqueArray(
        fc.record({ name: fc.constantFrom('nofile', 'nproc'), soft: fc.nat(100), hard: fc.nat(100) }),
        { maxLength: 2, selector: (entry) => entry.name },
      ),
      capabilityAdd: fc.subarray(['CAP_NET_ADMIN', 'CAP_SYS_TIME']),
      capabilityDrop: fc.subarray(['CAP_CHOWN', 'CAP_KILL']),
      privileges: orNull(privileges),
      isolation: fc.constantFrom('default' as const, 'process' as const),
      oomScoreAdj: fc.integer({ min: -1000, max: 1000 }),
    },
    { requiredKeys: [] },
  )
  .map((settings) => {
    const whole = completeContainer(settings);
    return {
      ...whole,
      ulimits: whole.ulimits.map((limit) => ({ ...limit, hard: limit.soft + limit.hard })),
    };
  });

const isJob = (mode: ServiceMode): boolean => mode.endsWith('-job');

/** Any spec that `checkServiceSpec` lets through. */
export const validServiceSpec: fc.Arbitrary<ServiceSpec> = fc
  .record({
    name: serviceName,
    labels: stringMap,
    mode: fc.constantFrom<ServiceMode>('replicated', 'global', 'replicated-job', 'global-job'),
    replicas: orNull(fc.nat(1_000_000)),
    maxConcurrent: orNull(fc.nat(1_000_000)),
    totalCompletions: orNull(fc.nat(1_000_000)),
    image: serviceName,
    command: fc.array(text, { maxLength: 3 }),
    args: fc.array(text, { maxLength: 3 }),
    env,
    dir: orNull(visible),
    user: orNull(visible),
    hostname: orNull(visible),
    containerLabels: stringMap,
    stopGracePeriod: orNull(milliseconds),
    networks: fc.uniqueArray(attachment, { maxLength: 4, selector: (entry) => entry.networkId }),
    endpointMode: fc.constantFrom('vip' as const, 'dnsrr' as const),
    ports: fc.uniqueArray(port, {
      maxLength: 4,
      comparator: (a, b) =>
        a.publishedPort !== null && a.publishedPort === b.publishedPort && a.protocol === b.protocol,
    }),
    placement: fc.record({
      constraints: fc.array(
        serviceName.map((value) => `node.labels.zone == ${value}`),
        { maxLength: 3 },
      ),
      preferences: fc.array(
        serviceName.map((label) => ({ spread: `node.labels.${label}` })),
        { maxLength: 3 },
      ),
      maxReplicas: orNull(fc.integer({ min: 1, max: 1000 })),
      platforms: fc.uniqueArray(
        fc.record({ os: orNull(fc.constant('linux')), architecture: orNull(fc.constant('arm64')) }),
        { maxLength: 2, selector: ({ os, architecture }) => `${os}/${architecture}` },
      ),
    }),
    resources: fc.record({
      limits: fc.record({ ...amounts, pids: size }),
      reservations: fc.record({
        ...amounts,
        genericResources: fc.uniqueArray(
          fc.record({ kind: fc.constantFrom('SSD', 'GPU'), value: fc.integer({ min: 1, max: 9 }) }),
          { maxLength: 2, selector: ({ kind }) => kind },
        ),
      }),
    }),
    logDriver: orNull(driver),
    container: containerSettings,
    restartPolicy: orNull(restartPolicy),
    updateConfig: orNull(updateConfig),
    rollbackConfig: orNull(updateConfig),
    forceUpdate: fc.nat(),
  })
  .map(({ container, ...spec }) => ({
    ...spec,
    ...container,
    replicas: spec.mode === 'replicated' ? spec.replicas : null,
    maxConcurrent: spec.mode === 'replicated-job' ? spec.maxConcurrent : null,
    totalCompletions: spec.mode === 'replicated-job' ? spec.totalCompletions : null,
    placement: {
      ...spec.placement,
      maxReplicas: spec.mode.startsWith('replicated') ? spec.placement.maxReplicas : null,
    },
    updateConfig: isJob(spec.mode) ? null : spec.updateConfig,
    rollbackConfig: isJob(spec.mode) ? null : spec.rollbackConfig,
  }));
