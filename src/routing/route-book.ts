import { Injectable } from '@nestjs/common';
import type { Change } from '../domain/change.ts';
import { targetOf, type RouteSurroundings } from '../domain/route-target.ts';
import type { RoutedRoute } from '../domain/router-config.ts';
import type { Service } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { sameContent } from '../swarm/same-content.ts';
import { AimedRoutes } from './aimed-routes.ts';
import { ClaimBook } from './claim-book.ts';
import { routesOfLabels, type DeclaredRoute } from './declared-route.ts';
import {
  isServed,
  looksSame,
  mergeable,
  routedRoute,
  statusOf,
  type AimedRoute,
  type KnownRoute,
} from './known-route.ts';
import { RouteRecords, routeOfRecord, type RouteRecord } from './route-records.ts';
import { RoutedRoutes } from './routed-routes.ts';
import { RouterPlaces } from './router-places.ts';

/** Told of the ids of routes that came, went, or look different. Must be quick and must not throw. */
export type RouteListener = (changed: ReadonlySet<string>) => void;

/**
 * All routes, read from labels and from the store, with what comes of each among all others, kept up with the swarm: a
 * change of a task costs a look at the routes of its service. What it holds follows from the state alone.
 */
@Injectable()
export class RouteBook extends RoutedRoutes {
  readonly all = new Map<string, RoutedRoute>();
  private readonly known = new Map<string, KnownRoute>();
  private readonly aimed = new AimedRoutes();
  private readonly claims = new ClaimBook();
  private readonly records = new Map<string, RouteRecord>();
  private readonly routers: RouterPlaces;
  /** Routes to look at once all changes of a batch are in, by id. */
  private readonly touched = new Set<string>();
  /** Of `all`. */
  private changes = 0;
  private readonly routedListeners = new Set<RouteListener>();
  private readonly listeners = new Set<RouteListener>();

  constructor(
    private readonly state: ClusterState,
    private readonly store: RouteRecords,
  ) {
    super();
    this.routers = new RouterPlaces(state);
    this.readRecords();
    for (const { id } of state.services.all()) this.readService(id);
    this.settle();
    state.subscribe((changes) => this.take(changes));
  }

  get revision(): number {
    return this.changes;
  }

  /** The route with this id, whatever has come of it. */
  get(id: string): KnownRoute | undefined {
    return this.known.get(id);
  }

  /** All routes, whatever has come of them. */
  routes(): IterableIterator<KnownRoute> {
    return this.known.values();
  }

  /** The routes that the labels of a service say, and those that lead to it. */
  concerning(service: Pick<Service, 'id' | 'name'>): KnownRoute[] {
    return [...new Set(this.aimed.concerning(service))].flatMap((id) => this.known.get(id) ?? []);
  }

  /** The networks over which a route is reached, or would be were all routers on them: by id. */
  networksOf(id: string): readonly string[] {
    return this.aimed.get(id)?.target?.networks ?? [];
  }

  /** What would come of a route, were it declared now. */
  preview(declared: DeclaredRoute): KnownRoute {
    return this.judged(this.aim(declared));
  }

  /** The swarm, as far as routes go. */
  get surroundings(): RouteSurroundings {
    const { services, networks, tasks } = this.state;
    return {
      service: (reference) => services.get(reference) ?? services.named(reference)[0],
      network: (id) => networks.get(id),
      tasksOf: (id) => tasks.by('service', id),
      reach: this.routers.reach,
    };
  }

  subscribe(listener: RouteListener): () => void {
    this.routedListeners.add(listener);
    return () => this.routedListeners.delete(listener);
  }

  /** Calls `listener` once for each batch of changes that makes a difference to any route. Returns the way to stop it. */
  follow(listener: RouteListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private take(changes: readonly Change[]): void {
    for (const change of changes) {
      switch (change.kind) {
        case 'task':
          this.touch(this.state.services.get(change.object.serviceId ?? ''));
          break;
        case 'service': {
          const { object, previous, type } = change;
          if (type !== 'UPDATED' || !previous || !saysTheSame(previous, object)) this.readService(object.id);
          this.touch(object);
          break;
        }
        case 'network':
          for (const service of this.state.services.by('network', change.object.id)) {
            this.readService(service.id);
            this.touch(service);
          }
          break;
        case 'config':
        case 'node':
          break;
      }
    }
    if (changes.some(({ kind }) => kind === 'config')) this.readRecords();
    if (this.routers.take(changes)) for (const id of this.aimed.ids()) this.touched.add(id);
    this.settle();
  }

  private touch(service: Service | undefined): void {
    if (service) for (const id of this.aimed.concerning(service)) this.touched.add(id);
  }

  private readService(id: string): void {
    const service = this.state.services.get(id);
    const before = this.aimed.saidBy(id).map(({ declared }) => declared.id);
    this.declare(
      before,
      service ? routesOfLabels(service, (network) => this.state.networks.get(network)) : [],
    );
  }

  /** Reads the records that have changed. */
  private readRecords(): void {
    const records = new Map(this.store.list().map((record) => [record.id, record]));
    const gone = [...this.records.keys()].filter((id) => !records.has(id));
    for (const id of gone) this.records.delete(id);
    const changed = [...records.values()].filter((record) => this.records.get(record.id) !== record);
    for (const record of changed) this.records.set(record.id, record);
    this.declare(gone, changed.map(routeOfRecord));
  }

  /** @param before ids of routes that are no more, unless they are among those that are declared now */
  private declare(before: readonly string[], now: readonly DeclaredRoute[]): void {
    const ids = new Set(now.map(({ id }) => id));
    for (const id of before) if (!ids.has(id)) this.put(id, undefined);
    for (const declared of now) {
      const old = this.aimed.get(declared.id);
      // What says the same is the same object, so that nothing that is made of it has to be made again.
      const isSame = old !== undefined && sameContent(old.declared.spec, declared.spec);
      const spec = isSame ? old.declared.spec : declared.spec;
      this.put(declared.id, { declared: { ...declared, spec }, target: null });
    }
  }

  private put(id: string, route: AimedRoute | undefined): void {
    for (const mate of this.aimed.put(id, route)) this.touched.add(mate);
    this.touched.add(id);
  }

  /** Finds out what has come of the routes that something has happened to, and of those for which that matters. */
  private settle(): void {
    if (this.touched.size === 0) return;
    for (const id of [...this.touched]) {
      const route = this.aimed.get(id);
      const now = route && this.aim(route.declared);
      if (route && now && !sameContent(route.target, now.target)) this.put(id, now);
    }
    for (const id of [...this.touched]) {
      for (const rival of this.claims.put(id, this.claimOf(id))) this.touched.add(rival);
    }
    const routed = new Set<string>();
    const changed = new Set<string>();
    for (const id of this.touched) {
      const before = this.known.get(id);
      const now = this.judge(id, before);
      if (now === before) continue;
      if (now) this.known.set(id, now);
      else this.known.delete(id);
      if ((before?.routed ?? null) !== (now?.routed ?? null)) routed.add(id);
      if (!before || !now || !looksSame(before, now)) changed.add(id);
      if (now?.routed) this.all.set(id, now.routed);
      else this.all.delete(id);
    }
    this.touched.clear();
    if (routed.size > 0) {
      this.changes += 1;
      for (const listener of this.routedListeners) listener(routed);
    }
    if (changed.size > 0) for (const listener of this.listeners) listener(changed);
  }

  private aim(declared: DeclaredRoute): AimedRoute {
    const { spec, refusal, service } = declared;
    return { declared, target: spec && refusal === null ? targetOf(spec, service, this.surroundings) : null };
  }

  /** The routes that are one with a route, the oldest first, which leads. One too many is by itself. */
  private groupOf(route: AimedRoute): readonly AimedRoute[] {
    const group = mergeable(this.aimed.groupOf(route));
    return group.includes(route) ? group : [route];
  }

  private claimOf(id: string): DeclaredRoute | null {
    const route = this.aimed.get(id);
    return route && isServed(route) && this.groupOf(route)[0] === route ? route.declared : null;
  }

  private judge(id: string, before: KnownRoute | undefined): KnownRoute | undefined {
    const route = this.aimed.get(id);
    return route && this.judged(route, this.groupOf(route), before);
  }

  private judged(route: AimedRoute, group: readonly AimedRoute[] = [route], before?: KnownRoute): KnownRoute {
    const { declared, target } = route;
    const now = routedRoute(route, group);
    const isSame = before !== undefined && sameContent(before.routed, now);
    const losesTo = isServed(route) ? this.claims.olderThan(declared) : [];
    const known = {
      declared,
      status: statusOf(route, group, losesTo),
      servers: now?.servers ?? target?.servers ?? [],
      routed: isSame ? before.routed : now,
      changedRevision: isSame ? before.changedRevision : this.changes + 1,
    };
    // The same object says that nothing is different, so that what clients see of it is not made again.
    const { version } = declared;
    return isSame && before.declared.version === version && looksSame(before, known) ? before : known;
  }
}

/** Whether two states of a service say the same of routes. */
function saysTheSame(a: Service, b: Service): boolean {
  return (
    sameContent(a.labels, b.labels) &&
    sameContent(a.networks, b.networks) &&
    sameContent(a.ports, b.ports) &&
    sameContent(a.publishedPorts, b.publishedPorts)
  );
}
