import type { ObjectOf } from '../domain/change.ts';
import type { Kind } from '../domain/object.ts';

/** Everything there is, of every kind, as of one moment. */
export type Snapshot = { readonly [K in Kind]: readonly ObjectOf[K][] };

/** One thing a source has learnt. Events may repeat, and may be older than the snapshot before them. */
export type SourceEvent =
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { [K in Kind]: { readonly type: 'upsert'; readonly kind: K; readonly object: ObjectOf[K] } }[Kind]
  | { readonly type: 'remove'; readonly kind: Kind; readonly id: string };

/**
 * Where the state in memory learns from. A source need not order or deduplicate: the state goes by versions.
 */
export abstract class ChangeSource {
  /** For logs and `/readyz`: which source this is. */
  abstract readonly name: string;

  /**
   * Subscribes first and lists second, so that nothing is lost between the two: yields one snapshot, then
   * batches of changes without end. Throws `engine-unreachable` when the stream breaks; the caller opens anew.
   */
  abstract open(signal: AbortSignal): AsyncIterable<readonly SourceEvent[]>;
}
