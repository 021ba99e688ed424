import { DomainError } from '../../../src/domain/errors.ts';
import { ResourceStore, type Resource } from '../../../src/swarm/store/resource-store.ts';

/** Documents in memory, at once readable. Counts what is written. */
export class MemoryStore extends ResourceStore {
  writes = 0;
  private readonly kinds = new Map<string, readonly Resource<unknown>[]>();
  private version = 1;

  list<T>(kind: string): readonly Resource<T>[] {
    const resources = this.kinds.get(kind) ?? [];
    this.kinds.set(kind, resources);
    return resources as readonly Resource<T>[];
  }

  create<T>(kind: string, id: string, document: T): Promise<Resource<T>> {
    if (this.list(kind).some((resource) => resource.id === id)) {
      return Promise.reject(new DomainError('name-taken', 'The id is taken.'));
    }
    return Promise.resolve(this.put(kind, id, document));
  }

  update<T>(kind: string, id: string, version: number, document: T): Promise<Resource<T>> {
    const current = this.list(kind).find((resource) => resource.id === id);
    if (!current) return Promise.reject(new DomainError('not-found', 'Gone.'));
    if (current.version !== version) return Promise.reject(new DomainError('conflict', 'Changed.'));
    return Promise.resolve(this.put(kind, id, document));
  }

  remove(kind: string, id: string): Promise<void> {
    this.kinds.set(
      kind,
      this.list(kind).filter((resource) => resource.id !== id),
    );
    this.writes++;
    return Promise.resolve();
  }

  /** Puts anything at all there, as somebody with access to the swarm could. */
  put<T>(kind: string, id: string, document: T): Resource<T> {
    const now = '2026-01-01T00:00:00Z';
    const resource: Resource<T> = { id, version: this.version++, createdAt: now, updatedAt: now, document };
    const others = this.list(kind).filter((other) => other.id !== id);
    this.kinds.set(
      kind,
      [...others, resource].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    this.writes++;
    return resource;
  }
}
