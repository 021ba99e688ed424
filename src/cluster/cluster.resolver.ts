import { Query, Resolver } from '@nestjs/graphql';
import { ClusterService } from './cluster.service.ts';
import { Swarm } from './cluster.types.ts';

@Resolver(() => Swarm)
export class ClusterResolver {
  constructor(private readonly cluster: ClusterService) {}

  @Query(() => Swarm, { description: 'The swarm itself.' })
  swarm(): Promise<Swarm> {
    return this.cluster.get();
  }
}
