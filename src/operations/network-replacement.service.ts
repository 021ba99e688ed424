import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { assertVersion } from '../api/etag.ts';
import { IDEMPOTENCY_LABEL } from '../api/idempotency.ts';
import { VisibleState } from '../api/visible-state.ts';
import type { Write } from '../api/write.ts';
import { DomainError, invalid, refuseConflicts } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { mergePatch } from '../domain/merge-patch.ts';
import { STACK_LABEL } from '../domain/object.ts';
import type { Network, NetworkSpec } from '../domain/network.ts';
import { MAX_NETWORK_NAME_LENGTH } from '../domain/network-rules.ts';
import { replacementSteps } from '../domain/network-replacement.ts';
import type { MoveOrder, Operation } from '../domain/operation.ts';
import { planOf, type Plan } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { isJob, type Service } from '../domain/service.ts';
import { AddressesService } from '../ipam/addresses.service.ts';
import { NetworkRemoval } from '../networks/network-removal.service.ts';
import { networkInputOf, NetworksService, networkSpecFrom } from '../networks/networks.service.ts';
import type { ReplaceNetworkInput } from '../networks/networks.types.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { OperationRecords, toOperation, type OperationDocument } from './operation-records.ts';
import { OPERATION_LABEL } from './replacement-steps.ts';

/** Docker's overlay driver notes there which VXLAN it was given; another network gets another one. */
const VXLAN_OPTION = 'com.docker.network.driver.overlay.vxlanid_list';

/** A replacement that was found possible. */
interface Judged {
  readonly network: Network;
  readonly document: OperationDocument;
  /** Of the new network. */
  readonly created: Plan;
}

/** Begins to replace networks: what cannot be changed is made anew, and all services move over. */
@Injectable()
export class NetworkReplacement {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly networks: NetworksService,
    private readonly removal: NetworkRemoval,
    private readonly addresses: AddressesService,
    private readonly records: OperationRecords,
  ) {}

  /**
   * Begins an operation that replaces a network by one that differs from it as the patch says. Fails as creating that
   * network would, `in-use` where containers joined by hand, `in-progress` while another operation is about it,
   * `conflict`, `stale`, `not-found`, `ambiguous`.
   */
  replace(
    reference: string,
    input: ReplaceNetworkInput,
    ifMatch: number | null,
    by: Principal,
  ): Write<Operation> {
    return {
      plan: async () => {
        const judged = await this.judge(reference, input, ifMatch, by);
        const { document } = judged;
        const { createdAt } = document;
        const record = { id: '', version: 0, createdAt, updatedAt: createdAt, document };
        return { plan: await this.plan(judged, by), preview: toOperation(record) };
      },
      apply: async () => {
        const { document } = await this.judge(reference, input, ifMatch, by);
        return toOperation(await this.records.create(document));
      },
    };
  }

  private async judge(
    reference: string,
    { order, force, ...patch }: ReplaceNetworkInput,
    ifMatch: number | null,
    by: Principal,
  ): Promise<Judged> {
    const network = this.visible.to(by).resolve('network', reference);
    assertMay(by, 'update', 'network', network);
    assertVersion(ifMatch, network.version);
    this.assertReplaceable(network, patch.name ?? null, by);
    const name = patch.name ?? this.freeName(network.name);
    const spec = networkSpecFrom({ ...(mergePatch(keptOf(network), patch) as ReplaceNetworkInput), name });
    const { plan: created, preview } = await this.networks
      .create(networkInputOf(spec, force ?? false), null, keptOf(network))
      .plan(by);
    this.assertRoom(network, preview);
    const services = this.removal.servicesToDetach(network, by);
    const chosen: MoveOrder = order ?? 'attach-first';
    const document: OperationDocument = {
      type: 'replace-network',
      network: { id: network.id, name: network.name },
      replacement: { id: null, name: spec.name },
      order: chosen,
      spec,
      force: force ?? false,
      goal: 'replace',
      status: 'under-way',
      steps: replacementSteps(services, chosen),
      message: null,
      createdBy: by.id,
      createdAt: new Date().toISOString(),
      runner: null,
      beat: 0,
    };
    return { network, document, created };
  }

  private async plan({ network, document, created }: Judged, by: Principal): Promise<Plan> {
    const { id, name, version } = network;
    const services = this.state.services.by('network', id);
    const detachment = await this.removal.detachment(network, by);
    const times = document.order === 'attach-first' ? 2 : 1;
    return planOf({
      action: 'replace',
      kind: 'network',
      id,
      name,
      version,
      changes: fieldChanges(keptOf(network), document.spec),
      virtualIps: detachment.virtualIps,
      tasks: {
        ...detachment.tasks,
        restarted: detachment.tasks.restarted * times,
        reasons: services.map((service) => `The service "${service.name}" moves to "${document.spec.name}".`),
      },
      warnings: [...created.warnings, ...detachment.warnings, ...warningsOf(network, document, services)],
    });
  }

  private assertReplaceable(network: Network, name: string | null, by: Principal): void {
    if (network.ingress) {
      throw new DomainError(
        'conflict',
        'The network of the routing mesh cannot be replaced in this way: Docker wants it removed before there is another one. See "docker network create --ingress".',
      );
    }
    if (name === network.name) {
      throw invalid([
        {
          pointer: '/name',
          detail: `For a while both networks exist, so the new one needs a name of its own. Leave it out for "${this.freeName(name)}".`,
        },
      ]);
    }
    const other = this.records
      .list()
      .find(
        ({ document }) =>
          document.status !== 'ended' &&
          (document.network.id === network.id || document.replacement.id === network.id),
      );
    if (other) {
      throw new DomainError(
        'in-progress',
        `The operation ${other.id} is about the network "${network.name}" already: GET /v1/operations/${other.id} shows how far it is.`,
      );
    }
    this.removal.assertNoneByHand(network, by);
  }

  /** Fails `conflict` where what has an address now would find none on the new network. */
  private assertRoom(network: Network, replacement: Network): void {
    // Which subnet Docker would choose is not known before.
    if (replacement.subnets.length === 0) return;
    const needed = sumOf(
      this.addresses.usage(network),
      ({ total, reserved, freeAtMost }) => total - reserved - freeAtMost,
    );
    const room = sumOf(
      this.addresses.usage({ id: '', subnets: replacement.subnets }),
      ({ freeAtMost }) => freeAtMost,
    );
    refuseConflicts(
      needed <= room
        ? []
        : [
            {
              pointer: '/subnets',
              detail: `The new network has room for ${room} addresses, and ${needed} are in use on "${network.name}". Choose a larger subnet.`,
            },
          ],
    );
  }

  private freeName(name: string): string {
    const [, stem = name, number = '1'] = /^(.*)-(\d+)$/.exec(name) ?? [];
    for (let count = Number(number) + 1; ; count++) {
      const suffix = `-${count}`;
      const free = `${stem.slice(0, MAX_NETWORK_NAME_LENGTH - suffix.length)}${suffix}`;
      if (this.state.networks.named(free).length === 0) return free;
    }
  }
}

/** What a new network has of the old one unless somebody says otherwise. Its subnet it cannot have: that is taken. */
function keptOf({ name, driver, labels, options, ...network }: Network): NetworkSpec {
  const { [VXLAN_OPTION]: _vxlan, ...keptOptions } = options;
  const { [IDEMPOTENCY_LABEL]: _create, [OPERATION_LABEL]: _operation, ...keptLabels } = labels;
  const { encrypted, attachable, internal, ipv6 } = network;
  return {
    name,
    driver,
    labels: keptLabels,
    options: keptOptions,
    subnets: [],
    encrypted,
    attachable,
    internal,
    ipv6,
  };
}

const sumOf = <T>(items: readonly T[], count: (item: T) => number): number =>
  items.reduce((sum, item) => sum + count(item), 0);

function warningsOf(
  network: Network,
  { order, spec }: OperationDocument,
  services: readonly Service[],
): string[] {
  const jobs = services.filter(isJob).map(({ name }) => name);
  return [
    ...(jobs.length > 0 ? [`Jobs run again when they move: ${jobs.join(', ')}.`] : []),
    ...(order === 'switch' && services.length > 1
      ? ['Until the last one is over, services that have moved do not reach those that have not.']
      : []),
    ...(STACK_LABEL in network.labels
      ? [
          `A stack deployed the network. Before it is deployed again, its compose file must name the new one: "name: ${spec.name}"; else Docker makes the old one again and moves the services back.`,
        ]
      : []),
  ];
}
