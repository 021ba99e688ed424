import { Args, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT } from '../api/arguments.ts';
import { FromState } from '../api/from-state.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import { NodesService } from '../nodes/nodes.service.ts';
import { Node } from '../nodes/nodes.types.ts';
import { ServicesService } from '../services/services.service.ts';
import { Service } from '../services/services.types.ts';
import { TasksService } from './tasks.service.ts';
import { Task, TaskConnection, TaskFilter } from './tasks.types.ts';

@Needs('view', 'task')
@Resolver(() => Task)
export class TasksResolver {
  constructor(
    private readonly tasks: TasksService,
    private readonly services: ServicesService,
    private readonly nodes: NodesService,
  ) {}

  @FromState()
  @Query(() => TaskConnection, { name: 'tasks', description: 'The tasks of the swarm.' })
  list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => TaskFilter, nullable: true }) filter?: TaskFilter | null,
  ): Connection<Task> {
    return toConnection(this.tasks.list(filter ?? {}, fromArguments(first, after)));
  }

  @FromState()
  @Query(() => Task, { name: 'task', description: 'One task, by id, unique id prefix or name.' })
  get(@Args(ID_ARGUMENT) id: string): Task {
    return this.tasks.get(id);
  }

  @FromState()
  @ResolveField(() => Service, { nullable: true, description: 'Null when it has been deleted.' })
  service(task: Task): Service | null {
    return task.serviceId === null ? null : this.services.find(task.serviceId);
  }

  @FromState()
  @ResolveField(() => Node, { nullable: true, description: 'Null until the task is assigned.' })
  node(task: Task): Node | null {
    return task.nodeId === null ? null : this.nodes.find(task.nodeId);
  }
}
