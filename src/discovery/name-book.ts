import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { VisibleState } from '../api/visible-state.ts';
import type { Change } from '../domain/change.ts';
import type { Network } from '../domain/network.ts';
import type { Principal } from '../domain/role.ts';
import type { Service } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { NetworkNames, ownerOf, type Difference, type NameSource } from './network-names.ts';

/** So many are kept, the last asked for; the others are made again when somebody asks. */
const MAX_NETWORKS = 100;

/** Told what has changed of a network's names; null once the network is gone. Must be quick and must not throw. */
export type NamesListener = (difference: Difference | null) => void;

interface Followed {
  readonly networkId: string;
  readonly names: NetworkNames;
  readonly listeners: Set<NamesListener>;
}

/**
 * The names of every network that somebody asks about, kept up with the state in memory: one list for all who may see all
 * of it, and one for each other set of rights.
 */
@Injectable()
export class NameBook {
  private readonly asked = new LRUCache<string, NetworkNames>({ max: MAX_NETWORKS });
  private readonly followed = new Map<string, Followed>();

  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
  ) {
    state.subscribe((changes) => {
      if (this.asked.size === 0 && this.followed.size === 0) return;
      for (const change of changes) this.take(change);
      if (changes.length > 0) for (const [key, followed] of this.followed) this.tell(key, followed);
    });
  }

  /** The names of a network that somebody may see: those of services that they may see. */
  of(network: Network, by: Reader): NetworkNames {
    const key = keyOf(network, by);
    const known = this.followed.get(key)?.names ?? this.asked.get(key);
    if (known) return known;
    const names = new NetworkNames(this.sourceFor(by), network);
    this.asked.set(key, names);
    return names;
  }

  /** Calls `listener` with whatever changes of these names from now on. Returns the way to stop it. */
  follow(network: Network, by: Reader, listener: NamesListener): () => void {
    const key = keyOf(network, by);
    const followed = this.followed.get(key) ?? {
      networkId: network.id,
      names: this.of(network, by),
      listeners: new Set(),
    };
    // Those who follow already are told now, so that the newcomer is told of nothing that it can read.
    this.tell(key, followed);
    this.followed.set(key, followed);
    followed.listeners.add(listener);
    return () => {
      followed.listeners.delete(listener);
      if (followed.listeners.size > 0 || this.followed.get(key) !== followed) return;
      this.followed.delete(key);
      this.asked.set(key, followed.names);
    };
  }

  private sourceFor(by: Reader): NameSource {
    if (seesAll(by)) return this.state;
    const { services, tasks } = this.visible.to(by);
    return { services, tasks, nodes: this.state.nodes };
  }

  private tell(key: string, { networkId, names, listeners }: Followed): void {
    const isGone = !this.state.networks.get(networkId);
    const difference = names.refresh();
    if (isGone) {
      this.followed.delete(key);
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
        if (change.type === 'REMOVED') this.forget(change.object.id);
        break;
      case 'config':
        break;
    }
  }

  private touch(owner: string, isOn: (networkId: string) => boolean): void {
    for (const [key, names] of this.asked) names.touch(owner, isOn(networkOf(key)));
    for (const { networkId, names } of this.followed.values()) names.touch(owner, isOn(networkId));
  }

  private forget(networkId: string): void {
    for (const key of [...this.asked.keys()]) if (networkOf(key) === networkId) this.asked.delete(key);
  }
}

type Reader = Pick<Principal, 'rights'>;

const seesAll = ({ rights }: Reader): boolean =>
  rights.everywhere('view', 'service') && rights.everywhere('view', 'task');

/** Under what the names of a network are kept: whoever has the same rights sees the same. */
const keyOf = ({ id }: Network, by: Reader): string => (seesAll(by) ? id : `${id} ${by.rights.key}`);

const networkOf = (key: string): string => key.split(' ', 1)[0] as string;

function networksOf({ networks }: Service, tasks: readonly Task[]): ReadonlySet<string> {
  return new Set(
    [...networks, ...tasks.flatMap(({ addresses }) => addresses)].map(({ networkId }) => networkId),
  );
}
