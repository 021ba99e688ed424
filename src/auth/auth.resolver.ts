import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { AFTER, FIRST, ID_ARGUMENT } from '../api/arguments.ts';
import { Me as CurrentPrincipal, Needs } from '../api/access.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import {
  CreatedToken,
  CreateTokenInput,
  RotateTokenInput,
  TokenConnection,
  type Token,
} from './auth.types.ts';
import { Me, toMe } from './me.types.ts';
import { TokensService } from './tokens.service.ts';

@Needs('view', 'token')
@Resolver()
export class AuthResolver {
  constructor(private readonly tokens: TokensService) {}

  @Query(() => Me, { description: 'Who makes the request, how that was proven, and what they may do.' })
  @Needs('any')
  me(@CurrentPrincipal() principal: Principal): Me {
    return toMe(principal);
  }

  @Query(() => TokenConnection, {
    name: 'tokens',
    description: 'The API tokens, without the tokens themselves.',
  })
  @Needs('view', 'token')
  tokenList(@Args(FIRST) first?: number, @Args(AFTER) after?: string): Connection<Token> {
    return toConnection(this.tokens.list(fromArguments(first, after)));
  }

  @Mutation(() => CreatedToken, { description: 'Makes an API token; only this answer shows it.' })
  @Needs('create', 'token')
  @WriteArguments()
  createToken(
    @Args('input') input: CreateTokenInput,
    @Writing() request: WriteRequest,
  ): Promise<CreatedToken | Plan> {
    return perform(this.tokens.create(input), request);
  }

  @Mutation(() => CreatedToken, {
    description: 'Gives an API token another secret; only this answer shows it.',
  })
  @Needs('update', 'token')
  @WriteArguments()
  rotateToken(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args('input', { nullable: true }) input?: RotateTokenInput,
  ): Promise<CreatedToken | Plan> {
    return perform(this.tokens.rotate(id, input ?? {}), request);
  }

  @Mutation(() => ID, { description: 'Revokes an API token and answers its id.' })
  @Needs('delete', 'token')
  @WriteArguments()
  revokeToken(@Args(ID_ARGUMENT) id: string, @Writing() request: WriteRequest): Promise<string | Plan> {
    return perform(this.tokens.revoke(id), request);
  }
}
