import { Injectable } from '@nestjs/common';
import { ROUTER_SETTINGS, type RouterSettings } from '../domain/router-config.ts';
import { settingsFrom, tokenSecretName } from '../domain/router-service.ts';
import { isOfRouters } from '../domain/route-network.ts';
import type { Service } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';

/** The services whose tasks are routers: those with the label. */
@Injectable()
export class RouterServices {
  private readonly known = new Map<string, Service>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly state: ClusterState) {
    state.subscribe((changes) => {
      let isTouched = false;
      for (const { kind, type, object } of changes) {
        if (kind !== 'service') continue;
        const isRouter = type !== 'REMOVED' && isOfRouters(object.labels);
        if (!isRouter && !this.known.has(object.id)) continue;
        isTouched = true;
        if (isRouter) this.known.set(object.id, object);
        else this.known.delete(object.id);
      }
      if (isTouched) for (const listener of this.listeners) listener();
    });
  }

  /** By id. */
  get all(): ReadonlyMap<string, Service> {
    return this.known;
  }

  /** Calls `listener` whenever any of them came, changed or went. Returns the way to stop it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * The id of the service that a router belongs to: by the token that it comes with, which is in a secret of the service,
   * or by its task. Null where neither tells.
   */
  serviceOf(routerId: string | null, tokenId: string): string | null {
    const ownsToken = ({ name, secrets }: Service): boolean =>
      secrets.some(({ secretName }) => secretName === tokenSecretName(name, tokenId));
    const owner = [...this.known.values()].find(ownsToken);
    const serviceId = owner?.id ?? this.state.tasks.get(routerId ?? '')?.serviceId ?? '';
    return this.known.has(serviceId) ? serviceId : null;
  }

  /** What the labels of a router service say; of a router of none, what all of them say, if they say the same. */
  settingsOf(serviceId: string | null): RouterSettings {
    const own = this.known.get(serviceId ?? '');
    const [first, ...others] = (own ? [own] : [...this.known.values()]).map(({ labels }) =>
      settingsFrom(labels),
    );
    if (!first) return ROUTER_SETTINGS;
    const text = JSON.stringify(first);
    return others.every((other) => JSON.stringify(other) === text) ? first : ROUTER_SETTINGS;
  }
}
