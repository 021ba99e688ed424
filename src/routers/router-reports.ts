import { Injectable } from '@nestjs/common';
import type { RouterReport } from '../domain/router-report.ts';

/** What the routers have said of themselves, in memory. */
@Injectable()
export class RouterReports {
  private readonly known = new Map<string, { readonly report: RouterReport; readonly at: number }>();

  /** Takes in a report. `at` is monotonic, in milliseconds. */
  take(report: RouterReport, at: number = performance.now()): void {
    this.known.set(report.id, { report, at });
  }

  /** The newest report of each router. */
  all(): readonly { readonly report: RouterReport; readonly at: number }[] {
    return [...this.known.values()];
  }
}
