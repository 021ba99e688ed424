import { Controller, Get, Header, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Accepted } from '../api/accept.ts';
import { Needs } from '../api/access.ts';
import { Describe, DescribeFormats } from '../api/describe.ts';
import { fromQuery, type Page } from '../api/page.ts';
import { AuditService } from './audit.service.ts';
import { AuditList, AuditListQuery, AuditVerification, type AuditEntry } from './audit.types.ts';

const LINES = 'application/x-ndjson';
const FORMATS = ['application/json', LINES] as const;

@ApiTags('Access')
@Controller('v1/audit')
@Needs('view', 'audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @Header('Vary', 'Accept')
  @DescribeFormats(
    'Tells who has written what, or tried to: a page of the newest, or all as lines of JSON',
    AuditList,
    {
      [LINES]: '{"sequence":1,"verb":"create","kind":"network","outcome":"done"}\n',
    },
  )
  async list(
    @Query() query: AuditListQuery,
    @Accepted(FORMATS) format: (typeof FORMATS)[number],
  ): Promise<Page<AuditEntry> | StreamableFile> {
    return format === LINES
      ? new StreamableFile(await this.audit.lines(query), { type: LINES })
      : this.audit.list(query, fromQuery(query));
  }

  @Get('verify')
  @Header('Cache-Control', 'no-store')
  @Describe('Looks whether the audit trail is as it was written', AuditVerification)
  verify(): Promise<AuditVerification> {
    return this.audit.verify();
  }
}
