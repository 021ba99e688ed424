import type { Duration, Meta, Timestamp } from './messages.ts';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
const MINUTE_SECONDS = 60;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const Z = 0x5a;

/** Times are written here, digit by digit: putting strings together takes five times as long, and more memory. */
const written = Buffer.alloc(64);
/** The day that `written` begins with, counted from 1970, and where its text ends. */
let writtenDay = NaN;
let dayEnds = 0;

/** RFC 3339 in UTC with as many decimals as needed, exactly as Go prints the same instant in the Engine API. */
export function timeFromSwarmkit(time: Timestamp | null | undefined): string {
  if (!time) return '';
  const seconds = time.seconds ?? 0;
  const day = Math.floor(seconds / DAY_SECONDS);
  if (day !== writtenDay) {
    const text = new Date(day * DAY_SECONDS * 1000).toISOString();
    dayEnds = written.write(text.slice(0, text.indexOf('T') + 1), 'latin1');
    writtenDay = day;
  }
  const second = seconds - day * DAY_SECONDS;
  let end = writeTwoDigits(Math.floor(second / HOUR_SECONDS), dayEnds);
  written[end++] = COLON;
  end = writeTwoDigits(Math.floor((second % HOUR_SECONDS) / MINUTE_SECONDS), end);
  written[end++] = COLON;
  end = writeTwoDigits(second % MINUTE_SECONDS, end);
  let nanos = time.nanos ?? 0;
  if (nanos > 0) written[end++] = POINT;
  for (let unit = 100_000_000; nanos > 0; unit /= 10) {
    const digit = Math.floor(nanos / unit);
    written[end++] = ZERO + digit;
    nanos -= digit * unit;
  }
  written[end++] = Z;
  return written.toString('latin1', 0, end);
}

function writeTwoDigits(number: number, at: number): number {
  written[at] = ZERO + Math.floor(number / 10);
  written[at + 1] = ZERO + (number % 10);
  return at + 2;
}

/** Milliseconds; null when unset. */
export function durationFromSwarmkit(duration: Duration | null | undefined): number | null {
  if (!duration) return null;
  return (duration.seconds ?? 0) * 1000 + (duration.nanos ?? 0) / 1e6;
}

/** What every object carries: its version and its times. */
export function metaFromSwarmkit(meta: Meta | null | undefined): {
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
