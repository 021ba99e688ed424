import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import { RolesService } from './roles.service.ts';
import { AccessRole, CreateRoleInput, RoleConnection, UpdateRoleInput } from './roles.types.ts';

@Needs('view', 'role')
@Resolver(() => AccessRole)
export class RolesResolver {
  constructor(private readonly roles: RolesService) {}

  @Query(() => RoleConnection, {
    name: 'roles',
    description: 'The roles that can be granted, built in or not.',
  })
  list(@Args(FIRST) first?: number | null, @Args(AFTER) after?: string | null): Connection<AccessRole> {
    return toConnection(this.roles.list(fromArguments(first, after)));
  }

  @Query(() => AccessRole, { name: 'role', description: 'One role, by its name.' })
  get(@Args(ID_ARGUMENT) id: string): AccessRole {
    return this.roles.get(id);
  }

  @Mutation(() => AccessRole, { description: 'Makes a role.' })
  @Needs('create', 'role')
  @WriteArguments({ repeats: true })
  createRole(
    @Args('input') input: CreateRoleInput,
    @Writing() request: WriteRequest,
  ): Promise<AccessRole | Plan> {
    return perform(this.roles.create(input, request.idempotencyKey), request);
  }

  @Mutation(() => AccessRole, { description: 'Replaces the rules of a role, for all who are granted it.' })
  @Needs('update', 'role')
  @WriteArguments()
  updateRole(
    @Args(ID_ARGUMENT) id: string,
    @Args('input') input: UpdateRoleInput,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<AccessRole | Plan> {
    return perform(this.roles.update(id, input, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => ID, { description: 'Removes a role that no grant gives, and answers its name.' })
  @Needs('delete', 'role')
  @WriteArguments()
  deleteRole(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string | Plan> {
    return perform(this.roles.delete(id, parseIfMatch(ifMatch)), request);
  }
}
