import { Injectable } from '@nestjs/common';
import type { Change, ObjectOf } from '../domain/change.ts';
import type { Kind } from '../domain/object.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { ObjectChange } from './events.types.ts';

/** Changes from the state in memory, as streams for subscribers. */
@Injectable()
export class ChangeStream {
  constructor(private readonly state: ClusterState) {}

  /**
   * The changes of one kind from now on, each object as `view` shows it. A change is told when the object fits
   * `matches` after it, or did before it: a subscriber sees what it follows leave. Ends when the subscriber
   * returns.
   */
  changes<K extends Kind, T>(
    kind: K,
    matches: (object: ObjectOf[K]) => boolean,
    view: (object: ObjectOf[K]) => T,
  ): AsyncIterableIterator<ObjectChange<T>> {
    const queue: Change<K>[] = [];
    let wake = (): void => {};
    let ended = false;
    const unsubscribe = this.state.subscribe((changes) => {
      for (const change of changes) {
        if (change.kind !== kind) continue;
        const own = change as Change<K>;
        if (matches(own.object) || (own.previous !== null && matches(own.previous))) queue.push(own);
      }
      if (queue.length > 0) wake();
    });
    const end = (): Promise<IteratorReturnResult<undefined>> => {
      ended = true;
      unsubscribe();
      wake();
      return Promise.resolve({ done: true, value: undefined });
    };
    return {
      async next() {
        while (queue.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
        const change = queue.shift();
        if (!change || ended) return { done: true, value: undefined };
        const { type, object, previous } = change;
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
