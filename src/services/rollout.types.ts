import { ID, Int, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { Prop } from '../api/prop.ts';
import { Ticket } from '../api/ticket.ts';
import { ROLLOUT_STATES, type RolloutState as DomainRolloutState } from '../domain/rollout.ts';
import type { UpdateState as DomainUpdateState } from '../domain/service.ts';
import { UpdateState } from './services.types.ts';

export const RolloutState = enumOf(
  'RolloutState',
  ROLLOUT_STATES,
  '`converging` and `rolling-back` go on; all others are over until somebody, or a failing task, changes something.',
);

@ObjectType({ description: 'How far the tasks of a service are with its present spec.' })
export class Rollout {
  @Prop(() => ID)
  serviceId: string;

  @Prop(() => String)
  serviceName: string;

  @Prop(() => RolloutState)
  state: DomainRolloutState;

  @Prop(() => Boolean, { description: 'It does not go on by itself: a stream ends with this.' })
  over: boolean;

  @Prop(() => UpdateState, { nullable: true, description: 'What Swarm says; null while it updates nothing.' })
  updateStatus: DomainUpdateState | null;

  @Prop(() => Int, {
    description: 'The replicas, or of a global service the nodes that fit it; of a job, what is to complete.',
  })
  desiredTasks: number;

  @Prop(() => Int, { description: 'Of the present spec, wherever they are on their way.' })
  updatedTasks: number;

  @Prop(() => Int, { description: 'Of the present spec and running.' })
  runningTasks: number;

  @Prop(() => Int, { description: 'Only of jobs: have done their work.' })
  completedTasks: number;

  @Prop(() => Int, { description: 'Of the present spec and not running yet.' })
  pendingTasks: number;

  @Prop(() => Int, { description: 'Of the present spec and failed, as far as Swarm remembers them.' })
  failedTasks: number;

  @Prop(() => Int, { description: 'On their way out: of another spec, or too many.' })
  outdatedTasks: number;

  @Prop(() => Int, { description: '0 to 100; 100 only when it has converged or is rolled back.' })
  percent: number;

  @Prop(() => String, {
    nullable: true,
    description: 'What keeps it from converging, or else what Swarm says of it.',
  })
  message: string | null;

  @Prop(() => String, { description: 'RFC 3339. When Swarm began, or else when the service last changed.' })
  startedAt: string;
}

/** The query string of a rollout. */
export class RolloutQuery {
  @Ticket()
  ticket?: string;
}

/** What a stream of a rollout looks like. */
export const ROLLOUT_EXAMPLE = [
  'retry: 2718',
  '',
  'event: rollout',
  'data: {"serviceName":"my-web","state":"converging","over":false,"percent":66,…}',
  '',
  'event: rollout',
  'data: {"serviceName":"my-web","state":"converged","over":true,"percent":100,…}',
  '',
  '',
].join('\n');
