import ipaddr from 'ipaddr.js';

/** An address block. `bytes` are those of its first address, in network order. */
export interface Cidr {
  readonly family: 4 | 6;
  readonly prefixLength: number;
  readonly bytes: readonly number[];
}

/** Four decimal parts without leading zeros: octal and short forms mean different things to different parsers. */
const IPV4 = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/;

/** The bytes of a plain address, or undefined when it is none. */
export function parseAddress(text: string): readonly number[] | undefined {
  // An IPv6 address may end in an IPv4 one, to which the same rule applies.
  const tail = text.slice(text.lastIndexOf(':') + 1);
  const valid = text.includes(':')
    ? !text.includes('%') && (!tail.includes('.') || IPV4.test(tail)) && ipaddr.IPv6.isValid(text)
    : IPV4.test(text) && ipaddr.IPv4.isValid(text);
  return valid ? ipaddr.parse(text).toByteArray() : undefined;
}

/** An address block in CIDR notation; undefined when it is none. Host bits may be set: see `firstAddress`. */
export function parseCidr(text: string): Cidr | undefined {
  const [address, length, ...rest] = text.split('/');
  if (
    address === undefined ||
    length === undefined ||
    rest.length > 0 ||
    !/^(0|[1-9]\d{0,2})$/.test(length)
  ) {
    return undefined;
  }
  const bytes = parseAddress(address);
  const prefixLength = Number(length);
  if (!bytes || prefixLength > bytes.length * 8) return undefined;
  return { family: bytes.length === 4 ? 4 : 6, prefixLength, bytes };
}

/** The block's first address in CIDR notation, as it should have been written: `10.0.9.7/24` is `10.0.9.0/24`. */
export function canonical(cidr: Cidr): string {
  const bytes = cidr.bytes.map((byte, index) => byte & maskByte(cidr.prefixLength, index));
  return `${ipaddr.fromByteArray([...bytes]).toString()}/${cidr.prefixLength}`;
}

/** True when bits beyond the prefix are set. */
export function hasHostBits(cidr: Cidr): boolean {
  return cidr.bytes.some((byte, index) => (byte & ~maskByte(cidr.prefixLength, index) & 0xff) !== 0);
}

/** True when the address lies in the block. */
export function contains(cidr: Cidr, address: readonly number[]): boolean {
  return (
    address.length === cidr.bytes.length &&
    address.every((byte, index) => {
      const mask = maskByte(cidr.prefixLength, index);
      return (byte & mask) === ((cidr.bytes[index] ?? 0) & mask);
    })
  );
}

/** True when two blocks share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  const [wide, narrow] = a.prefixLength <= b.prefixLength ? [a, b] : [b, a];
  return contains(wide, narrow.bytes);
}

/** The first and the last address of a block, as numbers. */
export function rangeOf(cidr: Cidr): { readonly first: bigint; readonly last: bigint } {
  const hosts = BigInt(cidr.bytes.length * 8 - cidr.prefixLength);
  const first = (numberOf(cidr.bytes) >> hosts) << hosts;
  return { first, last: first + (1n << hosts) - 1n };
}

/** An address as the number that its bytes write. */
export function numberOf(address: readonly number[]): bigint {
  return address.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** The address that a number is, in its family. */
export function addressOf(family: Cidr['family'], number: bigint): string {
  const length = family === 4 ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) =>
    Number((number >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  return ipaddr.fromByteArray(bytes).toString();
}

function maskByte(prefixLength: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}
