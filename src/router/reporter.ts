import type { RouterReport, RouterStats } from '../domain/router-report.ts';
import { Later } from './later.ts';
import type { ServerClient } from './server-client.ts';

/** A sign of life, in milliseconds. */
const EVERY_MS = 5_000;
/** What changes is told at once, but no oftener than this, in milliseconds. */
const GAP_MS = 100;
/** How often everything is told, for servers that missed some of it, in milliseconds. */
const WHOLE_EVERY_MS = 60_000;
/** Rows of each kind in one report: a row takes up to 400 bytes, and a server takes up to 1 MiB. */
const ROWS = 700;

/** Where statistics to report come from. */
export interface ReportedStats {
  /** Rows that changed since this was asked before. */
  changed(): RouterStats;
  /** Has `changed` answer everything next time. */
  retell(): void;
}

/** Tells all servers how the router is. A report that does not arrive is not sent again: the next one says more. */
export class Reporter {
  private readonly sending = new Later(() => void this.send());
  private current: Promise<void> = Promise.resolve();
  private sentAt = -Infinity;
  private wholeAt = -Infinity;

  /** @param head everything of a report but its statistics, as of now */
  constructor(
    private readonly server: ServerClient,
    private readonly head: () => Omit<RouterReport, 'stats'>,
    private readonly stats: ReportedStats,
    private readonly failed: (reason: Error) => void,
  ) {}

  /** Reports now; the next time follows by itself. */
  soon(): void {
    this.sending.in(this.sentAt + GAP_MS - performance.now());
  }

  /** Has the next report say everything: a server may have begun anew. */
  retell(): void {
    this.wholeAt = -Infinity;
    this.soon();
  }

  /** Reports no more; resolves when the last report is out. */
  async stop(): Promise<void> {
    this.sending.stop();
    await this.current;
  }

  private async send(): Promise<void> {
    await this.current;
    this.sending.within(EVERY_MS);
    this.current = this.report();
    await this.current;
  }

  private async report(): Promise<void> {
    const now = performance.now();
    this.sentAt = now;
    if (now - this.wholeAt >= WHOLE_EVERY_MS) {
      this.wholeAt = now;
      this.stats.retell();
    }
    const head = this.head();
    for (const stats of portions(this.stats.changed())) {
      const report: RouterReport = { ...head, stats };
      const path = `/v1/routers/${encodeURIComponent(head.id)}/report`;
      const failures = await this.server.putEverywhere(path, Buffer.from(JSON.stringify(report)));
      for (const failure of failures) this.failed(failure);
    }
  }
}

/** Statistics in portions that fit in a report each; at least one. */
function portions({ routes, servers }: RouterStats): RouterStats[] {
  const count = Math.max(1, Math.ceil(routes.length / ROWS), Math.ceil(servers.length / ROWS));
  return Array.from({ length: count }, (_, index) => ({
    routes: routes.slice(index * ROWS, (index + 1) * ROWS),
    servers: servers.slice(index * ROWS, (index + 1) * ROWS),
  }));
}
