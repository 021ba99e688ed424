import { Injectable } from '@nestjs/common';
import { Admission } from '../admission/admission.service.ts';
import { assertMay } from '../api/access.ts';
import { IdempotentCreates } from '../api/idempotency.ts';
import { nameTaken } from '../api/name-taken.ts';
import { VisibleState } from '../api/visible-state.ts';
import type { Write } from '../api/write.ts';
import type { Admitted } from '../domain/admission/verdict.ts';
import { DomainError } from '../domain/errors.ts';
import type { StringMap } from '../domain/object.ts';
import { isAsAsked } from '../domain/outcome.ts';
import type { Principal } from '../domain/role.ts';
import type { Service as DomainService, ServiceSpec } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { settleOutcome } from '../swarm/settle-outcome.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import { RolloutWait } from './rollout-wait.ts';
import { ServiceEdits } from './service-edits.service.ts';
import { ServicePlanner } from './service-planner.ts';
import { ServiceRights } from './service-rights.ts';
import { ServiceSpecs } from './service-specs.service.ts';
import type { AttachServiceInput, CreateServiceInput, UpdateServiceInput } from './services.types.ts';
import { SettledServices } from './settled-services.ts';
import { SpecWrites } from './spec-writes.ts';
import type { WrittenService } from './written-service.types.ts';

/** A spec that was found good to create. */
interface Judged {
  readonly spec: ServiceSpec;
  readonly admission: Admitted;
}

/** Services as they are written: through the engine. Each method answers a write that is yet to be planned or made. */
@Injectable()
export class ServiceWrites {
  private readonly creates: IdempotentCreates;

  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly rights: ServiceRights,
    private readonly gateway: SwarmGateway,
    private readonly planner: ServicePlanner,
    private readonly specs: ServiceSpecs,
    private readonly edits: ServiceEdits,
    private readonly specWrites: SpecWrites,
    private readonly settled: SettledServices,
    private readonly rollouts: RolloutWait,
    private readonly admission: Admission,
  ) {
    this.creates = new IdempotentCreates(state);
  }

  /**
   * Creates a service and answers it once it has its virtual IPs. With a key, what an earlier create with it made is
   * answered. Fails `invalid`, `name-taken`, `conflict`, `key-reused`, `in-progress`.
   */
  create(input: CreateServiceInput, key: string | null = null): Write<WrittenService> {
    return this.creates.write({
      key,
      body: input,
      objects: (by) => this.visible.to(by).services.all(),
      isNameTaken: () => this.state.services.named(input.name).length > 0,
      create: (labels) => this.unkeyedCreate(input, labels),
      replay: (service) => this.planner.none(service),
    });
  }

  /** Applies a JSON Merge Patch. Fails `invalid`, `stale`, `not-found`, `conflict`. */
  update(reference: string, patch: UpdateServiceInput, ifMatch: number | null): Write<WrittenService> {
    return this.edits.write(reference, ifMatch, this.specs.patch(patch));
  }

  /** Changes the number of replicas. Fails `invalid` for a service that has no such number. */
  scale(reference: string, replicas: number, ifMatch: number | null): Write<WrittenService> {
    return this.edits.write(reference, ifMatch, (spec) => ({ ...spec, replicas }));
  }

  /** Replaces every task, by the service's own update policy, although nothing else changed. */
  restart(reference: string, ifMatch: number | null): Write<WrittenService> {
    return this.edits.write(reference, ifMatch, (spec) => ({ ...spec, forceUpdate: spec.forceUpdate + 1 }));
  }

  /** Attaches a network, or replaces how it is attached. Asking for what is there already changes nothing. */
  attach(
    reference: string,
    network: string,
    input: AttachServiceInput,
    ifMatch: number | null,
  ): Write<WrittenService> {
    return this.edits.write(reference, ifMatch, (spec, by) => {
      const attachment = this.specs.attachment({ network, ...input }, by);
      const isThere = spec.networks.some((other) => other.networkId === attachment.networkId);
      return {
        ...spec,
        networks: isThere
          ? spec.networks.map((other) => (other.networkId === attachment.networkId ? attachment : other))
          : [...spec.networks, attachment],
      };
    });
  }

  /** Detaches a network. Fails `not-found` when it is not attached. */
  detach(reference: string, network: string, ifMatch: number | null): Write<WrittenService> {
    return this.edits.write(reference, ifMatch, (spec, by) => {
      const { id, name } = this.visible.to(by).resolve('network', network);
      if (!spec.networks.some((other) => other.networkId === id)) {
        throw new DomainError(
          'not-found',
          `The service "${spec.name}" is not attached to the network "${name}".`,
        );
      }
      return { ...spec, networks: spec.networks.filter((other) => other.networkId !== id) };
    });
  }

  /**
   * Takes a service from one network to another in one update, with its aliases and driver options. A service that is
   * not on the first is left alone.
   * @param from the id of the network that it leaves
   * @param to the id of the network that it gets, in the same place
   */
  move(reference: string, from: string, to: string): Write<WrittenService> {
    return this.edits.write(reference, null, (spec) => ({
      ...spec,
      networks: spec.networks.map((attachment) =>
        attachment.networkId === from ? { ...attachment, networkId: to } : attachment,
      ),
    }));
  }

  /**
   * Attaches networks, all in one update. Those that are attached already stay as they are.
   * @param networkIds of networks that there are
   */
  join(reference: string, networkIds: readonly string[]): Write<WrittenService> {
    return this.edits.write(reference, null, (spec, by) => {
      const attached = new Set(spec.networks.map(({ networkId }) => networkId));
      const more = networkIds.filter((id) => !attached.has(id));
      return {
        ...spec,
        networks: [...spec.networks, ...more.map((network) => this.specs.attachment({ network }, by))],
      };
    });
  }

  /** Puts the previous spec back in force. Fails `conflict` when there is none, or what it needs is gone. */
  rollback(reference: string, ifMatch: number | null): Write<WrittenService> {
    return this.edits.rollback(reference, ifMatch);
  }

  /** Deletes a service and answers its id. Fails `not-found`, `ambiguous`, `stale`. */
  delete(reference: string, ifMatch: number | null): Write<string> {
    const judge = async (by: Principal): Promise<DomainService> => {
      const service = this.visible.to(by).resolve('service', reference);
      assertMay(by, 'delete', 'service', service);
      await this.specWrites.assertSeen(service.id, ifMatch, service.version);
      return service;
    };
    return {
      plan: async (by) => {
        const { plan, preview } = await this.planner.delete(await judge(by), by);
        return { plan, preview: preview.id };
      },
      apply: async (by) => {
        const { id } = await judge(by);
        await settleOutcome(
          this.state,
          () => this.gateway.removeService(id),
          () => (this.state.services.get(id) ? undefined : null),
        );
        await this.state.gone(`the service ${id}`, 'service', id);
        return id;
      },
    };
  }

  private unkeyedCreate(input: CreateServiceInput, labels: StringMap): Write<WrittenService> {
    const judge = async (by: Principal): Promise<Judged> => {
      const spec = await this.specs.of(input, by, labels);
      await this.rights.assertCreate(by, spec);
      const admission = this.admission.assertService(by, { id: null, before: null, after: spec });
      const [taken] = this.state.services.named(spec.name);
      if (taken) {
        const id = by.rights.may('view', 'service', taken) ? taken.id : null;
        const advice = `Choose another name, or change that one with PATCH /v1/services/${spec.name}`;
        throw nameTaken('service', spec.name, id, advice);
      }
      await this.planner.assertPossible(null, null, spec, by);
      return { spec, admission };
    };
    return {
      plan: async (by) => {
        const { spec, admission } = await judge(by);
        return { ...(await this.planner.create(spec, by)), admission };
      },
      apply: async (by) => {
        const { spec } = await judge(by);
        const id = await settleOutcome(
          this.state,
          () => this.gateway.createService(spec),
          () => this.state.services.named(spec.name).find((service) => isAsAsked(spec, service))?.id,
        );
        return this.settled.after(id, -1);
      },
      settle: (service, patience) => this.rollouts.until(service, patience),
    };
  }
}
