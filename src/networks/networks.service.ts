import { Injectable } from '@nestjs/common';
import { assertVersion } from '../api/etag.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { DomainError, refuse } from '../domain/errors.ts';
import { fits, hasLabels, isOfStack } from '../domain/filter.ts';
import { mergePatch } from '../domain/merge-patch.ts';
import type { Network, NetworkSpec } from '../domain/network.ts';
import { checkNetworkSpec, checkOverlap } from '../domain/network-rules.ts';
import { ORDER } from '../domain/order.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import type { CreateNetworkInput, NetworkFilter } from './networks.types.ts';

/** How long Swarm may take to give a new network its addresses, in milliseconds; seen: 1 to 5. */
const ALLOCATED_WITHIN_MS = 5_000;

/** Networks: read from the state in memory, written through the engine. */
@Injectable()
export class NetworksService {
  constructor(
    private readonly state: ClusterState,
    private readonly gateway: SwarmGateway,
  ) {}

  list(filter: NetworkFilter, page: PageRequest): Page<Network> {
    this.state.assertSynced();
    const networks = this.state.networks
      .all()
      .filter(
        (network) =>
          fits(network.name, filter.name) &&
          fits(network.driver, filter.driver) &&
          fits<string>(network.scope, filter.scope) &&
          (!filter.stack || isOfStack(network.labels, filter.stack)) &&
          hasLabels(network.labels, filter.label ?? []),
      );
    return paginate(networks, ORDER.network, page);
  }

  /** The network that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Network {
    return this.state.resolve('network', reference);
  }

  /** The network with this id, if it is still there. */
  find(id: string): Network | null {
    return this.state.networks.get(id) ?? null;
  }

  /**
   * Creates a network and answers it once Swarm has given it its addresses. Fails `invalid`, `name-taken`,
   * and `conflict` when a subnet overlaps with another network's.
   */
  async create(input: CreateNetworkInput): Promise<Network> {
    this.state.assertSynced();
    // As a patch of nothing, so that a null in a map means the same as in a patch: it is not there.
    const spec = specFrom(mergePatch({}, input) as CreateNetworkInput);
    refuse(checkNetworkSpec(spec));
    const [taken] = this.state.networks.named(spec.name);
    if (taken) {
      throw new DomainError(
        'name-taken',
        `There is a network "${spec.name}" already (${taken.id}). Choose another name.`,
      );
    }
    const overlap = checkOverlap(spec, this.state.networks.all());
    if (overlap[0]) throw new DomainError('conflict', overlap[0].detail, { errors: overlap });
    const id = await this.gateway.createNetwork(spec);
    const created = await this.state.shown(`the network "${spec.name}"`, () => this.state.networks.get(id));
    if (created.allocated) return created;
    const allocated = await this.state.until(() => {
      const network = this.state.networks.get(id);
      return network?.allocated ? network : undefined;
    }, ALLOCATED_WITHIN_MS);
    if (allocated) return allocated;
    // Swarm accepts a network first and looks for addresses later; one that gets none would stay useless.
    await this.gateway.removeNetwork(id);
    throw new DomainError(
      'conflict',
      `Swarm gave "${spec.name}" no addresses within ${ALLOCATED_WITHIN_MS} ms, so it was removed again. Its subnet may overlap with one that only the engine knows; choose another.`,
    );
  }

  /** Deletes a network and answers its id. Fails `not-found`, `ambiguous`, `stale`, `in-use`. */
  async delete(reference: string, ifMatch: number | null): Promise<string> {
    const network = this.get(reference);
    assertVersion(ifMatch, network.version);
    const users = this.state.services.by('network', network.id).map((service) => service.name);
    if (users.length > 0) {
      throw new DomainError(
        'in-use',
        `The network "${network.name}" is used by ${users.length === 1 ? 'the service' : 'the services'} ${users.join(', ')}. Detach it there (DELETE /v1/services/{service}/networks/{network}) or delete them first.`,
      );
    }
    await this.gateway.removeNetwork(network.id);
    await this.state.gone(`the network "${network.name}"`, 'network', network.id);
    return network.id;
  }
}

function specFrom(input: CreateNetworkInput): NetworkSpec {
  return {
    name: input.name,
    driver: input.driver ?? 'overlay',
    labels: input.labels ?? {},
    options: input.options ?? {},
    subnets: (input.subnets ?? []).map((subnet) => ({
      subnet: subnet.subnet,
      gateway: subnet.gateway ?? null,
      ipRange: subnet.ipRange ?? null,
      auxAddresses: subnet.auxAddresses ?? {},
    })),
    encrypted: input.encrypted ?? false,
    attachable: input.attachable ?? false,
    internal: input.internal ?? false,
    ipv6: input.ipv6 ?? false,
  };
}
