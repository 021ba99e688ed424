import { mergeKey } from '../domain/route-claims.ts';
import type { Service } from '../domain/service.ts';
import { KeyIndex } from '../swarm/key-index.ts';
import { isServed, type AimedRoute } from './known-route.ts';
import { byAge } from './route-age.ts';

/** Routes and where each leads to by itself, by whatever can make a difference to them. */
export class AimedRoutes {
  private readonly routes = new Map<string, AimedRoute>();
  private readonly bySaying = index(({ declared }) => (declared.service ? [declared.service.id] : []));
  private readonly byReference = index(
    ({ declared }) => declared.spec?.backends.map(({ service }) => service) ?? [],
  );
  private readonly byGroup = index((route) => groupsOf(route));

  get(id: string): AimedRoute | undefined {
    return this.routes.get(id);
  }

  ids(): IterableIterator<string> {
    return this.routes.keys();
  }

  /** Those that the labels of a service say. */
  saidBy(serviceId: string): readonly AimedRoute[] {
    return this.bySaying.get(serviceId);
  }

  /** The ids of those that the labels of a service say, and of those that lead to it. */
  *concerning({ id, name }: Pick<Service, 'id' | 'name'>): Iterable<string> {
    for (const route of this.bySaying.get(id)) yield route.declared.id;
    for (const route of this.byReference.get(id)) yield route.declared.id;
    for (const route of this.byReference.get(name)) yield route.declared.id;
  }

  /** Those that are one with a route, itself too, the oldest first. */
  groupOf(route: AimedRoute): readonly AimedRoute[] {
    const [group] = groupsOf(route);
    return group === undefined ? [route] : this.byGroup.get(group);
  }

  /** Takes a route in, in the place of what it was. Answers the ids of those that are, or were, one with it. */
  put(id: string, route: AimedRoute | undefined): string[] {
    const before = this.routes.get(id);
    const mates = before ? this.groupOf(before) : [];
    for (const each of [this.bySaying, this.byReference, this.byGroup]) {
      if (before && route) each.replace(before, route);
      else if (route) each.add(route);
      else if (before) each.remove(before);
    }
    if (route) this.routes.set(id, route);
    else this.routes.delete(id);
    return [...mates, ...(route ? this.groupOf(route) : [])].map(({ declared }) => declared.id);
  }
}

const index = (keysOf: (route: AimedRoute) => readonly string[]): KeyIndex<AimedRoute> =>
  new KeyIndex<AimedRoute>(keysOf, (a, b) => byAge(a.declared, b.declared), []);

const groups = new WeakMap<AimedRoute, readonly string[]>();

/** Services of Interlock that say the same are one route, which Interlock balances by their tasks. */
function groupsOf(route: AimedRoute): readonly string[] {
  const { source, spec } = route.declared;
  if (source !== 'interlock' || !spec || spec.redirect || !isServed(route)) return [];
  const known = groups.get(route) ?? [mergeKey(spec)];
  groups.set(route, known);
  return known;
}
