import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Metrics } from '../api/metrics.ts';
import { AuditQueue } from './audit-queue.ts';
import { KeptAuditTrail } from './audit-trail.service.ts';

/** Tells Prometheus whether the audit trail can be written. */
@Injectable()
export class AuditMetrics {
  constructor({ registry }: Metrics, queue: AuditQueue, trail: KeptAuditTrail) {
    new Gauge({
      name: 'swarmplane_audit_writable',
      help: '1 while the audit trail can be written; 0 after it could not, until it can again: writes are refused.',
      registers: [registry],
      collect() {
        this.set(queue.fails ? 0 : 1);
      },
    });
    for (const [what, help, count] of [
      ['rows', 'Rows written to the audit trail.', () => queue.counts.rows],
      ['groups', 'Groups of rows that were written together.', () => queue.counts.groups],
      ['failures', 'Groups of rows that could not be written.', () => queue.counts.failures],
      ['lost_refusals', 'Refusals that are on no record.', () => trail.lostRefusals],
    ] as const) {
      new Counter({
        name: `swarmplane_audit_${what}_total`,
        help,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(count());
        },
      });
    }
  }
}
