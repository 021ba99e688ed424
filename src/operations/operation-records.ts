import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { progressOf } from '../domain/network-replacement.ts';
import type { NetworkSpec } from '../domain/network.ts';
import type {
  MoveOrder,
  NetworkReference,
  Operation,
  OperationState,
  OperationStep,
  OperationType,
} from '../domain/operation.ts';
import { ResourceStore, type Resource } from '../swarm/store/resource-store.ts';

const KIND = 'operation';
const ID_BYTES = 8;
const PERCENT_AT_END = 100;

/** An operation as the swarm keeps it. */
export interface OperationDocument {
  readonly type: OperationType;
  readonly network: NetworkReference & { readonly id: string };
  readonly replacement: NetworkReference;
  readonly order: MoveOrder;
  /** Of the new network. */
  readonly spec: NetworkSpec;
  /** Whether the new network may overlap with what is no network of the swarm. */
  readonly force: boolean;
  readonly goal: 'replace' | 'revoke';
  readonly status: 'under-way' | 'stopped' | 'ended';
  readonly steps: readonly OperationStep[];
  readonly message: string | null;
  readonly createdBy: string;
  readonly createdAt: string;
  /** The server that is at it; null while any may take it. */
  readonly runner: string | null;
  /** Counts the writes of the server that is at it, so that the others see that it lives. */
  readonly beat: number;
}

export type OperationRecord = Resource<OperationDocument>;

/** Operations as they are kept: in the swarm's own store, read from memory. */
@Injectable()
export class OperationRecords {
  constructor(private readonly store: ResourceStore) {}

  list(): readonly OperationRecord[] {
    return this.store.list<OperationDocument>(KIND);
  }

  find(id: string): OperationRecord | undefined {
    return this.list().find((record) => record.id === id);
  }

  create(document: OperationDocument): Promise<OperationRecord> {
    return this.store.create(KIND, randomBytes(ID_BYTES).toString('hex'), document);
  }

  /** Changes the record if it is still the newest. Fails `conflict` otherwise, `not-found` when it is gone. */
  update(
    { id, version, document }: OperationRecord,
    changes: Partial<OperationDocument>,
  ): Promise<OperationRecord> {
    return this.store.update(KIND, id, version, { ...document, ...changes });
  }

  remove(id: string): Promise<void> {
    return this.store.remove(KIND, id);
  }
}

/** The operation that a record is about. */
export function toOperation({ id, version, updatedAt, document }: OperationRecord): Operation {
  const { type, network, replacement, order, steps, status, message, createdBy, createdAt } = document;
  const state = stateOf(document);
  return {
    id,
    version,
    type,
    state,
    over: status !== 'under-way',
    revocable: document.goal === 'replace' && status !== 'ended',
    network,
    replacement,
    order,
    steps,
    percent: status === 'ended' ? PERCENT_AT_END : progressOf(steps),
    message,
    createdBy,
    createdAt,
    updatedAt,
  };
}

function stateOf({ goal, status }: OperationDocument): OperationState {
  if (status === 'stopped') return 'stopped';
  if (status === 'ended') return goal === 'replace' ? 'succeeded' : 'revoked';
  return goal === 'replace' ? 'running' : 'revoking';
}
