import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import { GrantsService } from './grants.service.ts';
import { CreateGrantInput, Grant, GrantConnection, GrantFilter, UpdateGrantInput } from './grants.types.ts';

@Needs('view', 'grant')
@Resolver(() => Grant)
export class GrantsResolver {
  constructor(private readonly grants: GrantsService) {}

  @Query(() => GrantConnection, { name: 'grants', description: 'Who may do what with which objects.' })
  list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => GrantFilter, nullable: true }) filter?: GrantFilter | null,
  ): Connection<Grant> {
    return toConnection(this.grants.list(filter ?? {}, fromArguments(first, after)));
  }

  @Query(() => Grant, { name: 'grant', description: 'One grant, by id or name.' })
  get(@Args(ID_ARGUMENT) id: string): Grant {
    return this.grants.get(id);
  }

  @Mutation(() => Grant, {
    description: 'Lets somebody do what a role says, with the objects of a scope.',
  })
  @Needs('create', 'grant')
  @WriteArguments({ repeats: true })
  createGrant(
    @Args('input') input: CreateGrantInput,
    @Writing() request: WriteRequest,
  ): Promise<Grant | Plan> {
    return perform(this.grants.create(input, request.idempotencyKey), request);
  }

  @Mutation(() => Grant, { description: 'Replaces the subject, the role and the scope of a grant.' })
  @Needs('update', 'grant')
  @WriteArguments()
  updateGrant(
    @Args(ID_ARGUMENT) id: string,
    @Args('input') input: UpdateGrantInput,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Grant | Plan> {
    return perform(this.grants.update(id, input, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => ID, { description: 'Takes a grant away, and answers its id.' })
  @Needs('delete', 'grant')
  @WriteArguments()
  deleteGrant(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string | Plan> {
    return perform(this.grants.delete(id, parseIfMatch(ifMatch)), request);
  }
}
