import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Partly } from '../../../src/domain/service-defaults.ts';
import { checkServiceSpec, checkServiceUpdate } from '../../../src/domain/service-rules.ts';
import type { ServiceSpec } from '../../../src/domain/service.ts';
import { validServiceSpec } from '../../factories/arbitrary.ts';
import { serviceSpec } from '../../factories/domain.ts';
import { NEEDS_NEWER_ENGINE, REFUSED_CONTAINERS } from '../../support/refused-containers.ts';
import { checkEngineApi, usesNewerApi } from '../../../src/domain/engine-api.ts';

type Overrides = Partly<ServiceSpec>;

const JOB: Overrides = { mode: 'replicated-job', replicas: undefined };
const GLOBAL: Overrides = { mode: 'global', replicas: undefined };

describe('checkServiceSpec', () => {
  it.each(REFUSED_CONTAINERS.filter(([name]) => !NEEDS_NEWER_ENGINE.test(name)))(
    'refuses %s',
    (_, input, pointer, detail) => {
      const errors = checkServiceSpec(serviceSpec(input));
      expect(errors.map((error) => error.pointer)).toEqual([pointer]);
      expect(errors[0]?.detail).toMatch(detail);
    },
  );

  it.each(REFUSED_CONTAINERS.filter(([name]) => NEEDS_NEWER_ENGINE.test(name)))(
    'leaves it to the version of the engine: %s',
    (_, input, pointer, detail) => {
      const spec = serviceSpec(input);
      expect(checkServiceSpec(spec)).toEqual([]);
      const [error] = checkEngineApi(spec, '1.41');
      expect(error?.pointer).toBe(pointer);
      expect(error?.detail).toMatch(detail);
      expect(usesNewerApi(spec)).toBe(true);
      expect(checkEngineApi(spec, '1.52')).toEqual([]);
    },
  );

  it.each<[string, Overrides]>([
    [
      'files of two secrets',
      {
        secrets: [
          { secretId: 'a', target: 'a' },
          { secretId: 'a', target: 'b' },
        ],
      },
    ],
    ['a host that is the gateway', { hosts: ['host-gateway host.docker.internal'] }],
    ['an anonymous volume', { mounts: [{ type: 'volume', target: '/data' }] }],
    ['paths of Windows', { mounts: [{ type: 'npipe', source: '\\\\.\\pipe\\a', target: 'C:\\a' }] }],
    ['a limit of none', { ulimits: [{ name: 'core', soft: -1, hard: -1 }] }],
    ['capabilities with and without a prefix', { capabilityAdd: ['NET_ADMIN', 'CAP_CHOWN'] }],
    ['a health check that is inherited but for its timing', { healthcheck: { interval: 1000 } }],
  ])('allows %s', (_, overrides) => {
    expect(checkServiceSpec(serviceSpec(overrides))).toEqual([]);
  });

  it.each<[string, Overrides, string]>([
    [
      'two secrets in one file',
      {
        secrets: [
          { secretId: 'a', target: 'key' },
          { secretId: 'b', target: 'key' },
        ],
      },
      '/secrets/1/target',
    ],
    ['a secret in no file', { secrets: [{ secretId: 'a', target: '' }] }, '/secrets/0/target'],
    [
      'a secret of somebody by name',
      { secrets: [{ secretId: 'a', target: 'a', uid: 'root' }] },
      '/secrets/0/uid',
    ],
    [
      'a config with odd permissions',
      { configs: [{ configId: 'a', target: 'a', mode: -1 }] },
      '/configs/0/mode',
    ],
  ])('refuses %s', (_, overrides, pointer) => {
    expect(checkServiceSpec(serviceSpec(overrides)).map((error) => error.pointer)).toEqual([pointer]);
  });

  it.each<[string, Overrides]>([
    ['a name and an image', {}],
    ['a name of one letter', { name: 'a' }],
    ['a name of 63 characters', { name: 'a'.repeat(63) }],
    ['hyphens and underscores within the name', { name: 'a-b_c' }],
    ['no replicas', { replicas: 0 }],
    ['a million replicas', { replicas: 1_000_000 }],
    ['a global service', GLOBAL],
    ['a job with its numbers', { ...JOB, maxConcurrent: 2, totalCompletions: 10 }],
    ['a global job', { mode: 'global-job', replicas: undefined }],
    ['an image by digest', { image: 'registry.example:5000/a/b@sha256:00' }],
    ['a rollout policy for a service', { updateConfig: {}, rollbackConfig: {} }],
    ['a job that restarts on failure', { ...JOB, restartPolicy: { condition: 'on-failure' } }],
    ['a service that restarts always', { restartPolicy: { condition: 'any' } }],
    ['odd but possible names of variables', { env: { 'a.b c': '1', '-': '2' } }],
    ['several networks', { networks: [{ networkId: 'n1' }, { networkId: 'n2' }] }],
    ['aliases that are DNS names', { networks: [{ networkId: 'n1', aliases: ['a', 'a-b.c_d'] }] }],
    ['ports 1 and 65535', { ports: [{ targetPort: 1, publishedPort: 65_535 }] }],
    ['a port that Swarm chooses, twice', { ports: [{ targetPort: 80 }, { targetPort: 80 }] }],
    [
      'one number for two protocols',
      {
        ports: [
          { targetPort: 53, publishedPort: 53, protocol: 'tcp' },
          { targetPort: 53, publishedPort: 53, protocol: 'udp' },
        ],
      },
    ],
    [
      'host ports without a virtual IP',
      { endpointMode: 'dnsrr', ports: [{ targetPort: 80, publishMode: 'host' }] },
    ],
    [
      'constraints on nodes and engines',
      {
        placement: {
          constraints: ['node.role==worker', 'node.labels.a.b/c != x y', ' engine.labels.os == linux'],
        },
      },
    ],
    ['preferences over labels', { placement: { preferences: [{ spread: 'engine.labels.rack' }] } }],
    ['a limit per node for replicas', { placement: { maxReplicas: 1 } }],
    ['a limit per node for a job', { ...JOB, placement: { maxReplicas: 1 } }],
    ['durations of nothing', { stopGracePeriod: 0, restartPolicy: { delay: 0, window: 0 } }],
    ['the ends of a ratio', { updateConfig: { maxFailureRatio: 1 }, rollbackConfig: { maxFailureRatio: 0 } }],
  ])('allows %s', (_, overrides) => {
    expect(checkServiceSpec(serviceSpec(overrides))).toEqual([]);
  });

  it.each<[string, Overrides, string]>([
    ['an empty name', { name: '' }, '/name'],
    ['a name of 64 characters', { name: 'a'.repeat(64) }, '/name'],
    ['a dot in the name', { name: 'a.b' }, '/name'],
    ['a hyphen in front', { name: '-a' }, '/name'],
    ['an underscore behind', { name: 'a_' }, '/name'],
    ['a line break behind the name', { name: 'a\n' }, '/name'],
    ['no image', { image: '' }, '/image'],
    ['an image of spaces', { image: '  ' }, '/image'],
    ['a space in the image', { image: 'nginx 1.27' }, '/image'],
    ['replicas of a global service', { mode: 'global', replicas: 2 }, '/replicas'],
    ['replicas of a job', { ...JOB, replicas: 1 }, '/replicas'],
    ['less than no replicas', { replicas: -1 }, '/replicas'],
    ['more than a million replicas', { replicas: 1_000_001 }, '/replicas'],
    ['concurrency without a job', { maxConcurrent: 1 }, '/maxConcurrent'],
    ['negative concurrency', { ...JOB, maxConcurrent: -1 }, '/maxConcurrent'],
    ['completions without a job', { totalCompletions: 1 }, '/totalCompletions'],
    ['too many completions', { ...JOB, totalCompletions: 1_000_001 }, '/totalCompletions'],
    ['a rollout of a job', { ...JOB, updateConfig: {} }, '/updateConfig'],
    [
      'a rollback of a job',
      { mode: 'global-job', replicas: undefined, rollbackConfig: {} },
      '/rollbackConfig',
    ],
    ['a job without end', { ...JOB, restartPolicy: { condition: 'any' } }, '/restartPolicy/condition'],
    ['a variable without a name', { env: { '': 'x' } }, '/env/'],
    ['a variable with "=" in its name', { env: { 'a=b': 'x' } }, '/env/a=b'],
    ['a variable whose pointer needs escapes', { env: { '~a/b=': 'x' } }, '/env/~0a~1b='],
    ['a NUL in the name of a variable', { env: { 'a\0': 'x' } }, '/env/a\0'],
    [
      'a network twice',
      { networks: [{ networkId: 'n1' }, { networkId: 'n2' }, { networkId: 'n1' }] },
      '/networks/2/network',
    ],
    [
      'an alias that is no name',
      { networks: [{ networkId: 'n1' }, { networkId: 'n2', aliases: ['ok', 'not ok'] }] },
      '/networks/1/aliases/1',
    ],
    ['target port 0', { ports: [{ targetPort: 0 }] }, '/ports/0/targetPort'],
    ['target port 65536', { ports: [{ targetPort: 80 }, { targetPort: 65_536 }] }, '/ports/1/targetPort'],
    ['published port 0', { ports: [{ targetPort: 80, publishedPort: 0 }] }, '/ports/0/publishedPort'],
    [
      'published port 65536',
      { ports: [{ targetPort: 80, publishedPort: 65_536 }] },
      '/ports/0/publishedPort',
    ],
    [
      'the routing mesh without a virtual IP',
      { endpointMode: 'dnsrr', ports: [{ targetPort: 80 }] },
      '/ports/0/publishMode',
    ],
    [
      'a port twice',
      {
        ports: [
          { targetPort: 80, publishedPort: 8080 },
          { targetPort: 81, publishedPort: 8080 },
        ],
      },
      '/ports/1/publishedPort',
    ],
    [
      'a constraint without an operator',
      { placement: { constraints: ['node.role == worker', 'node.role'] } },
      '/placement/constraints/1',
    ],
    [
      'a constraint without a value',
      { placement: { constraints: ['node.role == '] } },
      '/placement/constraints/0',
    ],
    [
      'a constraint on something else',
      { placement: { constraints: ['task.id == 1'] } },
      '/placement/constraints/0',
    ],
    [
      'spreading over what is no label',
      { placement: { preferences: [{ spread: 'node.labels.a' }, { spread: 'node.id' }] } },
      '/placement/preferences/1/spread',
    ],
    [
      'a limit per node of a global service',
      { ...GLOBAL, placement: { maxReplicas: 1 } },
      '/placement/maxReplicas',
    ],
    ['a negative grace period', { stopGracePeriod: -1 }, '/stopGracePeriod'],
    ['a negative restart delay', { restartPolicy: { delay: -1 } }, '/restartPolicy/delay'],
    ['a negative restart window', { restartPolicy: { window: -0.5 } }, '/restartPolicy/window'],
    ['a negative update delay', { updateConfig: { delay: -1 } }, '/updateConfig/delay'],
    ['a negative update monitor', { updateConfig: { monitor: -1 } }, '/updateConfig/monitor'],
    ['a negative rollback delay', { rollbackConfig: { delay: -1 } }, '/rollbackConfig/delay'],
    ['a negative rollback monitor', { rollbackConfig: { monitor: -1 } }, '/rollbackConfig/monitor'],
    ['negative restart attempts', { restartPolicy: { maxAttempts: -1 } }, '/restartPolicy/maxAttempts'],
    ['a negative parallelism', { updateConfig: { parallelism: -1 } }, '/updateConfig/parallelism'],
    [
      'a negative parallelism of a rollback',
      { rollbackConfig: { parallelism: -1 } },
      '/rollbackConfig/parallelism',
    ],
    ['a negative limit per node', { placement: { maxReplicas: -1 } }, '/placement/maxReplicas'],
    ['a negative CPU limit', { resources: { limits: { nanoCpus: -1 } } }, '/resources/limits/nanoCpus'],
    [
      'a negative memory limit',
      { resources: { limits: { memoryBytes: -1 } } },
      '/resources/limits/memoryBytes',
    ],
    [
      'a negative CPU reservation',
      { resources: { reservations: { nanoCpus: -1 } } },
      '/resources/reservations/nanoCpus',
    ],
    [
      'a negative memory reservation',
      { resources: { reservations: { memoryBytes: -1 } } },
      '/resources/reservations/memoryBytes',
    ],
    ['a negative counter', { forceUpdate: -1 }, '/forceUpdate'],
    ['a ratio below 0', { updateConfig: { maxFailureRatio: -0.1 } }, '/updateConfig/maxFailureRatio'],
    ['a ratio above 1', { rollbackConfig: { maxFailureRatio: 1.1 } }, '/rollbackConfig/maxFailureRatio'],
  ])('refuses %s', (_, overrides, pointer) => {
    expect(checkServiceSpec(serviceSpec(overrides)).map((error) => error.pointer)).toEqual([pointer]);
  });

  it('lets through every spec that is built by the rules', () => {
    fc.assert(
      fc.property(validServiceSpec, (spec) => {
        expect(checkServiceSpec(spec)).toEqual([]);
      }),
    );
  });
});

describe('checkServiceUpdate', () => {
  const before = serviceSpec();

  it('allows any change but two', () => {
    fc.assert(
      fc.property(validServiceSpec, (spec) => {
        expect(checkServiceUpdate(spec, { ...spec, image: 'other', labels: {}, networks: [] })).toEqual([]);
      }),
    );
  });

  it('refuses another name', () => {
    expect(checkServiceUpdate(before, { ...before, name: 'other' })).toMatchObject([{ pointer: '/name' }]);
  });

  it('refuses another mode', () => {
    expect(checkServiceUpdate(before, { ...before, mode: 'global' })).toMatchObject([{ pointer: '/mode' }]);
  });
});
