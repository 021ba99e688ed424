import type { Change } from '../domain/change.ts';
import type { Kind } from '../domain/object.ts';

/** A change, and its place in the order in which clients are told. One object for everyone who is told of it. */
export class ChangeEvent<K extends Kind = Kind> {
  /** What the event looks like on the wire, once somebody has been told of it. */
  bytes: Buffer | undefined;
  /** Names the object that has changed. */
  readonly key: string;

  constructor(
    readonly change: Change<K>,
    readonly position: number,
  ) {
    this.key = `${change.kind}/${change.object.id}`;
  }

  /**
   * This and a later change of the same object as one, in the place of the later one. An object that came and went is
   * as if it had never been: `concerns` nobody.
   */
  foldedInto(later: ChangeEvent<K>): ChangeEvent<K> {
    const { previous } = this.change;
    const { type, kind, object } = later.change;
    const gone = type === 'REMOVED';
    const folded = {
      type: gone ? 'REMOVED' : previous === null ? 'ADDED' : 'UPDATED',
      kind,
      object,
      previous,
    } as Change<K>;
    return new ChangeEvent(folded, later.position);
  }
}
