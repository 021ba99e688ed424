import { Injectable } from '@nestjs/common';
import type { Network } from '../domain/network.ts';
import { isOfRouters } from '../domain/route-network.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { RouteBook } from './route-book.ts';

/** The networks over which routers reach services. */
@Injectable()
export class RouterNetworks {
  constructor(
    private readonly state: ClusterState,
    private readonly book: RouteBook,
  ) {}

  /** Those that carry the label, by name. */
  all(): Network[] {
    return this.state.networks.all().filter(({ labels }) => isOfRouters(labels));
  }

  /**
   * Those over which the routes of now are reached, or would be were all routers on them, by name: with the label, or
   * named by a route whose service is on it.
   */
  needed(): Network[] {
    const ids = new Set([...this.book.routes()].flatMap(({ declared }) => this.book.networksOf(declared.id)));
    return this.state.networks.all().filter(({ id }) => ids.has(id));
  }

  /** The one that a service is best attached to: one that all routers are on, where there is one. */
  best(): Network | undefined {
    const networks = this.all();
    return networks.find(({ id }) => this.book.surroundings.reach?.networks.has(id)) ?? networks[0];
  }
}
