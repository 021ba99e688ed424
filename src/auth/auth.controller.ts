import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me as CurrentPrincipal, Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { fromQuery, PageQuery, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, performDelete, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { CreatedToken, CreateTokenInput, RotateTokenInput, TokenList, type Token } from './auth.types.ts';
import { Me, toMe } from './me.types.ts';
import { TokensService } from './tokens.service.ts';

@ApiTags('Access')
@Needs('view', 'token')
@Controller('v1')
export class AuthController {
  constructor(private readonly tokens: TokensService) {}

  @Get('me')
  @Needs('any')
  @Describe('Says who makes the request, how that was proven, and what they may do', Me)
  me(@CurrentPrincipal() principal: Principal): Me {
    return toMe(principal);
  }

  @Get('tokens')
  @Needs('view', 'token')
  @Describe('Lists the API tokens, without the tokens themselves', TokenList)
  list(@Query() query: PageQuery): Page<Token> {
    return this.tokens.list(fromQuery(query));
  }

  @Post('tokens')
  @Needs('create', 'token')
  @DescribeWrite('Makes an API token; only this answer shows it', CreatedToken, { status: 201 })
  create(@Body() input: CreateTokenInput, @Writing() request: WriteRequest): Promise<CreatedToken | Plan> {
    return perform(this.tokens.create(input), request);
  }

  @Post('tokens/:token/rotate')
  @Needs('update', 'token')
  @DescribeWrite('Gives an API token another secret; only this answer shows it', CreatedToken)
  rotate(
    @Param('token') id: string,
    @Body() input: RotateTokenInput,
    @Writing() request: WriteRequest,
  ): Promise<CreatedToken | Plan> {
    return perform(this.tokens.rotate(id, input), request);
  }

  @Delete('tokens/:token')
  @Needs('delete', 'token')
  @DescribeWrite('Revokes an API token', null)
  revoke(@Param('token') id: string, @Writing() request: WriteRequest): Promise<Plan | undefined> {
    return performDelete(this.tokens.revoke(id), request);
  }
}
