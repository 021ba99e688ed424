import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  numberOf,
  overlaps,
  parseAddress,
  parseCidr,
  rangeOf,
  type Cidr,
} from '../../../src/domain/cidr.ts';
import { describeOccupant, freeSubnet } from '../../../src/domain/ipam.ts';

const bits = (family: 4 | 6): number => (family === 4 ? 32 : 128);

/** Blocks in a small part of the addresses, so that they often meet. */
const block = (family: 4 | 6): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.integer({ min: bits(family) - 16, max: bits(family) }),
      fc.bigInt({ min: 0n, max: (1n << 16n) - 1n }),
    )
    .map(([prefixLength, low]) => {
      const high = family === 4 ? 0x0a3c0000n : 0xfd00n << 112n;
      const hosts = BigInt(bits(family) - prefixLength);
      return `${addressOf(family, ((high | low) >> hosts) << hosts)}/${prefixLength}`;
    });

const question = fc.constantFrom<(4 | 6)[]>(4, 6).chain((family) =>
  fc.record({
    family: fc.constant(family),
    pools: fc.array(block(family), { minLength: 1, maxLength: 4 }),
    prefixLength: fc.integer({ min: bits(family) - 16, max: bits(family) }),
    occupied: fc
      .array(
        fc.oneof(
          { weight: 9, arbitrary: block(family) },
          fc.constantFrom('10.60.0.0/16', 'fd00::/112', 'no'),
        ),
      )
      .map((list) => list.map((subnet) => ({ subnet }))),
  }),
);

const parsed = (text: string): Cidr => parseCidr(text) as Cidr;
const within = (inner: Cidr, outer: Cidr): boolean =>
  inner.prefixLength >= outer.prefixLength && overlaps(inner, outer);

describe('a proposed subnet', () => {
  it('has the length, lies in a pool and overlaps with nothing; there is none only when none is left', () => {
    fc.assert(
      fc.property(question, ({ family, pools, prefixLength, occupied }) => {
        const found = freeSubnet(pools, family, prefixLength, occupied);
        const blocks = occupied
          .map(({ subnet }) => parseCidr(subnet))
          .filter((other): other is Cidr => other?.family === family);
        const isFree = (one: Cidr): boolean => !blocks.some((other) => overlaps(one, other));
        // The plainest search there is.
        const candidates = pools.map(parsed).flatMap((pool) => {
          if (prefixLength < pool.prefixLength) return [];
          const { first, last } = rangeOf(pool);
          const size = 1n << BigInt(bits(family) - prefixLength);
          const all: string[] = [];
          for (let at = first; at <= last; at += size) all.push(`${addressOf(family, at)}/${prefixLength}`);
          return all;
        });
        expect(found).toBe(candidates.find((text) => isFree(parsed(text))));
        if (found !== undefined) {
          expect(parsed(found).prefixLength).toBe(prefixLength);
          expect(pools.map(parsed).some((pool) => within(parsed(found), pool))).toBe(true);
          expect(isFree(parsed(found))).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is the same each time, and another once it is taken', () => {
    fc.assert(
      fc.property(question, ({ family, pools, prefixLength, occupied }) => {
        const found = freeSubnet(pools, family, prefixLength, occupied);
        expect(freeSubnet(pools, family, prefixLength, occupied.toReversed())).toBe(found);
        fc.pre(found !== undefined);
        const next = freeSubnet(pools, family, prefixLength, [...occupied, { subnet: found ?? '' }]);
        expect(next).not.toBe(found);
        if (next !== undefined) expect(overlaps(parsed(next), parsed(found ?? ''))).toBe(false);
      }),
    );
  });

  it.each([
    ['the first of the first pool', ['10.8.0.0/16', '10.9.0.0/16'], 24, [], '10.8.0.0/24'],
    ['the next one', ['10.8.0.0/16'], 24, ['10.8.0.0/24'], '10.8.1.0/24'],
    ['the hole', ['10.8.0.0/16'], 24, ['10.8.0.0/24', '10.8.2.0/24'], '10.8.1.0/24'],
    ['after a larger one', ['10.8.0.0/16'], 24, ['10.8.0.0/20'], '10.8.16.0/24'],
    ['beside single addresses', ['10.8.0.0/16'], 24, ['10.8.0.9/32', '10.8.1.1/32'], '10.8.2.0/24'],
    ['of the next pool', ['10.8.0.0/24', '10.9.0.0/16'], 24, ['10.8.0.128/25'], '10.9.0.0/24'],
    ['of the first pool that is large enough', ['10.8.0.0/24', '10.9.0.0/16'], 20, [], '10.9.0.0/20'],
    ['none of a pool that is too small', ['10.8.0.0/24'], 20, [], undefined],
    ['none when all is taken', ['10.8.0.0/24'], 26, ['10.0.0.0/8'], undefined],
    ['the last of all addresses', ['255.255.255.0/24'], 25, ['255.255.255.0/25'], '255.255.255.128/25'],
    ['none after the last', ['255.255.255.0/24'], 25, ['255.255.255.0/24'], undefined],
  ] as const)('is %s', (_, pools, prefixLength, occupied, expected) => {
    const ranges = occupied.map((subnet) => ({ subnet }));
    expect(freeSubnet(pools, 4, prefixLength, ranges)).toBe(expected);
  });

  it('is of the family asked for', () => {
    const pools = ['10.8.0.0/16', 'fd00:8::/48'];
    expect(freeSubnet(pools, 6, 64, [{ subnet: 'fd00:8::/64' }])).toBe('fd00:8:0:1::/64');
    expect(freeSubnet(pools, 4, 24, [{ subnet: 'fd00:8::/16' }])).toBe('10.8.0.0/24');
    expect(freeSubnet(['fd00:8::/48'], 4, 24, [])).toBeUndefined();
  });
});

describe('numbers of addresses', () => {
  it('are read back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }), (number) => {
        expect(numberOf(parseAddress(addressOf(4, number)) ?? [])).toBe(number);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (number) => {
        expect(numberOf(parseAddress(addressOf(6, number)) ?? [])).toBe(number);
      }),
    );
  });
});

describe('what has a range', () => {
  it.each([
    ['network', '10.8.0.0/24 of the network "x" (id1)'],
    ['local-network', '10.8.0.0/24 of the network "x", which the engine\'s own machine has'],
    ['node', 'the address of the node "x" (10.8.0.0)'],
    ['reserved', '10.8.0.0/24, which SWARMPLANE_RESERVED_RANGES keeps free'],
  ] as const)('is named: %s', (by, text) => {
    expect(describeOccupant({ subnet: '10.8.0.0/24', by, name: 'x', id: 'id1' })).toBe(text);
  });
});
