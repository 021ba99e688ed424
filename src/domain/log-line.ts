export const LOG_STREAMS = ['stdout', 'stderr'] as const;
export type LogStream = (typeof LOG_STREAMS)[number];

/** One line that a task has written. */
export interface LogLine {
  /** When the engine took it in: RFC 3339 in UTC, with nine digits of a second. */
  readonly timestamp: string;
  readonly stream: LogStream;
  readonly taskId: string;
  readonly nodeId: string;
  /** Without the line break at its end. */
  readonly message: string;
}

/** Which lines are asked for. */
export interface LogRequest {
  /** Whether to go on with what is written from now on. */
  readonly follow: boolean;
  /** At most this many of the last lines of each task; null means all. */
  readonly tail: number | null;
  /** Only lines from this moment on, in nanoseconds since 1970. */
  readonly since: bigint | null;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

const NS_PER_SECOND = 1_000_000_000n;
const NS_DIGITS = 9;
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A moment as RFC 3339 writes it, in nanoseconds since 1970; undefined for what is none. */
export function parseTimestamp(text: string): bigint | undefined {
  const [, time, fraction = '', zone] = RFC3339.exec(text) ?? [];
  const ms = time === undefined ? NaN : Date.parse(`${time}${zone}`.toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms / 1000) * NS_PER_SECOND + BigInt(fraction.padEnd(NS_DIGITS, '0'));
}

/**
 * The moment that a client means: one as RFC 3339, or a while ago, as Go writes durations (`10m`, `1h30m`). In
 * nanoseconds since 1970; undefined for what is neither.
 * @param now milliseconds since 1970
 */
export function parseSince(text: string, now: number): bigint | undefined {
  if (!DURATION.test(text)) return parseTimestamp(text);
  let ago = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)) {
    ago += Number(count) * (UNIT_NS[unit] ?? 0);
  }
  const since = Number.isFinite(ago) ? BigInt(now) * 1_000_000n - BigInt(Math.round(ago)) : 0n;
  return since > 0n ? since : 0n;
}

/** Seconds since 1970 with nine decimals, as the Engine API takes a moment. */
export function unixTime(ns: bigint): string {
  return `${ns / NS_PER_SECOND}.${String(ns % NS_PER_SECOND).padStart(NS_DIGITS, '0')}`;
}
