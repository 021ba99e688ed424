import { Args, ID, Mutation, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { Me, Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { ChangeOf, type ObjectChange } from '../events/events.types.ts';
import { RouteInput } from './route-input.types.ts';
import { RouteProgress } from './route-progress.ts';
import type { RouteView } from './route-views.ts';
import { RouteWatch } from './route-watch.ts';
import { RouteWrites } from './route-writes.service.ts';
import { RouteMatch, RouteMatchQuery } from './route-match.types.ts';
import { Route, RouteConnection, RouteFilter, RouteOnRouter } from './routes.types.ts';
import { RoutesService } from './routes.service.ts';

const RouteChange = ChangeOf(Route, 'RouteChange');

@Needs('view', 'route')
@Resolver(() => Route)
export class RoutesResolver {
  constructor(
    private readonly routes: RoutesService,
    private readonly writes: RouteWrites,
    private readonly watch: RouteWatch,
    private readonly progress: RouteProgress,
  ) {}

  @FromState()
  @Query(() => RouteConnection, { name: 'routes', description: 'The routes, of labels and of the API.' })
  list(
    @Me() by: Principal,
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => RouteFilter, nullable: true }) filter?: RouteFilter | null,
  ): Connection<RouteView> {
    return toConnection(this.routes.list(filter ?? {}, fromArguments(first, after), by));
  }

  @FromState()
  @Query(() => Route, { name: 'route', description: 'One route, by id, unique id prefix or name.' })
  get(@Args(ID_ARGUMENT) id: string, @Me() by: Principal): RouteView {
    return this.routes.get(id, by);
  }

  @Query(() => RouteMatch, { description: 'Which route takes a request, and why.' })
  routeMatch(@Args() query: RouteMatchQuery, @Me() by: Principal): RouteMatch {
    return this.routes.match(query, by);
  }

  @Mutation(() => Route, { description: 'Creates a route.' })
  @Needs('create', 'route')
  @WriteArguments({ waits: true, repeats: true })
  createRoute(
    @Args('input') input: RouteInput,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
    @Args('attach', {
      type: () => Boolean,
      nullable: true,
      description: 'Attaches its services to a network of the routers first, where they are on none.',
    })
    attach?: boolean | null,
  ): Promise<Route | Plan> {
    return perform(this.writes.create(input, by, request.idempotencyKey, attach ?? false), request);
  }

  @Mutation(() => Route, { description: 'Replaces what a route says.' })
  @Needs('update', 'route')
  @WriteArguments({ waits: true })
  updateRoute(
    @Args(ID_ARGUMENT) id: string,
    @Args('input') input: RouteInput,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Route | Plan> {
    return perform(this.writes.update(id, input, parseIfMatch(ifMatch), by), request);
  }

  @Mutation(() => ID, { description: 'Deletes a route and answers its id.' })
  @Needs('delete', 'route')
  @WriteArguments()
  deleteRoute(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string | Plan> {
    return perform(this.writes.delete(id, parseIfMatch(ifMatch)), request);
  }

  @Subscription(() => RouteChange, {
    description: 'Changes of routes, of what has come of them and of their servers, from now on.',
    resolve: (change: ObjectChange<RouteView>) => change,
  })
  routeChanged(
    @Me() by: Principal,
    @Args('filter', { type: () => RouteFilter, nullable: true }) filter?: RouteFilter | null,
    @Args('initial', {
      type: () => Boolean,
      nullable: true,
      defaultValue: false,
      description: 'Tells what fits now first, as ADDED.',
    })
    initial?: boolean | null,
  ): AsyncIterableIterator<ObjectChange<RouteView>> {
    return this.watch.changes(filter ?? {}, initial ?? false, by);
  }

  @ResolveField(() => [RouteOnRouter], { name: 'routers', description: 'How far the routers are with it.' })
  routersOf(route: RouteView): readonly RouteOnRouter[] {
    return this.progress.of(route.id);
  }
}
