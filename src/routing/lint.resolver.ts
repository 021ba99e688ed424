import { Args, Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { LintService } from './lint.service.ts';
import { LintRoutesInput, RouteLint } from './lint.types.ts';

@Needs('view', 'route')
@Resolver(() => RouteLint)
export class LintResolver {
  constructor(private readonly service: LintService) {}

  @Query(() => RouteLint, {
    description: 'What labels would do as routes, of a service or a compose file.',
  })
  lintRoutes(@Args('input') input: LintRoutesInput): RouteLint {
    return this.service.lint(input);
  }
}
