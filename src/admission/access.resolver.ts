import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Me, Needs } from '../api/access.ts';
import { IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { AccessService } from './access.service.ts';
import { AccessPolicy, UpdateAccessPolicyInput } from './policy.types.ts';
import { AccessVerdict, ReviewAccessInput } from './review.types.ts';

@Needs('view', 'policy')
@Resolver()
export class AccessResolver {
  constructor(private readonly access: AccessService) {}

  @Query(() => AccessPolicy, { description: 'What is kept to admins, and the exceptions.' })
  accessPolicy(): AccessPolicy {
    return this.access.policy();
  }

  @Query(() => AccessVerdict, {
    description: 'Whether somebody may create something, and which rules refuse it.',
  })
  @Needs('create', 'service', 'network')
  reviewAccess(@Args('input') input: ReviewAccessInput, @Me() by: Principal): Promise<AccessVerdict> {
    return this.access.review(input, by);
  }

  @Mutation(() => AccessPolicy, { description: 'Replaces the access policy.' })
  @Needs('update', 'policy')
  @WriteArguments()
  updateAccessPolicy(
    @Args('input') input: UpdateAccessPolicyInput,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<AccessPolicy | Plan> {
    return perform(this.access.update(input, parseIfMatch(ifMatch)), request);
  }
}
