import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Describe } from '../api/describe.ts';
import { ClusterService } from './cluster.service.ts';
import { Swarm } from './cluster.types.ts';

@ApiTags('Swarm')
@Controller('v1/swarm')
export class ClusterController {
  constructor(private readonly cluster: ClusterService) {}

  @Get()
  @Describe('Shows the swarm itself', Swarm)
  get(): Promise<Swarm> {
    return this.cluster.get();
  }
}
