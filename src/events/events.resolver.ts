import { Args, Resolver, Subscription } from '@nestjs/graphql';
import type { Change } from '../domain/change.ts';
import type { Kind } from '../domain/object.ts';
import { toNetwork, type Network } from '../networks/networks.types.ts';
import type { Node } from '../nodes/nodes.types.ts';
import { ServicesService } from '../services/services.service.ts';
import type { Service } from '../services/services.types.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { TaskFilter, type Task } from '../tasks/tasks.types.ts';
import { ChangeStream } from './change-stream.ts';
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

/** Turns the objects of a change into what clients see of them. */
const viewed =
  <K extends Kind, T>(view: (object: Change<K>['object']) => T) =>
  (change: Change<K>): ObjectChange<T> => ({
    type: change.type,
    object: view(change.object),
    previous: change.previous === null ? null : view(change.previous),
  });

@Resolver()
export class EventsResolver {
  constructor(
    private readonly changes: ChangeStream,
    private readonly state: ClusterState,
    private readonly tasks: TasksService,
    private readonly services: ServicesService,
  ) {}

  @Subscription(() => TaskChange, {
    description: 'Changes of tasks, from now on.',
    resolve: identity,
  })
  taskChanged(
    @Args('filter', { type: () => TaskFilter, nullable: true }) filter?: TaskFilter | null,
  ): AsyncIterableIterator<ObjectChange<Task>> {
    this.state.assertSynced();
    return mapAsync(
      this.changes.changes('task', this.tasks.matcher(filter ?? {})),
      viewed<'task', Task>((task) => this.tasks.view(task)),
    );
  }

  @Subscription(() => ServiceChange, { description: 'Changes of services, from now on.', resolve: identity })
  serviceChanged(
    @Args('filter', { type: () => ServiceChangeFilter, nullable: true }) filter?: ServiceChangeFilter | null,
  ): AsyncIterableIterator<ObjectChange<Service>> {
    const id = this.idOf('service', filter?.service);
    const onNetwork = this.services.matcher({ network: filter?.network ?? null });
    return mapAsync(
      this.changes.changes('service', (service) => (id === null || service.id === id) && onNetwork(service)),
      viewed<'service', Service>((service) => this.services.view(service)),
    );
  }

  @Subscription(() => NetworkChange, { description: 'Changes of networks, from now on.', resolve: identity })
  networkChanged(
    @Args('filter', { type: () => NetworkChangeFilter, nullable: true }) filter?: NetworkChangeFilter | null,
  ): AsyncIterableIterator<ObjectChange<Network>> {
    const id = this.idOf('network', filter?.network);
    return mapAsync(
      this.changes.changes('network', (network) => id === null || network.id === id),
      viewed<'network', Network>(toNetwork),
    );
  }

  @Subscription(() => NodeChange, { description: 'Changes of nodes, from now on.', resolve: identity })
  nodeChanged(
    @Args('filter', { type: () => NodeChangeFilter, nullable: true }) filter?: NodeChangeFilter | null,
  ): AsyncIterableIterator<ObjectChange<Node>> {
    const id = this.idOf('node', filter?.node);
    return mapAsync(
      this.changes.changes('node', (node) => id === null || node.id === id),
      viewed<'node', Node>((node) => node),
    );
  }

  private idOf(kind: Kind, reference: string | null | undefined): string | null {
    this.state.assertSynced();
    return reference ? this.state.resolve(kind, reference).id : null;
  }
}

/** The stream yields the payload itself, not `{ fieldName: payload }`. */
function identity<T>(payload: T): T {
  return payload;
}

function mapAsync<T, U>(source: AsyncIterableIterator<T>, map: (item: T) => U): AsyncIterableIterator<U> {
  const mapped = async (result: Promise<IteratorResult<T>>): Promise<IteratorResult<U>> => {
    const { done, value } = await result;
    return done ? { done: true, value: undefined } : { done: false, value: map(value) };
  };
  return {
    next: () => mapped(source.next()),
    return: () => mapped(source.return?.() ?? Promise.resolve({ done: true, value: undefined })),
    throw: (error: unknown) => mapped(source.throw?.(error) ?? Promise.reject(error as Error)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
