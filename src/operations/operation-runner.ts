import { randomUUID } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { problemOf } from '../api/error-table.ts';
import { isKind, type DomainError } from '../domain/errors.ts';
import { isBehind, OPERATION_ORDER, type OperationStep } from '../domain/operation.ts';
import { ClusterState, SHOWN_WITHIN_MS } from '../swarm/cluster-state.ts';
import { withRegistryAuth } from '../swarm/registry-credentials.ts';
import { Liveness } from './liveness.ts';
import {
  OperationRecords,
  toOperation,
  type OperationDocument,
  type OperationRecord,
} from './operation-records.ts';
import { ReplacementSteps, type StepOutcome } from './replacement-steps.ts';

/** After so long without a sign of life another server takes an operation over, in milliseconds. */
const LEASE_MS = 6_000;
const BEATS_PER_LEASE = 5;
/** How soon a step is tried again that failed for reasons that pass, in milliseconds: twice as long each time. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** So many operations that are over are remembered. */
const KEPT = 100;

/** Somebody else has changed the operation: look again. */
class Superseded extends Error {}

/** An operation that this server is at. */
interface Drive {
  /** Aborts when the step it waits for is not to be waited for any longer. */
  abort: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Carries operations on, on one server at a time. Which one is in the record, and whether it lives is seen from the
 * writes that it makes, by each server's own clock. A server that dies loses nothing: all that it knew is in the
 * swarm, and every step can be done again. Two that are at the same operation for a moment do no harm, because the
 * version of the record lets only one of them go on.
 */
@Injectable()
export class OperationRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** After so long without a sign of life another server takes an operation over, in milliseconds. */
  leaseMs = LEASE_MS;
  private readonly log = new Logger('Operations');
  private readonly me = randomUUID();
  private readonly drives = new Map<string, Drive>();
  private readonly liveness = new Liveness();
  private readonly stopping = new AbortController();
  private unsubscribe = (): void => {};
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly state: ClusterState,
    private readonly records: OperationRecords,
    private readonly steps: ReplacementSteps,
  ) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.state.subscribe((changes) => {
      if (changes.length === 0 || changes.some(({ kind }) => kind === 'config')) this.look();
    });
    this.lookNow();
  }

  /** Lets go of what it is at, so that another server, or the next one here, goes on at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.unsubscribe();
    clearTimeout(this.timer);
    for (const { abort } of this.drives.values()) abort.abort();
    await Promise.all([...this.drives.values()].map(({ ended }) => ended));
  }

  private get beatMs(): number {
    return this.leaseMs / BEATS_PER_LEASE;
  }

  private lookNow(): void {
    this.look();
    this.timer = setTimeout(() => this.lookNow(), this.beatMs).unref();
  }

  /** Takes what nobody is at, and notices where somebody else had a word. */
  private look(): void {
    // What has happened since cannot be told while the state is cut off.
    if (!this.state.hasSynced || this.state.staleSince !== null) return this.liveness.clear();
    for (const record of this.records.list()) {
      const drive = this.drives.get(record.id);
      if (drive && record.document.runner !== this.me) drive.abort.abort();
      if (!drive && record.document.status === 'under-way' && this.liveness.isFree(record, this.leaseMs)) {
        this.take(record);
      }
    }
  }

  private take(record: OperationRecord): void {
    const { id } = record;
    this.liveness.forget(id);
    // On nobody's behalf: the credentials of the request that has begun it are not for what comes after.
    withRegistryAuth(undefined, () => {
      const ended = Promise.resolve()
        .then(() => this.carryOn(record))
        .catch((error: unknown) => this.log.error({ err: error, operation: id }, 'It was left alone.'))
        .finally(() => this.drives.delete(id));
      this.drives.set(id, { abort: new AbortController(), ended });
    });
  }

  /** Does step after step until the operation is over, or somebody else's. */
  private async carryOn(taken: OperationRecord): Promise<void> {
    let record = await this.claim(taken);
    for (let failures = 0; record && !this.stopping.signal.aborted;) {
      const { id, version } = record;
      try {
        record = await this.advance(record);
        failures = 0;
      } catch (error) {
        if (error instanceof Superseded) {
          record = await this.again(id, await this.newerThan(id, version));
        } else if (isPassing(error)) {
          this.log.warn(`Operation ${id} tries its step again: ${error.message}`);
          await this.rest(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++));
          record = await this.again(id, this.records.find(id));
        } else {
          record = await this.stop(id, error);
        }
      }
    }
    if (record) await this.records.update(record, { runner: null }).catch(() => undefined);
  }

  /** The record once it is this server's; undefined when another one was faster, or it cannot be had now. */
  private async claim(record: OperationRecord): Promise<OperationRecord | undefined> {
    try {
      return await this.write(record, { runner: this.me });
    } catch (error) {
      if (error instanceof Superseded || isPassing(error) || isKind(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** The record to go on with, after something came in between. */
  private async again(id: string, newest: OperationRecord | undefined): Promise<OperationRecord | undefined> {
    const drive = this.drives.get(id);
    if (drive) drive.abort = new AbortController();
    if (newest?.document.status !== 'under-way') return undefined;
    if (newest.document.runner === this.me) return newest;
    return newest.document.runner === null ? this.claim(newest) : undefined;
  }

  private newerThan(id: string, version: number): Promise<OperationRecord | undefined> {
    return this.state.until(() => {
      const record = this.records.find(id);
      return record && record.version > version ? record : undefined;
    }, SHOWN_WITHIN_MS);
  }

  /** One step further; undefined when there is nothing left to do. */
  private async advance(record: OperationRecord): Promise<OperationRecord | undefined> {
    const { document } = record;
    const index = indexOfNext(document);
    const step = document.steps[index];
    if (!step) return this.end(record, { message: null });
    if (document.goal === 'revoke' && !this.state.networks.get(document.network.id)) {
      return this.end(record, {
        goal: 'replace',
        message: 'It was revoked too late: the old network was gone already.',
      });
    }
    let current = record;
    const note = async (message: string | null): Promise<void> => {
      const steps = current.document.steps.with(index, { ...step, state: 'running', message });
      current = await this.write(current, { steps });
    };
    await note(step.message);
    const signal = this.drives.get(record.id)?.abort.signal ?? AbortSignal.abort();
    const outcome = await this.steps.perform(current, step, {
      beatMs: this.beatMs,
      signal,
      report: async (message) => {
        if (signal.aborted) throw new Superseded();
        await note(message);
      },
    });
    return this.write(current, changesOf(current.document, index, outcome));
  }

  private async end(record: OperationRecord, changes: Partial<OperationDocument>): Promise<undefined> {
    await this.write(record, { ...changes, status: 'ended', runner: null });
    const ended = this.records.list().filter(({ document }) => document.status === 'ended');
    const oldest = ended
      .map(toOperation)
      .sort((a, b) => OPERATION_ORDER.compare(a, b))
      .slice(0, -KEPT);
    for (const { id } of oldest) await this.records.remove(id).catch(() => undefined);
  }

  /** Leaves the operation to somebody who looks at it. Answers it only where that could not be written. */
  private async stop(id: string, error: unknown): Promise<OperationRecord | undefined> {
    const { detail } = problemOf(error, id);
    this.log.warn({ err: error, operation: id }, 'An operation has stopped.');
    const record = this.records.find(id);
    if (record?.document.runner !== this.me) return this.again(id, record);
    const index = indexOfNext(record.document);
    const step = record.document.steps[index] as OperationStep;
    const steps = record.document.steps.with(index, { ...step, state: 'failed', message: detail });
    try {
      await this.write(record, { status: 'stopped', runner: null, message: detail, steps });
      return undefined;
    } catch {
      await this.rest(FIRST_RETRY_MS);
      return this.again(id, this.records.find(id));
    }
  }

  /** Writes the record, as its newest version. Fails `Superseded` where somebody else has. */
  private async write(
    record: OperationRecord,
    changes: Partial<OperationDocument>,
  ): Promise<OperationRecord> {
    try {
      return await this.records.update(record, { ...changes, beat: record.document.beat + 1 });
    } catch (error) {
      if (isKind(error, 'conflict', 'stale')) throw new Superseded();
      throw error;
    }
  }

  /** Lets time pass, unless the server stops. */
  private async rest(ms: number): Promise<void> {
    await pass(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}

const indexOfNext = ({ steps }: OperationDocument): number => steps.findIndex((step) => !isBehind(step));

function changesOf(
  { steps, replacement }: OperationDocument,
  index: number,
  outcome: StepOutcome,
): Partial<OperationDocument> {
  if ('steps' in outcome) return { steps: outcome.steps };
  const { state, message, replacementId } = outcome;
  return {
    steps: steps.with(index, { ...(steps[index] as OperationStep), state, message }),
    ...(replacementId === undefined ? {} : { replacement: { ...replacement, id: replacementId } }),
  };
}

/** Whether a failure is of the engine's or the swarm's present condition, and not of what was asked for. */
function isPassing(error: unknown): error is DomainError {
  return isKind(
    error,
    'not-synced',
    'engine-unreachable',
    'not-a-manager',
    'no-leader',
    'unknown-outcome',
    'timeout',
  );
}
