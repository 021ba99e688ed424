import { Args, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { FromState } from '../api/from-state.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import type { NodeRole as RoleName } from '../domain/node.ts';
import { NodesService } from '../nodes/nodes.service.ts';
import { Node, NodeRole } from '../nodes/nodes.types.ts';
import { ClusterService } from './cluster.service.ts';
import { JoinTokens, Swarm } from './cluster.types.ts';
import { JoinTokensService } from './join-tokens.service.ts';

@Needs('view', 'swarm')
@Resolver(() => Swarm)
export class ClusterResolver {
  constructor(
    private readonly cluster: ClusterService,
    private readonly tokens: JoinTokensService,
    private readonly nodes: NodesService,
  ) {}

  @Query(() => Swarm, { description: 'The swarm itself.' })
  swarm(): Promise<Swarm> {
    return this.cluster.get();
  }

  @FromState()
  @ResolveField(() => Node, { nullable: true, description: 'The node that leads; null while there is none.' })
  leader(swarm: Swarm): Node | null {
    return swarm.leaderId === null ? null : this.nodes.find(swarm.leaderId);
  }

  @Query(() => JoinTokens, { description: 'The tokens by which machines join.' })
  @Needs('view', 'join-token')
  joinTokens(): Promise<JoinTokens> {
    return this.tokens.get();
  }

  @Mutation(() => JoinTokens, {
    description: 'Replaces a join token, with which no machine can join any more.',
  })
  @Needs('update', 'join-token')
  @WriteArguments()
  rotateJoinToken(
    @Args('role', { type: () => NodeRole }) role: RoleName,
    @Writing() request: WriteRequest,
  ): Promise<JoinTokens | Plan> {
    return perform(this.tokens.rotate(role), request);
  }
}
