import { Injectable } from '@nestjs/common';
import { SwarmSettings } from '../cluster/swarm-settings.ts';
import { prerequisitesOf } from '../domain/prerequisites.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ConnectivityService } from './connectivity.service.ts';
import type { Prerequisites } from './prerequisites.types.ts';

/** What is known of the ports that Swarm needs on its nodes. */
@Injectable()
export class PrerequisitesService {
  constructor(
    private readonly state: ClusterState,
    private readonly settings: SwarmSettings,
    private readonly connectivity: ConnectivityService,
  ) {}

  /** The ports of each node, with what has been seen of them. Fails as the gateway does while no settings were read. */
  async get(): Promise<Prerequisites> {
    this.state.assertSynced();
    const dataPathPort = await this.settings.dataPathPort();
    const now = Date.now();
    const facts = {
      nodes: this.state.nodes.all(),
      dataPathPort,
      stateAsOf: new Date(this.state.staleSince ?? now).toISOString(),
      check: this.connectivity.last,
    };
    const nodes = prerequisitesOf(facts).map(({ prerequisites, ...node }) => ({
      ...node,
      prerequisites: prerequisites.map((each) => ({
        ...each,
        ageMs: each.observedAt === null ? null : Math.max(0, now - Date.parse(each.observedAt)),
      })),
    }));
    return { nodes };
  }
}
