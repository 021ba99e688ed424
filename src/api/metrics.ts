import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { KINDS } from '../domain/object.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { FeedStatistics } from '../swarm/feed.ts';
import { Limits } from './limits/limits.ts';
import { REFUSAL_REASONS, Refusals } from './limits/refusals.ts';
import { LiveStreams } from './live-streams.ts';

/** Seconds. Reads take well under a millisecond, writes as long as Swarm takes. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** What Prometheus is told: the process, the requests, and how well the state follows the swarm. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly durations: Histogram<'method' | 'route' | 'status'>;

  constructor(
    state: ClusterState,
    statistics: FeedStatistics,
    streams: LiveStreams,
    limits: Limits,
    refusals: Refusals,
  ) {
    const { registry } = this;
    collectDefaultMetrics({ register: registry });
    this.durations = new Histogram({
      name: 'swarmplane_http_request_duration_seconds',
      help: 'Time from a request to the end of its answer; without streams of server-sent events.',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATION_BUCKETS,
      registers: [registry],
    });
    new Gauge({
      name: 'swarmplane_state_stale_seconds',
      help: 'How long the state in memory has been cut off from the swarm; 0 while it is live.',
      registers: [registry],
      collect() {
        this.set(state.staleSince === null ? 0 : (Date.now() - state.staleSince) / 1000);
      },
    });
    new Gauge({
      name: 'swarmplane_state_objects',
      help: 'Objects in the state in memory.',
      labelNames: ['kind'],
      registers: [registry],
      collect() {
        for (const kind of KINDS) this.set({ kind }, state.of(kind).size);
      },
    });
    new Gauge({
      name: 'swarmplane_streams',
      help: 'Streams that are open: events, rollouts and logs, without GraphQL subscriptions.',
      registers: [registry],
      collect() {
        this.set(streams.size);
      },
    });
    new Gauge({
      name: 'swarmplane_waiting_requests',
      help: 'Requests that wait for their turn: more is asked at the moment than is done at once.',
      registers: [registry],
      collect() {
        this.set(limits.waiting);
      },
    });
    new Counter({
      name: 'swarmplane_refusals_total',
      help: 'Requests, operations, streams and sockets refused for asking too much, whatever they asked for.',
      labelNames: ['reason'],
      registers: [registry],
      collect() {
        this.reset();
        for (const reason of REFUSAL_REASONS) this.inc({ reason }, refusals.of(reason));
      },
    });
    for (const [event, help, count] of [
      ['snapshots', 'Whole lists taken in.', () => statistics.snapshots],
      ['resumptions', 'Change streams that went on where they had broken off.', () => statistics.resumptions],
      ['failures', 'Change streams that broke or could not be opened.', () => statistics.failures],
    ] as const) {
      new Counter({
        name: `swarmplane_stream_${event}_total`,
        help,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(count());
        },
      });
    }
  }

  /** Measures every request of the server; by the route's pattern, since paths have no bound. */
  observe(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      const labels = {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: String(reply.statusCode),
      };
      this.durations.observe(labels, reply.elapsedTime / 1000);
      done();
    });
  }
}
