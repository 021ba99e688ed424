/** A document of ours, kept in the swarm itself. `version` is what an update must still find. */
export interface Resource<T> {
  readonly id: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly document: T;
}

/**
 * The project's only database: small JSON documents, by kind and id. Reads are answered from memory; a write
 * is atomic, goes by version, and is readable once it has answered.
 */
export abstract class ResourceStore {
  /**
   * All documents of a kind, by id. The array is the same one until any document changes; each one in it is the same
   * object until it changes itself.
   */
  abstract list<T>(kind: string): readonly Resource<T>[];

  /** Keeps a new document. Fails `name-taken` when the id is in use, `invalid` when it is no id. */
  abstract create<T>(kind: string, id: string, document: T): Promise<Resource<T>>;

  /** Replaces a document if it still has `version`. Fails `conflict` otherwise, `not-found` when it is gone. */
  abstract update<T>(kind: string, id: string, version: number, document: T): Promise<Resource<T>>;

  /** Removes a document. Fails `not-found`. */
  abstract remove(kind: string, id: string): Promise<void>;
}
