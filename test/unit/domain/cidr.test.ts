import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonical,
  contains,
  hasHostBits,
  overlaps,
  parseAddress,
  parseCidr,
  type Cidr,
} from '../../../src/domain/cidr.ts';

/** A block as a range of whole numbers: the plainest model there is. */
const model = (cidr: Cidr) => {
  const width = cidr.bytes.length * 8;
  const value = cidr.bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const hosts = BigInt(width - cidr.prefixLength);
  const first = (value >> hosts) << hosts;
  return { value, first, last: first + (1n << hosts) - 1n };
};

const bytes = (family: 4 | 6) => {
  const length = family === 4 ? 4 : 16;
  return fc.array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length });
};
const blockOf = (family: 4 | 6): fc.Arbitrary<Cidr> =>
  fc.record({
    family: fc.constant(family),
    prefixLength: fc.integer({ min: 0, max: family === 4 ? 32 : 128 }),
    bytes: bytes(family),
  });
const block = fc.oneof(blockOf(4), blockOf(6));
/** Two blocks of one family that often begin with the same bits. */
const pair = fc
  .constantFrom(4 as const, 6 as const)
  .chain((family) =>
    fc
      .tuple(blockOf(family), blockOf(family), fc.nat(16))
      .map(([a, b, shared]): [Cidr, Cidr] => [
        a,
        { ...b, bytes: b.bytes.map((byte, index) => (index < shared ? (a.bytes[index] ?? 0) : byte)) },
      ]),
  );

const write = ({ bytes: parts }: Pick<Cidr, 'bytes'>): string =>
  parts.length === 4
    ? parts.join('.')
    : Array.from({ length: 8 }, (_, index) =>
        (((parts[index * 2] ?? 0) << 8) | (parts[index * 2 + 1] ?? 0)).toString(16),
      ).join(':');

describe('parseCidr', () => {
  it('reads back every block that can be written', () => {
    fc.assert(
      fc.property(block, (cidr) => {
        expect(parseCidr(`${write(cidr)}/${cidr.prefixLength}`)).toEqual(cidr);
      }),
    );
  });

  it.each([
    '',
    '/',
    '10.0.9.0',
    '10.0.9.0/',
    '/24',
    '10.0.9.0/33',
    '10.0.9.0/024',
    '10.0.9.0/+24',
    '10.0.9.0/-1',
    '10.0.9.0/24/24',
    '10.0.9.0/2 4',
    '10.0.9.0/255.255.255.0',
    '10.0.9/24',
    '10/8',
    '010.0.9.0/24',
    '10.0.011.0/24',
    '0x0a.0.9.0/24',
    '167774464/24',
    '256.0.0.0/8',
    '10.0.9.0.0/24',
    ' 10.0.9.0/24',
    '10.0.9.0/24 ',
    '１０.0.9.0/24',
    'fd00::/129',
    'fd00::%eth0/64',
    'fd00:::/64',
    'fd00::1::/64',
    '::ffff:010.0.9.0/120',
    '::ffff:0x0a.0.9.0/120',
    'g::/64',
    'localhost/24',
  ])('refuses "%s"', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe('parseAddress', () => {
  it('takes just what the system takes, save zones', () => {
    const soup = fc
      .array(fc.constantFrom(...'0123456789abcf.:x%'), { maxLength: 24 })
      .map((parts) => parts.join(''));
    const nearly = fc
      .tuple(
        fc.oneof(bytes(4), bytes(6)),
        fc.nat(60),
        fc.constantFrom('', '0', '.', ':', '::', 'x', '-', '%e'),
      )
      .map(([parts, position, extra]) => {
        const text = write({ bytes: parts });
        return text.slice(0, position) + extra + text.slice(position);
      });
    const mapped = fc
      .tuple(
        bytes(4),
        fc.constantFrom('::', '::ffff:', '64:ff9b::', '1:2:3:4:5:6:'),
        fc.constantFrom('', '0'),
      )
      .map(([parts, prefix, zero]) => `${prefix}${zero}${write({ bytes: parts })}`);
    fc.assert(
      fc.property(fc.oneof(soup, nearly, mapped), (text) => {
        const expected = isIP(text) !== 0 && !text.includes('%');
        expect(parseAddress(text) !== undefined, text).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('tells the families apart by their length', () => {
    expect(parseAddress('10.0.9.1')).toEqual([10, 0, 9, 1]);
    expect(parseAddress('::1')).toHaveLength(16);
    expect(parseAddress('::ffff:10.0.9.1')).toHaveLength(16);
  });
});

describe('canonical', () => {
  it.each([
    ['10.0.9.7/24', '10.0.9.0/24'],
    ['10.0.9.7/32', '10.0.9.7/32'],
    ['10.0.9.7/0', '0.0.0.0/0'],
    ['172.16.37.1/12', '172.16.0.0/12'],
    ['FD00:0:0:0:0:0:0:7/64', 'fd00::/64'],
  ])('writes %s as %s', (given, expected) => {
    expect(canonical(parseCidr(given) as Cidr)).toBe(expected);
  });

  it('has no host bits, covers the same addresses and is its own canonical form', () => {
    fc.assert(
      fc.property(block, (cidr) => {
        const text = canonical(cidr);
        const again = parseCidr(text) as Cidr;
        expect(hasHostBits(again)).toBe(false);
        expect(again.family).toBe(cidr.family);
        expect(model(again)).toMatchObject({ first: model(cidr).first, last: model(cidr).last });
        expect(canonical(again)).toBe(text);
      }),
    );
  });
});

describe('hasHostBits', () => {
  it('is true when the address is not the first of its block', () => {
    fc.assert(
      fc.property(block, (cidr) => {
        expect(hasHostBits(cidr)).toBe(model(cidr).value !== model(cidr).first);
      }),
    );
  });
});

describe('contains', () => {
  it('is true between the first and the last address of the block', () => {
    fc.assert(
      fc.property(pair, ([cidr, other]) => {
        const { first, last } = model(cidr);
        const { value } = model(other);
        expect(contains(cidr, other.bytes)).toBe(first <= value && value <= last);
      }),
      { numRuns: 500 },
    );
  });

  it('is false across families', () => {
    fc.assert(
      fc.property(blockOf(4), blockOf(6), (four, six) => {
        expect(contains(four, six.bytes)).toBe(false);
        expect(contains(six, four.bytes)).toBe(false);
      }),
    );
  });
});

describe('overlaps', () => {
  it('is true when the ranges share an address, whichever comes first', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const [left, right] = [model(a), model(b)];
        const expected = left.first <= right.last && right.first <= left.last;
        expect(overlaps(a, b)).toBe(expected);
        expect(overlaps(b, a)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('is true of a block and itself, and of a block and all of its addresses', () => {
    fc.assert(
      fc.property(block, (cidr) => {
        expect(overlaps(cidr, cidr)).toBe(true);
        expect(overlaps({ ...cidr, prefixLength: 0 }, cidr)).toBe(true);
      }),
    );
  });

  it('is false across families', () => {
    fc.assert(
      fc.property(blockOf(4), blockOf(6), (four, six) => {
        expect(overlaps(four, six)).toBe(false);
        expect(overlaps(six, four)).toBe(false);
      }),
    );
  });
});
