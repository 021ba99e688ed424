import { Injectable } from '@nestjs/common';
import type { Write } from '../api/write.ts';
import type { NodeRole } from '../domain/node.ts';
import { planOf } from '../domain/plan.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import type { JoinTokens } from './cluster.types.ts';

/** The secrets by which machines join. They are asked of the engine each time and kept nowhere. */
@Injectable()
export class JoinTokensService {
  constructor(
    private readonly state: ClusterState,
    private readonly gateway: SwarmGateway,
  ) {}

  async get(): Promise<JoinTokens> {
    this.state.assertSynced();
    const { worker, manager } = await this.gateway.joinTokens();
    const address = this.address();
    const command = (token: string): string => `docker swarm join --token ${token} ${address}`;
    return { worker, manager, command: { worker: command(worker), manager: command(manager) } };
  }

  /**
   * Replaces the token of a role and answers both: with the old one, no machine can join any more. What a plan shows has
   * an empty one in its place.
   */
  rotate(role: NodeRole): Write<JoinTokens> {
    return {
      plan: async () => {
        const { command, ...tokens } = await this.get();
        return {
          plan: planOf({ action: 'update', kind: 'join-token', id: null, name: role, version: null }),
          preview: { ...tokens, [role]: '', command: { ...command, [role]: '' } },
        };
      },
      apply: async () => {
        this.state.assertSynced();
        await retryOnConflict(() => this.gateway.rotateJoinToken(role));
        return this.get();
      },
    };
  }

  /** Where a machine that joins finds a manager: the leader, or else one that the others reach. */
  private address(): string {
    const managers = this.state.nodes.all().flatMap(({ manager }) => (manager ? [manager] : []));
    const found =
      managers.find((manager) => manager.leader) ??
      managers.find((manager) => manager.reachability === 'reachable') ??
      managers[0];
    return found?.address ?? '<address of a manager>:2377';
  }
}
