import { Injectable } from '@nestjs/common';
import { ClusterState } from '../swarm/cluster-state.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import type { Swarm } from './cluster.types.ts';

/** The swarm as a whole: its settings from the engine, its nodes from the state in memory. */
@Injectable()
export class ClusterService {
  constructor(
    private readonly state: ClusterState,
    private readonly gateway: SwarmGateway,
  ) {}

  async get(): Promise<Swarm> {
    // The change stream is not asked for the cluster object: it would carry the CA's key.
    const settings = await this.gateway.swarm();
    this.state.assertSynced();
    const nodes = this.state.nodes.all();
    return {
      ...settings,
      nodes: nodes.length,
      managers: nodes.filter((node) => node.manager !== null).length,
      reachableManagers: nodes.filter((node) => node.manager?.reachability === 'reachable').length,
      leaderId: nodes.find((node) => node.manager?.leader)?.id ?? null,
    };
  }
}
