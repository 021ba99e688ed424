import { Args, Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/access.ts';
import { AFTER, FIRST } from '../api/arguments.ts';
import { fromArguments, toConnection, type Connection } from '../api/page.ts';
import { AuditService } from './audit.service.ts';
import { AuditConnection, AuditFilter, AuditVerification, type AuditEntry } from './audit.types.ts';

@Needs('view', 'audit')
@Resolver()
export class AuditResolver {
  constructor(private readonly audit: AuditService) {}

  @Query(() => AuditConnection, {
    name: 'audit',
    description: 'Who has written what, or tried to, the newest first.',
  })
  @Needs('view', 'audit')
  async list(
    @Args(FIRST) first?: number | null,
    @Args(AFTER) after?: string | null,
    @Args('filter', { type: () => AuditFilter, nullable: true }) filter?: AuditFilter | null,
  ): Promise<Connection<AuditEntry>> {
    return toConnection(await this.audit.list(filter ?? {}, fromArguments(first, after)));
  }

  @Query(() => AuditVerification, {
    name: 'auditVerification',
    description: 'Looks whether the audit trail is as it was written.',
  })
  @Needs('view', 'audit')
  verify(): Promise<AuditVerification> {
    return this.audit.verify();
  }
}
