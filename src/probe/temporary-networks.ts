import { Injectable, Logger } from '@nestjs/common';
import { isKind } from '../domain/errors.ts';
import type { StringMap } from '../domain/object.ts';
import { ITSELF } from '../domain/role.ts';
import { NetworksService } from '../networks/networks.service.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';

/** Swarm keeps a network as long as it has tasks, which end a moment after their services; in milliseconds. */
const RETRY_EVERY_MS = 250;
const TRIES = 40;

/** What a temporary network is to be. */
export interface TemporaryNetwork {
  readonly name: string;
  readonly encrypted: boolean;
  readonly labels: StringMap;
}

/** Makes overlay networks and removes them again. */
@Injectable()
export class TemporaryNetworks {
  private readonly logger = new Logger('Probes');

  constructor(
    private readonly networks: NetworksService,
    private readonly gateway: SwarmGateway,
  ) {}

  /**
   * Does something with a new network, and removes it whatever happens: in the background, for that takes a moment, and
   * where it fails, `ProbeLeftovers` does. Fails as the creation of a network does.
   */
  async with<T>(network: TemporaryNetwork, work: (networkId: string) => Promise<T>): Promise<T> {
    const { id } = await this.networks.create(network).apply(ITSELF);
    try {
      return await work(id);
    } finally {
      void this.remove(id, network.name);
    }
  }

  private async remove(id: string, name: string): Promise<void> {
    for (let tries = 1; tries <= TRIES; tries++) {
      try {
        return await this.gateway.removeNetwork(id);
      } catch (error) {
        if (isKind(error, 'not-found')) return;
        if (!isKind(error, 'in-use') || tries === TRIES) {
          this.logger.warn(`The network "${name}" is left to be removed later: ${(error as Error).message}`);
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY_MS));
    }
  }
}
