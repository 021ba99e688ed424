import type { Change, ObjectOf } from '../domain/change.ts';
import type { Kind } from '../domain/object.ts';

/** Changes that wait for one subscriber, counted by object; one more object and the subscriber has overflowed. */
export const MAX_PENDING = 10_000;

/** Whether a subscriber follows an object, as it was or as it is. */
export type Follows<K extends Kind> = (object: ObjectOf[K], kind: K) => boolean;

/** A change that waits, and the position of the last change folded into it. */
export interface Pending<K extends Kind> {
  readonly change: Change<K>;
  readonly position: number;
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
  private readonly pending = new Map<string, Pending<K>>();
  private full = false;

  /**
   * @param follows a change is told when this is true of the object after it, or was before it: a subscriber sees
   *   what it follows leave
   * @param capacity how many objects changes can wait for
   */
  constructor(
    private readonly follows: Follows<K>,
    private readonly capacity: number = MAX_PENDING,
  ) {}

  /** For how many objects changes wait. */
  get size(): number {
    return this.pending.size;
  }

  /** True once a change has had no room. What waited is gone, and nothing more is taken in. */
  get hasOverflowed(): boolean {
    return this.full;
  }

  /** Takes a change in, if the subscriber follows its object. `position` only grows. */
  push(change: Change<K>, position: number): void {
    if (this.full) return;
    const key = `${change.kind}/${change.object.id}`;
    const waiting = this.pending.get(key);
    const folded = waiting ? fold(waiting.change, change) : change;
    // To the end, also where it was waiting already.
    if (waiting) this.pending.delete(key);
    if (!this.concerns(folded)) return;
    if (this.pending.size >= this.capacity) {
      this.pending.clear();
      this.full = true;
      return;
    }
    this.pending.set(key, { change: folded, position });
  }

  /** Takes out what has waited longest. */
  shift(): Pending<K> | undefined {
    for (const [key, pending] of this.pending) {
      this.pending.delete(key);
      return pending;
    }
    return undefined;
  }

  /** True when the subscriber followed the object before the change or does after it. */
  private concerns({ type, kind, object, previous }: Change<K>): boolean {
    return (
      (previous !== null && this.follows(previous, kind)) ||
      (type !== 'REMOVED' && this.follows(object, kind))
    );
  }
}

/** Two changes of one object as one. An object that came and went is as if it had never been: ends in neither. */
function fold<K extends Kind>(first: Change<K>, second: Change<K>): Change<K> {
  const { previous } = first;
  const gone = second.type === 'REMOVED';
  return {
    type: gone ? 'REMOVED' : previous === null ? 'ADDED' : 'UPDATED',
    kind: second.kind,
    object: second.object,
    previous,
  };
}
