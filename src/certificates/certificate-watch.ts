import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { asker } from '../api/asker.ts';
import { Metrics } from '../api/metrics.ts';
import { Pulse } from '../api/pulse.ts';
import { Samples } from '../api/samples.ts';
import type { Certificate, CertificateState } from '../domain/certificate.ts';
import { ITSELF } from '../domain/role.ts';
import type { ObjectChange } from '../events/events.types.ts';
import { ListWatch } from '../events/list-watch.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { CertificatesService } from './certificates.service.ts';
import { ServedCertificates } from './served-certificates.ts';

/** How often it is looked whether a certificate has come closer to its end, in milliseconds. */
const LOOK_MS = 60_000;
/** Between two events of one subscription, in milliseconds. */
const REST_MS = 100;

/** Tells of certificates: those that change, those that come to their end. */
@Injectable()
export class CertificateWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Certificates');
  /** What was said of each in the log, by id. */
  private said = new Map<string, string>();
  private stops: (() => void)[] = [];

  constructor(
    private readonly certificates: CertificatesService,
    private readonly served: ServedCertificates,
    private readonly state: ClusterState,
    metrics: Metrics,
  ) {
    new Gauge({
      name: 'swarmplane_certificate_expires_in_seconds',
      help: 'Time until a certificate expires; negative once it has.',
      labelNames: ['id', 'name'],
      registers: [metrics.registry],
      collect() {
        this.reset();
        if (!state.hasSynced) return;
        for (const { id, name, expiresAt } of certificates.seenBy(ITSELF)) {
          this.set({ id, name }, (Date.parse(expiresAt) - Date.now()) / 1000);
        }
      },
    });
  }

  onApplicationBootstrap(): void {
    this.stops = [this.served.subscribe(() => this.warn()), Pulse.join(LOOK_MS, () => this.warn())];
  }

  onApplicationShutdown(): void {
    for (const stop of this.stops) stop();
  }

  /** The changes of certificates that who asks may see, from now on, those of their state by the passage of time among them. */
  changes(): AsyncIterableIterator<ObjectChange<Certificate>> {
    const by = asker();
    const watch = new ListWatch(() => this.certificates.seenBy(by));
    return new Samples(
      (notice) => {
        const stops = [this.served.subscribe(notice), Pulse.join(LOOK_MS, notice)];
        return () => {
          for (const stop of stops) stop();
        };
      },
      () => watch.changes(),
      REST_MS,
    );
  }

  /** Says once of each state that somebody should see to it. */
  private warn(): void {
    if (!this.state.hasSynced) return;
    const said = new Map<string, string>();
    for (const { id, name, version, state, expiresAt, problem } of this.certificates.seenBy(ITSELF)) {
      const now = `${state} ${version}`;
      said.set(id, now);
      const text = warningOf(state, name, expiresAt, problem);
      if (text !== null && this.said.get(id) !== now) this.log.warn(text);
    }
    this.said = said;
  }
}

function warningOf(
  state: CertificateState,
  name: string,
  expiresAt: string,
  problem: string | null,
): string | null {
  switch (state) {
    case 'expiring':
      return `The certificate "${name}" expires at ${expiresAt}. Replace it: PUT /v1/certificates/${name}.`;
    case 'expired':
      return `The certificate "${name}" has expired at ${expiresAt}. Replace it: PUT /v1/certificates/${name}.`;
    case 'unusable':
      return `The certificate "${name}" cannot be served. ${problem}`;
    default:
      return null;
  }
}
