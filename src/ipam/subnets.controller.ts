import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me, Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import type { Principal } from '../domain/role.ts';
import { SubnetsService } from './subnets.service.ts';
import { Subnets, SubnetsQuery } from './subnets.types.ts';

@ApiTags('Networks')
@Needs('view', 'swarm')
@Controller('v1/ipam/subnets')
export class SubnetsController {
  constructor(private readonly subnets: SubnetsService) {}

  @Get()
  @Describe('Shows where networks get their addresses from, and proposes a free subnet', Subnets)
  show(@Query() query: SubnetsQuery, @Me() by: Principal): Promise<Subnets> {
    return this.subnets.show(query, by);
  }
}
