import { Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { PrerequisitesService } from './prerequisites.service.ts';
import { Prerequisites } from './prerequisites.types.ts';

@Needs('view', 'swarm')
@Resolver(() => Prerequisites)
export class PrerequisitesResolver {
  constructor(private readonly service: PrerequisitesService) {}

  @Query(() => Prerequisites, {
    description: 'The ports that Swarm needs on each node, with what has been seen of each.',
  })
  prerequisites(): Promise<Prerequisites> {
    return this.service.get();
  }
}
