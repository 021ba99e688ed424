import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Me, Needs } from '../api/access.ts';
import { Conditional } from '../api/describe.ts';
import { IfMatch } from '../api/etag.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import type { Principal } from '../domain/role.ts';
import { ReplaceNetworkInput } from '../networks/networks.types.ts';
import { NetworkReplacement } from './network-replacement.service.ts';
import { Operation } from './operations.types.ts';

@ApiTags('Networks')
@Needs('view', 'network')
@Controller('v1/networks')
export class NetworkReplacementController {
  constructor(private readonly replacement: NetworkReplacement) {}

  @Post(':network/replace')
  @Needs('update', 'network')
  @Conditional()
  @DescribeWrite('Begins to replace a network by a changed one', Operation, { status: 202 })
  replace(
    @Param('network') reference: string,
    @Body() input: ReplaceNetworkInput,
    @IfMatch() ifMatch: number | null,
    @Me() by: Principal,
    @Writing() request: WriteRequest,
  ): Promise<Operation | Plan> {
    return perform(this.replacement.replace(reference, input, ifMatch, by), request);
  }
}
