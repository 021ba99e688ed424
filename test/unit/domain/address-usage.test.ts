import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  holdsAddresses,
  loadBalancerUses,
  reservedUses,
  subnetUsages,
  taskUses,
  virtualIpUses,
} from '../../../src/domain/address-usage.ts';
import {
  addressOf,
  contains,
  parseAddress,
  parseCidr,
  rangeOf,
  type Cidr,
} from '../../../src/domain/cidr.ts';
import { TASK_STATES } from '../../../src/domain/task.ts';
import { network, node, service, subnet, task } from '../../factories/domain.ts';

const held = (networkId: string, address: string) => ({ networkId, address });

describe('what has an address', () => {
  it('is a service by its virtual IP, a node by its load balancer', () => {
    const web = service({ virtualIps: [held('n1', '10.0.9.2'), held('n2', '10.0.8.2')] });
    expect(virtualIpUses(web).map(([id, used]) => [id, used.address, used.use, used.serviceName])).toEqual([
      ['n1', '10.0.9.2', 'virtual-ip', 'web'],
      ['n2', '10.0.8.2', 'virtual-ip', 'web'],
    ]);
    const alpha = node({ attachments: [held('n1', '10.0.9.4')] });
    expect(loadBalancerUses(alpha)).toMatchObject([
      ['n1', { address: '10.0.9.4', use: 'load-balancer', nodeId: 'node1' }],
    ]);
    expect(loadBalancerUses(node())).toEqual([]);
  });

  it('is a task, or a container that joined by hand, until it has ended', () => {
    const addresses = [held('n1', '10.0.9.3'), held('n2', '10.0.8.3')];
    expect(taskUses(task({ addresses }), 'n1')).toMatchObject([
      { address: '10.0.9.3', use: 'task', serviceId: 'svc1', taskId: 'task1', nodeId: 'node1' },
    ]);
    const byHand = task({ addresses, serviceId: null, serviceName: null, containerId: 'c1' });
    expect(taskUses(byHand, 'n2')).toMatchObject([
      { address: '10.0.8.3', use: 'container', serviceId: null, containerId: 'c1' },
    ]);
    expect(TASK_STATES.filter((state) => holdsAddresses({ state })).at(-1)).toBe('running');
    expect(taskUses(task({ addresses, state: 'shutdown' }), 'n1')).toEqual([]);
  });

  it.each([
    [subnet('10.0.9.0/24', { gateway: '10.0.9.1' }), ['10.0.9.1', '10.0.9.0', '10.0.9.255']],
    [subnet('10.0.9.0/24'), ['10.0.9.0', '10.0.9.255']],
    [subnet('fd00::/64', { gateway: 'fd00::1' }), ['fd00::1', 'fd00::']],
    [
      subnet('10.0.9.0/29', { gateway: '10.0.9.1', auxAddresses: { router: '10.0.9.3' } }),
      ['10.0.9.1', '10.0.9.0', '10.0.9.7', '10.0.9.3'],
    ],
    [subnet('nonsense'), []],
  ])('is nobody for some: %j', (given, expected) => {
    expect(reservedUses(given).map(({ address }) => address)).toEqual(expected);
  });
});

const usage = (cidr: string, used: readonly string[], options: Parameters<typeof subnet>[1] = {}) =>
  subnetUsages(
    network({ subnets: [subnet(cidr, options)] }),
    used.map((address) => ({ address })),
    true,
    null,
  )[0];

describe('how full a subnet is', () => {
  it('counts what is given out, once each', () => {
    expect(usage('10.0.9.0/24', ['10.0.9.2', '10.0.9.3', '10.0.9.3'], { gateway: '10.0.9.1' })).toEqual({
      subnet: '10.0.9.0/24',
      total: 256,
      reserved: 3,
      used: 2,
      free: 251,
      freeAtMost: 251,
      warning: null,
    });
  });

  it('counts what is outside of the range as reserved, unless somebody has it', () => {
    const range = { gateway: '10.0.9.128', ipRange: '10.0.9.128/29' };
    expect(usage('10.0.9.0/24', ['10.0.9.129'], range)).toMatchObject({ reserved: 249, used: 1, free: 6 });
    expect(usage('10.0.9.0/24', ['10.0.9.129', '10.0.9.2'], range)).toMatchObject({
      reserved: 248,
      used: 2,
      free: 6,
    });
  });

  it('counts each subnet by itself', () => {
    const two = network({ subnets: [subnet('10.0.8.0/24'), subnet('fd00::/64')] });
    const used = [{ address: '10.0.8.2' }, { address: 'fd00::2' }, { address: 'fd00::3' }];
    expect(subnetUsages(two, used, true, null)).toMatchObject([
      { used: 1, free: 253 },
      // One less than 2^64: beyond what a number of JSON holds exactly.
      { total: Number.MAX_SAFE_INTEGER, used: 2, free: Number.MAX_SAFE_INTEGER },
    ]);
  });

  it('does not guess what it does not know', () => {
    const one = network({ subnets: [subnet('10.0.9.0/29', { gateway: '10.0.9.1' })] });
    expect(subnetUsages(one, [{ address: '10.0.9.2' }], false, null)).toMatchObject([
      { used: null, free: null, freeAtMost: 4, warning: null },
    ]);
    const [full] = subnetUsages(one, [{ address: '10.0.9.2' }, { address: '10.0.9.3' }], false, null);
    expect(full?.warning).toMatch(/at most 3 of the 5 addresses/);
  });

  it('believes the engine, which counts itself', () => {
    const one = network({ subnets: [subnet('10.0.9.0/24', { gateway: '10.0.9.1' })] });
    const counts = [
      { subnet: '10.0.8.0/24', inUse: 1, available: 1 },
      { subnet: '10.0.9.0/24', inUse: 6, available: 250 },
    ];
    expect(subnetUsages(one, [], false, counts)).toMatchObject([{ reserved: 3, used: 3, free: 250 }]);
  });

  it.each([
    ['10.0.9.0/24', 226, null],
    ['10.0.9.0/24', 228, /25 of the 253 addresses of 10\.0\.9\.0\/24 .*are left/],
    ['10.0.9.0/29', 1, null],
    ['10.0.9.0/29', 2, /3 of the 5 /],
    ['10.0.9.0/29', 4, /1 of the 5 .* is left/],
  ])('of %s with %d addresses used warns: %s', (cidr, count, expected) => {
    const { first } = rangeOf(parseCidr(cidr) as Cidr);
    const used = Array.from({ length: count }, (_, index) => addressOf(4, first + BigInt(index + 2)));
    const warning = usage(cidr, used, { gateway: '10.0.9.1' })?.warning;
    if (expected === null) expect(warning).toBeNull();
    else expect(warning).toMatch(expected);
  });

  it('always adds up', () => {
    const anySubnet = fc.integer({ min: 20, max: 29 }).chain((prefixLength) => {
      const cidr = `10.60.0.0/${prefixLength}`;
      const { first, last } = rangeOf(parseCidr(cidr) as Cidr);
      const address = fc.bigInt({ min: first, max: last }).map((number) => addressOf(4, number));
      const range = fc.option(
        fc
          .tuple(address, fc.integer({ min: prefixLength, max: 32 }))
          .map(([inside, length]) => `${inside}/${length}`),
        { nil: null },
      );
      return fc.record({
        cidr: fc.constant(cidr),
        gateway: fc.option(address, { nil: null }),
        ipRange: range,
        auxAddresses: fc.dictionary(fc.constantFrom('a', 'b'), address),
        used: fc.array(address, { maxLength: 30 }),
        isComplete: fc.boolean(),
        available: fc.option(fc.nat(5000), { nil: null }),
      });
    });
    fc.assert(
      fc.property(anySubnet, ({ cidr, used, isComplete, available, ...options }) => {
        const given = subnet(cidr, options);
        // What is reserved is never given out.
        const kept = new Set(reservedUses(given).map(({ address }) => address));
        const out = used.filter((address) => !kept.has(address)).map((address) => ({ address }));
        const counts = available === null ? null : [{ subnet: cidr, inUse: 0, available }];
        const [result] = subnetUsages(network({ subnets: [given] }), out, isComplete, counts);
        const { total = 0, reserved = 0, used: taken, free, freeAtMost = 0 } = result ?? {};
        expect(total).toBe(2 ** (32 - Number(cidr.split('/')[1])));
        expect(reserved).toBeGreaterThanOrEqual(0);
        expect(freeAtMost).toBeGreaterThanOrEqual(0);
        expect(taken === null).toBe(free === null);
        expect(free === null).toBe(!isComplete && available === null);
        if (taken != null && free != null) {
          expect(reserved + taken + free).toBe(total);
          expect(taken).toBeGreaterThanOrEqual(0);
          expect(freeAtMost).toBe(free);
        }
        if (available === null) {
          expect(reserved + new Set(out.map(({ address }) => address)).size + freeAtMost).toBe(total);
        }
        const block = parseCidr(cidr) as Cidr;
        expect(contains(block, parseAddress([...kept][0] ?? '') ?? [])).toBe(true);
      }),
    );
  });
});
