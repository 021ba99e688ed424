import { Args, ID, Resolver, Subscription } from '@nestjs/graphql';
import { RolloutService } from './rollout.service.ts';
import { Rollout } from './rollout.types.ts';

@Resolver()
export class RolloutResolver {
  constructor(private readonly rollouts: RolloutService) {}

  @Subscription(() => Rollout, {
    description: 'How far a service is with its present spec: now, and at each change until it is over.',
    resolve: (rollout: Rollout) => rollout,
  })
  rollout(@Args('service', { type: () => ID }) reference: string): AsyncIterableIterator<Rollout> {
    return this.rollouts.follow(reference);
  }
}
