import { Body, Controller, Get, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me, Needs } from '../api/access.ts';
import { Conditional, Describe } from '../api/describe.ts';
import { IfMatch } from '../api/etag.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { AccessService } from './access.service.ts';
import { AccessPolicy, UpdateAccessPolicyInput } from './policy.types.ts';
import { AccessVerdict, ReviewAccessInput } from './review.types.ts';

@ApiTags('Access')
@Needs('view', 'policy')
@Controller('v1/access')
export class AccessController {
  constructor(private readonly access: AccessService) {}

  @Get('policy')
  @Describe('Shows what is kept to admins, and the exceptions', AccessPolicy)
  policy(): AccessPolicy {
    return this.access.policy();
  }

  @Put('policy')
  @Needs('update', 'policy')
  @Conditional()
  @DescribeWrite('Replaces the access policy', AccessPolicy)
  update(
    @Body() input: UpdateAccessPolicyInput,
    @IfMatch() ifMatch: number | null,
    @Writing() request: WriteRequest,
  ): Promise<AccessPolicy | Plan> {
    return perform(this.access.update(input, ifMatch), request);
  }

  @Post('review')
  @Needs('create', 'service', 'network')
  @Describe('Says whether somebody may create something, and which rules refuse it', AccessVerdict)
  review(@Body() input: ReviewAccessInput, @Me() by: Principal): Promise<AccessVerdict> {
    return this.access.review(input, by);
  }
}
