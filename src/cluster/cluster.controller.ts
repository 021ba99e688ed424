import { Body, Controller, Get, Header, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { ChangesWithinVersion } from '../api/etag.ts';
import type { Plan } from '../api/plan.types.ts';
import { perform, type WriteRequest } from '../api/write.ts';
import { DescribeWrite, Writing } from '../api/writing.ts';
import { ClusterService } from './cluster.service.ts';
import { JoinTokens, RotateJoinTokenInput, Swarm } from './cluster.types.ts';
import { JoinTokensService } from './join-tokens.service.ts';

@ApiTags('Swarm')
@Needs('view', 'swarm')
@Controller('v1/swarm')
export class ClusterController {
  constructor(
    private readonly cluster: ClusterService,
    private readonly joinTokens: JoinTokensService,
  ) {}

  @Get()
  @ChangesWithinVersion()
  @Describe('Shows the swarm itself', Swarm)
  get(): Promise<Swarm> {
    return this.cluster.get();
  }

  @Get('join-tokens')
  @Needs('view', 'join-token')
  @Header('Cache-Control', 'no-store')
  @Describe('Shows the tokens by which machines join', JoinTokens)
  tokens(): Promise<JoinTokens> {
    return this.joinTokens.get();
  }

  @Post('join-tokens/rotate')
  @Needs('update', 'join-token')
  @Header('Cache-Control', 'no-store')
  @DescribeWrite('Replaces a join token, with which no machine can join any more', JoinTokens)
  rotate(
    @Body() { role }: RotateJoinTokenInput,
    @Writing() request: WriteRequest,
  ): Promise<JoinTokens | Plan> {
    return perform(this.joinTokens.rotate(role), request);
  }
}
