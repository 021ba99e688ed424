import { Injectable } from '@nestjs/common';

/** Why a request is refused whatever it asks for. */
export const REFUSAL_REASONS = [
  'rate',
  'concurrency',
  'failed-proofs',
  'overload',
  'streams',
  'sockets',
  'operations',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** How often somebody was refused for asking too much, by reason. Such refusals are in the metrics alone, not on record. */
@Injectable()
export class Refusals {
  private readonly counts = new Map<RefusalReason, number>(REFUSAL_REASONS.map((reason) => [reason, 0]));

  add(reason: RefusalReason): void {
    this.counts.set(reason, this.of(reason) + 1);
  }

  of(reason: RefusalReason): number {
    return this.counts.get(reason) ?? 0;
  }
}
