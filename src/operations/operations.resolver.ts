import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { Me, Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { ReplaceNetworkInput } from '../networks/networks.types.ts';
import { NetworkReplacement } from './network-replacement.service.ts';
import { Operation, OperationConnection, OperationFilter } from './operations.types.ts';
import { OperationsService } from './operations.service.ts';

@Needs('view', 'operation')
@Resolver(() => Operation)
export class OperationsResolver {
  constructor(
    private readonly operations: OperationsService,
    private readonly replacement: NetworkReplacement,
  ) {}

  @FromState()
  @Query(() => OperationConnection, {
    name: 'operations',
    description: 'The operations that are under way, and the last that are over.',
  })
  list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => OperationFilter, nullable: true }) filter?: OperationFilter | null,
  ): Connection<Operation> {
    return toConnection(this.operations.list(filter ?? {}, fromArguments(first, after)));
  }

  @FromState()
  @Query(() => Operation, { name: 'operation', description: 'One operation, by id or unique id prefix.' })
  get(@Args(ID_ARGUMENT) id: string): Operation {
    return this.operations.get(id);
  }

  @Subscription(() => Operation, {
    name: 'operation',
    description: 'An operation now, and at each change until it does not go on by itself.',
    resolve: (operation: Operation) => operation,
  })
  follow(@Args('id', { type: () => ID }) id: string): AsyncIterableIterator<Operation> {
    return this.operations.follow(id);
  }

  @Mutation(() => Operation, { description: 'Begins to replace a network by a changed one.' })
  @Needs('update', 'network')
  @WriteArguments()
  replaceNetwork(
    @Args(ID_ARGUMENT) id: string,
    @Args('input') input: ReplaceNetworkInput,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Operation | Plan> {
    return perform(this.replacement.replace(id, input, parseIfMatch(ifMatch), by), request);
  }

  @Mutation(() => Operation, { description: 'Takes an operation back, until the old network is gone.' })
  @Needs('update', 'operation')
  @WriteArguments()
  revokeOperation(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Operation | Plan> {
    return perform(this.operations.revoke(id, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => Operation, { description: 'Lets an operation go on that has stopped.' })
  @Needs('update', 'operation')
  @WriteArguments()
  resumeOperation(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args('skip', {
      type: () => Boolean,
      nullable: true,
      description: 'Goes on with the next step, although the one that it stopped at did not succeed.',
    })
    skip?: boolean | null,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Operation | Plan> {
    return perform(this.operations.resume(id, skip ?? false, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => ID, { description: 'Forgets an operation that is over, and answers its id.' })
  @Needs('delete', 'operation')
  @WriteArguments()
  deleteOperation(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string | Plan> {
    return perform(this.operations.delete(id, parseIfMatch(ifMatch)), request);
  }
}
