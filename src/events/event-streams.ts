import { Injectable } from '@nestjs/common';
import type { EventStream } from '../api/event-stream.ts';
import { LiveStreams } from '../api/live-streams.ts';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ChangeQueue } from './change-queue.ts';
import { EventFilter } from './event-filter.ts';
import { EventGroups } from './event-groups.ts';
import { EventHistory } from './event-history.ts';
import type { EventKind } from './event-kinds.ts';
import { EventSubscriber } from './event-subscriber.ts';
import { EventViews } from './event-views.ts';
import type { EventQuery } from './events.types.ts';
import { StreamSettings } from './stream-settings.ts';

/** Changes as server-sent events. */
@Injectable()
export class EventStreams {
  constructor(
    private readonly state: ClusterState,
    private readonly history: EventHistory,
    private readonly filter: EventFilter,
    private readonly groups: EventGroups,
    private readonly views: EventViews,
    private readonly settings: StreamSettings,
    private readonly streams: LiveStreams,
  ) {}

  /**
   * The changes that fit the query, after the event that the client has seen last, or from now on. Fails
   * `not-synced`, `not-found`, `ambiguous`, `invalid` and `too-many` before it begins. Later it does not fail but
   * tells: a client that has missed something gets the event `resync`, and is ended if that is because it reads too
   * slowly; one whose token is no longer in force gets the event `unauthenticated` and is ended.
   */
  open(query: EventQuery, lastEventId: string | undefined, principal: Principal): EventStream {
    this.state.assertSynced();
    const group = this.groups.of(this.filter.select(query));
    const { stream } = new EventSubscriber(
      this.history,
      this.views,
      group,
      new ChangeQueue<EventKind>(group.follows, this.settings.capacity),
      lastEventId,
      this.settings.heartbeatMs,
    );
    return this.streams.holdEvents(stream, principal);
  }
}
