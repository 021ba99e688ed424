import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { eventText, retryText, type EventStream } from '../api/event-stream.ts';
import { Sessions } from '../api/sessions.ts';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ChangeQueue } from './change-queue.ts';
import { EventFilter } from './event-filter.ts';
import { EventHistory } from './event-history.ts';
import type { EventKind } from './event-kinds.ts';
import { EventSubscriber } from './event-subscriber.ts';
import { EventViews } from './event-views.ts';
import type { EventQuery } from './events.types.ts';
import { StreamSettings } from './stream-settings.ts';

/** The last thing that the holder of a revoked or expired token is told. */
const UNAUTHENTICATED = eventText(
  'unauthenticated',
  JSON.stringify({ detail: 'The token was revoked or has expired. Ask an admin for a new one.' }),
);

/** Changes as server-sent events. */
@Injectable()
export class EventStreams implements OnApplicationBootstrap {
  private readonly streams = new Set<EventStream>();

  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly state: ClusterState,
    private readonly history: EventHistory,
    private readonly filter: EventFilter,
    private readonly views: EventViews,
    private readonly settings: StreamSettings,
    private readonly sessions: Sessions,
  ) {}

  onApplicationBootstrap(): void {
    // The HTTP server waits for every response before it is closed, and no hook of Nest's comes before that.
    this.adapters.httpAdapter.getInstance<FastifyInstance>().addHook('preClose', (done) => {
      for (const stream of this.streams) stream.finish(`: the server stops\n${retryText()}\n`);
      done();
    });
  }

  /**
   * The changes that fit the query, after the event that the client has seen last, or from now on. Fails
   * `not-synced`, `not-found`, `ambiguous` and `invalid` before it begins. Later it does not fail but tells: a
   * client that has missed something gets the event `resync`, and is ended if that is because it reads too slowly;
   * one whose token is no longer in force gets the event `unauthenticated` and is ended.
   */
  open(query: EventQuery, lastEventId: string | undefined, principal: Principal): EventStream {
    this.state.assertSynced();
    const queue = new ChangeQueue<EventKind>(this.filter.matcher(query), this.settings.capacity);
    const { heartbeatMs } = this.settings;
    const { stream } = new EventSubscriber(this.history, this.views, queue, lastEventId, heartbeatMs);
    const leave = this.sessions.open(principal, () => stream.finish(UNAUTHENTICATED));
    this.streams.add(stream);
    stream.once('close', () => {
      leave();
      this.streams.delete(stream);
    });
    return stream;
  }
}
