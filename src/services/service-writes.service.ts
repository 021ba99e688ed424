import { Injectable } from '@nestjs/common';
import { Admission } from '../admission/admission.service.ts';
import { assertVersion } from '../api/etag.ts';
import { checkOwnLabels, IdempotentCreates } from '../api/idempotency.ts';
import type { Planned, Write } from '../api/write.ts';
import { DomainError, invalid, isKind, refuse } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { mergePatch } from '../domain/merge-patch.ts';
import type { StringMap } from '../domain/object.ts';
import { isAsAsked, showsChanges } from '../domain/outcome.ts';
import type { Principal } from '../domain/role.ts';
import { completeSpec, type Partly } from '../domain/service-defaults.ts';
import { checkServiceSpec, checkServiceUpdate } from '../domain/service-rules.ts';
import type { NetworkAttachment, Service as DomainService, ServiceSpec } from '../domain/service.ts';
import { ClusterState, SHOWN_WITHIN_MS } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import { settleOutcome } from '../swarm/settle-outcome.ts';
import { SwarmGateway, type RollbackCheck, type SpecEdit } from '../swarm/swarm-gateway.ts';
import { RolloutWait } from './rollout-wait.ts';
import { ServiceLookups } from './service-lookups.service.ts';
import { ServicePlanner, type PlannedService } from './service-planner.ts';
import { ServicesService } from './services.service.ts';
import type {
  AttachServiceInput,
  CreateServiceInput,
  ServiceNetworkInput,
  UpdateServiceInput,
} from './services.types.ts';
import { SpecWrites } from './spec-writes.ts';
import type { WrittenService } from './written-service.types.ts';

/** A network can have run out of addresses: then the answer does not wait for them any longer, in milliseconds. */
const ADDRESSES_WITHIN_MS = 2_000;

/** A spec that was found good to write, and what it replaces. */
interface Judged {
  readonly version: number;
  readonly before: ServiceSpec;
  readonly after: ServiceSpec;
}

/** Services as they are written: through the engine. Each method answers a write that is yet to be planned or made. */
@Injectable()
export class ServiceWrites {
  private readonly creates: IdempotentCreates;

  constructor(
    private readonly state: ClusterState,
    private readonly gateway: SwarmGateway,
    private readonly services: ServicesService,
    private readonly planner: ServicePlanner,
    private readonly specWrites: SpecWrites,
    private readonly rollouts: RolloutWait,
    private readonly lookups: ServiceLookups,
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
      objects: () => this.state.services.all(),
      isNameTaken: () => this.state.services.named(input.name).length > 0,
      create: (labels) => this.unkeyedCreate(input, labels),
      replay: (service) => this.shown(this.planner.none(service)),
    });
  }

  /** Applies a JSON Merge Patch. Fails `invalid`, `stale`, `not-found`, `conflict`. */
  update(reference: string, patch: UpdateServiceInput, ifMatch: number | null): Write<WrittenService> {
    const changes = this.withNetworkIds(patch);
    return this.edit(reference, ifMatch, async (spec) =>
      completeSpec(mergePatch(spec, await this.lookups.of(patch, changes)) as Partly<ServiceSpec>),
    );
  }

  /** Changes the number of replicas. Fails `invalid` for a service that has no such number. */
  scale(reference: string, replicas: number, ifMatch: number | null): Write<WrittenService> {
    return this.edit(reference, ifMatch, (spec) => ({ ...spec, replicas }));
  }

  /** Replaces every task, by the service's own update policy, although nothing else changed. */
  restart(reference: string, ifMatch: number | null): Write<WrittenService> {
    return this.edit(reference, ifMatch, (spec) => ({ ...spec, forceUpdate: spec.forceUpdate + 1 }));
  }

  /** Attaches a network, or replaces how it is attached. Asking for what is there already changes nothing. */
  attach(
    reference: string,
    network: string,
    input: AttachServiceInput,
    ifMatch: number | null,
  ): Write<WrittenService> {
    const attachment = this.attachment({ network, ...input });
    return this.edit(reference, ifMatch, (spec) => ({
      ...spec,
      networks: spec.networks.some((other) => other.networkId === attachment.networkId)
        ? spec.networks.map((other) => (other.networkId === attachment.networkId ? attachment : other))
        : [...spec.networks, attachment],
    }));
  }

  /** Detaches a network. Fails `not-found` when it is not attached. */
  detach(reference: string, network: string, ifMatch: number | null): Write<WrittenService> {
    const { id, name } = this.state.resolve('network', network);
    return this.edit(reference, ifMatch, (spec) => {
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
    return this.edit(reference, null, (spec) => ({
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
    return this.edit(reference, null, (spec) => {
      const attached = new Set(spec.networks.map(({ networkId }) => networkId));
      const more = networkIds.filter((id) => !attached.has(id));
      return {
        ...spec,
        networks: [...spec.networks, ...more.map((network) => this.attachment({ network }))],
      };
    });
  }

  /** Puts the previous spec back in force. Fails `conflict` when there is none, or what it needs is gone. */
  rollback(reference: string, ifMatch: number | null): Write<WrittenService> {
    const judge = async (
      by: Principal,
      id: string,
      { version, spec: before, previousSpec: after, unknownChanges }: Parameters<RollbackCheck>[0],
    ): Promise<Judged> => {
      await this.assertFresh(id, ifMatch, version);
      if (after === null) {
        throw new DomainError(
          'conflict',
          `The service "${before.name}" was never updated: there is no spec to go back to.`,
        );
      }
      this.admission.assertRollback(by, { id, before, after, unknownChanges });
      await this.planner.assertPossible(id, before, after);
      return { version, before, after };
    };
    return {
      plan: async (by) => {
        const service = this.state.resolve('service', reference);
        const judged: Judged[] = [];
        // The way of the write itself, up to where it would write.
        await this.gateway.rollbackService(service.id, async (rollback) => {
          judged.push(await judge(by, service.id, rollback));
          return false;
        });
        const { before, after, version } = judged[0] as Judged;
        return this.shown(await this.planner.update(service, before, after, version));
      },
      apply: async (by) => {
        const { id } = this.state.resolve('service', reference);
        let judged: Judged | null = null;
        const replaced = await settleOutcome(
          this.state,
          () =>
            retryOnConflict(() =>
              this.gateway.rollbackService(id, async (rollback) => {
                judged = await judge(by, id, rollback);
                return true;
              }),
            ),
          () => this.inForce(id, judged),
        );
        return this.settled(id, replaced);
      },
      settle: (service, patience) => this.rollouts.until(service, patience),
    };
  }

  /** Deletes a service and answers its id. Fails `not-found`, `ambiguous`, `stale`. */
  delete(reference: string, ifMatch: number | null): Write<string> {
    const judge = async (): Promise<DomainService> => {
      const service = this.state.resolve('service', reference);
      await this.assertFresh(service.id, ifMatch, service.version);
      return service;
    };
    return {
      plan: async () => {
        const { plan, service } = await this.planner.delete(await judge());
        return { plan, preview: service.id };
      },
      apply: async () => {
        const { id } = await judge();
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

  /** The whole spec that the input of a create means. Fails `invalid`. */
  async specOf(input: CreateServiceInput, labels: StringMap = {}): Promise<ServiceSpec> {
    this.state.assertSynced();
    refuse(checkOwnLabels(input.labels ?? {}));
    // As a patch of nothing, so that a null in a map means the same here as there.
    const known = await this.lookups.of(input, this.withNetworkIds(input));
    const asked = completeSpec(mergePatch({}, known) as Partly<ServiceSpec>);
    const spec = { ...asked, labels: { ...asked.labels, ...labels } };
    refuse(checkServiceSpec(spec));
    return spec;
  }

  private unkeyedCreate(input: CreateServiceInput, labels: StringMap): Write<WrittenService> {
    const judge = async (by: Principal): Promise<ServiceSpec> => {
      const spec = await this.specOf(input, labels);
      this.admission.assertService(by, { id: null, before: null, after: spec });
      const [taken] = this.state.services.named(spec.name);
      if (taken) {
        throw new DomainError(
          'name-taken',
          `There is a service "${spec.name}" already (${taken.id}). Choose another name, or change that one with PATCH /v1/services/${spec.name}.`,
        );
      }
      await this.planner.assertPossible(null, null, spec);
      return spec;
    };
    return {
      plan: async (by) => this.shown(await this.planner.create(await judge(by))),
      apply: async (by) => {
        const spec = await judge(by);
        const id = await settleOutcome(
          this.state,
          () => this.gateway.createService(spec),
          () => this.state.services.named(spec.name).find((service) => isAsAsked(spec, service))?.id,
        );
        return this.settled(id, -1);
      },
      settle: (service, patience) => this.rollouts.until(service, patience),
    };
  }

  private edit(
    reference: string,
    ifMatch: number | null,
    change: (spec: ServiceSpec) => ServiceSpec | Promise<ServiceSpec>,
  ): Write<WrittenService> {
    const judge = async (by: Principal, id: string, current: Parameters<SpecEdit>[0]): Promise<Judged> => {
      const { version, spec: before } = current;
      await this.assertFresh(id, ifMatch, version);
      const after = await change(before);
      refuse([...checkServiceUpdate(before, after), ...checkServiceSpec(after)]);
      this.admission.assertService(by, { id, before, after });
      await this.planner.assertPossible(id, before, after);
      return { version, before, after };
    };
    return {
      plan: async (by) => {
        const service = this.state.resolve('service', reference);
        const judged: Judged[] = [];
        // The way of the write itself, up to where it would write.
        await this.gateway.updateService(service.id, async (current) => {
          judged.push(await judge(by, service.id, current));
          return null;
        });
        const { before, after, version } = judged[0] as Judged;
        return this.shown(await this.planner.update(service, before, after, version));
      },
      apply: async (by) => {
        const { id } = this.state.resolve('service', reference);
        let judged: Judged | null = null;
        const replaced = await settleOutcome(
          this.state,
          () =>
            retryOnConflict(() =>
              this.gateway.updateService(id, async (current) => {
                judged = await judge(by, id, current);
                // Written again, it would still begin another run of a job.
                return isUnchanged(judged) ? null : judged.after;
              }),
            ),
          () => this.inForce(id, judged),
        );
        const isWritten = judged !== null && !isUnchanged(judged);
        return this.settled(id, isWritten ? replaced : replaced - 1);
      },
      settle: (service, patience) => this.rollouts.until(service, patience),
    };
  }

  /** The version that was replaced, once the state shows what was to be written; undefined before. */
  private inForce(id: string, judged: Judged | null): number | undefined {
    const service = this.state.services.get(id);
    if (!service || !judged || service.version <= judged.version) return undefined;
    return showsChanges(fieldChanges(judged.before, judged.after), service) ? judged.version : undefined;
  }

  private shown({ plan, service }: PlannedService): Planned<WrittenService> {
    return { plan, preview: this.services.view(service) };
  }

  /**
   * Fails `stale` unless the client has seen the spec that is in force. Swarm raises the version by itself while
   * a rollout goes on; a client that read the service after the last write of its spec has missed nothing that
   * this write could undo.
   */
  private async assertFresh(id: string, ifMatch: number | null, current: number): Promise<void> {
    if (ifMatch === null || ifMatch === current) return;
    const service = await this.state.until(() => {
      const known = this.state.services.get(id);
      return known && known.version >= current ? known : undefined;
    }, SHOWN_WITHIN_MS);
    const written = service?.version === current ? this.specWrites.lastOf(id) : undefined;
    if (written !== undefined && ifMatch >= written && ifMatch < current) return;
    assertVersion(ifMatch, current);
  }

  /** The service once the state has a later version than `replaced`, and its addresses if they come in time. */
  private async settled(id: string, replaced: number): Promise<WrittenService> {
    const written = await this.state.shown(`the service ${id}`, () => {
      const service = this.state.services.get(id);
      return service && service.version > replaced ? service : undefined;
    });
    const settled = await this.state.until(() => {
      const service = this.state.services.get(id);
      return service && this.hasItsAddresses(service) ? service : undefined;
    }, ADDRESSES_WITHIN_MS);
    return this.services.view(settled ?? this.state.services.get(id) ?? written);
  }

  /**
   * Swarm gives addresses out, and takes them back, after it has taken a service in, and raises the version by
   * that: an answer before it would carry an ETag that is outdated at once.
   */
  private hasItsAddresses(service: DomainService): boolean {
    const published = service.ports.filter((port) => port.publishMode === 'ingress').length;
    const wanted = service.endpointMode === 'vip' ? service.networks.map((network) => network.networkId) : [];
    const given = service.virtualIps
      .map((vip) => vip.networkId)
      .filter((id) => !this.state.networks.get(id)?.ingress);
    return (
      service.publishedPorts.length >= published &&
      wanted.every((id) => given.includes(id)) &&
      given.every((id) => wanted.includes(id))
    );
  }

  /** The input with its networks as ids. Fails `invalid` with the pointer of a network that is none. */
  private withNetworkIds(input: Partial<CreateServiceInput> | UpdateServiceInput): Partly<ServiceSpec> {
    const { networks, ...rest } = input;
    if (!networks) return input as unknown as Partly<ServiceSpec>;
    const attachments = networks.map((network, index) => {
      try {
        return this.attachment(network);
      } catch (error) {
        if (!isKind(error, 'not-found', 'ambiguous')) throw error;
        throw invalid([{ pointer: `/networks/${index}/network`, detail: error.message }]);
      }
    });
    return { ...(rest as unknown as Partly<ServiceSpec>), networks: attachments };
  }

  private attachment(input: ServiceNetworkInput): NetworkAttachment {
    const network = this.state.resolve('network', input.network);
    if (network.ingress) {
      throw new DomainError(
        'not-found',
        `"${network.name}" is the network of the routing mesh: services join it by publishing a port.`,
      );
    }
    const driverOptions = mergePatch({}, input.driverOptions ?? {}) as NetworkAttachment['driverOptions'];
    return { networkId: network.id, aliases: input.aliases ?? [], driverOptions };
  }
}

function isUnchanged({ before, after }: Judged): boolean {
  return fieldChanges(before, after).length === 0;
}
