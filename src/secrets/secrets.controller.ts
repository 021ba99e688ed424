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
import { CreateSecretInput, Secret, SecretList, StoredFileQuery } from './stored-files.types.ts';

@ApiTags('Secrets and configs')
@Needs('view', 'secret')
@Controller('v1/secrets')
export class SecretsController {
  constructor(private readonly files: StoredFilesService) {}

  @Get()
  @Describe('Lists the secrets of the swarm', SecretList)
  list(@Query() query: StoredFileQuery): Promise<Page<Secret>> {
    return this.files.list('secret', query, fromQuery(query));
  }

  @Get(':secret')
  @Describe('Shows a secret', Secret)
  get(@Param('secret') reference: string): Promise<Secret> {
    return this.files.get('secret', reference);
  }

  @Post()
  @Needs('create', 'secret')
  @DescribeWrite('Creates a secret', Secret, { status: 201, repeats: true })
  create(@Body() input: CreateSecretInput, @Writing() request: WriteRequest): Promise<Secret | Plan> {
    return perform(this.files.create('secret', input, request.idempotencyKey), request);
  }

  @Delete(':secret')
  @Needs('delete', 'secret')
  @Conditional()
  @DescribeWrite('Deletes a secret that no service uses', null)
  delete(
    @Param('secret') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.files.delete('secret', reference, ifMatch), request);
  }
}
