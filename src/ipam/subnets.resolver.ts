import { Args, Int, Query, Resolver } from '@nestjs/graphql';
import { Me, Needs } from '../api/access.ts';
import type { Principal } from '../domain/role.ts';
import { SubnetsService } from './subnets.service.ts';
import { Subnets } from './subnets.types.ts';

@Needs('view', 'swarm')
@Resolver(() => Subnets)
export class SubnetsResolver {
  constructor(private readonly service: SubnetsService) {}

  @Query(() => Subnets, {
    description: 'Where networks get their addresses from, and a free subnet. CONFLICT when there is none.',
  })
  subnets(
    @Me() by: Principal,
    @Args('prefixLength', { type: () => Int, nullable: true }) prefixLength?: number | null,
    @Args('ipv6', { type: () => Boolean, nullable: true }) ipv6?: boolean | null,
  ): Promise<Subnets> {
    return this.service.show({ prefixLength: prefixLength ?? null, ipv6: ipv6 ?? null }, by);
  }
}
