import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { AFTER, FIRST, ID_ARGUMENT } from '../api/arguments.ts';
import { Me as CurrentPrincipal, Needs } from '../api/access.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Principal } from '../domain/role.ts';
import { CreatedToken, CreateTokenInput, Me, TokenConnection, type Token } from './auth.types.ts';
import { TokensService } from './tokens.service.ts';

@Resolver()
export class AuthResolver {
  constructor(private readonly tokens: TokensService) {}

  @Query(() => Me, { description: 'Who makes the request.' })
  me(@CurrentPrincipal() principal: Principal): Me {
    return principal;
  }

  @Query(() => TokenConnection, {
    name: 'tokens',
    description: 'The API tokens, without the tokens themselves.',
  })
  @Needs('admin')
  tokenList(@Args(FIRST) first?: number, @Args(AFTER) after?: string): Connection<Token> {
    return toConnection(this.tokens.list(fromArguments(first, after)));
  }

  @Mutation(() => CreatedToken, { description: 'Makes an API token; only this answer shows it.' })
  @Needs('admin')
  createToken(
    @Args('input') input: CreateTokenInput,
    @CurrentPrincipal() principal: Principal,
  ): Promise<CreatedToken> {
    return this.tokens.create(input, principal);
  }

  @Mutation(() => ID, { description: 'Revokes an API token and answers its id.' })
  @Needs('admin')
  revokeToken(@Args(ID_ARGUMENT) id: string): Promise<string> {
    return this.tokens.revoke(id);
  }
}
