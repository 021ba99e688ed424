import { Injectable } from '@nestjs/common';
import { assertVersion } from '../api/etag.ts';
import { Memo } from '../api/memo.ts';
import { mapPage, paginate, type Page, type PageRequest } from '../api/page.ts';
import { DomainError, invalid, isKind, refuse } from '../domain/errors.ts';
import { fits, hasLabels, isOfStack } from '../domain/filter.ts';
import { mergePatch } from '../domain/merge-patch.ts';
import { ORDER } from '../domain/order.ts';
import { completeSpec, type Partly } from '../domain/service-defaults.ts';
import { checkServiceSpec, checkServiceUpdate } from '../domain/service-rules.ts';
import type { NetworkAttachment, Service as DomainService, ServiceSpec } from '../domain/service.ts';
import { ClusterState, SHOWN_WITHIN_MS } from '../swarm/cluster-state.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import { SpecWrites } from './spec-writes.ts';
import type {
  AttachServiceInput,
  CreateServiceInput,
  Service,
  ServiceFilter,
  ServiceNetworkInput,
  UpdateServiceInput,
} from './services.types.ts';

/** A write that lost a race is tried anew this often before the conflict is the client's to solve. */
const ATTEMPTS = 5;
const RETRY_WITHIN_MS = 50;
/** A network can have run out of addresses: then the answer does not wait for them any longer, in milliseconds. */
const ADDRESSES_WITHIN_MS = 2_000;

/** Services: read from the state in memory, written through the engine. */
@Injectable()
export class ServicesService {
  private readonly views = new Memo<DomainService, Service>();

  constructor(
    private readonly state: ClusterState,
    private readonly gateway: SwarmGateway,
    private readonly specWrites: SpecWrites,
  ) {}

  list(filter: ServiceFilter, page: PageRequest): Page<Service> {
    this.state.assertSynced();
    const matches = this.matcher(filter);
    return mapPage(paginate(this.state.services.all().filter(matches), ORDER.service, page), (service) =>
      this.view(service),
    );
  }

  /** The service that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Service {
    return this.view(this.state.resolve('service', reference));
  }

  /** The service with this id, if it is still there. */
  find(id: string): Service | null {
    const service = this.state.services.get(id);
    return service ? this.view(service) : null;
  }

  /** The services attached to a network. */
  onNetwork(networkId: string): readonly Service[] {
    return this.state.services.by('network', networkId).map((service) => this.view(service));
  }

  /** A service as clients see it: with the counts of its tasks. The same object as long as it says the same. */
  view(service: DomainService): Service {
    const { running, wanted } = this.state.taskCounts.of(service.id);
    return this.views.of(service, `${running}/${wanted}`, () => {
      const { specVersion: _version, jobIteration: _iteration, ...shown } = service;
      const desiredTasks = service.mode === 'replicated' ? (service.replicas ?? 0) : wanted;
      return { ...shown, runningTasks: running, desiredTasks };
    });
  }

  /** What a service must be to fit the filter. Fails `not-found` or `ambiguous` for a network that is none. */
  matcher(filter: ServiceFilter): (service: DomainService) => boolean {
    const network = filter.network ? this.state.resolve('network', filter.network).id : null;
    return (service) =>
      fits(service.name, filter.name) &&
      fits(service.mode, filter.mode) &&
      (network === null || service.networks.some((attachment) => attachment.networkId === network)) &&
      (!filter.stack || isOfStack(service.labels, filter.stack)) &&
      hasLabels(service.labels, filter.label ?? []);
  }

  /** Creates a service and answers it once it has its virtual IPs. Fails `invalid`, `name-taken`, `conflict`. */
  async create(input: CreateServiceInput): Promise<Service> {
    this.state.assertSynced();
    // As a patch of nothing, so that a null in a map means the same here as there.
    const spec = completeSpec(mergePatch({}, this.withNetworkIds(input)) as Partly<ServiceSpec>);
    refuse(checkServiceSpec(spec));
    const [taken] = this.state.services.named(spec.name);
    if (taken) {
      throw new DomainError(
        'name-taken',
        `There is a service "${spec.name}" already (${taken.id}). Choose another name, or change that one with PATCH /v1/services/${spec.name}.`,
      );
    }
    this.assertPortsFree(spec, null);
    return this.settled(await this.gateway.createService(spec), -1);
  }

  /** Applies a JSON Merge Patch. Fails `invalid`, `stale`, `not-found`, `conflict`. */
  update(reference: string, patch: UpdateServiceInput, ifMatch: number | null): Promise<Service> {
    const changes = this.withNetworkIds(patch);
    return this.edit(reference, ifMatch, (spec) =>
      completeSpec(mergePatch(spec, changes) as Partly<ServiceSpec>),
    );
  }

  /** Changes the number of replicas. Fails `invalid` for a service that has no such number. */
  scale(reference: string, replicas: number, ifMatch: number | null): Promise<Service> {
    return this.edit(reference, ifMatch, (spec) => ({ ...spec, replicas }));
  }

  /** Replaces every task, by the service's own update policy, although nothing else changed. */
  restart(reference: string, ifMatch: number | null): Promise<Service> {
    return this.edit(reference, ifMatch, (spec) => ({ ...spec, forceUpdate: spec.forceUpdate + 1 }));
  }

  /** Attaches a network, or replaces how it is attached. Asking for what is there already changes nothing. */
  attach(
    reference: string,
    network: string,
    input: AttachServiceInput,
    ifMatch: number | null,
  ): Promise<Service> {
    const attachment = this.attachment({ network, ...input });
    return this.edit(reference, ifMatch, (spec) => ({
      ...spec,
      networks: spec.networks.some((other) => other.networkId === attachment.networkId)
        ? spec.networks.map((other) => (other.networkId === attachment.networkId ? attachment : other))
        : [...spec.networks, attachment],
    }));
  }

  /** Detaches a network. Fails `not-found` when it is not attached. */
  detach(reference: string, network: string, ifMatch: number | null): Promise<Service> {
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

  /** Puts the previous spec back in force. Fails `conflict` when there is none. */
  async rollback(reference: string, ifMatch: number | null): Promise<Service> {
    const { id, name, previousSpec } = this.state.resolve('service', reference);
    if (previousSpec === null) {
      throw new DomainError(
        'conflict',
        `The service "${name}" was never updated: there is no spec to go back to.`,
      );
    }
    const replaced = await retryOnConflict(() =>
      this.gateway.rollbackService(id, (version) => this.assertFresh(id, ifMatch, version)),
    );
    return this.settled(id, replaced);
  }

  /** Deletes a service and answers its id. Fails `not-found`, `ambiguous`, `stale`. */
  async delete(reference: string, ifMatch: number | null): Promise<string> {
    const { id, version } = this.state.resolve('service', reference);
    await this.assertFresh(id, ifMatch, version);
    await this.gateway.removeService(id);
    await this.state.gone(`the service ${id}`, 'service', id);
    return id;
  }

  private async edit(
    reference: string,
    ifMatch: number | null,
    change: (spec: ServiceSpec) => ServiceSpec,
  ): Promise<Service> {
    const { id } = this.state.resolve('service', reference);
    const replaced = await retryOnConflict(() =>
      this.gateway.updateService(id, async (current) => {
        await this.assertFresh(id, ifMatch, current.version);
        const spec = change(current.spec);
        refuse([...checkServiceUpdate(current.spec, spec), ...checkServiceSpec(spec)]);
        this.assertPortsFree(spec, id);
        return spec;
      }),
    );
    return this.settled(id, replaced);
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
  private async settled(id: string, replaced: number): Promise<Service> {
    const written = await this.state.shown(`the service ${id}`, () => {
      const service = this.state.services.get(id);
      return service && service.version > replaced ? service : undefined;
    });
    const settled = await this.state.until(() => {
      const service = this.state.services.get(id);
      return service && this.hasItsAddresses(service) ? service : undefined;
    }, ADDRESSES_WITHIN_MS);
    return this.view(settled ?? this.state.services.get(id) ?? written);
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

  /** Swarm takes a port twice without a word and leaves the second service without tasks; so ask first. */
  private assertPortsFree(spec: ServiceSpec, ownId: string | null): void {
    const wanted = spec.ports
      .map((port, index) => ({ ...port, index }))
      .filter((port) => port.publishedPort !== null);
    const errors = this.state.services.all().flatMap((other) =>
      other.id === ownId
        ? []
        : wanted
            .filter(
              (port) =>
                port.publishMode === 'ingress' &&
                other.publishedPorts.some(
                  (theirs) =>
                    theirs.publishMode === 'ingress' &&
                    theirs.publishedPort === port.publishedPort &&
                    theirs.protocol === port.protocol,
                ),
            )
            .map((port) => ({
              pointer: `/ports/${port.index}/publishedPort`,
              detail: `${port.publishedPort}/${port.protocol} is published by the service "${other.name}" (${other.id}). Choose another port.`,
            })),
    );
    if (errors[0]) throw new DomainError('conflict', errors[0].detail, { errors });
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

async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isKind(error, 'conflict') || tries === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * RETRY_WITHIN_MS * tries));
    }
  }
}
