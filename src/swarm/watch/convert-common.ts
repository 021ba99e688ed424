import type { Duration, Meta, Timestamp } from './messages.ts';

const NANO_DIGITS = 9;

/** RFC 3339 in UTC with as many decimals as needed, exactly as Go prints the same instant in the Engine API. */
export function timeFromSwarmkit(time: Timestamp | undefined): string {
  if (!time) return '';
  const seconds = new Date((time.seconds ?? 0) * 1000).toISOString().slice(0, -'.000Z'.length);
  const fraction = String(time.nanos ?? 0)
    .padStart(NANO_DIGITS, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

/** Milliseconds; null when unset. */
export function durationFromSwarmkit(duration: Duration | undefined): number | null {
  if (!duration) return null;
  return (duration.seconds ?? 0) * 1000 + (duration.nanos ?? 0) / 1e6;
}

/** What every object carries: its version and its times. */
export function metaFromSwarmkit(meta: Meta | undefined): {
  version: number;
  createdAt: string;
  updatedAt: string;
} {
  return {
    version: meta?.version?.index ?? 0,
    createdAt: timeFromSwarmkit(meta?.createdAt),
    updatedAt: timeFromSwarmkit(meta?.updatedAt),
  };
}

/** The word for an enum's number; one that is newer than this code reads as `fallback`. */
export function wordFor<T extends string>(words: readonly T[], value: number | undefined, fallback: T): T {
  return words[value ?? 0] ?? fallback;
}
