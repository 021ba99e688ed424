import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me, Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import type { Principal } from '../domain/role.ts';
import { ExplainAccessService } from './explain-access.service.ts';
import { AccessExplanation, ExplainAccessQuery } from './explain-access.types.ts';

@ApiTags('Access')
@Needs('any')
@Controller('v1/access/explain')
export class ExplainAccessController {
  constructor(private readonly access: ExplainAccessService) {}

  @Get()
  @Describe('Says whether somebody may do something with an object, and why', AccessExplanation)
  explain(@Query() query: ExplainAccessQuery, @Me() by: Principal): AccessExplanation {
    return this.access.explain(query, by);
  }
}
