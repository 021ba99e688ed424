import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { PrerequisitesService } from './prerequisites.service.ts';
import { Prerequisites } from './prerequisites.types.ts';

@ApiTags('Swarm')
@Needs('view', 'swarm')
@Controller('v1/swarm/prerequisites')
export class PrerequisitesController {
  constructor(private readonly prerequisites: PrerequisitesService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @Describe('Shows the ports that Swarm needs on each node, with evidence and its age', Prerequisites)
  get(): Promise<Prerequisites> {
    return this.prerequisites.get();
  }
}
