import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { fromQuery, type Page } from '../api/page.ts';
import { PortsService } from './ports.service.ts';
import { PortList, PortQuery, type Port } from './ports.types.ts';

@ApiTags('Ports')
@Needs('view', 'service')
@Controller('v1/ports')
export class PortsController {
  constructor(private readonly ports: PortsService) {}

  @Get()
  @Describe('Lists the published ports of the swarm, with what is wrong with them', PortList)
  list(@Query() query: PortQuery): Promise<Page<Port>> {
    return this.ports.list(query, fromQuery(query));
  }
}
