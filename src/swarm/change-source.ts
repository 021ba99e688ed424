import type { ObjectOf } from '../domain/change.ts';
import type { Kind } from '../domain/object.ts';

/** Everything there is, of every kind, as of one moment. */
export type Snapshot = { readonly [K in Kind]: readonly ObjectOf[K][] };

/** One thing a source has learnt. Events may repeat, and may be older than the snapshot before them. */
export type SourceEvent =
  /** `told` says that `listed` events have just told of each of these objects. */
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot; readonly told?: boolean }
  | { [K in Kind]: { readonly type: 'upsert'; readonly kind: K; readonly object: ObjectOf[K] } }[Kind]
  | { readonly type: 'remove'; readonly kind: Kind; readonly id: string }
  /** Part of a list that is still being made. What it says is true; what it lacks may be in another part. */
  | {
      [K in Kind]: { readonly type: 'listed'; readonly kind: K; readonly objects: readonly ObjectOf[K][] };
    }[Kind]
  /** The stream goes on where it broke off: what was missed follows as events. */
  | { readonly type: 'resumed' };

/**
 * Whether these events say that the source now follows the swarm. What it tells while it still makes its list is no
 * sign of that: the list can fail, and then the state is as old as it was.
 */
export function beginsToFollow(events: readonly SourceEvent[]): boolean {
  return events.some(({ type }) => type === 'snapshot' || type === 'resumed');
}

/** The source no longer has what happened since the version asked for; only a whole list helps. */
export class ResumeRefused extends Error {
  override readonly name = 'ResumeRefused';
}

/**
 * Where the state in memory learns from. A source need not order or deduplicate: the state goes by versions.
 */
export abstract class ChangeSource {
  /** For logs and `/readyz`: which source this is. */
  abstract readonly name: string;

  /**
   * Subscribes first and lists second, so that nothing is lost between the two: yields one snapshot, then
   * batches of changes without end. A long list it may tell in parts before the snapshot, which says that this was all. Throws `engine-unreachable` when the stream breaks; the caller opens anew.
   * @param resumeFrom the highest version that the caller has seen, to be told what has changed since instead of
   *   everything; null asks for a snapshot. A source that cannot resume yields a snapshot all the same, one that
   *   could but not this far back throws `ResumeRefused`.
   */
  abstract open(signal: AbortSignal, resumeFrom: number | null): AsyncIterable<readonly SourceEvent[]>;
}
