import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DomainError, isKind } from '../../domain/errors.ts';
import { siteOf } from './address.ts';
import { Bucket } from './bucket.ts';
import type { LimitSettings } from './limit-settings.ts';
import { Refusals } from './refusals.ts';
import { secondsOf } from './seconds.ts';

/** So many addresses are remembered; one that was forgotten may fail anew. */
export const MAX_SITES = 50_000;

/**
 * Counts, by address, proofs that are none: tokens that are unknown, revoked or mistyped, and requests without any. From an
 * address that brings too many, the next is told so instead, before anything else is done for it. A good proof never
 * counts and is never refused, whatever else comes from its address: a whole company can have a single one.
 */
@Injectable()
export class FailedProofs {
  private readonly sites = new LRUCache<string, Bucket>({ max: MAX_SITES });

  constructor(
    private readonly settings: LimitSettings,
    private readonly refusals: Refusals,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** How many addresses are remembered. */
  get size(): number {
    return this.sites.size;
  }

  /** What to say to who has brought no proof: `too-many` where that was often, else what was to be said. */
  judge(error: unknown, address: string | undefined): unknown {
    return this.count(error, address) ?? error;
  }

  /** Counts what a proof has failed with. Answers `too-many` where that was often. */
  count(error: unknown, address: string | undefined): DomainError | undefined {
    const { failedProofsPerMinute: limit } = this.settings;
    if (limit === Infinity || !isKind(error, 'unauthenticated')) return undefined;
    const bucket = this.bucketOf(siteOf(address), limit);
    const now = this.now();
    if (bucket.take(now)) return undefined;
    this.refusals.add('failed-proofs');
    return new DomainError(
      'too-many',
      'Too many requests without a valid token came from your address. A valid one is taken at any time.',
      { retryAfter: secondsOf(bucket.untilNext(now)) },
    );
  }

  private bucketOf(site: string, limit: number): Bucket {
    const known = this.sites.get(site);
    if (known) return known;
    const bucket = new Bucket({ perSecond: limit / 60, burst: limit });
    this.sites.set(site, bucket);
    return bucket;
  }
}
