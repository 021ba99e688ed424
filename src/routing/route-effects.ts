import { Injectable } from '@nestjs/common';
import { fieldChanges } from '../domain/field-changes.ts';
import type { Plan } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { networkFor } from '../domain/route-network.ts';
import type { SpecChange } from '../domain/service-plan.ts';
import type { Service, ServiceSpec } from '../domain/service.ts';
import type { KnownRoute } from './known-route.ts';
import { RouteSight } from './route-sight.ts';
import { RouteBook } from './route-book.ts';

/** The fields of a service by which routes lead to it, or say that they do. */
const FIELDS = [
  'labels',
  'networks',
  'ports',
  'endpointMode',
  'replicas',
] as const satisfies (keyof ServiceSpec)[];

/** What a change of a service does to routes. */
@Injectable()
export class RouteEffects {
  constructor(
    private readonly book: RouteBook,
    private readonly sight: RouteSight,
  ) {}

  /**
   * The routes that a change touches, as far as somebody may see them, and a warning of those that it leaves with nothing to send requests to.
   * @param restarts whether tasks are replaced
   */
  of(
    service: Service,
    change: SpecChange,
    restarts: boolean,
    by: Principal,
  ): Pick<Plan, 'routes' | 'warnings'> {
    const { before, after } = change;
    const isTouched =
      restarts || !after || FIELDS.some((field) => fieldChanges(before?.[field], after[field]).length > 0);
    if (!isTouched) return { routes: [], warnings: [] };
    const routes = this.book
      .concerning(service)
      .filter(({ declared }) => this.sight.may(by, 'view', declared));
    const dying = routes.filter((route) => this.isLeftAlone(route, service, after));
    return {
      routes: routes.map(({ declared }) => declared.id).sort(),
      warnings:
        dying.length > 0
          ? [`Nothing is left that routers could send requests to: ${dying.map(nameOf).join(', ')}.`]
          : [],
    };
  }

  /** Whether a route that is served has no backend but the service, and does not reach it afterwards. */
  private isLeftAlone(
    { declared, servers }: KnownRoute,
    service: Service,
    after: ServiceSpec | null,
  ): boolean {
    const { spec } = declared;
    if (!spec || servers.length === 0) return false;
    const others = spec.backends.some(({ service: name }) => ![service.id, service.name].includes(name));
    if (others) return false;
    if (!after || after.replicas === 0) return true;
    const { surroundings } = this.book;
    return networkFor({ ...service, ...after }, spec.network, surroundings).network === null;
  }
}

const nameOf = ({ declared: { name, id } }: KnownRoute): string => `the route "${name}" (${id})`;
