import { Injectable } from '@nestjs/common';
import type { Verb } from '../domain/access/resource-kind.ts';
import { DomainError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
import type { DeclaredRoute } from './declared-route.ts';
import { ClusterState } from '../swarm/cluster-state.ts';

/** What of a route rights go by. */
type Said = Pick<DeclaredRoute, 'id' | 'name' | 'service' | 'spec'>;

/**
 * Who may do what with a route. One of labels goes with its service; one of the API with all services that it leads to;
 * and any with its name and hosts.
 */
@Injectable()
export class RouteSight {
  constructor(private readonly state: ClusterState) {}

  may({ rights }: Principal, verb: Verb, { id, name, service, spec }: Said): boolean {
    if (rights.everywhere(verb, 'route')) return true;
    const target = { id, name, hosts: spec?.hosts ?? [] };
    if (rights.may(verb, 'route', service ? { ...target, labels: service.labels } : target)) return true;
    if (service !== null) return false;
    const backends = (spec?.backends ?? []).map((backend) => this.find(backend.service));
    return (
      backends.length > 0 &&
      backends.every((found) => found && rights.may(verb, 'route', { id, name, labels: found.labels }))
    );
  }

  /** Fails `forbidden` unless somebody may do this with a route that they may see. */
  assertMay(by: Principal, verb: Verb, route: Said): void {
    if (this.may(by, verb, route)) return;
    throw new DomainError(
      'forbidden',
      `You may not ${verb} the route "${route.name}". Ask an admin for a grant; GET /v1/me says what you may do.`,
    );
  }

  private find(reference: string) {
    return this.state.services.get(reference) ?? this.state.services.named(reference)[0];
  }
}
