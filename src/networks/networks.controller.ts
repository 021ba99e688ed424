import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { IfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { fromQuery, mapPage, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { mapWrite, perform, performDelete, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import { NetworkRemoval } from './network-removal.service.ts';
import { NetworksService } from './networks.service.ts';
import {
  CreateNetworkInput,
  DeleteNetworkQuery,
  Network,
  NetworkList,
  NetworkQuery,
  PrunedNetworks,
  PruneNetworksInput,
  PruneNetworksQuery,
  toNetwork,
} from './networks.types.ts';

@ApiTags('Networks')
@Needs('view', 'network')
@Controller('v1/networks')
export class NetworksController {
  constructor(
    private readonly networks: NetworksService,
    private readonly removal: NetworkRemoval,
  ) {}

  @Get()
  @FromState()
  @Describe('Lists the networks of the swarm', NetworkList)
  list(@Query() query: NetworkQuery): Page<Network> {
    return mapPage(this.networks.list(query, fromQuery(query)), toNetwork);
  }

  @Get(':network')
  @Describe('Shows a network', Network)
  get(@Param('network') reference: string): Network {
    return toNetwork(this.networks.get(reference));
  }

  @Post()
  @Needs('create', 'network')
  @DescribeWrite('Creates an overlay network', Network, { status: 201, repeats: true })
  create(@Body() input: CreateNetworkInput, @Writing() request: WriteRequest): Promise<Network | Plan> {
    return perform(mapWrite(this.networks.create(input, request.idempotencyKey), toNetwork), request);
  }

  @Delete(':network')
  @Needs('delete', 'network')
  @Conditional()
  @DescribeWrite('Deletes a network that nothing uses', null)
  delete(
    @Param('network') reference: string,
    @Query() { detach = false }: DeleteNetworkQuery,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.removal.delete(reference, ifMatch, detach), request);
  }

  @Post('prune')
  @Needs('delete', 'network')
  @Describe('Deletes the networks that nothing uses', PrunedNetworks)
  prune(
    @Body() { filters }: PruneNetworksInput,
    @Query() _query: PruneNetworksQuery,
    @Writing() request: WriteRequest,
  ): Promise<PrunedNetworks> {
    return this.removal.prune(filters ?? {}, request);
  }
}
