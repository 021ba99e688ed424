import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import { StoredFilesService } from './stored-files.service.ts';
import { CreateConfigInput, Config, ConfigConnection, StoredFileFilter } from './stored-files.types.ts';

@Needs('view', 'config')
@Resolver(() => Config)
export class ConfigsResolver {
  constructor(private readonly files: StoredFilesService) {}

  @Query(() => ConfigConnection, { name: 'configs', description: 'The configs of the swarm.' })
  async list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => StoredFileFilter, nullable: true }) filter?: StoredFileFilter | null,
  ): Promise<Connection<Config>> {
    return toConnection(await this.files.list('config', filter ?? {}, fromArguments(first, after)));
  }

  @Query(() => Config, { name: 'config', description: 'One config, by id, unique id prefix or name.' })
  get(@Args(ID_ARGUMENT) id: string): Promise<Config> {
    return this.files.get('config', id);
  }

  @Mutation(() => Config, { description: 'Creates a config.' })
  @Needs('create', 'config')
  @WriteArguments({ repeats: true })
  createConfig(
    @Args('input') input: CreateConfigInput,
    @Writing() request: WriteRequest,
  ): Promise<Config | Plan> {
    return perform(this.files.create('config', input, request.idempotencyKey), request);
  }

  @Mutation(() => ID, { description: 'Deletes a config that no service uses, and answers its id.' })
  @Needs('delete', 'config')
  @WriteArguments()
  deleteConfig(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string | Plan> {
    return perform(this.files.delete('config', id, parseIfMatch(ifMatch)), request);
  }
}
