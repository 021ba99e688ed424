import fc from 'fast-check';
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
const amounts = fc.record({
  nanoCpus: orNull(fc.integer({ min: 1, max: 2 ** 40 })),
  memoryBytes: orNull(fc.integer({ min: 1, max: 2 ** 45 })),
});

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
    }),
    resources: fc.record({ limits: amounts, reservations: amounts }),
    restartPolicy: orNull(restartPolicy),
    updateConfig: orNull(updateConfig),
    rollbackConfig: orNull(updateConfig),
    forceUpdate: fc.nat(),
  })
  .map((spec) => ({
    ...spec,
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
