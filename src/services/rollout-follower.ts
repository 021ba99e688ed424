import type { Change } from '../domain/change.ts';
import type { Rollout } from '../domain/rollout.ts';
import type { ClusterState } from '../swarm/cluster-state.ts';
import { Follower, type Look } from '../api/follower.ts';

/** The states of the rollout of one service. */
export class RolloutFollower extends Follower<Rollout> {
  constructor(state: ClusterState, serviceId: string, look: () => Promise<Look<Rollout>>) {
    super(state, (change) => concerns(change, serviceId), look);
  }
}

function concerns({ kind, object }: Change, serviceId: string): boolean {
  if (kind === 'service') return object.id === serviceId;
  if (kind === 'task') return (object as { serviceId?: string | null }).serviceId === serviceId;
  // Nodes that come and go change what a global service is to have.
  return kind === 'node';
}
