import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { onRecord, type WriteRequest } from '../api/write.ts';
import { Writing } from '../api/writing.ts';
import { ProbeService } from './probe.service.ts';
import { ProbeInput, ProbeResult } from './probe.types.ts';

@ApiTags('Discovery')
@Needs('view', 'network')
@Controller('v1/discovery/probe')
export class ProbeController {
  constructor(private readonly probes: ProbeService) {}

  @Post()
  @Needs('use', 'network')
  @Describe('Asks the real DNS of a network, and opens real connections, from inside', ProbeResult)
  probe(@Body() input: ProbeInput, @Writing() request: WriteRequest): Promise<ProbeResult> {
    return onRecord(request, input.network, () => this.probes.probe(input));
  }
}
