import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { IfMatch } from '../api/etag.ts';
import { fromQuery, PageQuery, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, performDelete, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import { RolesService } from './roles.service.ts';
import { AccessRole, CreateRoleInput, RoleList, UpdateRoleInput } from './roles.types.ts';

@ApiTags('Access')
@Needs('view', 'role')
@Controller('v1/access/roles')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  @Get()
  @Describe('Lists the roles that can be granted, built in or not', RoleList)
  list(@Query() query: PageQuery): Page<AccessRole> {
    return this.roles.list(fromQuery(query));
  }

  @Get(':role')
  @Describe('Shows a role', AccessRole)
  get(@Param('role') name: string): AccessRole {
    return this.roles.get(name);
  }

  @Post()
  @Needs('create', 'role')
  @DescribeWrite('Makes a role', AccessRole, { status: 201, repeats: true })
  create(@Body() input: CreateRoleInput, @Writing() request: WriteRequest): Promise<AccessRole | Plan> {
    return perform(this.roles.create(input, request.idempotencyKey), request);
  }

  @Put(':role')
  @Needs('update', 'role')
  @Conditional()
  @DescribeWrite('Replaces the rules of a role, for all who are granted it', AccessRole)
  update(
    @Param('role') name: string,
    @Body() input: UpdateRoleInput,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<AccessRole | Plan> {
    return perform(this.roles.update(name, input, ifMatch), request);
  }

  @Delete(':role')
  @Needs('delete', 'role')
  @Conditional()
  @DescribeWrite('Removes a role that no grant gives', null)
  delete(
    @Param('role') name: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.roles.delete(name, ifMatch), request);
  }
}
