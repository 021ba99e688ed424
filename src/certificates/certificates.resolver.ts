import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { Me, Needs } from '../api/access.ts';
import { AFTER, FIRST, ID_ARGUMENT, IF_MATCH } from '../api/arguments.ts';
import { parseIfMatch } from '../api/etag.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { WriteArguments, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { ChangeOf, type ObjectChange } from '../events/events.types.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { CertificatesService } from './certificates.service.ts';
import {
  Certificate,
  CertificateConnection,
  CertificateFilter,
  CreateCertificateInput,
  UpdateCertificateInput,
} from './certificates.types.ts';

const CertificateChange = ChangeOf(Certificate, 'CertificateChange');

@Needs('view', 'certificate')
@Resolver(() => Certificate)
export class CertificatesResolver {
  constructor(
    private readonly certificates: CertificatesService,
    private readonly watch: CertificateWatch,
  ) {}

  @Query(() => CertificateConnection, {
    name: 'certificates',
    description: 'The certificates that routers serve.',
  })
  list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => CertificateFilter, nullable: true }) filter?: CertificateFilter | null,
  ): Connection<Certificate> {
    return toConnection(this.certificates.list(filter ?? {}, fromArguments(first, after)));
  }

  @Query(() => Certificate, {
    name: 'certificate',
    description: 'One certificate, by id, unique id prefix or name.',
  })
  get(@Args(ID_ARGUMENT) id: string): Certificate {
    return this.certificates.get(id);
  }

  @Mutation(() => Certificate, { description: 'Keeps a certificate and its key.' })
  @Needs('create', 'certificate')
  @WriteArguments({ repeats: true })
  createCertificate(
    @Args('input') input: CreateCertificateInput,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
  ): Promise<Certificate | Plan> {
    return perform(this.certificates.create(input, by, request.idempotencyKey), request);
  }

  @Mutation(() => Certificate, { description: 'Replaces the chain and the key of a certificate.' })
  @Needs('update', 'certificate')
  @WriteArguments()
  updateCertificate(
    @Args(ID_ARGUMENT) id: string,
    @Args('input') input: UpdateCertificateInput,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<Certificate | Plan> {
    return perform(this.certificates.update(id, input, parseIfMatch(ifMatch)), request);
  }

  @Mutation(() => ID, { description: 'Forgets a certificate, and answers its id.' })
  @Needs('delete', 'certificate')
  @WriteArguments()
  deleteCertificate(
    @Args(ID_ARGUMENT) id: string,
    @Writing() request: WriteRequest,
    @Args(IF_MATCH) ifMatch?: string | null,
  ): Promise<string | Plan> {
    return perform(this.certificates.delete(id, parseIfMatch(ifMatch)), request);
  }

  @Subscription(() => CertificateChange, {
    description: 'Changes of certificates, from now on; their coming to an end is one, too.',
    resolve: (change: ObjectChange<Certificate>) => change,
  })
  certificateChanged(): AsyncIterableIterator<ObjectChange<Certificate>> {
    return this.watch.changes();
  }
}
