import { Args, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST } from '../api/arguments.ts';
import { FromState } from '../api/from-state.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import { ServicesService } from '../services/services.service.ts';
import { Service } from '../services/services.types.ts';
import { PortsService } from './ports.service.ts';
import { Port, PortConnection, PortFilter } from './ports.types.ts';

@Needs('view', 'service')
@Resolver(() => Port)
export class PortsResolver {
  constructor(
    private readonly ports: PortsService,
    private readonly services: ServicesService,
  ) {}

  @Query(() => PortConnection, {
    name: 'ports',
    description: 'The published ports of the swarm, with what is wrong with them.',
  })
  async list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => PortFilter, nullable: true }) filter?: PortFilter | null,
  ): Promise<Connection<Port>> {
    return toConnection(await this.ports.list(filter ?? {}, fromArguments(first, after)));
  }

  @FromState()
  @ResolveField(() => Service, {
    name: 'service',
    nullable: true,
    description: 'The service that publishes it.',
  })
  serviceOf(port: Port): Service | null {
    return this.services.find(port.serviceId);
  }
}
