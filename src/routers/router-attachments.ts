import { setTimeout as pass } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import type { Network } from '../domain/network.ts';
import { ITSELF } from '../domain/role.ts';
import { routersJoin } from '../domain/route-network.ts';
import type { Service } from '../domain/service.ts';
import { RouteBook } from '../routing/route-book.ts';
import { RouterNetworks } from '../routing/router-networks.ts';
import { RolloutWait } from '../services/rollout-wait.ts';
import { ServiceWrites } from '../services/service-writes.service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { RouterServices } from './router-services.ts';
import { RouterOptions } from './router-options.ts';

/** Routers are attached within this time, in milliseconds: a rollout of them is for all networks of a stack at once. */
const QUIET_MS = 1_000;
/** How long the rollout of one router service is waited for, in milliseconds. */
const ROLLOUT_MS = 10 * 60_000;
/** What did not succeed, or was rolled back, is tried again after this long, in milliseconds. */
const RETRY_MS = 5 * 60_000;

/**
 * Attaches router services to the networks of routers that routed services are on: one service at a time, and all
 * networks that it lacks in one update, which replaces its routers one by one. It never detaches. Several servers do no
 * harm to each other: each looks at the version that it writes, and finds nothing left to do.
 */
@Injectable()
export class RouterAttachments implements OnApplicationBootstrap, OnApplicationShutdown {
  quietMs = QUIET_MS;
  private readonly log = new Logger('RouterAttachments');
  private readonly stopping = new AbortController();
  /** Until when a service is left alone, by its id and what it lacked; of the monotonic clock. */
  private readonly resting = new Map<string, { readonly lacked: string; readonly until: number }>();
  private stops: (() => void)[] = [];
  private isNoticed = false;
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;

  constructor(
    private readonly state: ClusterState,
    private readonly book: RouteBook,
    private readonly services: RouterServices,
    private readonly networks: RouterNetworks,
    private readonly writes: ServiceWrites,
    private readonly rollouts: RolloutWait,
    private readonly options: RouterOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.attaches) return;
    const notice = (): void => this.notice();
    this.stops = [this.book.follow(notice), this.services.subscribe(notice)];
  }

  async onApplicationShutdown(): Promise<void> {
    for (const stop of this.stops) stop();
    this.stopping.abort();
    await this.running;
  }

  private notice(): void {
    this.isNoticed = true;
    if (this.isRunning || this.stopping.signal.aborted) return;
    this.isRunning = true;
    this.running = this.run().finally(() => (this.isRunning = false));
  }

  private async run(): Promise<void> {
    while (this.isNoticed && !this.stopping.signal.aborted) {
      // Not all servers at the same moment.
      await this.rest(this.quietMs * (1 + Math.random()));
      this.isNoticed = false;
      if (this.stopping.signal.aborted || this.state.unavailable) return;
      for (const service of [...this.services.all.values()]) await this.attach(service);
    }
  }

  private async attach({ id, name }: Service): Promise<void> {
    const lacked = this.lackedBy(id);
    if (lacked.length === 0) return;
    const key = lacked.map((network) => network.id).join();
    const resting = this.resting.get(id);
    if (resting?.lacked === key && resting.until > performance.now()) return;
    this.resting.set(id, { lacked: key, until: performance.now() + RETRY_MS });
    const names = lacked.map((network) => `"${network.name}"`).join(', ');
    try {
      const written = await this.writes
        .join(
          id,
          lacked.map((network) => network.id),
        )
        .apply(ITSELF);
      this.log.log(`The routers of "${name}" are being attached to ${names}, which routes need.`);
      await this.rollouts.until(written, { ms: ROLLOUT_MS, signal: this.stopping.signal });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.log.warn(`The routers of "${name}" could not be attached to ${names}: ${error.message}`);
    }
    if (this.stopping.signal.aborted) return;
    if (this.lackedBy(id).length === 0) this.resting.delete(id);
    else setTimeout(() => this.notice(), RETRY_MS).unref();
  }

  /** The networks of routers that routes need and that a service is not on. */
  private lackedBy(serviceId: string): Network[] {
    const service = this.services.all.get(serviceId);
    const attached = new Set(service?.networks.map(({ networkId }) => networkId));
    return service
      ? this.networks.needed().filter(({ id, labels }) => routersJoin(labels) && !attached.has(id))
      : [];
  }

  private async rest(ms: number): Promise<void> {
    await pass(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}
