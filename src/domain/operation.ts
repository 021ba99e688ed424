import { orderBy } from './order.ts';

/**
 * Where an operation is. `running` and `revoking` go on by themselves, on whichever server is there. `stopped` waits
 * for somebody to resume or revoke it. `succeeded` and `revoked` are the ends.
 */
export const OPERATION_STATES = ['running', 'stopped', 'succeeded', 'revoking', 'revoked'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

export const OPERATION_TYPES = ['replace-network'] as const;
export type OperationType = (typeof OPERATION_TYPES)[number];

/** What a step does: to networks, or to how one service is attached to them. */
export const STEP_ACTIONS = ['create-network', 'attach', 'detach', 'move', 'remove-network'] as const;
export type StepAction = (typeof STEP_ACTIONS)[number];

/** `skipped`: it is not needed any more, because its service is gone or somebody gave up waiting for it. */
export const STEP_STATES = ['pending', 'running', 'done', 'skipped', 'failed'] as const;
export type StepState = (typeof STEP_STATES)[number];

/** How services come from one network to another: see `replacementSteps`. */
export const MOVE_ORDERS = ['attach-first', 'switch'] as const;
export type MoveOrder = (typeof MOVE_ORDERS)[number];

/** A network that an operation is about; `id` is null before it is made. */
export interface NetworkReference {
  readonly id: string | null;
  readonly name: string;
}

/** One step of an operation. Steps are done one after the other, and each can be done again without harm. */
export interface OperationStep {
  readonly action: StepAction;
  readonly state: StepState;
  /** Of the service; null for a step that is about a network alone. */
  readonly serviceId: string | null;
  readonly serviceName: string | null;
  /** What the service is attached to, or detached from, or which network is made or removed. */
  readonly network: 'old' | 'new';
  /** What it waits for or why it failed; null where there is nothing to say. */
  readonly message: string | null;
}

/** Something that takes longer than a request, is kept in the swarm, and goes on although a server stops. */
export interface Operation {
  readonly id: string;
  readonly version: number;
  readonly type: OperationType;
  readonly state: OperationState;
  /** True when it does not go on by itself. */
  readonly over: boolean;
  /** Whether it can still be taken back. */
  readonly revocable: boolean;
  readonly network: NetworkReference;
  readonly replacement: NetworkReference;
  readonly order: MoveOrder;
  readonly steps: readonly OperationStep[];
  /** Of its steps, 0 to 100; 100 only when it is over. */
  readonly percent: number;
  readonly message: string | null;
  /** Whose token it was begun with. */
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Oldest first. */
export const OPERATION_ORDER = orderBy<Operation>('createdAt', 'id');

/** Whether a step need not be looked at again. */
export function isBehind({ state }: OperationStep): boolean {
  return state === 'done' || state === 'skipped';
}
