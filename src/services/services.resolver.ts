import { Args, ID, Int, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { FieldArgument } from '../api/graphql/field-argument.ts';
import { Memo } from '../api/memo.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { Task, TasksOfServiceFilter } from '../tasks/tasks.types.ts';
import { ServiceWrites } from './service-writes.service.ts';
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

@Needs('view', 'service')
@Resolver(() => Service)
export class ServicesResolver {
  private readonly networks = new Memo<Service, readonly ServiceNetworkParent[]>();

  constructor(
    private readonly services: ServicesService,
    private readonly writes: ServiceWrites,
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
  @Needs('create', 'service')
  @WriteArguments({ waits: true, repeats: true })
  createService(
    @Args('input') input: CreateServiceInput,
    @Writing() request: WriteRequest,
  ): Promise<Service | Plan> {
    return perform(this.writes.create(input, request.idempotencyKey), request);
  }

  @Mutation(() => Service, { description: 'Changes a service by a JSON Merge Patch.' })
  @Needs('update', 'service')
  @WriteArguments({ waits: true })
  updateService(
    @Args(ID_ARGUMENT) reference: string,
    @Args('input') input: UpdateServiceInput,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service | Plan> {
    return perform(this.writes.update(reference, input, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => Service, { description: 'Changes the number of replicas.' })
  @Needs('update', 'service')
  @WriteArguments({ waits: true })
  scaleService(
    @Args(ID_ARGUMENT) reference: string,
    @Args('replicas', { type: () => Int }) replicas: number,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service | Plan> {
    return perform(this.writes.scale(reference, replicas, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => Service, { description: 'Puts the previous spec back in force.' })
  @Needs('update', 'service')
  @WriteArguments({ waits: true })
  rollbackService(
    @Args(ID_ARGUMENT) reference: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service | Plan> {
    return perform(this.writes.rollback(reference, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => Service, { description: 'Replaces every task by the update policy.' })
  @Needs('update', 'service')
  @WriteArguments({ waits: true })
  restartService(
    @Args(ID_ARGUMENT) reference: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service | Plan> {
    return perform(this.writes.restart(reference, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => ID, { description: 'Deletes a service and answers its id.' })
  @Needs('delete', 'service')
  @WriteArguments()
  deleteService(
    @Args(ID_ARGUMENT) reference: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string | Plan> {
    return perform(this.writes.delete(reference, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => Service, { description: 'Attaches a network, or changes its aliases.' })
  @Needs('update', 'service')
  @WriteArguments({ waits: true })
  attachService(
    @Args(ID_ARGUMENT) reference: string,
    @Args('network', { type: () => ID }) network: string,
    @Writing() request: WriteRequest,
    @Args('input', { nullable: true }) input?: AttachServiceInput,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service | Plan> {
    return perform(this.writes.attach(reference, network, input ?? {}, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => Service, { description: 'Detaches a network.' })
  @Needs('update', 'service')
  @WriteArguments({ waits: true })
  detachService(
    @Args(ID_ARGUMENT) reference: string,
    @Args('network', { type: () => ID }) network: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Service | Plan> {
    return perform(this.writes.detach(reference, network, parseIfMatch(ifMatch)), request);
  }

  @FromState()
  @FieldArgument('filter', () => TasksOfServiceFilter)
  @ResolveField(() => [Task], { name: 'tasks', description: 'Its tasks, those that have ended too.' })
  tasksOf(service: Service, { filter }: { filter?: TasksOfServiceFilter | null }): readonly Task[] {
    // One that is only planned has none.
    return service.id === '' ? [] : this.tasks.all({ ...filter, service: service.id });
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
