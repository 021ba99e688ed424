import { Injectable } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { ROUTER_LABEL, servicesOff } from '../domain/route-network.ts';
import type { RouteSpec } from '../domain/route.ts';
import type { Service } from '../domain/service.ts';
import { ServiceWrites } from '../services/service-writes.service.ts';
import { RouteBook } from './route-book.ts';
import { RouterNetworks } from './router-networks.ts';

/** Brings services of a route onto a network over which routers reach them. */
@Injectable()
export class RouteAttachments {
  constructor(
    private readonly book: RouteBook,
    private readonly networks: RouterNetworks,
    private readonly services: ServiceWrites,
  ) {}

  /** Fails `conflict`, with what to do, unless all services of a route are on a network for it. */
  assertReached(spec: RouteSpec): void {
    const [service, ...others] = this.servicesOff(spec);
    if (!service) return;
    const network = this.networkFor(spec);
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    throw new DomainError(
      'conflict',
      `The service "${service.name}"${more} is not on the network "${network}", over which routers would reach it. Attach it: PUT /v1/services/${service.name}/networks/${network} (GraphQL: attachService). Or send this again with ?attach=true (GraphQL: attach), which does the same.`,
    );
  }

  /** What attaching does to the services that are on none. */
  async plan(
    spec: RouteSpec,
    by: Principal,
  ): Promise<Pick<Plan, 'tasks' | 'virtualIps' | 'addresses' | 'routes' | 'warnings'>> {
    const plans: Plan[] = [];
    for (const service of this.servicesOff(spec)) {
      plans.push((await this.services.attach(service.id, this.networkFor(spec), {}, null).plan(by)).plan);
    }
    const sum = (count: (plan: Plan) => number): number => plans.reduce((all, plan) => all + count(plan), 0);
    return {
      tasks: {
        restarted: sum(({ tasks }) => tasks.restarted),
        added: sum(({ tasks }) => tasks.added),
        removed: sum(({ tasks }) => tasks.removed),
        reasons: plans.map(({ name }) => `The service "${name}" is attached to "${this.networkFor(spec)}".`),
      },
      virtualIps: plans.flatMap(({ virtualIps }) => virtualIps),
      addresses: plans.flatMap(({ addresses }) => addresses),
      routes: [...new Set(plans.flatMap(({ routes }) => routes))],
      warnings: plans.flatMap(({ name, warnings }) => warnings.map((warning) => `${name}: ${warning}`)),
    };
  }

  /** Attaches the services that are on none. Their tasks are replaced by their own update policies. */
  async apply(spec: RouteSpec, by: Principal): Promise<void> {
    for (const service of this.servicesOff(spec)) {
      await this.services.attach(service.id, this.networkFor(spec), {}, null).apply(by);
    }
  }

  private servicesOff(spec: RouteSpec): Service[] {
    return servicesOff(spec, this.book.surroundings);
  }

  /** The network of a route whose services are on none. Fails `conflict` where there is none to name. */
  private networkFor({ network }: RouteSpec): string {
    const name = network ?? this.networks.best()?.name;
    if (name !== undefined) return name;
    throw new DomainError(
      'conflict',
      `No network has the label ${ROUTER_LABEL}, by which routers know where they belong. Create one: POST /v1/networks with {"name":"routes","labels":{"${ROUTER_LABEL}":""}}, and attach the service.`,
    );
  }
}
