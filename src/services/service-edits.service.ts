import { Injectable } from '@nestjs/common';
import { Admission } from '../admission/admission.service.ts';
import { assertMay } from '../api/access.ts';
import { VisibleState } from '../api/visible-state.ts';
import type { Write } from '../api/write.ts';
import type { Admitted } from '../domain/admission/verdict.ts';
import { DomainError, refuse } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { showsChanges } from '../domain/outcome.ts';
import type { Principal } from '../domain/role.ts';
import { checkServiceSpec, checkServiceUpdate } from '../domain/service-rules.ts';
import type { Service, ServiceSpec } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import { settleOutcome } from '../swarm/settle-outcome.ts';
import { SwarmGateway, type ReadRollback, type ReadSpec } from '../swarm/swarm-gateway.ts';
import { RolloutWait } from './rollout-wait.ts';
import { ServicePlanner } from './service-planner.ts';
import { ServiceRights } from './service-rights.ts';
import type { SpecChange } from './service-specs.service.ts';
import { SettledServices } from './settled-services.ts';
import { SpecWrites } from './spec-writes.ts';
import type { WrittenService } from './written-service.types.ts';

/** A spec that was found good to write, and what it replaces. */
interface Judged {
  readonly version: number;
  readonly before: ServiceSpec;
  readonly after: ServiceSpec;
  readonly admission: Admitted;
}

/** What a plan has read: the write begins with it. Should somebody write in between, it reads anew. */
class FirstReading<T> {
  private read: T | undefined;

  keep(read: T): void {
    this.read = read;
  }

  /** Undefined from the second time on. */
  take(): T | undefined {
    const { read } = this;
    this.read = undefined;
    return read;
  }
}

/** Puts one spec in the place of another: whatever changes a service that is there. */
@Injectable()
export class ServiceEdits {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly rights: ServiceRights,
    private readonly gateway: SwarmGateway,
    private readonly planner: ServicePlanner,
    private readonly specWrites: SpecWrites,
    private readonly settled: SettledServices,
    private readonly rollouts: RolloutWait,
    private readonly admission: Admission,
  ) {}

  /**
   * Writes what `change` makes of the spec that is in force. Fails `invalid`, `forbidden`, `stale`, `not-found`, `conflict`.
   * @param ifMatch the version that the client has seen; null for whatever there is
   */
  write(reference: string, ifMatch: number | null, change: SpecChange): Write<WrittenService> {
    const reading = new FirstReading<ReadSpec>();
    const judge = async (by: Principal, id: string, current: ReadSpec): Promise<Judged> => {
      const { version, spec: before } = current;
      await this.specWrites.assertSeen(id, ifMatch, version);
      const after = await change(before, by);
      refuse([...checkServiceUpdate(before, after), ...checkServiceSpec(after)]);
      await this.rights.assertUpdate(by, id, before, after);
      const admission = this.admission.assertService(by, { id, before, after });
      await this.planner.assertPossible(id, before, after, by);
      return { version, before, after, admission };
    };
    return {
      plan: async (by) => {
        const service = this.find(reference, by);
        const judged: Judged[] = [];
        // The way of the write itself, up to where it would write.
        await this.gateway.updateService(service.id, async (current) => {
          reading.keep(current);
          judged.push(await judge(by, service.id, current));
          return null;
        });
        const { before, after, version, admission } = judged[0] as Judged;
        return { ...(await this.planner.update(service, before, after, version, by)), admission };
      },
      apply: async (by) => {
        const { id } = this.find(reference, by);
        let judged: Judged | null = null;
        const replaced = await settleOutcome(
          this.state,
          () =>
            retryOnConflict(() =>
              this.gateway.updateService(
                id,
                async (current) => {
                  judged = await judge(by, id, current);
                  // Written again, it would still begin another run of a job.
                  return isUnchanged(judged) ? null : judged.after;
                },
                reading.take(),
              ),
            ),
          () => this.inForce(id, judged),
        );
        const isWritten = judged !== null && !isUnchanged(judged);
        return this.settled.after(id, isWritten ? replaced : replaced - 1);
      },
      settle: (service, patience) => this.rollouts.until(service, patience),
    };
  }

  /** Puts the previous spec back in force. Fails `conflict` when there is none, or what it needs is gone. */
  rollback(reference: string, ifMatch: number | null): Write<WrittenService> {
    const reading = new FirstReading<ReadRollback>();
    const judge = async (
      by: Principal,
      id: string,
      { version, spec: before, previousSpec: after, unknownChanges }: ReadRollback,
    ): Promise<Judged> => {
      await this.specWrites.assertSeen(id, ifMatch, version);
      if (after === null) {
        throw new DomainError(
          'conflict',
          `The service "${before.name}" was never updated: there is no spec to go back to.`,
        );
      }
      await this.rights.assertUpdate(by, id, before, after);
      const admission = this.admission.assertRollback(by, { id, before, after, unknownChanges });
      await this.planner.assertPossible(id, before, after, by);
      return { version, before, after, admission };
    };
    return {
      plan: async (by) => {
        const service = this.find(reference, by);
        const judged: Judged[] = [];
        // The way of the write itself, up to where it would write.
        await this.gateway.rollbackService(service.id, async (rollback) => {
          reading.keep(rollback);
          judged.push(await judge(by, service.id, rollback));
          return false;
        });
        const { before, after, version, admission } = judged[0] as Judged;
        return { ...(await this.planner.update(service, before, after, version, by)), admission };
      },
      apply: async (by) => {
        const { id } = this.find(reference, by);
        let judged: Judged | null = null;
        const replaced = await settleOutcome(
          this.state,
          () =>
            retryOnConflict(() =>
              this.gateway.rollbackService(
                id,
                async (rollback) => {
                  judged = await judge(by, id, rollback);
                  return true;
                },
                reading.take(),
              ),
            ),
          () => this.inForce(id, judged),
        );
        return this.settled.after(id, replaced);
      },
      settle: (service, patience) => this.rollouts.until(service, patience),
    };
  }

  /** The service that a reference means. What is not for them to change fails before anything else is said of it. */
  private find(reference: string, by: Principal): Service {
    const service = this.visible.to(by).resolve('service', reference);
    assertMay(by, 'update', 'service', service);
    return service;
  }

  /** The version that was replaced, once the state shows what was to be written; undefined before. */
  private inForce(id: string, judged: Judged | null): number | undefined {
    const service = this.state.services.get(id);
    if (!service || !judged || service.version <= judged.version) return undefined;
    return showsChanges(fieldChanges(judged.before, judged.after), service) ? judged.version : undefined;
  }
}

function isUnchanged({ before, after }: Judged): boolean {
  return fieldChanges(before, after).length === 0;
}
