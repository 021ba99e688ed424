import { Args, ID, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { Me, Needs } from '../api/access.ts';
import type { Principal } from '../domain/role.ts';
import { RolloutService } from './rollout.service.ts';
import { Rollout } from './rollout.types.ts';
import { Service } from './services.types.ts';

@Needs('view', 'service')
@Resolver(() => Service)
export class RolloutResolver {
  constructor(private readonly rollouts: RolloutService) {}

  @Subscription(() => Rollout, {
    description: 'How far a service is with its present spec: now, and at each change until it is over.',
    resolve: (rollout: Rollout) => rollout,
  })
  rollout(
    @Args('service', { type: () => ID }) reference: string,
    @Me() principal: Principal,
  ): AsyncIterableIterator<Rollout> {
    return this.rollouts.follow(reference, principal);
  }

  @ResolveField(() => Rollout, {
    name: 'rollout',
    nullable: true,
    description: 'How far its tasks are with its present spec; null for one that is only planned, or gone.',
  })
  rolloutOf(service: Service): Promise<Rollout | null> {
    return this.rollouts.find(service.id);
  }
}
