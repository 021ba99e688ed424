import type { Bucket, Rate } from './bucket.ts';
import { secondsOf } from './seconds.ts';

// What a principal may ask for, and how much of it is left, in the words of draft-ietf-httpapi-ratelimit-headers-10.

/** The header `RateLimit-Policy`: a quota `q` for a window of `w` seconds. */
export function ratePolicy({ perSecond, burst }: Rate): string {
  return `"requests";q=${burst};w=${Math.max(1, Math.ceil(burst / perSecond))}`;
}

/** The header `RateLimit`: `r` of the quota is left, and all of it is there again after `t` seconds. */
export function rateLeft(bucket: Bucket, now: number): string {
  return `"requests";r=${bucket.left(now)};t=${secondsOf(bucket.untilFull(now))}`;
}
