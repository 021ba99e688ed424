import { Injectable } from '@nestjs/common';
import { Packet } from 'dns2';
import { Counter } from 'prom-client';
import { Metrics } from '../api/metrics.ts';

export type Transport = 'udp' | 'tcp';

/** Of two names of a number the first is the usual one. */
const NAMES = new Map(
  Object.entries(Packet.RCODE)
    .reverse()
    .map(([name, code]) => [code as number, name.toLowerCase()]),
);

/** Tells Prometheus what the name server answers. */
@Injectable()
export class DnsMetrics {
  private readonly answers: Counter<'transport' | 'code'>;

  constructor(metrics: Metrics) {
    this.answers = new Counter({
      name: 'swarmplane_dns_answers_total',
      help: 'Answers of the name server by their code; those that only say that there is more are "truncated".',
      labelNames: ['transport', 'code'],
      registers: [metrics.registry],
    });
  }

  /** Counts a message that was sent. */
  count(transport: Transport, answer: Buffer): void {
    const { rcode, tc } = Packet.Header.parse(answer);
    const code = tc === 1 ? 'truncated' : (NAMES.get(rcode) ?? String(rcode));
    this.answers.inc({ transport, code });
  }
}
