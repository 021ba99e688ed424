import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Metrics } from '../../api/metrics.ts';
import { OidcTokens } from './oidc-tokens.ts';

/** Tells Prometheus whether the keys of issuers can be fetched. Nothing of who is there. */
@Injectable()
export class OidcMetrics {
  constructor({ registry }: Metrics, { issuers }: OidcTokens) {
    new Gauge({
      name: 'swarmplane_oidc_keys_age_seconds',
      help: 'How long ago the keys of an issuer were fetched; infinite when they never were.',
      labelNames: ['issuer'],
      registers: [registry],
      collect() {
        for (const { name, keys } of issuers) this.set({ issuer: name }, keys.age / 1000);
      },
    });
    for (const [what, help] of [
      ['refreshes', 'How often it was tried to fetch the keys of an issuer.'],
      ['failures', 'How often the keys of an issuer could not be fetched.'],
    ] as const) {
      new Counter({
        name: `swarmplane_oidc_key_${what}_total`,
        help,
        labelNames: ['issuer'],
        registers: [registry],
        collect() {
          this.reset();
          for (const { name, keys } of issuers) this.inc({ issuer: name }, keys.counts[what]);
        },
      });
    }
  }
}
