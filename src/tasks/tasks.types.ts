import { ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { ConnectionOf, ListOf, Paged, Repeatable } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import { TASK_STATES, type TaskState as DomainTaskState } from '../domain/task.ts';

export const TaskState = enumOf('TaskState', TASK_STATES, 'In the order of a task’s life: it only moves on.');

@ObjectType({ description: 'An address on a network.' })
export class NetworkAddress {
  @Prop(() => String)
  networkId: string;

  @Prop(() => String, { description: 'Plain, without a prefix length.', example: '10.0.9.3' })
  address: string;
}

@ObjectType({ description: 'One container of a service, or the intent to run one.' })
export class Task {
  @Prop(() => ID)
  id: string;

  @Prop(() => String, { description: 'As `docker service ps` has it.', example: 'my-web.1' })
  name: string;

  @Prop(() => Integer, { description: "Swarm's version index; the ETag." })
  version: number;

  @Prop(() => String, { nullable: true, description: 'Null for a container attached to a network by hand.' })
  serviceId: string | null;

  @Prop(() => String, { nullable: true })
  serviceName: string | null;

  @Prop(() => Int, { nullable: true, description: 'The number of the replica; null for global services.' })
  slot: number | null;

  @Prop(() => String, { nullable: true, description: 'Null until the task is assigned to a node.' })
  nodeId: string | null;

  @Prop(() => String, { nullable: true })
  nodeHostname: string | null;

  @Prop(() => TaskState)
  state: DomainTaskState;

  @Prop(() => TaskState)
  desiredState: DomainTaskState;

  @Prop(() => String, { description: 'How the task came to its state.' })
  message: string;

  @Prop(() => String, { nullable: true, description: 'Why it failed, or why it cannot go on.' })
  error: string | null;

  @Prop(() => Int, { nullable: true, description: 'Once the container has ended.' })
  exitCode: number | null;

  @Prop(() => String, { nullable: true })
  containerId: string | null;

  @Prop(() => [NetworkAddress])
  addresses: readonly NetworkAddress[];

  @Prop(() => String)
  image: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  updatedAt: string;
}

@InputType({
  description: 'All that are given must fit. References take an id, a unique id prefix or a name.',
})
export class TasksOfServiceFilter {
  @Prop(() => String, { optional: true })
  node?: string | null;

  @Prop(() => String, { optional: true })
  network?: string | null;

  @Repeatable()
  @Prop(() => [TaskState], { optional: true, description: 'One of these.' })
  state?: DomainTaskState[] | null;

  @Repeatable()
  @Prop(() => [TaskState], { optional: true, description: 'One of these.' })
  desiredState?: DomainTaskState[] | null;
}

@InputType({
  description: 'All that are given must fit. References take an id, a unique id prefix or a name.',
})
export class TaskFilter extends TasksOfServiceFilter {
  @Prop(() => String, { optional: true })
  service?: string | null;
}

export class TaskQuery extends Paged(TaskFilter) {}
export const TaskConnection = ConnectionOf(Task, 'TaskConnection');
export const TaskList = ListOf(Task, 'TaskList');
