import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import { StoredFilesService } from './stored-files.service.ts';
import { CreateSecretInput, Secret, SecretConnection, StoredFileFilter } from './stored-files.types.ts';

@Needs('view', 'secret')
@Resolver(() => Secret)
export class SecretsResolver {
  constructor(private readonly files: StoredFilesService) {}

  @Query(() => SecretConnection, { name: 'secrets', description: 'The secrets of the swarm.' })
  async list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => StoredFileFilter, nullable: true }) filter?: StoredFileFilter | null,
  ): Promise<Connection<Secret>> {
    return toConnection(await this.files.list('secret', filter ?? {}, fromArguments(first, after)));
  }

  @Query(() => Secret, { name: 'secret', description: 'One secret, by id, unique id prefix or name.' })
  get(@Args(ID_ARGUMENT) id: string): Promise<Secret> {
    return this.files.get('secret', id);
  }

  @Mutation(() => Secret, { description: 'Creates a secret.' })
  @Needs('create', 'secret')
  @WriteArguments({ repeats: true })
  createSecret(
    @Args('input') input: CreateSecretInput,
    @Writing() request: WriteRequest,
  ): Promise<Secret | Plan> {
    return perform(this.files.create('secret', input, request.idempotencyKey), request);
  }

  @Mutation(() => ID, { description: 'Deletes a secret that no service uses, and answers its id.' })
  @Needs('delete', 'secret')
  @WriteArguments()
  deleteSecret(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string | Plan> {
    return perform(this.files.delete('secret', id, parseIfMatch(ifMatch)), request);
  }
}
