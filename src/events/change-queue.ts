import type { Change, ObjectOf } from '../domain/change.ts';
import type { Kind } from '../domain/object.ts';
import type { ChangeEvent } from './change-event.ts';

/** Changes that wait for one subscriber, counted by object; one more object and the subscriber has overflowed. */
export const MAX_PENDING = 10_000;

/** Whether a subscriber follows an object, as it was or as it is. */
export type Follows<K extends Kind> = (object: ObjectOf[K], kind: K) => boolean;

/** True of a change when the subscriber followed the object before it, or does after it: it sees what leaves. */
export function concerns<K extends Kind>(
  { type, kind, object, previous }: Change<K>,
  follows: Follows<K>,
): boolean {
  return (previous !== null && follows(previous, kind)) || (type !== 'REMOVED' && follows(object, kind));
}

/**
 * What one subscriber has yet to be told. Changes of one object fold into one, so that a slow reader gets the
 * last state rather than all the history, and memory is bounded by the number of objects. Whoever applies what it
 * is told, in order, ends with what it would have with every single change.
 *
 * A folded change takes the place of its last part: all changes up to the position of what has been told are
 * contained in what has been told, so that the position is a cursor to resume from.
 */
export class ChangeQueue<K extends Kind = Kind> {
  /** By what has changed. Made with the first change: most subscribers wait most of the time. */
  private pending: Map<string, ChangeEvent<K>> | undefined;
  private full = false;

  /**
   * @param follows what the subscriber is told of
   * @param capacity how many objects changes can wait for
   */
  constructor(
    private readonly follows: Follows<K>,
    private readonly capacity: number = MAX_PENDING,
  ) {}

  /** For how many objects changes wait. */
  get size(): number {
    return this.pending?.size ?? 0;
  }

  /** True once a change has had no room. What waited is gone, and nothing more is taken in. */
  get hasOverflowed(): boolean {
    return this.full;
  }

  /**
   * Takes a change in, if it concerns the subscriber. Positions only grow.
   * @param isConcerned whether it does, when that is known: many subscribers follow the same
   */
  push(event: ChangeEvent<K>, isConcerned: boolean = concerns(event.change, this.follows)): void {
    if (this.full) return;
    const waiting = this.pending?.get(event.key);
    if (waiting) {
      // To the end, also where it was waiting already.
      this.pending?.delete(event.key);
      const folded = waiting.foldedInto(event);
      if (concerns(folded.change, this.follows)) this.pending?.set(event.key, folded);
    } else if (isConcerned) {
      this.pending ??= new Map();
      if (this.pending.size < this.capacity) this.pending.set(event.key, event);
      else {
        this.pending = undefined;
        this.full = true;
      }
    }
  }

  /** Takes out what has waited longest. */
  shift(): ChangeEvent<K> | undefined {
    for (const [key, event] of this.pending ?? []) {
      this.pending?.delete(key);
      return event;
    }
    return undefined;
  }
}
