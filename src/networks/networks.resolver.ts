import { Args, ID, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { FieldArgument } from '../api/graphql/field-argument.ts';
import { fromArguments, mapPage, toConnection, type Connection } from '../api/page.ts';
import { ServicesService } from '../services/services.service.ts';
import { Service } from '../services/services.types.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { Task, TaskFilter } from '../tasks/tasks.types.ts';
import { NetworksService } from './networks.service.ts';
import {
  CreateNetworkInput,
  Network,
  NetworkConnection,
  NetworkFilter,
  toNetwork,
} from './networks.types.ts';

@Resolver(() => Network)
export class NetworksResolver {
  constructor(
    private readonly networks: NetworksService,
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
  @Needs('operator')
  createNetwork(@Args('input') input: CreateNetworkInput): Promise<Network> {
    return this.networks.create(input).then(toNetwork);
  }

  @Mutation(() => ID, { description: 'Deletes a network that nothing uses, and answers its id.' })
  @Needs('operator')
  deleteNetwork(@Args(ID_ARGUMENT) id: string, @Args(IF_MATCH) ifMatch?: string | null): Promise<string> {
    return this.networks.delete(id, parseIfMatch(ifMatch));
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
    return this.tasks.all({ ...filter, network: network.id });
  }
}
