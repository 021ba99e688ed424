import type { View } from '../api/visible-state.ts';
import type { Change } from '../domain/change.ts';
import { ChangeEvent } from './change-event.ts';
import { EVENT_KINDS, type EventKind } from './event-kinds.ts';

/** Whether somebody may see an object of a kind; none for kinds of which they see all. */
export type Sight = { readonly [K in EventKind]: ((object: never) => boolean) | null };

/** What somebody may see of what is told in events; null for all of it. */
export function sightOf(view: View): Sight | null {
  const sight = Object.fromEntries(EVENT_KINDS.map((kind) => [kind, view.sight(kind)])) as Sight;
  return EVENT_KINDS.every((kind) => sight[kind] === null) ? null : sight;
}

/**
 * A change as somebody sees it: an object that comes into their sight is added, one that leaves it is removed. Undefined
 * for one of which they see nothing.
 */
export function seenChange<K extends EventKind>(
  change: Change<K>,
  sight: Sight | null,
): Change<K> | undefined {
  const sees = sight?.[change.kind] as ((object: unknown) => boolean) | null | undefined;
  if (!sees) return change;
  const { type, kind, object, previous } = change;
  const before = previous !== null && sees(previous);
  const after = type !== 'REMOVED' && sees(object);
  if (before && (after || type === 'REMOVED')) return change;
  if (before) return { type: 'REMOVED', kind, object: previous, previous };
  return after ? { type: 'ADDED', kind, object, previous: null } : undefined;
}

/** The same of a change in its place: the same object where nothing of it is hidden. */
export function seenEvent<K extends EventKind>(
  event: ChangeEvent<K>,
  sight: Sight | null,
): ChangeEvent<K> | undefined {
  const seen = seenChange(event.change, sight);
  if (seen === event.change) return event;
  return seen && new ChangeEvent(seen, event.position);
}
