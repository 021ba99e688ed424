import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { isKind } from '../domain/errors.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import { isLeftover } from './probe-label.ts';

/** How often is looked, in milliseconds. */
const EVERY_MS = 30_000;

/**
 * Removes what probes have left behind: a server that was killed, or an engine that could not be told. What another
 * server may still be at work with is left alone.
 */
@Injectable()
export class ProbeLeftovers implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Probes');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private stopLooking: () => void = () => {};

  constructor(
    private readonly state: ClusterState,
    private readonly gateway: SwarmGateway,
  ) {}

  onApplicationBootstrap(): void {
    // The first look is at the first state that there is.
    this.stopLooking = this.state.subscribe(() => {
      if (!this.state.hasSynced) return;
      this.stopLooking();
      this.begin();
    });
    this.timer = setInterval(() => this.begin(), EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopLooking();
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** Removes all that is left behind now: services first, for they keep their networks. */
  async sweep(now = Date.now()): Promise<void> {
    for (const service of this.state.services.all().filter((each) => isLeftover(each, now))) {
      await this.remove(service.name, () => this.gateway.removeService(service.id));
    }
    for (const network of this.state.networks.all().filter((each) => isLeftover(each, now))) {
      await this.remove(network.name, () => this.gateway.removeNetwork(network.id));
    }
  }

  private begin(): void {
    // One sweep at a time; the state is as it was while it is cut off.
    if (this.state.unavailable === null) this.sweeping = this.sweeping.then(() => this.sweep());
  }

  private async remove(name: string, removal: () => Promise<void>): Promise<void> {
    try {
      await removal();
      this.logger.log(`Removed "${name}", which a probe had left behind.`);
    } catch (error) {
      // Another server was quicker, or the next look will do.
      if (isKind(error, 'not-found')) return;
      this.logger.warn(`"${name}" is still there: ${(error as Error).message}`);
    }
  }
}
