import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { ChangesWithinVersion, IfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { fromQuery, Paged, type Page } from '../api/page.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import { TaskList, TasksOfServiceFilter, type Task } from '../tasks/tasks.types.ts';
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

class TasksOfServiceQuery extends Paged(TasksOfServiceFilter) {}

@ApiTags('Services')
@ChangesWithinVersion()
@Controller('v1/services')
export class ServicesController {
  constructor(
    private readonly services: ServicesService,
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
  @FromState()
  @Describe('Lists the tasks of a service, those that have ended too', TaskList)
  tasksOf(@Param('service') reference: string, @Query() query: TasksOfServiceQuery): Page<Task> {
    return this.tasks.list({ ...query, service: reference }, fromQuery(query));
  }

  @Post()
  @Needs('operator')
  @Describe('Creates a service', Service, 201)
  create(@Body() input: CreateServiceInput): Promise<Service> {
    return this.services.create(input);
  }

  @Patch(':service')
  @Needs('operator')
  @Conditional()
  @Describe('Changes a service by a JSON Merge Patch', Service)
  update(
    @Param('service') reference: string,
    @Body() patch: UpdateServiceInput,
    @IfMatch() ifMatch: number | null,
  ): Promise<Service> {
    return this.services.update(reference, patch, ifMatch);
  }

  @Delete(':service')
  @Needs('operator')
  @Conditional()
  @Describe('Deletes a service', null)
  async delete(@Param('service') reference: string, @IfMatch() ifMatch: number | null): Promise<void> {
    await this.services.delete(reference, ifMatch);
  }

  @Post(':service/scale')
  @Needs('operator')
  @Conditional()
  @Describe('Changes the number of replicas', Service)
  scale(
    @Param('service') reference: string,
    @Body() input: ScaleServiceInput,
    @IfMatch() ifMatch: number | null,
  ): Promise<Service> {
    return this.services.scale(reference, input.replicas, ifMatch);
  }

  @Post(':service/rollback')
  @Needs('operator')
  @Conditional()
  @Describe('Puts the previous spec back in force', Service)
  rollback(@Param('service') reference: string, @IfMatch() ifMatch: number | null): Promise<Service> {
    return this.services.rollback(reference, ifMatch);
  }

  @Post(':service/restart')
  @Needs('operator')
  @Conditional()
  @Describe('Replaces every task by the update policy', Service)
  restart(@Param('service') reference: string, @IfMatch() ifMatch: number | null): Promise<Service> {
    return this.services.restart(reference, ifMatch);
  }

  @Put(':service/networks/:network')
  @Needs('operator')
  @Conditional()
  @Describe('Attaches a network, or changes its aliases', Service)
  attach(
    @Param('service') reference: string,
    @Param('network') network: string,
    @Body() input: AttachServiceInput,
    @IfMatch() ifMatch: number | null,
  ): Promise<Service> {
    return this.services.attach(reference, network, input, ifMatch);
  }

  @Delete(':service/networks/:network')
  @Needs('operator')
  @Conditional()
  @Describe('Detaches a network', Service)
  detach(
    @Param('service') reference: string,
    @Param('network') network: string,
    @IfMatch() ifMatch: number | null,
  ): Promise<Service> {
    return this.services.detach(reference, network, ifMatch);
  }
}
