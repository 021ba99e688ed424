import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import { Service } from '../services/services.types.ts';
import { ChangeOf, type ObjectChange } from '../events/events.types.ts';
import { DeployRoutersInput } from './deployment.types.ts';
import { RouterConfiguration } from './router-configuration.ts';
import { RouterDeployments } from './router-deployments.service.ts';
import { RouterWatch } from './router-watch.ts';
import { RoutersService } from './routers.service.ts';
import { Router, RouterConnection, RouterFilter } from './routers.types.ts';
import { TrafficService } from './traffic.service.ts';
import { RouteTraffic, RouteTrafficConnection, TrafficFilter } from './traffic.types.ts';

const RouterChange = ChangeOf(Router, 'RouterChange');

@Needs('view', 'router')
@Resolver(() => Router)
export class RoutersResolver {
  constructor(
    private readonly routers: RoutersService,
    private readonly deployments: RouterDeployments,
    private readonly traffic: TrafficService,
    private readonly watch: RouterWatch,
    private readonly configuration: RouterConfiguration,
  ) {}

  @Query(() => RouterConnection, { name: 'routers', description: 'The routers.' })
  list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => RouterFilter, nullable: true }) filter?: RouterFilter | null,
  ): Connection<Router> {
    return toConnection(this.routers.list(filter ?? {}, fromArguments(first, after)));
  }

  @Query(() => Router, { name: 'router', description: 'One router, by id or unique id prefix.' })
  get(@Args(ID_ARGUMENT) id: string): Router {
    return this.routers.get(id);
  }

  @Mutation(() => Service, {
    description: 'Deploys routers, or changes how they are deployed. Answers their service.',
  })
  @Needs('create', 'router')
  @WriteArguments({ waits: true })
  deployRouters(
    @Args('input') input: DeployRoutersInput,
    @Writing() request: WriteRequest,
  ): Promise<Service | Plan> {
    return perform(this.deployments.deploy(input), request);
  }

  @Mutation(() => ID, {
    description:
      'Removes a service of routers, its secrets and its token, and answers the id of the service.',
  })
  @Needs('delete', 'router')
  @WriteArguments()
  removeRouters(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string | Plan> {
    return perform(this.deployments.remove(id, parseIfMatch(ifMatch)), request);
  }

  @Query(() => RouteTrafficConnection, {
    name: 'routeStatistics',
    description: 'What goes on at the routes, over all routers and by router and server.',
  })
  @Needs('view', 'route')
  statistics(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => TrafficFilter, nullable: true }) filter?: TrafficFilter | null,
  ): Connection<RouteTraffic> {
    return toConnection(this.traffic.list(filter ?? {}, fromArguments(first, after)));
  }

  @Query(() => String, { description: 'What HAProxy is told at a router, without keys of certificates.' })
  @Needs('view', 'routing-table')
  routerConfiguration(@Args(ID_ARGUMENT) id: string): string {
    return this.configuration.of(id);
  }

  @Subscription(() => RouterChange, {
    description: 'Changes of routers from now on, once a second at most. That time passes is none.',
    resolve: (change: ObjectChange<Router>) => change,
  })
  routerChanged(): AsyncIterableIterator<ObjectChange<Router>> {
    return this.watch.changes();
  }

  @Subscription(() => RouteTraffic, {
    description: 'What goes on at a route: now, and whenever it has changed, once a second at most.',
    resolve: (traffic: RouteTraffic) => traffic,
  })
  @Needs('view', 'route')
  routeStatisticsChanged(
    @Args('route', { type: () => ID }) route: string,
  ): AsyncIterableIterator<RouteTraffic> {
    return this.traffic.follow(route);
  }
}
