import { Injectable } from '@nestjs/common';
import type { Write } from '../api/write.ts';
import { DomainError } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { isOfRouters, ROUTER_LABEL, routersJoin } from '../domain/route-network.ts';
import type { Service } from '../domain/service.ts';
import { NetworksService } from '../networks/networks.service.ts';
import { RouterNetworks } from '../routing/router-networks.ts';
import { RolloutWait } from '../services/rollout-wait.ts';
import { ServiceWrites } from '../services/service-writes.service.ts';
import type { WrittenService } from '../services/written-service.types.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { DeployRoutersInput } from './deployment.types.ts';
import { DEFAULT_NAME, routerServiceInput, socketOf, type RouterParts } from './router-service-input.ts';
import { RouterSecrets } from './router-secrets.ts';

/** The network that is made where none is one of routers. */
const NETWORK = 'swarmplane-router';

/** Deploys routers: a service of the swarm, with the network, the token and the key that it needs. */
@Injectable()
export class RouterDeployments {
  constructor(
    private readonly state: ClusterState,
    private readonly writes: ServiceWrites,
    private readonly networks: NetworksService,
    private readonly routerNetworks: RouterNetworks,
    private readonly secrets: RouterSecrets,
    private readonly rollouts: RolloutWait,
  ) {}

  /**
   * Makes the router service, or changes what of it is not as it is said. It keeps its token and its networks. Fails
   * `name-taken` where another service has the name, and as writing a service does.
   */
  deploy(input: DeployRoutersInput): Write<WrittenService> {
    const name = input.name ?? DEFAULT_NAME;
    return {
      plan: async (by) => {
        const { token, key } = await this.secrets.find(name);
        const networks = this.networksFor(name, input);
        const parts = { networks, tokenSecret: token, keySecret: key };
        const { plan, preview } = await this.write(name, input, parts).plan(by);
        return { plan: this.withParts(plan, input, parts), preview };
      },
      apply: async (by) => {
        // All that can be refused is, before anything is made.
        await this.write(name, input, {
          networks: this.networksFor(name, input),
          tokenSecret: null,
          keySecret: null,
        }).plan(by);
        const { token, key } = await this.secrets.ensure(name, by);
        if (this.routerNetworks.all().length === 0) await this.makeNetwork(by);
        const networks = this.networksFor(name, input);
        return this.write(name, input, { networks, tokenSecret: token, keySecret: key }).apply(by);
      },
      settle: (service, patience) => this.rollouts.until(service, patience),
    };
  }

  /** Removes a router service, its secrets and its token. Answers its id. Fails `not-found`, `ambiguous`, `stale`. */
  remove(reference: string, ifMatch: number | null): Write<string> {
    const find = (): Service => {
      const service = this.state.resolve('service', reference);
      if (isOfRouters(service.labels)) return service;
      throw new DomainError(
        'not-found',
        `"${service.name}" is no service of routers: it has not the label ${ROUTER_LABEL}.`,
      );
    };
    return {
      plan: (by) => this.writes.delete(find().id, ifMatch).plan(by),
      apply: async (by) => {
        const { id, name } = find();
        await this.writes.delete(id, ifMatch).apply(by);
        await this.secrets.remove(name, by);
        return id;
      },
    };
  }

  private write(name: string, input: DeployRoutersInput, parts: RouterParts): Write<WrittenService> {
    const [existing] = this.state.services.named(name);
    const service = routerServiceInput(input, parts);
    if (!existing) return this.writes.create(service);
    if (isOfRouters(existing.labels)) {
      return this.writes.update(existing.id, service, null);
    }
    throw new DomainError(
      'name-taken',
      `There is a service "${name}" already (${existing.id}), and it is none of routers. Choose another name.`,
    );
  }

  /** Those that it is on, those that are asked for, and those that routes need; where none is of routers, all that are. By id. */
  private networksFor(name: string, { networks = [] }: DeployRoutersInput): string[] {
    this.state.assertSynced();
    const [existing] = this.state.services.named(name);
    const asked = (networks ?? []).map((reference) => this.state.resolve('network', reference).id);
    const all = this.routerNetworks.all().map(({ id }) => id);
    // A route may name any network; that alone brings no router onto it.
    const needed = this.routerNetworks
      .needed()
      .filter(({ labels }) => routersJoin(labels))
      .map(({ id }) => id);
    const attached = existing?.networks.map(({ networkId }) => networkId) ?? [];
    const wanted = [...new Set([...attached, ...asked, ...needed])];
    return wanted.some((id) => all.includes(id)) ? wanted : [...new Set([...wanted, ...all])];
  }

  private async makeNetwork(by: Principal): Promise<void> {
    const input = { name: NETWORK, driver: 'overlay', attachable: true, labels: { [ROUTER_LABEL]: '' } };
    await this.networks.create(input).apply(by);
  }

  /** The plan with what is made besides the service, and with what may surprise. */
  private withParts(
    plan: Plan,
    input: DeployRoutersInput,
    { networks, tokenSecret, keySecret }: RouterParts,
  ): Plan {
    const made = [
      ...(tokenSecret === null ? ['A token of the role "router" is made, and a secret that holds it.'] : []),
      ...(keySecret === null ? ['A secret is made that holds the key of the certificates.'] : []),
      ...(this.routerNetworks.all().length === 0 ? [`The network "${NETWORK}" is made.`] : []),
    ];
    const needed = new Set(this.routerNetworks.needed().map(({ id }) => id));
    const superfluous = networks
      .flatMap((id) => this.state.networks.get(id) ?? [])
      .filter(({ id, labels }) => isOfRouters(labels) && needed.size > 0 && !needed.has(id))
      .map(
        ({ name }) =>
          `No route needs the network "${name}". Detach it, if nothing else does: DELETE /v1/services/${plan.name}/networks/${name}.`,
      );
    const distant =
      socketOf(input.server) && this.state.nodes.size > 1
        ? [
            'Only routers on the node of the server reach its socket. Give a URL as "server" for those on others.',
          ]
        : [];
    return {
      ...plan,
      action: plan.action === 'none' && made.length > 0 ? 'update' : plan.action,
      warnings: [...made, ...plan.warnings, ...superfluous, ...distant],
    };
  }
}
