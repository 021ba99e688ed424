import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me, Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { ChangesWithinVersion, IfMatch } from '../api/etag.ts';
import { fromQuery, type Page } from '../api/page.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, performDelete, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { CertificatesService } from './certificates.service.ts';
import {
  Certificate,
  CertificateList,
  CertificateQuery,
  CreateCertificateInput,
  UpdateCertificateInput,
} from './certificates.types.ts';

@ApiTags('Certificates')
@ChangesWithinVersion()
@Needs('view', 'certificate')
@Controller('v1/certificates')
export class CertificatesController {
  constructor(private readonly certificates: CertificatesService) {}

  @Get()
  @Describe('Lists the certificates that routers serve', CertificateList)
  list(@Query() query: CertificateQuery): Page<Certificate> {
    return this.certificates.list(query, fromQuery(query));
  }

  @Get(':certificate')
  @Describe('Shows a certificate, without its key', Certificate)
  get(@Param('certificate') reference: string): Certificate {
    return this.certificates.get(reference);
  }

  @Post()
  @Needs('create', 'certificate')
  @DescribeWrite('Keeps a certificate and its key', Certificate, { status: 201, repeats: true })
  create(
    @Body() input: CreateCertificateInput,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
  ): Promise<Certificate | Plan> {
    return perform(this.certificates.create(input, by, request.idempotencyKey), request);
  }

  @Put(':certificate')
  @Needs('update', 'certificate')
  @Conditional()
  @DescribeWrite('Replaces the chain and the key of a certificate', Certificate)
  update(
    @Param('certificate') reference: string,
    @Body() input: UpdateCertificateInput,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Certificate | Plan> {
    return perform(this.certificates.update(reference, input, ifMatch), request);
  }

  @Delete(':certificate')
  @Needs('delete', 'certificate')
  @Conditional()
  @DescribeWrite('Forgets a certificate', null)
  delete(
    @Param('certificate') reference: string,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<Plan | undefined> {
    return performDelete(this.certificates.delete(reference, ifMatch), request);
  }
}
