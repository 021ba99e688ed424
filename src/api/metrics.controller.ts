import { Controller, Get, Header } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { Needs } from './access.ts';
import { Describe } from './describe.ts';
import { Metrics } from './metrics.ts';

@ApiTags('Health')
@Needs('view', 'metrics')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiProduces('text/plain')
  @Describe('Shows the metrics in the format of Prometheus', String)
  get(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
