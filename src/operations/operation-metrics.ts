import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Metrics } from '../api/metrics.ts';
import { OPERATION_STATES } from '../domain/operation.ts';
import { OperationRecords, toOperation } from './operation-records.ts';

/** Tells Prometheus how many operations there are, so that one that has stopped is noticed. */
@Injectable()
export class OperationMetrics {
  constructor(metrics: Metrics, records: OperationRecords) {
    new Gauge({
      name: 'swarmplane_operations',
      help: 'Operations that the swarm keeps; one that has stopped waits for somebody.',
      labelNames: ['state'],
      registers: [metrics.registry],
      collect() {
        const operations = records.list().map(toOperation);
        for (const state of OPERATION_STATES) {
          this.set({ state }, operations.filter((operation) => operation.state === state).length);
        }
      },
    });
  }
}
