import { Injectable } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import type { SubnetCount } from '../domain/ipam.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';

/** A list of networks with their addresses would ask for all of them at once. */
const AT_ONCE = 4;

/** How many addresses the engine itself counts, where it does. */
@Injectable()
export class EngineCounts {
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly gateway: SwarmGateway) {}

  /** The counts of a network; null where the engine does not count, or does not answer: reads go on without it. */
  async of(networkId: string): Promise<readonly SubnetCount[] | null> {
    if (this.underWay >= AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.underWay += 1;
    try {
      return await this.gateway.networkCounts(networkId);
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    } finally {
      // Whoever waits takes the place over.
      const next = this.waiting.shift();
      if (next) next();
      else this.underWay -= 1;
    }
  }
}
