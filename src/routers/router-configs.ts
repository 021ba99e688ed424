import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ServedCertificates } from '../certificates/served-certificates.ts';
import type { RoutedRoute, RouterConfig, SealedCertificate } from '../domain/router-config.ts';
import { configHash } from '../proxy/config-hash.ts';
import { RoutedRoutes } from '../routing/routed-routes.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { SortedList } from '../swarm/sorted-list.ts';
import { RouterServices } from './router-services.ts';

/** Routers report within seconds what they serve. */
const MAX_REVISIONS = 10_000;

/**
 * What routers are told: the routes and certificates of now. A change of one route costs a look at that route and a hash
 * over the digests of all. While the state is cut off from the swarm it stays as it is.
 */
@Injectable()
export class RouterConfigs {
  private readonly routes = new SortedList<RoutedRoute>((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
  private readonly known = new Map<string, RoutedRoute>();
  private readonly changed = new Set<string>();
  private readonly listeners = new Set<() => void>();
  /** By what the settings say; all of the present routes and certificates. */
  private readonly configs = new Map<string, RouterConfig>();
  private shown: {
    readonly routes: readonly RoutedRoute[];
    readonly certificates: readonly SealedCertificate[];
  } = {
    routes: [],
    certificates: [],
  };
  /** When there was something new last, of the monotonic clock, in milliseconds. */
  changedAt = performance.now();
  private version = 0;
  /** Up to which revision of the routes a configuration goes, by its hash. */
  private readonly revisions = new LRUCache<string, number>({ max: MAX_REVISIONS });
  private isWaiting = false;
  private hasBegun = false;

  constructor(
    private readonly state: ClusterState,
    private readonly routed: RoutedRoutes,
    private readonly certificates: ServedCertificates,
    private readonly services: RouterServices,
  ) {
    routed.subscribe((ids) => {
      for (const id of ids) this.changed.add(id);
      this.notice();
    });
    certificates.subscribe(() => this.notice());
    services.subscribe(() => {
      this.configs.clear();
      this.notice();
    });
  }

  /**
   * The newest configuration for the routers of a service. The same object until something changes. Fails `not-synced`
   * before the state has been read.
   * @param serviceId null where it is not known
   */
  of(serviceId: string | null): RouterConfig {
    this.update();
    const settings = this.services.settingsOf(serviceId);
    const key = JSON.stringify(settings);
    let config = this.configs.get(key);
    if (!config) {
      const contents = { settings, ...this.shown };
      this.version = Math.max(this.version, this.state.highestVersion);
      config = { version: this.version, hash: configHash(contents), ...contents };
      this.configs.set(key, config);
    }
    this.revisions.set(config.hash, this.routed.revision);
    return config;
  }

  /** Up to which revision of the routes the configuration with this hash goes; undefined where it was never, or long ago, made here. */
  revisionOf(hash: string): number | undefined {
    return this.revisions.get(hash);
  }

  /** Calls `listener` when there may be another configuration, once for all that changed together. Returns the way to stop it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** After all who follow the swarm have taken in what has changed. */
  private notice(): void {
    this.changedAt = performance.now();
    if (this.isWaiting) return;
    this.isWaiting = true;
    queueMicrotask(() => {
      this.isWaiting = false;
      for (const listener of this.listeners) listener();
    });
  }

  private update(): void {
    this.state.assertSynced();
    if (!this.hasBegun) for (const id of this.routed.all.keys()) this.changed.add(id);
    for (const id of this.changed) this.take(id);
    this.changed.clear();
    const [routes, certificates] = [this.routes.all(), this.certificates.all()];
    if (this.hasBegun && routes === this.shown.routes && certificates === this.shown.certificates) return;
    this.hasBegun = true;
    this.shown = { routes, certificates };
    this.configs.clear();
  }

  private take(id: string): void {
    const [before, now] = [this.known.get(id), this.routed.all.get(id)];
    if (before === now) return;
    if (before && now) this.routes.replace(before, now);
    else if (now) this.routes.add(now);
    else if (before) this.routes.remove(before);
    if (now) this.known.set(id, now);
    else this.known.delete(id);
  }
}
