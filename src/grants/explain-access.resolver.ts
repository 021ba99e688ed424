import { Args, Query, Resolver } from '@nestjs/graphql';
import { Me, Needs } from '../api/access.ts';
import type { Principal } from '../domain/role.ts';
import { ExplainAccessService } from './explain-access.service.ts';
import { AccessExplanation, ExplainAccessQuery } from './explain-access.types.ts';

@Needs('any')
@Resolver()
export class ExplainAccessResolver {
  constructor(private readonly access: ExplainAccessService) {}

  @Query(() => AccessExplanation, {
    description: 'Whether somebody may do something with an object, and why.',
  })
  explainAccess(@Args() query: ExplainAccessQuery, @Me() by: Principal): AccessExplanation {
    return this.access.explain(query, by);
  }
}
