import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { FromState } from '../api/from-state.ts';
import { TargetGroup, TargetQuery } from './prometheus.types.ts';
import { TargetsService } from './targets.service.ts';

/** In REST alone: the format is Prometheus' own, and GraphQL could not give labels names that Swarm's users choose. */
@ApiTags('Discovery')
@Needs('view', 'task')
@Controller('v1/discovery/prometheus')
export class PrometheusController {
  constructor(private readonly targets: TargetsService) {}

  @Get()
  @FromState()
  @Describe('Lists what Prometheus can scrape, in the format of its HTTP service discovery', [TargetGroup])
  list(@Query() query: TargetQuery): Buffer {
    return this.targets.document(query);
  }
}
