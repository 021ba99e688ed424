import { ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { ConnectionOf, ListOf, Paged } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import { Ticket } from '../api/ticket.ts';
import * as domain from '../domain/operation.ts';
import { MoveOrder } from '../networks/networks.types.ts';

export const OperationType = enumOf('OperationType', domain.OPERATION_TYPES, 'What an operation does.');
export const OperationState = enumOf(
  'OperationState',
  domain.OPERATION_STATES,
  '`running` and `revoking` go on by themselves; `stopped` waits for somebody to resume or revoke it.',
);
export const StepAction = enumOf('StepAction', domain.STEP_ACTIONS, 'What a step of an operation does.');
export const StepState = enumOf(
  'StepState',
  domain.STEP_STATES,
  '`skipped`: not needed any more, or nobody waits for it.',
);
export const StepNetwork = enumOf('StepNetwork', ['old', 'new'], 'Which of the two networks.');

@ObjectType({ description: 'A network that an operation is about.' })
export class OperationNetwork {
  @Prop(() => ID, { nullable: true, description: 'Null before it is made.' })
  id: string | null;

  @Prop(() => String)
  name: string;
}

@ObjectType({ description: 'One step. Steps are done one after the other.' })
export class OperationStep {
  @Prop(() => StepAction)
  action: domain.StepAction;

  @Prop(() => StepState)
  state: domain.StepState;

  @Prop(() => ID, { nullable: true, description: 'Null for a step that is about a network alone.' })
  serviceId: string | null;

  @Prop(() => String, { nullable: true })
  serviceName: string | null;

  @Prop(() => StepNetwork, { description: 'The network that it makes, removes, attaches or detaches.' })
  network: 'old' | 'new';

  @Prop(() => String, { nullable: true, description: 'What it waits for, or why it failed.' })
  message: string | null;
}

@ObjectType({
  description:
    'Something that takes longer than a request. It is kept in the swarm and goes on although a server stops.',
})
export class Operation {
  @Prop(() => ID)
  id: string;

  @Prop(() => Integer)
  version: number;

  @Prop(() => OperationType)
  type: domain.OperationType;

  @Prop(() => OperationState)
  state: domain.OperationState;

  @Prop(() => Boolean, { description: 'It does not go on by itself: a stream ends with this.' })
  over: boolean;

  @Prop(() => Boolean, { description: 'It can still be taken back.' })
  revocable: boolean;

  @Prop(() => OperationNetwork, { description: 'The network that is replaced.' })
  network: domain.NetworkReference;

  @Prop(() => OperationNetwork, { description: 'The network that replaces it.' })
  replacement: domain.NetworkReference;

  @Prop(() => MoveOrder)
  order: domain.MoveOrder;

  @Prop(() => [OperationStep])
  steps: readonly OperationStep[];

  @Prop(() => Int, { description: 'Of the steps, 0 to 100; 100 only when it has succeeded or is revoked.' })
  percent: number;

  @Prop(() => String, { nullable: true, description: 'Why it has stopped, and what to do.' })
  message: string | null;

  @Prop(() => String, { description: 'The id of the token that it was begun with.' })
  createdBy: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  updatedAt: string;
}

@InputType({ description: 'All that are given must fit.' })
export class OperationFilter {
  @Prop(() => OperationState, { optional: true })
  state?: domain.OperationState | null;

  @Prop(() => String, {
    optional: true,
    description: 'The id or name of the network that is replaced, or replaces it.',
  })
  network?: string | null;
}

@InputType()
export class ResumeOperationInput {
  @Prop(() => Boolean, {
    optional: true,
    description: 'Goes on with the next step, although the one that it stopped at did not succeed.',
  })
  skip?: boolean | null;
}

/** The query string of an operation. */
export class OperationGetQuery {
  @Ticket()
  ticket?: string;
}

export const OperationConnection = ConnectionOf(Operation, 'OperationConnection');
export const OperationList = ListOf(Operation, 'OperationList');
export class OperationQuery extends Paged(OperationFilter) {}

/** What a stream of an operation looks like. */
export const OPERATION_EXAMPLE = [
  'retry: 2718',
  '',
  'event: operation',
  'data: {"type":"replace-network","state":"running","over":false,"percent":40,…}',
  '',
  'event: operation',
  'data: {"type":"replace-network","state":"succeeded","over":true,"percent":100,…}',
  '',
  '',
].join('\n');
