import { Args, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Me, Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { FieldArgument } from '../api/graphql/field-argument.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { Task, TaskFilter } from '../tasks/tasks.types.ts';
import { NodesService } from './nodes.service.ts';
import { FORCE_ARGUMENT, Node, NodeConnection, NodeFilter, UpdateNodeInput } from './nodes.types.ts';

@Needs('view', 'node')
@Resolver(() => Node)
export class NodesResolver {
  constructor(
    private readonly nodes: NodesService,
    private readonly tasks: TasksService,
  ) {}

  @FromState()
  @Query(() => NodeConnection, { name: 'nodes', description: 'The nodes of the swarm.' })
  list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => NodeFilter, nullable: true }) filter?: NodeFilter | null,
  ): Connection<Node> {
    return toConnection(this.nodes.list(filter ?? {}, fromArguments(first, after)));
  }

  @FromState()
  @Query(() => Node, { name: 'node', description: 'One node, by id, unique id prefix or hostname.' })
  get(@Args(ID_ARGUMENT) id: string): Node {
    return this.nodes.get(id);
  }

  @Mutation(() => Node, {
    description: 'Changes availability, labels or (admins only) the role of a node by a JSON Merge Patch.',
  })
  @Needs('update', 'node')
  @WriteArguments()
  updateNode(
    @Args(ID_ARGUMENT) reference: string,
    @Args('input') input: UpdateNodeInput,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
    @Args(FORCE_ARGUMENT) force?: boolean | null,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Node | Plan> {
    const condition = { ifMatch: parseIfMatch(ifMatch), force: force ?? false, by };
    return perform(this.nodes.update(reference, input, condition), request);
  }

  @FromState()
  @FieldArgument('filter', () => TaskFilter)
  @ResolveField(() => [Task], { name: 'tasks', description: 'The tasks assigned to it.' })
  tasksOn(node: Node, { filter }: { filter?: TaskFilter | null }): readonly Task[] {
    return this.tasks.all({ ...filter, node: node.id });
  }
}
