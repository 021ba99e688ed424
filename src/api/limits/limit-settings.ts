import type { Rate } from './bucket.ts';

/** How much one client may ask of the server. Infinity is no limit. */
export interface LimitSettings {
  /** Of each principal; null for as many as they like. */
  readonly requests: Rate | null;
  /** How many requests of one principal can be under way. */
  readonly concurrentRequests: number;
  /** How many streams one principal can have: some 20 KiB each. */
  readonly streams: number;
  /** How many WebSockets one principal can have. */
  readonly sockets: number;
  /** How many proofs that are none one address may bring, in a minute. */
  readonly failedProofsPerMinute: number;
  /** How many connections there can be, of all clients together. */
  readonly connections: number;
  /** How long a client may take to send a whole request, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Proxies, in CIDR notation, whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}

export const DEFAULT_LIMITS = {
  requests: { perSecond: 200, burst: 1_000 },
  concurrentRequests: 256,
  streams: 20_000,
  sockets: 1_000,
  failedProofsPerMinute: 20,
  connections: 30_000,
  requestTimeoutMs: 30_000,
  trustedProxies: [],
} as const satisfies LimitSettings;

/** No limits at all, for tests and measurements of something else. */
export const NO_LIMITS: LimitSettings = {
  ...DEFAULT_LIMITS,
  requests: null,
  concurrentRequests: Infinity,
  failedProofsPerMinute: Infinity,
};
