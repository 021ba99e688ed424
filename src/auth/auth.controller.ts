import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me as CurrentPrincipal, Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { fromQuery, PageQuery, type Page } from '../api/page.ts';
import type { Principal } from '../domain/role.ts';
import { CreatedToken, CreateTokenInput, Me, TokenList, type Token } from './auth.types.ts';
import { TokensService } from './tokens.service.ts';

@ApiTags('Access')
@Controller('v1')
export class AuthController {
  constructor(private readonly tokens: TokensService) {}

  @Get('me')
  @Describe('Says who makes the request', Me)
  me(@CurrentPrincipal() principal: Principal): Me {
    return principal;
  }

  @Get('tokens')
  @Needs('admin')
  @Describe('Lists the API tokens, without the tokens themselves', TokenList)
  list(@Query() query: PageQuery): Page<Token> {
    return this.tokens.list(fromQuery(query));
  }

  @Post('tokens')
  @Needs('admin')
  @Describe('Makes an API token; only this answer shows it', CreatedToken, 201)
  create(@Body() input: CreateTokenInput, @CurrentPrincipal() principal: Principal): Promise<CreatedToken> {
    return this.tokens.create(input, principal);
  }

  @Delete('tokens/:token')
  @Needs('admin')
  @Describe('Revokes an API token', null)
  async revoke(@Param('token') id: string): Promise<void> {
    await this.tokens.revoke(id);
  }
}
