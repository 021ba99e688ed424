import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me, Needs } from '../api/access.ts';
import { Conditional, Describe, DescribeOneOf } from '../api/describe.ts';
import { ChangesWithinVersion, IfMatch } from '../api/etag.ts';
import { fromQuery, mapPage, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, performDelete, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { RouteInput } from './route-input.types.ts';
import { RouteWrites } from './route-writes.service.ts';
import { RouteMatch, RouteMatchQuery } from './route-match.types.ts';
import {
  CreateRouteQuery,
  ExportedRoute,
  Route,
  RouteGetQuery,
  RouteList,
  RouteQuery,
} from './routes.types.ts';
import { RoutesService } from './routes.service.ts';

@ApiTags('Routes')
@ChangesWithinVersion()
@Needs('view', 'route')
@Controller('v1/routes')
export class RoutesController {
  constructor(
    private readonly routes: RoutesService,
    private readonly writes: RouteWrites,
  ) {}

  @Get()
  @Describe('Lists the routes, of labels and of the API', RouteList)
  list(@Query() query: RouteQuery, @Me() by: Principal): Page<Route> {
    return mapPage(this.routes.list(query, fromQuery(query), by), (route) => this.routes.whole(route));
  }

  @Get('match')
  @Describe('Tells which route takes a request, and why', RouteMatch)
  match(@Query() query: RouteMatchQuery, @Me() by: Principal): RouteMatch {
    return this.routes.match(query, by);
  }

  @Get(':route')
  @DescribeOneOf('Shows a route, as it is or as labels', [Route, ExportedRoute])
  get(
    @Param('route') reference: string,
    @Query() { format }: RouteGetQuery,
    @Me() by: Principal,
  ): Route | ExportedRoute {
    return format
      ? this.routes.exported(reference, format, by)
      : this.routes.whole(this.routes.get(reference, by));
  }

  @Post()
  @Needs('create', 'route')
  @DescribeWrite('Creates a route', Route, { status: 201, waits: true, repeats: true })
  create(
    @Body() input: RouteInput,
    @Query() { attach = false }: CreateRouteQuery,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
  ): Promise<Route | Plan> {
    return perform(this.writes.create(input, by, request.idempotencyKey, attach), request);
  }

  @Put(':route')
  @Needs('update', 'route')
  @Conditional()
  @DescribeWrite('Replaces what a route says', Route, { waits: true })
  update(
    @Param('route') reference: string,
    @Body() input: RouteInput,
    @IfMatch() ifMatch: number | null,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
  ): Promise<Route | Plan> {
    return perform(this.writes.update(reference, input, ifMatch, by), request);
  }

  @Delete(':route')
  @Needs('delete', 'route')
  @Conditional()
  @DescribeWrite('Deletes a route', null)
  delete(
    @Param('route') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.writes.delete(reference, ifMatch), request);
  }
}
