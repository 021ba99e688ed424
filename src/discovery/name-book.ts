import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Change } from '../domain/change.ts';
import type { Network } from '../domain/network.ts';
import type { Service } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { NetworkNames, ownerOf, type Difference } from './network-names.ts';

/** The names of so many networks are kept, the last asked for; the others are made again when somebody asks. */
const MAX_NETWORKS = 100;

/** Told what has changed of a network's names; null once the network is gone. Must be quick and must not throw. */
export type NamesListener = (difference: Difference | null) => void;

interface Followed {
  readonly names: NetworkNames;
  readonly listeners: Set<NamesListener>;
}

/** The names of every network that somebody asks about, kept up with the state in memory. */
@Injectable()
export class NameBook {
  private readonly asked = new LRUCache<string, NetworkNames>({ max: MAX_NETWORKS });
  private readonly followed = new Map<string, Followed>();

  constructor(private readonly state: ClusterState) {
    state.subscribe((changes) => {
      if (this.asked.size === 0 && this.followed.size === 0) return;
      for (const change of changes) this.take(change);
      if (changes.length > 0) for (const [id, followed] of this.followed) this.tell(id, followed);
    });
  }

  /** The names of a network. */
  of(network: Network): NetworkNames {
    const known = this.followed.get(network.id)?.names ?? this.asked.get(network.id);
    if (known) return known;
    const names = new NetworkNames(this.state, network);
    this.asked.set(network.id, names);
    return names;
  }

  /** Calls `listener` with whatever changes of a network's names from now on. Returns the way to stop it. */
  follow(network: Network, listener: NamesListener): () => void {
    const followed = this.followed.get(network.id) ?? { names: this.of(network), listeners: new Set() };
    // Those who follow already are told now, so that the newcomer is told of nothing that it can read.
    this.tell(network.id, followed);
    this.followed.set(network.id, followed);
    followed.listeners.add(listener);
    return () => {
      followed.listeners.delete(listener);
      if (followed.listeners.size > 0 || this.followed.get(network.id) !== followed) return;
      this.followed.delete(network.id);
      this.asked.set(network.id, followed.names);
    };
  }

  private tell(networkId: string, { names, listeners }: Followed): void {
    const isGone = !this.state.networks.get(networkId);
    const difference = names.refresh();
    if (isGone) {
      this.followed.delete(networkId);
      for (const listener of listeners) listener(null);
    } else if (difference.changed.length > 0 || difference.gone.length > 0) {
      for (const listener of listeners) listener(difference);
    }
  }

  private take(change: Change): void {
    switch (change.kind) {
      case 'service': {
        // Tasks of an earlier spec, or known before their service, can be where it is not attached.
        const here = networksOf(change.object, this.state.tasks.by('service', change.object.id));
        this.touch(change.object.id, (networkId) => here.has(networkId));
        break;
      }
      case 'task': {
        const here = new Set(change.object.addresses.map(({ networkId }) => networkId));
        this.touch(ownerOf(change.object), (networkId) => here.has(networkId));
        break;
      }
      case 'node':
        // Records name the hosts of their tasks.
        if (change.type === 'UPDATED' && change.previous?.hostname === change.object.hostname) break;
        for (const task of this.state.tasks.by('node', change.object.id)) {
          this.touch(ownerOf(task), () => false);
        }
        break;
      case 'network':
        if (change.type === 'REMOVED') this.asked.delete(change.object.id);
        break;
      case 'config':
        break;
    }
  }

  private touch(owner: string, isOn: (networkId: string) => boolean): void {
    for (const [id, names] of this.asked) names.touch(owner, isOn(id));
    for (const [id, { names }] of this.followed) names.touch(owner, isOn(id));
  }
}

function networksOf({ networks }: Service, tasks: readonly Task[]): ReadonlySet<string> {
  return new Set(
    [...networks, ...tasks.flatMap(({ addresses }) => addresses)].map(({ networkId }) => networkId),
  );
}
