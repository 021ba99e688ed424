import { Injectable } from '@nestjs/common';
import { checkOwnLabels } from '../api/idempotency.ts';
import { VisibleState } from '../api/visible-state.ts';
import { DomainError, invalid, isKind, refuse } from '../domain/errors.ts';
import { mergePatch } from '../domain/merge-patch.ts';
import type { StringMap } from '../domain/object.ts';
import type { Principal } from '../domain/role.ts';
import { completeSpec, type Partly } from '../domain/service-defaults.ts';
import { checkServiceSpec } from '../domain/service-rules.ts';
import type { NetworkAttachment, ServiceSpec } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ServiceLookups } from './service-lookups.service.ts';
import type { CreateServiceInput, ServiceNetworkInput, UpdateServiceInput } from './services.types.ts';

/** What is made of the spec that is in force, for somebody. */
export type SpecChange = (spec: ServiceSpec, by: Principal) => ServiceSpec | Promise<ServiceSpec>;

/** The specs that clients mean by what they send. */
@Injectable()
export class ServiceSpecs {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly lookups: ServiceLookups,
  ) {}

  /** The whole spec that the input of a create means. Fails `invalid`. */
  async of(input: CreateServiceInput, by: Principal, labels: StringMap = {}): Promise<ServiceSpec> {
    this.state.assertSynced();
    refuse(checkOwnLabels(input.labels ?? {}));
    // As a patch of nothing, so that a null in a map means the same here as there.
    const known = await this.lookups.of(input, this.withNetworkIds(input, by), by);
    const asked = completeSpec(mergePatch({}, known) as Partly<ServiceSpec>);
    const spec = { ...asked, labels: { ...asked.labels, ...labels } };
    refuse(checkServiceSpec(spec));
    return spec;
  }

  /**
   * What a JSON Merge Patch makes of specs. Fails `invalid` with the pointer of a network that is none, and later of what
   * else is not there.
   */
  patch(patch: UpdateServiceInput): SpecChange {
    return async (spec, by) => {
      const known = await this.lookups.of(patch, this.withNetworkIds(patch, by), by);
      return completeSpec(mergePatch(spec, known) as Partly<ServiceSpec>);
    };
  }

  /** Fails `not-found`, `ambiguous`. */
  attachment(input: ServiceNetworkInput, by: Principal): NetworkAttachment {
    const network = this.visible.to(by).resolve('network', input.network);
    if (network.ingress) {
      throw new DomainError(
        'not-found',
        `"${network.name}" is the network of the routing mesh: services join it by publishing a port.`,
      );
    }
    const driverOptions = mergePatch({}, input.driverOptions ?? {}) as NetworkAttachment['driverOptions'];
    return { networkId: network.id, aliases: input.aliases ?? [], driverOptions };
  }

  /** The input with its networks as ids. Fails `invalid` with the pointer of a network that is none. */
  private withNetworkIds(
    input: Partial<CreateServiceInput> | UpdateServiceInput,
    by: Principal,
  ): Partly<ServiceSpec> {
    const { networks, ...rest } = input;
    if (!networks) return input as unknown as Partly<ServiceSpec>;
    const attachments = networks.map((network, index) => {
      try {
        return this.attachment(network, by);
      } catch (error) {
        if (!isKind(error, 'not-found', 'ambiguous')) throw error;
        throw invalid([{ pointer: `/networks/${index}/network`, detail: error.message }]);
      }
    });
    return { ...(rest as unknown as Partly<ServiceSpec>), networks: attachments };
  }
}
