import { Args, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { AFTER, FIRST, ID_ARGUMENT } from '../api/arguments.ts';
import { FromState } from '../api/from-state.ts';
import { FieldArgument } from '../api/graphql/field-argument.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { Task, TaskFilter } from '../tasks/tasks.types.ts';
import { NodesService } from './nodes.service.ts';
import { Node, NodeConnection, NodeFilter } from './nodes.types.ts';

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

  @FromState()
  @FieldArgument('filter', () => TaskFilter)
  @ResolveField(() => [Task], { name: 'tasks', description: 'The tasks assigned to it.' })
  tasksOn(node: Node, { filter }: { filter?: TaskFilter | null }): readonly Task[] {
    return this.tasks.all({ ...filter, node: node.id });
  }
}
