import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { IfMatch } from '../api/etag.ts';
import { fromQuery, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, performDelete, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import { StoredFilesService } from './stored-files.service.ts';
import { CreateConfigInput, Config, ConfigList, StoredFileQuery } from './stored-files.types.ts';

@ApiTags('Secrets and configs')
@Needs('view', 'config')
@Controller('v1/configs')
export class ConfigsController {
  constructor(private readonly files: StoredFilesService) {}

  @Get()
  @Describe('Lists the configs of the swarm', ConfigList)
  list(@Query() query: StoredFileQuery): Promise<Page<Config>> {
    return this.files.list('config', query, fromQuery(query));
  }

  @Get(':config')
  @Describe('Shows a config', Config)
  get(@Param('config') reference: string): Promise<Config> {
    return this.files.get('config', reference);
  }

  @Post()
  @Needs('create', 'config')
  @DescribeWrite('Creates a config', Config, { status: 201, repeats: true })
  create(@Body() input: CreateConfigInput, @Writing() request: WriteRequest): Promise<Config | Plan> {
    return perform(this.files.create('config', input, request.idempotencyKey), request);
  }

  @Delete(':config')
  @Needs('delete', 'config')
  @Conditional()
  @DescribeWrite('Deletes a config that no service uses', null)
  delete(
    @Param('config') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.files.delete('config', reference, ifMatch), request);
  }
}
