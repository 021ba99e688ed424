import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { onRecord, type WriteRequest } from '../api/write.ts';
import { Writing } from '../api/writing.ts';
import { ProbeService } from './probe.service.ts';
import { ProbeInput, ProbeResult } from './probe.types.ts';

@Needs('view', 'network')
@Resolver(() => ProbeResult)
export class ProbeResolver {
  constructor(private readonly probes: ProbeService) {}

  @Mutation(() => ProbeResult, {
    description: 'Asks the real DNS of a network, and opens real connections, from inside.',
  })
  @Needs('use', 'network')
  probe(@Args('input') input: ProbeInput, @Writing() request: WriteRequest): Promise<ProbeResult> {
    return onRecord(request, input.network, () => this.probes.probe(input));
  }
}
