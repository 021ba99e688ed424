import { Args, ID, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, DRY_RUN, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { FieldArgument } from '../api/graphql/field-argument.ts';
import { fromArguments, mapPage, toConnection, type Connection } from '../api/page.ts';
import { ServicesService } from '../services/services.service.ts';
import { Service } from '../services/services.types.ts';
import type { Plan } from '../api/plan.types.ts';
import { mapWrite, perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { Task, TaskFilter } from '../tasks/tasks.types.ts';
import { NetworkRemoval } from './network-removal.service.ts';
import { NetworksService } from './networks.service.ts';
import {
  CreateNetworkInput,
  Network,
  NetworkConnection,
  NetworkFilter,
  PrunedNetworks,
  PruneFilters,
  toNetwork,
} from './networks.types.ts';

const DETACH = {
  name: 'detach',
  type: () => Boolean,
  nullable: true,
  description: 'Detaches it from all services first, and waits until their tasks have left it.',
} as const;

@Needs('view', 'network')
@Resolver(() => Network)
export class NetworksResolver {
  constructor(
    private readonly networks: NetworksService,
    private readonly removal: NetworkRemoval,
    private readonly services: ServicesService,
    private readonly tasks: TasksService,
  ) {}

  @FromState()
  @Query(() => NetworkConnection, { name: 'networks', description: 'The networks of the swarm.' })
  list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => NetworkFilter, nullable: true }) filter?: NetworkFilter | null,
  ): Connection<Network> {
    return toConnection(mapPage(this.networks.list(filter ?? {}, fromArguments(first, after)), toNetwork));
  }

  @FromState()
  @Query(() => Network, { name: 'network', description: 'One network, by id, unique id prefix or name.' })
  get(@Args(ID_ARGUMENT) id: string): Network {
    return toNetwork(this.networks.get(id));
  }

  @Mutation(() => Network, { description: 'Creates an overlay network.' })
  @Needs('create', 'network')
  @WriteArguments({ repeats: true })
  createNetwork(
    @Args('input') input: CreateNetworkInput,
    @Writing() request: WriteRequest,
  ): Promise<Network | Plan> {
    return perform(mapWrite(this.networks.create(input, request.idempotencyKey), toNetwork), request);
  }

  @Mutation(() => ID, { description: 'Deletes a network that nothing uses, and answers its id.' })
  @Needs('delete', 'network')
  @WriteArguments()
  deleteNetwork(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
    @Args(DETACH) detach?: boolean | null,
  ): Promise<string | Plan> {
    return perform(this.removal.delete(id, parseIfMatch(ifMatch), detach ?? false), request);
  }

  @Mutation(() => PrunedNetworks, { description: 'Deletes the networks that nothing uses.' })
  @Needs('delete', 'network')
  @FieldArgument(DRY_RUN.name, DRY_RUN.type, DRY_RUN.description)
  pruneNetworks(
    @Writing() request: WriteRequest,
    @Args('filters', { type: () => PruneFilters, nullable: true }) filters?: PruneFilters | null,
  ): Promise<PrunedNetworks> {
    return this.removal.prune(filters ?? {}, request);
  }

  @FromState()
  @ResolveField(() => [Service], { name: 'services', description: 'The services attached to it.' })
  servicesOf(network: Network): readonly Service[] {
    return this.services.onNetwork(network.id);
  }

  @FromState()
  @FieldArgument('filter', () => TaskFilter)
  @ResolveField(() => [Task], { name: 'tasks', description: 'The tasks that have an address on it.' })
  tasksOn(network: Network, { filter }: { filter?: TaskFilter | null }): readonly Task[] {
    // One that is only planned has none.
    return network.id === '' ? [] : this.tasks.all({ ...filter, network: network.id });
  }
}
