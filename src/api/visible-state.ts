import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Target } from '../domain/access/resource-kind.ts';
import type { Rights } from '../domain/access/rights.ts';
import type { ObjectOf } from '../domain/change.ts';
import type { Node } from '../domain/node.ts';
import type { Network } from '../domain/network.ts';
import type { Kind, SwarmObject } from '../domain/object.ts';
import { resolve, type Directory } from '../domain/reference.ts';
import type { Principal } from '../domain/role.ts';
import type { Service } from '../domain/service.ts';
import type { Task } from '../domain/task.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { Collection } from '../swarm/collection.ts';
import { asker } from './asker.ts';

/** Services that are gone whose labels are remembered: their last tasks are told of later. */
const MAX_GONE = 10_000;

/** The objects of a kind that somebody may see. */
export interface VisibleObjects<T extends SwarmObject> extends Directory<T> {
  all(): readonly T[];
  by(index: string, key: string): readonly T[];
}

/** The state of the swarm as somebody may see it: what they may not see is not there. */
export interface View {
  readonly nodes: VisibleObjects<Node>;
  readonly networks: VisibleObjects<Network>;
  readonly services: VisibleObjects<Service>;
  readonly tasks: VisibleObjects<Task>;

  /** The object that an id, a name or a unique id prefix means. Fails `not-found`, `ambiguous`, `not-synced`. */
  resolve<K extends VisibleKind>(kind: K, reference: string): ObjectOf[K];

  /** Whether they may see an object, also one that is there no more; null for all of them. */
  sight<K extends VisibleKind>(kind: K): ((object: ObjectOf[K]) => boolean) | null;
}

/** Configs are seen as stored files. */
export type VisibleKind = Exclude<Kind, 'config'>;

/**
 * What is read for a client is read here, as who asks may see it (`asker`), or somebody that is named. What serves
 * everybody, or runs by itself, reads `ClusterState`.
 */
@Injectable()
export class VisibleState implements View {
  private readonly gone = new LRUCache<string, Service>({ max: MAX_GONE });

  constructor(private readonly state: ClusterState) {
    state.subscribe((changes) => {
      for (const { kind, type, object } of changes) {
        if (kind === 'service' && type === 'REMOVED') this.gone.set(object.id, object);
      }
    });
  }

  /** As somebody may see it, for whom something is written. */
  to({ rights }: Pick<Principal, 'rights'>): View {
    return new ViewBy(this.state, this.gone, rights);
  }

  get nodes(): VisibleObjects<Node> {
    return this.own.nodes;
  }
  get networks(): VisibleObjects<Network> {
    return this.own.networks;
  }
  get services(): VisibleObjects<Service> {
    return this.own.services;
  }
  get tasks(): VisibleObjects<Task> {
    return this.own.tasks;
  }

  resolve<K extends VisibleKind>(kind: K, reference: string): ObjectOf[K] {
    return this.own.resolve(kind, reference);
  }

  sight<K extends VisibleKind>(kind: K): ((object: ObjectOf[K]) => boolean) | null {
    return this.own.sight(kind);
  }

  private get own(): View {
    return this.to(asker());
  }
}

class ViewBy implements View {
  constructor(
    private readonly state: ClusterState,
    private readonly gone: LRUCache<string, Service>,
    private readonly rights: Rights,
  ) {}

  get nodes(): VisibleObjects<Node> {
    return this.of('node');
  }
  get networks(): VisibleObjects<Network> {
    return this.of('network');
  }
  get services(): VisibleObjects<Service> {
    return this.of('service');
  }
  get tasks(): VisibleObjects<Task> {
    return this.of('task');
  }

  resolve<K extends VisibleKind>(kind: K, reference: string): ObjectOf[K] {
    this.state.assertSynced();
    return resolve(kind, this.of(kind), reference);
  }

  sight<K extends VisibleKind>(kind: K): ((object: ObjectOf[K]) => boolean) | null {
    if (this.rights.everywhere('view', kind)) return null;
    return (object) => {
      const target = this.targetOf(kind, object);
      return target !== null && this.rights.may('view', kind, target);
    };
  }

  private of<K extends VisibleKind>(kind: K): VisibleObjects<ObjectOf[K]> {
    const objects = this.state.of<K>(kind);
    const sight = this.sight(kind);
    return sight === null ? objects : new Filtered(objects, sight);
  }

  /** What the rights to an object go by; null for a task of whose service nothing is known. */
  private targetOf(kind: VisibleKind, object: SwarmObject): Target | null {
    if (kind === 'node') return nodeTarget(object as Node);
    if (kind !== 'task') return object as Network | Service;
    const { serviceId } = object as Task;
    return serviceId === null
      ? null
      : (this.state.services.get(serviceId) ?? this.gone.get(serviceId) ?? null);
  }
}

/** What is said of objects that must be told of and may not be seen: how many they are; nothing of none. */
export function countedHidden(count: number): string[] {
  return count > 0 ? [`${count} that you may not see`] : [];
}

/** A node as rights look at it. */
export function nodeTarget({ id, hostname, labels }: Pick<Node, 'id' | 'hostname' | 'labels'>): Target {
  return { id, name: hostname, labels };
}

class Filtered<T extends SwarmObject> implements VisibleObjects<T> {
  constructor(
    private readonly objects: Collection<T>,
    private readonly isVisible: (object: T) => boolean,
  ) {}

  get(id: string): T | undefined {
    const object = this.objects.get(id);
    return object && this.isVisible(object) ? object : undefined;
  }

  all(): readonly T[] {
    return this.objects.all().filter(this.isVisible);
  }

  by(index: string, key: string): readonly T[] {
    return this.objects.by(index, key).filter(this.isVisible);
  }

  named(name: string): readonly T[] {
    return this.objects.named(name).filter(this.isVisible);
  }

  withIdPrefix(prefix: string): readonly T[] {
    return this.objects.withIdPrefix(prefix).filter(this.isVisible);
  }
}
