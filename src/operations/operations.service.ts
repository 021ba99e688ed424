import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { asker } from '../api/asker.ts';
import { assertVersion } from '../api/etag.ts';
import type { EventStream } from '../api/event-stream.ts';
import { followedEvents } from '../api/followed-events.ts';
import { Follower } from '../api/follower.ts';
import { LiveStreams } from '../api/live-streams.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { VisibleState } from '../api/visible-state.ts';
import type { Write } from '../api/write.ts';
import { DomainError } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { fits } from '../domain/filter.ts';
import { revocationSteps } from '../domain/network-replacement.ts';
import { OPERATION_ORDER, type Operation, type OperationStep } from '../domain/operation.ts';
import { planOf } from '../domain/plan.ts';
import { resolve } from '../domain/reference.ts';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import {
  OperationRecords,
  toOperation,
  type OperationDocument,
  type OperationRecord,
} from './operation-records.ts';
import { operationTarget, visibleOperation } from './operation-views.ts';
import type { OperationFilter } from './operations.types.ts';
import { ReplacementSteps } from './replacement-steps.ts';

/** Operations as clients see and steer them. What carries them on is the runner. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly records: OperationRecords,
    private readonly replacement: ReplacementSteps,
    private readonly streams: LiveStreams,
  ) {}

  list({ state, network }: OperationFilter, page: PageRequest): Page<Operation> {
    this.state.assertSynced();
    const by = asker();
    const operations = this.seenBy(by)
      .map((record) => this.view(record, by))
      .filter(
        (operation) =>
          fits<string>(operation.state, state) &&
          (!network || [operation.network, operation.replacement].some((one) => isMeant(one, network))),
      );
    return paginate(
      operations.sort((a, b) => OPERATION_ORDER.compare(a, b)),
      OPERATION_ORDER,
      page,
    );
  }

  /** The operation that an id or a unique id prefix means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Operation {
    const by = asker();
    return this.view(this.find(reference, by), by);
  }

  /**
   * Each state of an operation, the present one first, until it does not go on by itself. Signs of life of the server
   * that is at it are no new state. Fails as `get` does.
   */
  follow(reference: string): Follower<Operation> {
    const by = asker();
    const { id } = this.find(reference, by);
    const look = (): Operation => this.view(this.find(id, by), by);
    let told = look();
    return new Follower(
      this.state,
      ({ kind }) => kind === 'config',
      () => {
        const now = look();
        if (!isDeepStrictEqual(contentOf(now), contentOf(told))) told = now;
        return Promise.resolve({ value: told, again: null });
      },
    );
  }

  /** The same as server-sent events. */
  events(reference: string, principal: Principal): Promise<EventStream> {
    return followedEvents('operation', this.follow(reference), this.streams, principal);
  }

  /**
   * Takes an operation back: all services return to the old network, and the new one goes. Fails `conflict` for one
   * that cannot be taken back any more, `not-found`, `ambiguous`, `stale`.
   */
  revoke(reference: string, ifMatch: number | null): Write<Operation> {
    return this.change(reference, ifMatch, ({ id, document }) => {
      const { goal, status, order, network } = document;
      if (goal === 'revoke') throw cannot('is revoked already');
      if (status === 'ended') throw cannot('is over: the old network is gone. Replace the new one instead');
      if (!this.state.networks.get(network.id)) throw cannot('cannot be revoked: the old network is gone');
      const made = this.replacement.madeBy(id);
      const services = made ? this.state.services.by('network', made.id) : null;
      return {
        goal: 'revoke',
        status: 'under-way',
        message: null,
        steps: revocationSteps(document.steps, services, network.id, order),
        replacement: { ...document.replacement, id: made?.id ?? document.replacement.id },
      };
    });
  }

  /** Lets a stopped operation try its step again, or pass over it. Fails `conflict`, `not-found`, `ambiguous`, `stale`. */
  resume(reference: string, skip: boolean, ifMatch: number | null): Write<Operation> {
    return this.change(reference, ifMatch, ({ document }) => {
      const { status, steps } = document;
      if (status === 'ended') throw cannot('is over: there is nothing to resume');
      if (status === 'under-way') throw cannot('has not stopped: it goes on by itself');
      if (skip && steps.some((step) => step.state === 'failed' && step.serviceId === null)) {
        throw cannot('has stopped at a network, without which the steps after it have no meaning');
      }
      return {
        status: 'under-way',
        message: null,
        steps: steps.map((step): OperationStep => {
          if (step.state !== 'failed') return step;
          return skip ? { ...step, state: 'skipped' } : { ...step, state: 'pending', message: null };
        }),
      };
    });
  }

  /** Forgets an operation that is over, and answers its id. Fails `conflict`, `not-found`, `ambiguous`, `stale`. */
  delete(reference: string, ifMatch: number | null): Write<string> {
    const judge = (by: Principal): OperationRecord => {
      const record = this.find(reference, by);
      assertMay(by, 'delete', 'operation', operationTarget(record));
      assertVersion(ifMatch, record.version);
      if (record.document.status === 'ended') return record;
      throw cannot(
        'is not over, and only the record of one that is can be deleted. To take it back: POST /v1/operations/{operation}/revoke (GraphQL: revokeOperation)',
      );
    };
    return {
      plan: (by) => {
        const { id, version, document } = judge(by);
        const plan = planOf({ action: 'delete', kind: 'operation', id, name: document.type, version });
        return { plan, preview: id };
      },
      apply: async (by) => {
        const { id } = judge(by);
        await this.records.remove(id);
        return id;
      },
    };
  }

  private change(
    reference: string,
    ifMatch: number | null,
    decide: (record: OperationRecord) => Partial<OperationDocument>,
  ): Write<Operation> {
    const judge = (by: Principal): { record: OperationRecord; changes: Partial<OperationDocument> } => {
      const record = this.find(reference, by);
      assertMay(by, 'update', 'operation', operationTarget(record));
      assertVersion(ifMatch, record.version);
      // Whoever is at it lets go of it, and whoever is first goes on.
      return { record, changes: { ...decide(record), runner: null } };
    };
    return {
      plan: (by) => {
        const { record, changes } = judge(by);
        const before = toOperation(record);
        const preview = toOperation({ ...record, document: { ...record.document, ...changes } });
        const { id, version, type } = before;
        const plan = planOf({
          action: 'update',
          kind: 'operation',
          id,
          name: type,
          version,
          changes: fieldChanges(before, preview),
        });
        return { plan, preview };
      },
      apply: (by) =>
        retryOnConflict(async () => {
          const { record, changes } = judge(by);
          return this.view(await this.records.update(record, changes), by);
        }),
    };
  }

  private seenBy({ rights }: Principal): readonly OperationRecord[] {
    return this.records.list().filter((record) => rights.may('view', 'operation', operationTarget(record)));
  }

  private view(record: OperationRecord, by: Principal): Operation {
    return visibleOperation(toOperation(record), this.visible.to(by));
  }

  private find(reference: string, by: Principal): OperationRecord {
    this.state.assertSynced();
    const records = this.seenBy(by);
    const directory = {
      get: (id: string) => records.find((record) => record.id === id),
      named: () => [],
      withIdPrefix: (prefix: string) => records.filter(({ id }) => id.startsWith(prefix)),
    };
    return resolve('operation', directory, reference);
  }
}

/** All but what a sign of life changes, too. */
const contentOf = ({ version: _version, updatedAt: _updatedAt, ...content }: Operation): object => content;

const isMeant = ({ id, name }: Operation['network'], reference: string): boolean =>
  id === reference || name === reference;

const cannot = (why: string): DomainError => new DomainError('conflict', `The operation ${why}.`);
