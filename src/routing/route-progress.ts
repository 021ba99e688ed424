import { Injectable } from '@nestjs/common';
import type { Patience } from '../api/write.ts';
import type { RouterReport } from '../domain/router-report.ts';
import { RouterConfigs } from '../routers/router-configs.ts';
import { RouterReports } from '../routers/router-reports.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { RouteBook } from './route-book.ts';
import type { RouteOnRouter } from './routes.types.ts';

/** How far the routers are with routes. */
@Injectable()
export class RouteProgress {
  constructor(
    private readonly book: RouteBook,
    private readonly reports: RouterReports,
    private readonly configs: RouterConfigs,
    private readonly state: ClusterState,
  ) {}

  /** How far each router is with a route. One that they are not told of is applied by none. */
  of(id: string): RouteOnRouter[] {
    const route = this.book.get(id);
    return this.reports.all().map(({ report }) => ({
      router: report.id,
      appliedVersion: report.applied?.version ?? null,
      applied: route?.routed != null && this.hasApplied(report, route.changedRevision),
    }));
  }

  /** Waits until all routers that are there serve a route as it is now; answers false when the time is up before. */
  async settled(id: string, { ms, signal }: Patience): Promise<boolean> {
    const revision = this.book.get(id)?.changedRevision ?? 0;
    const isOver = (): boolean =>
      this.reports.present().every(({ report }) => this.hasApplied(report, revision));
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', settle);
        unsubscribe();
        resolve(isOver());
      };
      const timer = setTimeout(settle, ms);
      signal.addEventListener('abort', settle);
      const unsubscribe = this.reports.subscribe(() => {
        if (isOver()) settle();
      });
      if (isOver() || signal.aborted) settle();
    });
  }

  /**
   * Whether a router serves a configuration that goes up to this revision of the routes. The version would not tell: two
   * configurations may have the same.
   */
  private hasApplied({ id, applied }: RouterReport, revision: number): boolean {
    if (!applied) return false;
    // The newest one may have been told by another server.
    this.configs.of(this.state.tasks.get(id)?.serviceId ?? null);
    return (this.configs.revisionOf(applied.hash) ?? -1) >= revision;
  }
}
