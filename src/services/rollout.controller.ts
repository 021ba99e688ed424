import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Accepted } from '../api/accept.ts';
import { Me, TakesTicket, Needs } from '../api/access.ts';
import { DescribeFormats } from '../api/describe.ts';
import { EVENT_STREAM_TYPE, type EventStream } from '../api/event-stream.ts';
import type { Principal } from '../domain/role.ts';
import { RolloutService } from './rollout.service.ts';
import { Rollout, ROLLOUT_EXAMPLE, RolloutQuery } from './rollout.types.ts';

const FORMATS = ['application/json', EVENT_STREAM_TYPE] as const;

@ApiTags('Services')
@Needs('view', 'service')
@Controller('v1/services')
export class RolloutController {
  constructor(private readonly rollouts: RolloutService) {}

  @Get(':service/rollout')
  @TakesTicket()
  @Header('Cache-Control', 'no-store')
  @Header('Vary', 'Accept')
  @Header('X-Accel-Buffering', 'no')
  @DescribeFormats('Tells how far a service is with its present spec, now or until that is over', Rollout, {
    [EVENT_STREAM_TYPE]: ROLLOUT_EXAMPLE,
  })
  rollout(
    @Param('service') reference: string,
    @Query() _query: RolloutQuery,
    @Accepted(FORMATS) format: (typeof FORMATS)[number],
    @Me() principal: Principal,
  ): Promise<Rollout | EventStream> {
    return format === 'application/json'
      ? this.rollouts.get(reference, principal)
      : this.rollouts.events(reference, principal);
  }
}
