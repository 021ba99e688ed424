import { Body, Controller, Delete, Get, Header, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Me, Needs } from '../api/access.ts';
import { Conditional, Describe, DescribeEvents } from '../api/describe.ts';
import type { EventStream } from '../api/event-stream.ts';
import { IfMatch } from '../api/etag.ts';
import { fromQuery, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, performDelete, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { WrittenService } from '../services/written-service.types.ts';
import { ConfigStreams } from './config-streams.ts';
import { DeployRoutersInput } from './deployment.types.ts';
import { RouterReport } from './report.types.ts';
import { RouterConfiguration } from './router-configuration.ts';
import { RouterDeployments } from './router-deployments.service.ts';
import { RoutersService } from './routers.service.ts';
import { CONFIG_EXAMPLE, ConfigQuery, Router, RouterList, RouterQuery } from './routers.types.ts';
import { TrafficService } from './traffic.service.ts';
import { RouteTrafficList, TrafficQuery, type RouteTraffic } from './traffic.types.ts';

@ApiTags('Routers')
@Needs('view', 'router')
@Controller('v1/routers')
export class RoutersController {
  constructor(
    private readonly routers: RoutersService,
    private readonly streams: ConfigStreams,
    private readonly deployments: RouterDeployments,
    private readonly traffic: TrafficService,
    private readonly configuration: RouterConfiguration,
  ) {}

  @Get()
  @Describe('Lists the routers', RouterList)
  list(@Query() query: RouterQuery): Page<Router> {
    return this.routers.list(query, fromQuery(query));
  }

  @Post()
  @Needs('create', 'router')
  @DescribeWrite('Deploys routers, or changes how they are deployed', WrittenService, { waits: true })
  deploy(
    @Body() input: DeployRoutersInput,
    @Writing() request: WriteRequest,
  ): Promise<WrittenService | Plan> {
    return perform(this.deployments.deploy(input), request);
  }

  @Delete('services/:service')
  @Needs('delete', 'router')
  @Conditional()
  @DescribeWrite('Removes a service of routers, its secrets and its token', null)
  remove(
    @Param('service') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.deployments.remove(reference, ifMatch), request);
  }

  @Get('config')
  @Needs('use', 'routing-table')
  @Header('Cache-Control', 'no-store')
  @Header('X-Accel-Buffering', 'no')
  @DescribeEvents('Tells routers what to serve, as server-sent events', CONFIG_EXAMPLE)
  config(@Query() query: ConfigQuery, @Me() principal: Principal): EventStream {
    return this.streams.open(query, principal);
  }

  @Get('statistics')
  @Needs('view', 'route')
  @Describe('Shows what goes on at the routes, over all routers and by router and server', RouteTrafficList)
  statistics(@Query() query: TrafficQuery): Page<RouteTraffic> {
    return this.traffic.list(query, fromQuery(query));
  }

  @Get(':router')
  @Describe('Shows a router', Router)
  get(@Param('router') reference: string): Router {
    return this.routers.get(reference);
  }

  @Get(':router/configuration')
  @Needs('view', 'routing-table')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  @ApiProduces('text/plain')
  @Describe('Shows what HAProxy is told, without keys of certificates', String)
  configurationOf(@Param('router') reference: string): string {
    return this.configuration.of(reference);
  }

  @Put(':router/report')
  @Needs('update', 'routing-table')
  @ApiBody({ type: RouterReport })
  @Describe('Takes in what a router says of itself', null)
  report(@Param('router') id: string, @Body() body: unknown): void {
    this.routers.report(id, body);
  }
}
