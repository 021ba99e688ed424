import { Injectable } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import { AWAY_AFTER_MS, FORGOTTEN_AFTER_MS, hasEnded } from '../domain/router.ts';
import type { RouterReport, RouteStats, ServerStats } from '../domain/router-report.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { FreshRows } from './fresh-rows.ts';
import { RouteTotals } from './route-totals.ts';

/** Far more than a swarm has nodes. */
const MAX_ROUTERS = 2_000;
const MAX_ROUTES = 10_000;
const MAX_SERVERS = 50_000;
const MAX_SENTENCES = 100;

/** What is known of a router by what it has said. */
export interface HeardRouter {
  readonly report: RouterReport;
  /** When it said so, of the monotonic clock, in milliseconds. */
  readonly at: number;
}

/** The same with its statistics. */
export interface RouterTraffic extends HeardRouter {
  readonly routes: FreshRows<RouteStats>;
  readonly servers: FreshRows<ServerStats>;
}

/**
 * What the routers have said of themselves, in memory: each server hears all of them, every few seconds. One that is gone
 * from the swarm is forgotten at once, any other after ten minutes of silence.
 */
@Injectable()
export class RouterReports {
  /** What all routers together have done since this server began to hear them. */
  readonly totals = new RouteTotals(MAX_ROUTES);
  private readonly known = new Map<string, RouterTraffic>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly state: ClusterState) {
    state.subscribe((changes) => {
      for (const { kind, type, object } of changes) {
        if (kind === 'task' && (type === 'REMOVED' || hasEnded(object)) && this.known.delete(object.id)) {
          this.tell();
        }
      }
    });
  }

  /**
   * Takes in a report. Fails `too-many` for one more router than there can be.
   * @param at of the monotonic clock, in milliseconds
   */
  take(report: RouterReport, at: number = performance.now()): void {
    this.forget(at);
    const task = this.state.tasks.get(report.id);
    // What a router says while it stops is of no use to anybody, and would keep it for minutes.
    if (task && hasEnded(task)) return;
    const before = this.known.get(report.id);
    if (!before && this.known.size >= MAX_ROUTERS) {
      const detail = `${MAX_ROUTERS} routers have reported to this server. Let each have one id for its life: its task's.`;
      throw new DomainError('too-many', detail);
    }
    const {
      routes = new FreshRows<RouteStats>(MAX_ROUTES),
      servers = new FreshRows<ServerStats>(MAX_SERVERS),
    } = before?.report.startedAt === report.startedAt ? before : {};
    for (const row of report.stats.routes) {
      this.totals.add(routes.get(row.route), row, at);
      routes.set(row.route, row, at);
    }
    for (const row of report.stats.servers) servers.set(serverKey(row), row, at);
    for (const rows of [routes, servers, this.totals]) rows.prune(at);
    this.known.set(report.id, { report: withoutRows(report), at, routes, servers });
    this.tell();
  }

  /** The newest report of each router. */
  all(at: number = performance.now()): readonly HeardRouter[] {
    return this.traffic(at);
  }

  /** The same with the statistics. */
  traffic(at: number = performance.now()): readonly RouterTraffic[] {
    this.forget(at);
    return [...this.known.values()];
  }

  /** The same of those that are not `away`: of the others nobody knows what they do now. */
  present(at: number = performance.now()): readonly RouterTraffic[] {
    return this.traffic(at).filter((router) => at - router.at < AWAY_AFTER_MS);
  }

  /** Calls `listener` whenever a router has reported, or is forgotten. Returns the way to stop it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private forget(at: number): void {
    for (const [id, router] of this.known) {
      if (at - router.at >= FORGOTTEN_AFTER_MS) this.known.delete(id);
    }
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

/** What is kept of a report: its rows are kept elsewhere, and nobody reads hundreds of sentences. */
function withoutRows(report: RouterReport): RouterReport {
  const { problems, lastReloadReasons } = report;
  return {
    ...report,
    problems: problems.slice(0, MAX_SENTENCES),
    lastReloadReasons: lastReloadReasons.slice(0, MAX_SENTENCES),
    stats: { routes: [], servers: [] },
  };
}

/** By what the row of a server is known. */
export function serverKey({ route, server, port }: Pick<ServerStats, 'route' | 'server' | 'port'>): string {
  return `${route}/${server}:${port}`;
}
