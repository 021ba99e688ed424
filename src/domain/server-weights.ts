import { MAX_SERVER_WEIGHT } from './router-config.ts';

/** A backend of a route, as far as parts of requests go. */
export interface WeightedBackend {
  /** Its part, in relation to the other backends; 0 for none. */
  readonly weight: number;
  /** How many servers share it. */
  readonly servers: number;
}

/** What a server has where there is nothing to weigh, so that scaling changes none of the others. */
export const EVEN_WEIGHT = 100;

/**
 * The weight of each server of each backend, in the order of the backends: whole numbers, 0 to `MAX_SERVER_WEIGHT`,
 * so that each backend gets its part however many servers it has.
 *
 * Exact where the relations allow it. Otherwise the largest is `MAX_SERVER_WEIGHT` and the others are rounded, so that
 * each is wrong by at most a half of 256; a part that is less than a 512th of the largest, server by server, becomes a
 * 256th of it, because 0 would be nothing.
 */
export function serverWeights(backends: readonly WeightedBackend[]): number[] {
  const weighed = backends.filter(({ weight, servers }) => weight > 0 && servers > 0);
  const multiple = weighed.reduce((all, { servers }) => all * BigInt(servers), 1n);
  // Of each server, in a common unit: backends have at most 16 numbers of servers, which BigInt multiplies exactly.
  const shares = backends.map(({ weight, servers }) =>
    weight > 0 && servers > 0 ? (BigInt(weight) * multiple) / BigInt(servers) : 0n,
  );
  const unit = shares.reduce(divisor, 0n);
  if (unit === 0n) return backends.map(({ weight }) => (weight > 0 ? EVEN_WEIGHT : 0));
  const least = shares.map((share) => share / unit);
  const largest = least.reduce((a, b) => (a > b ? a : b), 0n);
  return backends.map(({ weight }, index) => {
    const share = least[index] ?? 0n;
    // A backend that has no server yet begins with the next change; its weight says nothing.
    if (share === 0n) return weight > 0 ? EVEN_WEIGHT : 0;
    return largest <= MAX_SERVER_WEIGHT
      ? Number(share * spread(largest))
      : Math.max(1, Math.round(ratio(share, largest) * MAX_SERVER_WEIGHT));
  });
}

/** So that weights are near `EVEN_WEIGHT`, and even ones are just that. */
const spread = (largest: bigint): bigint => {
  const even = BigInt(EVEN_WEIGHT) / largest;
  return even > 0n ? even : 1n;
};

const PRECISION = 1n << 40n;
const ratio = (part: bigint, whole: bigint): number => Number((part * PRECISION) / whole) / Number(PRECISION);

const divisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : divisor(b, a % b));
