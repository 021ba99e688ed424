import { Injectable } from '@nestjs/common';
import { advisoriesOf } from '../domain/advisories.ts';
import type { Node } from '../domain/node.ts';
import { quorumOf, type Quorum } from '../domain/quorum.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { NodeAdvisory, Swarm } from './cluster.types.ts';
import { SwarmSettings } from './swarm-settings.ts';

/** The swarm as a whole: its settings from the engine, its nodes from the state in memory. */
@Injectable()
export class ClusterService {
  constructor(
    private readonly state: ClusterState,
    private readonly settings: SwarmSettings,
  ) {}

  /** The swarm as it is. Fails as the gateway does while its settings were never read. */
  async get(): Promise<Swarm> {
    const { settings, staleSince, failure } = await this.settings.current();
    this.state.assertSynced();
    const nodes = this.state.nodes.all();
    // Nobody is there to note that managers are lost once there is no leader; the engine's refusal says it.
    const quorum = failure === 'no-leader' ? lost(quorumOf(nodes)) : quorumOf(nodes);
    return {
      ...settings,
      nodes: nodes.length,
      quorum,
      // Who led last is still noted when nobody can lead any more.
      leaderId: (quorum.healthy && nodes.find((node) => node.manager?.leader)?.id) || null,
      advisories: nodes.flatMap(advisoriesFor),
      settingsStaleSince: staleSince,
    };
  }
}

const lost = (quorum: Quorum): Quorum => ({ ...quorum, healthy: false, tolerates: 0 });

function advisoriesFor({ id: nodeId, hostname: nodeHostname, engineVersion }: Node): NodeAdvisory[] {
  if (engineVersion === null) return [];
  return (advisoriesOf(engineVersion) ?? []).map(({ id, summary, fixedIn }) => ({
    id,
    nodeId,
    nodeHostname,
    engineVersion,
    summary,
    fixedIn,
  }));
}
