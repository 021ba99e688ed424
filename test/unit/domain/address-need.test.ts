import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressNeed,
  type AddressSurroundings,
  type HeldAddresses,
} from '../../../src/domain/address-need.ts';
import type { Partly } from '../../../src/domain/service-defaults.ts';
import type { ServiceSpec } from '../../../src/domain/service.ts';
import { validServiceSpec } from '../../factories/arbitrary.ts';
import { serviceSpec } from '../../factories/domain.ts';

const on = (...ids: string[]) => ({
  networks: ids.map((networkId) => ({ networkId, aliases: [], driverOptions: {} })),
});
const startFirst = { updateConfig: { order: 'start-first', parallelism: 4 } } as const;
const AROUND: AddressSurroundings = { ingressId: 'mesh', globalTasks: 3, loadBalancersOn: () => 0 };

/** What a change needs of network n1, when the service has so many tasks and its virtual IP there. */
function need(
  before: Partly<ServiceSpec> | null,
  after: Partly<ServiceSpec>,
  tasks = 0,
  surroundings: Partial<AddressSurroundings> = {},
): number | undefined {
  const was = before && serviceSpec({ ...on('n1'), ...before });
  const held: HeldAddresses = { hasVirtualIp: was !== null && was.endpointMode === 'vip', tasks };
  const needs = addressNeed(was, serviceSpec({ ...on('n1'), ...after }), () => held, {
    ...AROUND,
    ...surroundings,
  });
  return needs.find(({ networkId }) => networkId === 'n1')?.atLeast;
}

describe('a new service needs at least', () => {
  it.each<[string, Partly<ServiceSpec>, number]>([
    ['its tasks, a virtual IP and a load balancer', { replicas: 3 }, 5],
    ['one task when nothing is said', { replicas: null }, 3],
    ['only its virtual IP without tasks', { replicas: 0 }, 1],
    ['no virtual IP with dnsrr', { replicas: 3, endpointMode: 'dnsrr' }, 4],
    ['a load balancer for each node it must spread over', { replicas: 5, placement: { maxReplicas: 2 } }, 9],
    ['all of each node of a global one', { mode: 'global', replicas: null }, 7],
    ['one task of a job at a time', { mode: 'replicated-job', replicas: null, totalCompletions: 9 }, 3],
    ['nothing of a network that it is not on', { networks: [] }, 0],
  ])('%s', (_, spec, expected) => {
    expect(need(null, spec) ?? 0).toBe(expected);
  });

  it('no load balancer where there is one, or where nobody knows', () => {
    expect(need(null, { replicas: 3 }, 0, { loadBalancersOn: () => 1 })).toBe(4);
    expect(need(null, { replicas: 3 }, 0, { loadBalancersOn: () => null })).toBe(4);
  });

  it('also what the routing mesh has', () => {
    const port = { targetPort: 80, publishedPort: null, protocol: 'tcp', publishMode: 'ingress' } as const;
    const spec = serviceSpec({ replicas: 2, ports: [port] });
    const none = (): HeldAddresses => ({ hasVirtualIp: false, tasks: 0 });
    const surroundings = { ...AROUND, loadBalancersOn: () => 2 };
    expect(addressNeed(null, spec, none, surroundings)).toMatchObject([{ networkId: 'mesh', atLeast: 3 }]);
    expect(addressNeed(null, spec, none, { ...surroundings, ingressId: null })).toEqual([]);
  });
});

describe('a change needs at least', () => {
  it.each<[string, Partly<ServiceSpec>, Partly<ServiceSpec>, number, number]>([
    ['what is new when it grows', { replicas: 3 }, { replicas: 5 }, 3, 2],
    ['nothing when it shrinks', { replicas: 3 }, { replicas: 1 }, 3, -2],
    ['nothing for labels', { replicas: 3 }, { replicas: 3, labels: { a: 'b' }, ...startFirst }, 3, 0],
    ['nothing to stop first', { replicas: 3 }, { replicas: 3, image: 'other' }, 3, 0],
    ['one to start first', { replicas: 3 }, { replicas: 3, image: 'other', ...startFirst }, 3, 1],
    ['one to restart', { replicas: 3 }, { replicas: 3, forceUpdate: 1, ...startFirst }, 3, 1],
    ['no more than it grows by', { replicas: 3 }, { replicas: 5, image: 'o', ...startFirst }, 3, 2],
    ['less when it shrinks as well', { replicas: 3 }, { replicas: 1, image: 'o', ...startFirst }, 3, -1],
    [
      'nothing to start first without tasks',
      { replicas: 0 },
      { replicas: 0, image: 'o', ...startFirst },
      0,
      0,
    ],
    ['a virtual IP when it gets one', { replicas: 2, endpointMode: 'dnsrr' }, { replicas: 2 }, 2, 1],
    ['less without one', { replicas: 2 }, { replicas: 2, endpointMode: 'dnsrr' }, 2, -1],
    ['all on a new network', { replicas: 2, networks: [] }, { replicas: 2 }, 0, 4],
    ['nothing that it waits for already', { replicas: 5 }, { replicas: 5, image: 'o' }, 3, 0],
    ['only what comes on top of that', { replicas: 5 }, { replicas: 6 }, 3, 1],
  ])('%s', (_, before, after, tasks, expected) => {
    const isNew = before.networks?.length === 0;
    const held = { hasVirtualIp: !isNew && before.endpointMode !== 'dnsrr', tasks };
    const [result] = addressNeed(
      serviceSpec({ ...on('n1'), ...before }),
      serviceSpec({ ...on('n1'), ...after }),
      () => held,
      AROUND,
    );
    expect(result?.atLeast).toBe(expected);
  });

  it('nothing when nothing changes, whatever the service is', () => {
    const none = (): HeldAddresses => ({ hasVirtualIp: false, tasks: 0 });
    fc.assert(
      fc.property(validServiceSpec, (spec) => {
        // The same in another order of keys is the same.
        const same = Object.fromEntries(Object.entries(spec).reverse()) as unknown as ServiceSpec;
        for (const each of addressNeed(spec, same, none, AROUND)) expect(each.atLeast).toBe(0);
      }),
    );
  });

  it('never more than a new service of the same spec', () => {
    const none = (): HeldAddresses => ({ hasVirtualIp: false, tasks: 0 });
    fc.assert(
      fc.property(validServiceSpec, validServiceSpec, (before, after) => {
        const fresh = addressNeed(null, after, none, AROUND);
        addressNeed(before, after, none, AROUND).forEach((each, index) => {
          expect(each.networkId).toBe(fresh[index]?.networkId);
          expect(each.atLeast).toBeLessThanOrEqual(fresh[index]?.atLeast ?? 0);
        });
      }),
    );
  });
});
