import { Injectable } from '@nestjs/common';
import { VisibleState } from '../api/visible-state.ts';
import type { Change, ObjectOf } from '../domain/change.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ChangeEvent } from './change-event.ts';
import { ChangeQueue } from './change-queue.ts';
import type { EventKind } from './event-kinds.ts';
import type { ObjectChange } from './events.types.ts';
import { overflowed } from './resync.ts';
import { seenChange, sightOf } from './sight.ts';
import { StreamSettings } from './stream-settings.ts';

/** Changes from the state in memory, as streams for subscribers. */
@Injectable()
export class ChangeStream {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly settings: StreamSettings,
  ) {}

  /**
   * The changes of one kind that who asks may see, from now on, each object as `view` shows it. A change is told when the object fits
   * `matches` after it, or did before it: a subscriber sees what it follows leave. With `initial`, what fits now is
   * told first, as ADDED; nothing is missing or told twice between that and the changes. Ends when the subscriber
   * returns. Fails `resync-required` when the subscriber is so slow that its queue overflows.
   */
  changes<K extends EventKind, T>(
    kind: K,
    matches: (object: ObjectOf[K]) => boolean,
    view: (object: ObjectOf[K]) => T,
    initial = false,
  ): AsyncIterableIterator<ObjectChange<T>> {
    const queue = new ChangeQueue<K>(matches, this.settings.capacity);
    const sight = sightOf(this.visible);
    const isSeen = this.visible.sight(kind) ?? (() => true);
    // Read in the same turn as the subscription begins, so the changes go on exactly where the list ends.
    const present = initial ? this.state.of(kind).all().values() : [].values();
    let wake = (): void => {};
    let ended = false;
    const unsubscribe = this.state.subscribe((changes) => {
      for (const change of changes) {
        const seen = change.kind === kind ? seenChange(change as Change<K>, sight) : undefined;
        if (seen) queue.push(new ChangeEvent(seen, 0));
      }
      if (queue.hasOverflowed) unsubscribe();
      if (queue.size > 0 || queue.hasOverflowed) wake();
    });
    const end = (): Promise<IteratorReturnResult<undefined>> => {
      ended = true;
      unsubscribe();
      wake();
      return Promise.resolve({ done: true, value: undefined });
    };
    const nextPresent = (): ObjectOf[K] | undefined => {
      for (;;) {
        const { done, value } = present.next();
        if (done || (isSeen(value) && matches(value))) return value;
      }
    };
    return {
      async next() {
        if (!ended && !queue.hasOverflowed) {
          const object = nextPresent();
          if (object) return { done: false, value: { type: 'ADDED', object: view(object), previous: null } };
        }
        while (queue.size === 0 && !ended && !queue.hasOverflowed) {
          await new Promise<void>((resolve) => (wake = resolve));
        }
        if (ended) return { done: true, value: undefined };
        if (queue.hasOverflowed) {
          ended = true;
          throw overflowed();
        }
        const pending = queue.shift();
        if (!pending) return { done: true, value: undefined };
        const { type, object, previous } = pending.change;
        return {
          done: false,
          value: { type, object: view(object), previous: previous === null ? null : view(previous) },
        };
      },
      return: end,
      throw: end,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
