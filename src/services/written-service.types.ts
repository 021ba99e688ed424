import { ApiProperty } from '@nestjs/swagger';
import { Rollout } from './rollout.types.ts';
import { Service } from './services.types.ts';

/** A service as the answer to a write shows it. In GraphQL every service has a field `rollout`. */
export class WrittenService extends Service {
  @ApiProperty({
    type: () => Rollout,
    required: false,
    description: 'Only where it was waited for: how far the tasks are with the spec.',
  })
  rollout?: Rollout;
}
