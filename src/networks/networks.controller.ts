import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { IfMatch } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { fromQuery, mapPage, type Page } from '../api/page.ts';
import { NetworksService } from './networks.service.ts';
import { CreateNetworkInput, Network, NetworkList, NetworkQuery, toNetwork } from './networks.types.ts';

@ApiTags('Networks')
@Controller('v1/networks')
export class NetworksController {
  constructor(private readonly networks: NetworksService) {}

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
  @Needs('operator')
  @Describe('Creates an overlay network', Network, 201)
  create(@Body() input: CreateNetworkInput): Promise<Network> {
    return this.networks.create(input).then(toNetwork);
  }

  @Delete(':network')
  @Needs('operator')
  @Conditional()
  @Describe('Deletes a network that nothing uses', null)
  async delete(@Param('network') reference: string, @IfMatch() ifMatch: number | null): Promise<void> {
    await this.networks.delete(reference, ifMatch);
  }
}
