import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Metrics } from '../api/metrics.ts';
import { ProbeRuns } from './probe-runs.ts';

/** Tells Prometheus of probes and connectivity checks. */
@Injectable()
export class ProbeMetrics {
  constructor(metrics: Metrics, runs: ProbeRuns) {
    const registers = [metrics.registry];
    new Gauge({
      name: 'swarmplane_probes_running',
      help: 'Probes and connectivity checks that this server is at.',
      registers,
      collect() {
        this.set(runs.running);
      },
    });
    new Counter({
      name: 'swarmplane_probes_total',
      help: 'Probes and connectivity checks that have ended: answered, whatever they found, or failed.',
      labelNames: ['outcome'],
      registers,
      collect() {
        this.reset();
        for (const [outcome, count] of Object.entries(runs.ended)) this.inc({ outcome }, count);
      },
    });
  }
}
