import { ResolveField, Resolver } from '@nestjs/graphql';
import { FromState } from '../api/from-state.ts';
import type { RequestContext } from '../api/request-context.ts';
import { Service } from '../services/services.types.ts';
import type { RouteView } from './route-views.ts';
import { Route } from './routes.types.ts';
import { RoutesService } from './routes.service.ts';

@Resolver(() => Service)
export class ServiceRoutesResolver {
  constructor(private readonly routes: RoutesService) {}

  @FromState()
  @ResolveField(() => [Route], {
    name: 'routes',
    description: 'The routes that its labels say, and those that lead to it.',
  })
  routesOf(service: Service, _args: unknown, { principal }: RequestContext): readonly RouteView[] {
    return this.routes.ofService(service, principal);
  }
}
