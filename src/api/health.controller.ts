import { Controller, Get } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ClusterState } from '../swarm/cluster-state.ts';
import { Public } from './access.ts';
import { Describe } from './describe.ts';

class Live {
  @ApiProperty({ example: 'live' })
  status: string;
}

class Ready {
  @ApiProperty({ example: 'ready' })
  status: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'RFC 3339: since when the state in memory has not heard from the swarm; null while it is live.',
  })
  staleSince: string | null;
}

@ApiTags('Health')
@Controller()
@Public()
export class HealthController {
  constructor(private readonly state: ClusterState) {}

  @Get('livez')
  @Describe('Says that the process answers', Live)
  live(): Live {
    return { status: 'live' };
  }

  @Get('readyz')
  @Describe('Says whether requests can be answered', Ready)
  ready(): Ready {
    this.state.assertSynced();
    const { staleSince } = this.state;
    return { status: 'ready', staleSince: staleSince === null ? null : new Date(staleSince).toISOString() };
  }
}
