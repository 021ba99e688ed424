import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from '../../../src/domain/merge-patch.ts';
import { completeSpec, type Partly } from '../../../src/domain/service-defaults.ts';
import type { ServiceSpec } from '../../../src/domain/service.ts';
import { validServiceSpec } from '../../factories/arbitrary.ts';
import { serviceSpec } from '../../factories/domain.ts';

/** What the update of a service does with a merge patch. */
const patched = (spec: ServiceSpec, patch: object): ServiceSpec =>
  completeSpec(mergePatch(spec, patch) as Partly<ServiceSpec>);

const UNSET = completeSpec({});

describe('completeSpec', () => {
  it('says everything, unset or as Swarm would have it', () => {
    expect(completeSpec({ name: 'web', image: 'nginx' })).toEqual({
      groups: [],
      hosts: [],
      dnsConfig: { nameservers: [], search: [], options: [] },
      init: null,
      tty: false,
      openStdin: false,
      readOnly: false,
      stopSignal: null,
      healthcheck: null,
      mounts: [],
      secrets: [],
      configs: [],
      sysctls: {},
      ulimits: [],
      capabilityAdd: [],
      capabilityDrop: [],
      privileges: null,
      isolation: 'default',
      oomScoreAdj: 0,
      logDriver: null,
      name: 'web',
      labels: {},
      mode: 'replicated',
      replicas: null,
      maxConcurrent: null,
      totalCompletions: null,
      image: 'nginx',
      command: [],
      args: [],
      env: {},
      dir: null,
      user: null,
      hostname: null,
      containerLabels: {},
      stopGracePeriod: null,
      networks: [],
      endpointMode: 'vip',
      ports: [],
      placement: { constraints: [], preferences: [], maxReplicas: null, platforms: [] },
      resources: {
        limits: { nanoCpus: null, memoryBytes: null, pids: null },
        reservations: { nanoCpus: null, memoryBytes: null, genericResources: [] },
      },
      restartPolicy: null,
      updateConfig: null,
      rollbackConfig: null,
      forceUpdate: 0,
    });
  });

  it('completes each part that is there', () => {
    const spec = completeSpec({
      ports: [{ targetPort: 80 }],
      networks: [{ networkId: 'n1' }],
      restartPolicy: { maxAttempts: 0 },
      updateConfig: { delay: 5 },
      resources: { limits: { nanoCpus: 1 } },
    });
    expect(spec.ports).toEqual([
      { targetPort: 80, publishedPort: null, protocol: 'tcp', publishMode: 'ingress' },
    ]);
    expect(spec.networks).toEqual([{ networkId: 'n1', aliases: [], driverOptions: {} }]);
    expect(spec.restartPolicy).toEqual({ condition: null, delay: null, maxAttempts: 0, window: null });
    expect(spec.updateConfig).toEqual({
      parallelism: 1,
      delay: 5,
      failureAction: null,
      monitor: null,
      maxFailureRatio: 0,
      order: null,
    });
    expect(spec.resources.limits).toEqual({ nanoCpus: 1, memoryBytes: null, pids: null });
  });

  it('leaves a complete spec as it is', () => {
    fc.assert(
      fc.property(validServiceSpec, (spec) => {
        expect(completeSpec(spec)).toEqual(spec);
      }),
    );
  });

  it('drops what is no part of a spec', () => {
    expect(completeSpec({ ...serviceSpec(), version: 7, virtualIps: [] } as Partly<ServiceSpec>)).toEqual(
      serviceSpec(),
    );
  });

  it('does not change what it is given', () => {
    const partial = Object.freeze({ ports: Object.freeze([Object.freeze({ targetPort: 80 })]) });
    expect(() => completeSpec(partial)).not.toThrow();
  });
});

describe('a merge patch of a spec', () => {
  const fields = Object.keys(UNSET) as (keyof ServiceSpec)[];

  it.each(fields)('unsets %s with null, and nothing else', (field) => {
    fc.assert(
      fc.property(validServiceSpec, (spec) => {
        expect(patched(spec, { [field]: null })).toEqual({ ...spec, [field]: UNSET[field] });
      }),
      { numRuns: 20 },
    );
  });

  it('changes nothing when it is empty', () => {
    fc.assert(
      fc.property(validServiceSpec, (spec) => {
        expect(patched(spec, {})).toEqual(spec);
      }),
    );
  });

  it('puts all fields in place when it has them all', () => {
    fc.assert(
      fc.property(validServiceSpec, validServiceSpec, (spec, wanted) => {
        // Maps merge key by key: what is not wanted must be removed by name.
        const without = (before: object, after: object): object => ({
          ...Object.fromEntries(Object.keys(before).map((key) => [key, null])),
          ...after,
        });
        const patch = {
          ...wanted,
          labels: without(spec.labels, wanted.labels),
          env: without(spec.env, wanted.env),
          containerLabels: without(spec.containerLabels, wanted.containerLabels),
          sysctls: without(spec.sysctls, wanted.sysctls),
          logDriver: wanted.logDriver && {
            name: wanted.logDriver.name,
            options: without(spec.logDriver?.options ?? {}, wanted.logDriver.options),
          },
        };
        expect(patched(spec, patch)).toEqual(wanted);
      }),
    );
  });

  it('unsets one field of a part and keeps the others', () => {
    const spec = serviceSpec({ updateConfig: { parallelism: 3, delay: 5 }, labels: { a: '1', b: '2' } });
    const result = patched(spec, {
      updateConfig: { delay: null },
      labels: { a: null, c: '3' },
      placement: { constraints: null },
    });
    expect(result.updateConfig).toMatchObject({ parallelism: 3, delay: null });
    expect(result.labels).toEqual({ b: '2', c: '3' });
    expect(result.placement).toEqual(UNSET.placement);
  });

  it('replaces lists whole', () => {
    const spec = serviceSpec({ ports: [{ targetPort: 80 }, { targetPort: 81 }], command: ['a', 'b'] });
    const result = patched(spec, { ports: [{ targetPort: 82 }], command: [] });
    expect(result.ports.map((port) => port.targetPort)).toEqual([82]);
    expect(result.command).toEqual([]);
  });
});
