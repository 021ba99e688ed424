import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { IfMatch } from '../api/etag.ts';
import { fromQuery, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, performDelete, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import { GrantsService } from './grants.service.ts';
import { CreateGrantInput, Grant, GrantList, GrantQuery, UpdateGrantInput } from './grants.types.ts';

@ApiTags('Access')
@Needs('view', 'grant')
@Controller('v1/access/grants')
export class GrantsController {
  constructor(private readonly grants: GrantsService) {}

  @Get()
  @Describe('Lists the grants', GrantList)
  list(@Query() query: GrantQuery): Page<Grant> {
    return this.grants.list(query, fromQuery(query));
  }

  @Get(':grant')
  @Describe('Shows a grant', Grant)
  get(@Param('grant') reference: string): Grant {
    return this.grants.get(reference);
  }

  @Post()
  @Needs('create', 'grant')
  @DescribeWrite('Lets somebody do what a role says, with the objects of a scope', Grant, {
    status: 201,
    repeats: true,
  })
  create(@Body() input: CreateGrantInput, @Writing() request: WriteRequest): Promise<Grant | Plan> {
    return perform(this.grants.create(input, request.idempotencyKey), request);
  }

  @Put(':grant')
  @Needs('update', 'grant')
  @Conditional()
  @DescribeWrite('Replaces the subject, the role and the scope of a grant', Grant)
  update(
    @Param('grant') reference: string,
    @Body() input: UpdateGrantInput,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Grant | Plan> {
    return perform(this.grants.update(reference, input, ifMatch), request);
  }

  @Delete(':grant')
  @Needs('delete', 'grant')
  @Conditional()
  @DescribeWrite('Takes a grant away', null)
  delete(
    @Param('grant') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.grants.delete(reference, ifMatch), request);
  }
}
