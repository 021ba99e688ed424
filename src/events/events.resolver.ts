import { Args, Resolver, Subscription, type ArgsOptions } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { VisibleState } from '../api/visible-state.ts';
import { toNetwork, type Network } from '../networks/networks.types.ts';
import type { Node } from '../nodes/nodes.types.ts';
import { ServicesService } from '../services/services.service.ts';
import type { Service } from '../services/services.types.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { TaskFilter, type Task } from '../tasks/tasks.types.ts';
import { ChangeStream } from './change-stream.ts';
import type { EventKind } from './event-kinds.ts';
import {
  NetworkChange,
  NetworkChangeFilter,
  NodeChange,
  NodeChangeFilter,
  ServiceChange,
  ServiceChangeFilter,
  TaskChange,
  type ObjectChange,
} from './events.types.ts';

const INITIAL: ArgsOptions = {
  type: () => Boolean,
  nullable: true,
  defaultValue: false,
  description: 'Tells what fits now first, as ADDED.',
};

@Resolver()
export class EventsResolver {
  constructor(
    private readonly changes: ChangeStream,
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly tasks: TasksService,
    private readonly services: ServicesService,
  ) {}

  @Subscription(() => TaskChange, {
    description: 'Changes of tasks, from now on.',
    resolve: identity,
  })
  @Needs('view', 'task')
  taskChanged(
    @Args('filter', { type: () => TaskFilter, nullable: true }) filter?: TaskFilter | null,
    @Args('initial', INITIAL) initial?: boolean | null,
  ): AsyncIterableIterator<ObjectChange<Task>> {
    this.state.assertSynced();
    return this.changes.changes(
      'task',
      this.tasks.matcher(filter ?? {}),
      (task) => this.tasks.view(task),
      initial ?? false,
    );
  }

  @Subscription(() => ServiceChange, { description: 'Changes of services, from now on.', resolve: identity })
  @Needs('view', 'service')
  serviceChanged(
    @Args('filter', { type: () => ServiceChangeFilter, nullable: true }) filter?: ServiceChangeFilter | null,
    @Args('initial', INITIAL) initial?: boolean | null,
  ): AsyncIterableIterator<ObjectChange<Service>> {
    const id = this.idOf('service', filter?.service);
    const onNetwork = this.services.matcher({ network: filter?.network ?? null });
    return this.changes.changes(
      'service',
      (service) => (id === null || service.id === id) && onNetwork(service),
      (service) => this.services.view(service),
      initial ?? false,
    );
  }

  @Subscription(() => NetworkChange, { description: 'Changes of networks, from now on.', resolve: identity })
  @Needs('view', 'network')
  networkChanged(
    @Args('filter', { type: () => NetworkChangeFilter, nullable: true }) filter?: NetworkChangeFilter | null,
    @Args('initial', INITIAL) initial?: boolean | null,
  ): AsyncIterableIterator<ObjectChange<Network>> {
    const id = this.idOf('network', filter?.network);
    return this.changes.changes(
      'network',
      (network) => id === null || network.id === id,
      toNetwork,
      initial ?? false,
    );
  }

  @Subscription(() => NodeChange, { description: 'Changes of nodes, from now on.', resolve: identity })
  @Needs('view', 'node')
  nodeChanged(
    @Args('filter', { type: () => NodeChangeFilter, nullable: true }) filter?: NodeChangeFilter | null,
    @Args('initial', INITIAL) initial?: boolean | null,
  ): AsyncIterableIterator<ObjectChange<Node>> {
    const id = this.idOf('node', filter?.node);
    return this.changes.changes(
      'node',
      (node) => id === null || node.id === id,
      (node): Node => node,
      initial ?? false,
    );
  }

  private idOf(kind: EventKind, reference: string | null | undefined): string | null {
    this.state.assertSynced();
    return reference ? this.visible.resolve(kind, reference).id : null;
  }
}

/** The stream yields the payload itself, not `{ fieldName: payload }`. */
function identity<T>(payload: T): T {
  return payload;
}
