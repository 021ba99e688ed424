import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { assertVersion } from '../api/etag.ts';
import { countedHidden, VisibleState } from '../api/visible-state.ts';
import type { Write, WriteRequest } from '../api/write.ts';
import { DomainError, invalid, isKind } from '../domain/errors.ts';
import { hasLabels } from '../domain/filter.ts';
import { parseSince } from '../domain/log-line.ts';
import type { Network } from '../domain/network.ts';
import { planOf, type Plan } from '../domain/plan.ts';
import { ITSELF, type Principal } from '../domain/role.ts';
import type { Service } from '../domain/service.ts';
import { ServiceWrites } from '../services/service-writes.service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { settleOutcome } from '../swarm/settle-outcome.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import { inUse, tasksOn, userOf, usersOf } from './network-users.ts';
import { toNetwork, type PruneFilters, type PrunedNetworks } from './networks.types.ts';

const NS_PER_MS = 1_000_000n;

/** Takes networks away, and makes sure that nothing is left without one. */
@Injectable()
export class NetworkRemoval {
  /** How long a deletion waits for the tasks of services that it has detached, in milliseconds. */
  detachedWithinMs = 30_000;

  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly gateway: SwarmGateway,
    private readonly services: ServiceWrites,
  ) {}

  /**
   * Deletes a network and answers its id. With `detach`, it is taken from all services first; as their tasks are
   * replaced by their own update policies, that can take longer than a request may: the same request goes on from
   * there. Fails `not-found`, `ambiguous`, `stale`, and `in-use` with all that uses it.
   */
  delete(reference: string, ifMatch: number | null, detach: boolean): Write<string> {
    const judge = (by: Principal): Network => {
      const network = this.visible.to(by).resolve('network', reference);
      assertMay(by, 'delete', 'network', network);
      assertVersion(ifMatch, network.version);
      return network;
    };
    return {
      plan: async (by) => {
        const network = judge(by);
        const detached = detach && !network.ingress ? await this.detachment(network, by) : null;
        if (!detached) this.assertUnused(network, by);
        const { id, name, version } = network;
        const plan = planOf({ action: 'delete', kind: 'network', id, name, version, ...detached });
        return { plan, preview: id };
      },
      apply: async (by) => {
        const network = judge(by);
        if (detach && !network.ingress) await this.detachAll(network, by);
        this.assertUnused(network, by);
        await this.remove(network);
        return network.id;
      },
    };
  }

  /**
   * Deletes every network that nothing uses and that fits the filters, each on record, or only says which it would. The
   * network of the routing mesh is never among them.
   */
  async prune(
    filters: PruneFilters,
    { by, dryRun, record }: Pick<WriteRequest, 'by' | 'dryRun' | 'record'>,
  ): Promise<PrunedNetworks> {
    this.state.assertSynced();
    const fits = pruneMatcher(filters, Date.now());
    const idle = this.visible
      .to(by)
      .networks.all()
      .filter(
        (network) => this.isIdle(network) && fits(network) && by.rights.may('delete', 'network', network),
      );
    if (dryRun) return { items: idle.map(toNetwork), skipped: [] };
    const items: Network[] = [];
    const skipped: { id: string; name: string; reason: string }[] = [];
    for (const network of idle) {
      try {
        const { id, name } = network;
        await record.of({ id, name, changes: [], admission: null }, () => this.remove(network));
        items.push(network);
      } catch (error) {
        // Somebody was faster: took it away, or into use.
        if (isKind(error, 'not-found')) continue;
        if (!isKind(error, 'in-use', 'conflict')) throw error;
        skipped.push({ id: network.id, name: network.name, reason: error.message });
      }
    }
    return { items: items.map(toNetwork), skipped };
  }

  private assertUnused(network: Network, by: Principal): void {
    const users = usersOf(this.state, network.id);
    if (users.length === 0) return;
    throw inUse(
      network,
      users,
      'Delete or detach them first; DELETE /v1/networks/{network}?detach=true (GraphQL: detach) detaches it from all services.',
      this.visible.to(by),
    );
  }

  /**
   * What becomes of the services that are on a network when it is taken from them. Fails `in-use` where containers
   * joined it by hand.
   */
  async detachment(
    network: Network,
    by: Principal,
  ): Promise<Pick<Plan, 'tasks' | 'virtualIps' | 'routes' | 'warnings'>> {
    this.assertNoneByHand(network, by);
    const services = this.servicesToDetach(network, by);
    const plans: Plan[] = [];
    for (const { id } of services) {
      plans.push((await this.services.detach(id, network.id, null).plan(ITSELF)).plan);
    }
    const sum = (count: (plan: Plan) => number): number => plans.reduce((all, plan) => all + count(plan), 0);
    return {
      tasks: {
        restarted: sum(({ tasks }) => tasks.restarted),
        added: sum(({ tasks }) => tasks.added),
        removed: sum(({ tasks }) => tasks.removed),
        reasons: plans.map(({ name }) => `The service "${name}" is detached.`),
      },
      virtualIps: plans.flatMap(({ virtualIps }) => virtualIps),
      routes: [...new Set(plans.flatMap(({ routes }) => routes))],
      warnings: plans.flatMap(({ name, warnings }) => warnings.map((warning) => `${name}: ${warning}`)),
    };
  }

  /** The services on a network. Who takes it from them changes them: fails `forbidden` when that is not for them to do. */
  servicesToDetach(network: Network, { rights }: Principal): readonly Service[] {
    const services = this.state.services.by('network', network.id);
    const others = services.filter((service) => !rights.may('update', 'service', service));
    if (others.length === 0) return services;
    const visible = others.filter((service) => rights.may('view', 'service', service));
    const names = visible.map(({ name }) => `"${name}"`).join(', ');
    const hidden = others.length - visible.length;
    const said = [...(names ? [names] : []), ...countedHidden(hidden)];
    throw new DomainError(
      'forbidden',
      `You may not update all services that are on the network: ${said.join(' and ')}. Ask whoever may to detach them.`,
    );
  }

  private async remove(network: Network): Promise<void> {
    await settleOutcome(
      this.state,
      () => this.gateway.removeNetwork(network.id),
      () => (this.state.networks.get(network.id) ? undefined : null),
    );
    await this.state.gone(`the network "${network.name}"`, 'network', network.id);
  }

  private isIdle(network: Network): boolean {
    return (
      !network.ingress &&
      this.state.services.by('network', network.id).length === 0 &&
      tasksOn(this.state, network.id).length === 0
    );
  }

  private byHand({ id }: Network): boolean {
    return tasksOn(this.state, id).some((task) => task.serviceId === null);
  }

  /** Fails `in-use` where containers joined a network by hand. */
  assertNoneByHand(network: Network, by: Principal): void {
    if (!this.byHand(network)) return;
    throw inUse(
      network,
      usersOf(this.state, network.id),
      'Containers that joined by hand only their own node can detach: run "docker network disconnect" there first. Nothing was changed.',
      this.visible.to(by),
    );
  }

  private async detachAll(network: Network, by: Principal): Promise<void> {
    const { id } = network;
    this.assertNoneByHand(network, by);
    for (const service of this.servicesToDetach(network, by)) {
      try {
        await this.services.detach(service.id, id, null).apply(ITSELF);
      } catch (error) {
        // Somebody was faster: the service is gone, or has left the network.
        if (!isKind(error, 'not-found')) throw error;
      }
    }
    const left = await this.state.until(
      () => (this.isIdle(network) ? true : undefined),
      this.detachedWithinMs,
    );
    if (left || this.byHand(network)) return;
    const attached = usersOf(this.state, id).filter((user) => user.kind === 'service');
    throw inUse(
      network,
      [...attached, ...tasksOn(this.state, id).map(userOf)],
      attached.length > 0
        ? 'It was detached, and came back: an update was rolled back, or somebody attached it again. Look at the services, then send the same request again.'
        : `It is detached from all services, but these tasks have not been replaced within ${this.detachedWithinMs / 1000} seconds: GET /v1/services/{service}/rollout shows how far they are. Send the same request again to go on.`,
      this.visible.to(by),
    );
  }
}

/**
 * What a network must be to fit Docker's filters for pruning. Fails `invalid` for an `until` that is no moment.
 * @param now milliseconds since 1970
 */
function pruneMatcher(filters: PruneFilters, now: number): (network: Network) => boolean {
  const { until, label, notLabel } = filters;
  const before = until ? momentOf(until, now) : null;
  return (network) =>
    (before === null || Date.parse(network.createdAt) <= before) &&
    hasLabels(network.labels, label ?? []) &&
    !(notLabel ?? []).some((unwanted) => hasLabels(network.labels, [unwanted]));
}

function momentOf(until: string, now: number): number {
  const moment = parseSince(until, now);
  if (moment !== undefined) return Number(moment / NS_PER_MS);
  throw invalid([
    {
      pointer: '/filters/until',
      detail: 'Must be RFC 3339, as in 2026-06-07T21:07:31Z, or a while ago, as in 10m or 24h.',
    },
  ]);
}
