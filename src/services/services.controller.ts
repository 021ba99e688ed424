import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { ChangesWithinVersion, IfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { fromQuery, Paged, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, performDelete, type WriteRequest } from '../api/write.ts';
import { TakesRegistryAuth } from '../api/registry-auth.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { TaskList, TasksOfServiceFilter, type Task } from '../tasks/tasks.types.ts';
import { ServiceWrites } from './service-writes.service.ts';
import { ServicesService } from './services.service.ts';
import {
  AttachServiceInput,
  CreateServiceInput,
  ScaleServiceInput,
  Service,
  ServiceList,
  ServiceQuery,
  UpdateServiceInput,
} from './services.types.ts';
import { WrittenService } from './written-service.types.ts';

class TasksOfServiceQuery extends Paged(TasksOfServiceFilter) {}

@ApiTags('Services')
@ChangesWithinVersion()
@Needs('view', 'service')
@Controller('v1/services')
export class ServicesController {
  constructor(
    private readonly services: ServicesService,
    private readonly writes: ServiceWrites,
    private readonly tasks: TasksService,
  ) {}

  @Get()
  @FromState()
  @Describe('Lists the services of the swarm', ServiceList)
  list(@Query() query: ServiceQuery): Page<Service> {
    return this.services.list(query, fromQuery(query));
  }

  @Get(':service')
  @Describe('Shows a service', Service)
  get(@Param('service') reference: string): Service {
    return this.services.get(reference);
  }

  @Get(':service/tasks')
  @Needs('view', 'task')
  @FromState()
  @Describe('Lists the tasks of a service, those that have ended too', TaskList)
  tasksOf(@Param('service') reference: string, @Query() query: TasksOfServiceQuery): Page<Task> {
    return this.tasks.list({ ...query, service: reference }, fromQuery(query));
  }

  @Post()
  @Needs('create', 'service')
  @TakesRegistryAuth()
  @DescribeWrite('Creates a service', WrittenService, { status: 201, waits: true, repeats: true })
  create(
    @Body() input: CreateServiceInput,
    @Writing() request: WriteRequest,
  ): Promise<WrittenService | Plan> {
    return perform(this.writes.create(input, request.idempotencyKey), request);
  }

  @Patch(':service')
  @Needs('update', 'service')
  @Conditional()
  @TakesRegistryAuth()
  @DescribeWrite('Changes a service by a JSON Merge Patch', WrittenService, { waits: true })
  update(
    @Param('service') reference: string,
    @Body() patch: UpdateServiceInput,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<WrittenService | Plan> {
    return perform(this.writes.update(reference, patch, ifMatch), request);
  }

  @Delete(':service')
  @Needs('delete', 'service')
  @Conditional()
  @DescribeWrite('Deletes a service', null)
  delete(
    @Param('service') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.writes.delete(reference, ifMatch), request);
  }

  @Post(':service/scale')
  @Needs('update', 'service')
  @Conditional()
  @DescribeWrite('Changes the number of replicas', WrittenService, { waits: true })
  scale(
    @Param('service') reference: string,
    @Body() input: ScaleServiceInput,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<WrittenService | Plan> {
    return perform(this.writes.scale(reference, input.replicas, ifMatch), request);
  }

  @Post(':service/rollback')
  @Needs('update', 'service')
  @Conditional()
  @DescribeWrite('Puts the previous spec back in force', WrittenService, { waits: true })
  rollback(
    @Param('service') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<WrittenService | Plan> {
    return perform(this.writes.rollback(reference, ifMatch), request);
  }

  @Post(':service/restart')
  @Needs('update', 'service')
  @Conditional()
  @DescribeWrite('Replaces every task by the update policy', WrittenService, { waits: true })
  restart(
    @Param('service') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<WrittenService | Plan> {
    return perform(this.writes.restart(reference, ifMatch), request);
  }

  @Put(':service/networks/:network')
  @Needs('update', 'service')
  @Conditional()
  @DescribeWrite('Attaches a network, or changes its aliases', WrittenService, { waits: true })
  attach(
    @Param('service') reference: string,
    @Param('network') network: string,
    @Body() input: AttachServiceInput,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<WrittenService | Plan> {
    return perform(this.writes.attach(reference, network, input, ifMatch), request);
  }

  @Delete(':service/networks/:network')
  @Needs('update', 'service')
  @Conditional()
  @DescribeWrite('Detaches a network', WrittenService, { waits: true })
  detach(
    @Param('service') reference: string,
    @Param('network') network: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<WrittenService | Plan> {
    return perform(this.writes.detach(reference, network, ifMatch), request);
  }
}
