import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { onRecord, type WriteRequest } from '../api/write.ts';
import { Writing } from '../api/writing.ts';
import { ConnectivityService } from './connectivity.service.ts';
import { Connectivity, ConnectivityInput } from './connectivity.types.ts';

@Needs('view', 'swarm')
@Resolver(() => Connectivity)
export class ConnectivityResolver {
  constructor(private readonly connectivity: ConnectivityService) {}

  @Mutation(() => Connectivity, {
    description: 'Checks pairwise whether nodes reach each other over overlay networks.',
  })
  @Needs('use', 'swarm')
  checkConnectivity(
    @Writing() request: WriteRequest,
    @Args('input', { type: () => ConnectivityInput, nullable: true }) input?: ConnectivityInput | null,
  ): Promise<Connectivity> {
    return onRecord(request, null, () => this.connectivity.check(input ?? {}));
  }
}
