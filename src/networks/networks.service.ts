import { Injectable } from '@nestjs/common';
import { Admission } from '../admission/admission.service.ts';
import { assertMay } from '../api/access.ts';
import { checkOwnLabels, IdempotentCreates } from '../api/idempotency.ts';
import { nameTaken } from '../api/name-taken.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { VisibleState } from '../api/visible-state.ts';
import type { Write } from '../api/write.ts';
import type { Admitted } from '../domain/admission/verdict.ts';
import { DomainError, refuse, refuseConflicts } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { fits, hasLabels, isOfStack } from '../domain/filter.ts';
import { mergePatch } from '../domain/merge-patch.ts';
import type { Network, NetworkSpec } from '../domain/network.ts';
import { checkNetworkSpec, checkOverlap } from '../domain/network-rules.ts';
import type { StringMap } from '../domain/object.ts';
import { ORDER } from '../domain/order.ts';
import { isAsAsked } from '../domain/outcome.ts';
import { planOf } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { SubnetsService } from '../ipam/subnets.service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { settleOutcome } from '../swarm/settle-outcome.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import type { CreateNetworkInput, NetworkFilter } from './networks.types.ts';

/** How long Swarm may take to give a new network its addresses, in milliseconds; seen: 1 to 5. */
const ALLOCATED_WITHIN_MS = 5_000;
/** How many free subnets are tried for a new network before that is given up. */
const CHOICES = 3;

/** Networks: read from the state in memory, written through the engine. */
@Injectable()
export class NetworksService {
  private readonly creates: IdempotentCreates;

  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly gateway: SwarmGateway,
    private readonly subnets: SubnetsService,
    private readonly admission: Admission,
  ) {
    this.creates = new IdempotentCreates(state);
  }

  list(filter: NetworkFilter, page: PageRequest): Page<Network> {
    this.state.assertSynced();
    const networks = this.visible.networks
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
    return this.visible.resolve('network', reference);
  }

  /** The network with this id, if it is still there. */
  find(id: string): Network | null {
    return this.visible.networks.get(id) ?? null;
  }

  /**
   * Creates a network and answers it once Swarm has given it its addresses. One that names no subnet gets a free one
   * of the pools, if the operator has named any, else one that Docker chooses. With a key, what an earlier create with
   * it made is answered. Fails `invalid`, `forbidden`, `name-taken`, `key-reused`, `in-progress`, and `conflict` when a
   * subnet overlaps with what has its addresses, or none is left.
   * @param replaces a network whose place it takes: what that one has, it may have
   */
  create(
    input: CreateNetworkInput,
    key: string | null = null,
    replaces: NetworkSpec | null = null,
  ): Write<Network> {
    return this.creates.write({
      key,
      body: input,
      objects: (by) => this.visible.to(by).networks.all(),
      isNameTaken: () => this.state.networks.named(input.name).length > 0,
      create: (labels) => this.unkeyedCreate(input, labels, replaces),
      replay: (network) => {
        const { id, name, version } = network;
        return { plan: planOf({ action: 'none', kind: 'network', id, name, version }), preview: network };
      },
    });
  }

  /** The whole spec that an input means. Fails `invalid`. */
  specOf(input: CreateNetworkInput, labels: StringMap = {}): NetworkSpec {
    this.state.assertSynced();
    refuse(checkOwnLabels(input.labels ?? {}));
    // As a patch of nothing, so that a null in a map means the same as in a patch: it is not there.
    const asked = networkSpecFrom(mergePatch({}, input) as CreateNetworkInput);
    const spec = { ...asked, labels: { ...asked.labels, ...labels } };
    refuse(checkNetworkSpec(spec));
    return spec;
  }

  private unkeyedCreate(
    input: CreateNetworkInput,
    labels: StringMap,
    replaces: NetworkSpec | null,
  ): Write<Network> {
    const judge = async (by: Principal): Promise<{ spec: NetworkSpec; admission: Admitted }> => {
      const spec = this.specOf(input, labels);
      assertMay(by, 'create', 'network', spec);
      const occupied = spec.subnets.length > 0 ? await this.subnets.occupied(by) : [];
      const [taken] = this.state.networks.named(spec.name);
      if (taken) {
        throw nameTaken('network', spec.name, by.rights.may('view', 'network', taken) ? taken.id : null);
      }
      refuseConflicts(checkOverlap(spec.subnets, occupied, input.force ?? false));
      const admission = this.admission.assertNetwork(by, { spec, occupied, replaces });
      return { spec, admission };
    };
    return {
      plan: async (by) => {
        const { spec: asked, admission } = await judge(by);
        const spec = await this.withSubnet(asked, by);
        const { name } = spec;
        const changes = fieldChanges({}, spec).filter(({ after }) => !isUnset(after));
        return {
          plan: planOf({ action: 'create', kind: 'network', id: null, name, version: null, changes }),
          preview: newNetwork(spec),
          admission,
        };
      },
      apply: async (by) => {
        const { spec } = await judge(by);
        for (let tries = 1; tries <= (this.isChosen(spec) ? CHOICES : 1); tries++) {
          const created = await this.tryToCreate(await this.withSubnet(spec, by));
          if (created) return created;
        }
        throw new DomainError(
          'conflict',
          this.isChosen(spec)
            ? `Swarm gave "${spec.name}" no addresses: ${CHOICES} subnets that looked free were not. Try again, or name a subnet.`
            : `Swarm gave "${spec.name}" no addresses within ${ALLOCATED_WITHIN_MS} ms, so it was removed again. Its subnet may overlap with one that only the engine knows; choose another.`,
        );
      },
    };
  }

  /** Whether the subnet is chosen here. Somebody else may take it at the same moment: Swarm gives it to one of the two. */
  private isChosen(spec: NetworkSpec): boolean {
    return spec.subnets.length === 0 && this.subnets.choose;
  }

  private async withSubnet(spec: NetworkSpec, by: Principal): Promise<NetworkSpec> {
    if (!this.isChosen(spec)) return spec;
    const { proposal } = await this.subnets.show({}, by);
    return { ...spec, subnets: [{ subnet: proposal, gateway: null, ipRange: null, auxAddresses: {} }] };
  }

  /** The network once it has its addresses; undefined when Swarm gave it none, and it was removed again. */
  private async tryToCreate(spec: NetworkSpec): Promise<Network | undefined> {
    // Swarm chooses a subnet where none is named.
    const asked = { ...spec, subnets: spec.subnets.length > 0 ? spec.subnets : null };
    const id = await settleOutcome(
      this.state,
      () => this.gateway.createNetwork(spec),
      () => this.state.networks.named(spec.name).find((network) => isAsAsked(asked, network))?.id,
    );
    const created = await this.state.shown(`the network "${spec.name}"`, () => this.state.networks.get(id));
    if (created.allocated) return created;
    const allocated = await this.state.until(() => {
      const network = this.state.networks.get(id);
      return network?.allocated ? network : undefined;
    }, ALLOCATED_WITHIN_MS);
    // Swarm accepts a network first and looks for addresses later; one that gets none would stay useless.
    if (!allocated) await this.gateway.removeNetwork(id);
    return allocated;
  }
}

const isUnset = (value: unknown): boolean =>
  value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** A network that is yet to be made: it has no id. */
function newNetwork(spec: NetworkSpec): Network {
  return {
    ...spec,
    id: '',
    version: 0,
    scope: 'swarm',
    createdAt: new Date().toISOString(),
    ingress: false,
    allocated: false,
  };
}

/** What is asked for, with what holds where nothing is said. */
export function networkSpecFrom(input: CreateNetworkInput): NetworkSpec {
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

/** What asks for just that. */
export function networkInputOf(spec: NetworkSpec, force: boolean): CreateNetworkInput {
  return { ...spec, subnets: spec.subnets.map((subnet) => ({ ...subnet })), force };
}
