import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { onRecord, type WriteRequest } from '../api/write.ts';
import { Writing } from '../api/writing.ts';
import { ConnectivityService } from './connectivity.service.ts';
import { Connectivity, ConnectivityInput } from './connectivity.types.ts';

@ApiTags('Swarm')
@Needs('view', 'swarm')
@Controller('v1/swarm/connectivity')
export class ConnectivityController {
  constructor(private readonly connectivity: ConnectivityService) {}

  @Post()
  @Needs('use', 'swarm')
  @Describe('Checks pairwise whether nodes reach each other over overlay networks', Connectivity)
  check(@Body() input: ConnectivityInput, @Writing() request: WriteRequest): Promise<Connectivity> {
    return onRecord(request, null, () => this.connectivity.check(input));
  }
}
