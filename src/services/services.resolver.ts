import { Args, ID, Int, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { FieldArgument } from '../api/graphql/field-argument.ts';
import { Memo } from '../api/memo.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { Task, TasksOfServiceFilter } from '../tasks/tasks.types.ts';
import { ServicesService } from './services.service.ts';
import {
  AttachServiceInput,
  CreateServiceInput,
  Service,
  ServiceConnection,
  ServiceFilter,
  ServiceNetwork,
  UpdateServiceInput,
  type ServiceNetworkParent,
} from './services.types.ts';

@Resolver(() => Service)
export class ServicesResolver {
  private readonly networks = new Memo<Service, readonly ServiceNetworkParent[]>();

  constructor(
    private readonly services: ServicesService,
    private readonly tasks: TasksService,
  ) {}

  @FromState()
  @Query(() => ServiceConnection, { name: 'services', description: 'The services of the swarm.' })
  list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => ServiceFilter, nullable: true }) filter?: ServiceFilter | null,
  ): Connection<Service> {
    return toConnection(this.services.list(filter ?? {}, fromArguments(first, after)));
  }

  @FromState()
  @Query(() => Service, { name: 'service', description: 'One service, by id, unique id prefix or name.' })
  get(@Args(ID_ARGUMENT) reference: string): Service {
    return this.services.get(reference);
  }

  @Mutation(() => Service, { description: 'Creates a service.' })
  @Needs('operator')
  createService(@Args('input') input: CreateServiceInput): Promise<Service> {
    return this.services.create(input);
  }

  @Mutation(() => Service, { description: 'Changes a service by a JSON Merge Patch.' })
  @Needs('operator')
  updateService(
    @Args(ID_ARGUMENT) reference: string,
    @Args('input') input: UpdateServiceInput,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service> {
    return this.services.update(reference, input, parseIfMatch(ifMatch));
  }

  @Mutation(() => Service, { description: 'Changes the number of replicas.' })
  @Needs('operator')
  scaleService(
    @Args(ID_ARGUMENT) reference: string,
    @Args('replicas', { type: () => Int }) replicas: number,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service> {
    return this.services.scale(reference, replicas, parseIfMatch(ifMatch));
  }

  @Mutation(() => Service, { description: 'Puts the previous spec back in force.' })
  @Needs('operator')
  rollbackService(
    @Args(ID_ARGUMENT) reference: string,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service> {
    return this.services.rollback(reference, parseIfMatch(ifMatch));
  }

  @Mutation(() => Service, { description: 'Replaces every task by the update policy.' })
  @Needs('operator')
  restartService(
    @Args(ID_ARGUMENT) reference: string,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service> {
    return this.services.restart(reference, parseIfMatch(ifMatch));
  }

  @Mutation(() => ID, { description: 'Deletes a service and answers its id.' })
  @Needs('operator')
  deleteService(
    @Args(ID_ARGUMENT) reference: string,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string> {
    return this.services.delete(reference, parseIfMatch(ifMatch));
  }

  @Mutation(() => Service, { description: 'Attaches a network, or changes its aliases.' })
  @Needs('operator')
  attachService(
    @Args(ID_ARGUMENT) reference: string,
    @Args('network', { type: () => ID }) network: string,
    @Args('input', { nullable: true }) input?: AttachServiceInput,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service> {
    return this.services.attach(reference, network, input ?? {}, parseIfMatch(ifMatch));
  }

  @Mutation(() => Service, { description: 'Detaches a network.' })
  @Needs('operator')
  detachService(
    @Args(ID_ARGUMENT) reference: string,
    @Args('network', { type: () => ID }) network: string,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service> {
    return this.services.detach(reference, network, parseIfMatch(ifMatch));
  }

  @FromState()
  @FieldArgument('filter', () => TasksOfServiceFilter)
  @ResolveField(() => [Task], { name: 'tasks', description: 'Its tasks, those that have ended too.' })
  tasksOf(service: Service, { filter }: { filter?: TasksOfServiceFilter | null }): readonly Task[] {
    return this.tasks.all({ ...filter, service: service.id });
  }

  @ResolveField(() => [ServiceNetwork], {
    name: 'networks',
    description: 'The networks that its tasks join.',
  })
  networksOf(service: Service): readonly ServiceNetworkParent[] {
    return this.networks.of(service, null, () =>
      service.networks.map((network) =>
        Object.freeze({
          ...network,
          virtualIp: service.virtualIps.find((vip) => vip.networkId === network.networkId)?.address ?? null,
        }),
      ),
    );
  }
}
