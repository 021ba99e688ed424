import { Logger } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import { DomainError } from '../domain/errors.ts';
import type { Resource, ResourceStore } from '../swarm/store/resource-store.ts';

/** A document in the swarm, as it was read. Times are RFC 3339. */
export interface Kept<T> extends Omit<Resource<unknown>, 'document'> {
  /** Null for one that cannot be read. */
  readonly document: T | null;
  /** Why it cannot be read; null for one that can. */
  readonly problem: string | null;
}

/**
 * The documents of a kind that decide who may do what. Whatever writes configs of the swarm can write them, so each is read
 * as what a client sends, once, and one that is wrong says nothing.
 */
export class KeptDocuments<T> {
  private readonly log = new Logger('Access');
  private readonly read = new Memo<Resource<unknown>, Kept<T>>();
  private listed: readonly Kept<T>[] = [];
  private from: readonly unknown[] | null = null;

  /** @param parse fails for what cannot be read */
  constructor(
    private readonly store: ResourceStore,
    private readonly kind: string,
    private readonly parse: (document: unknown, id: string) => T,
  ) {}

  /** All of them, by id. The same array until one of them changes. */
  list(): readonly Kept<T>[] {
    const resources = this.store.list<unknown>(this.kind);
    if (resources === this.from) return this.listed;
    this.from = resources;
    const next = resources.map((resource) => this.of(resource));
    // The store's list is another one when any document changes.
    const isSame = next.length === this.listed.length && next.every((one, at) => one === this.listed[at]);
    if (!isSame) this.listed = next;
    return this.listed;
  }

  /** One of them, as it was read. */
  of(resource: Resource<unknown>): Kept<T> {
    return this.read.of(resource, null, () => ({ ...resource, ...this.parsed(resource) }));
  }

  private parsed({ id, document }: Resource<unknown>): Pick<Kept<T>, 'document' | 'problem'> {
    try {
      return { document: this.parse(document, id), problem: null };
    } catch (error) {
      const reason = error instanceof DomainError ? error.message : 'It is something else.';
      const problem = `What is kept is no ${this.kind}, and nothing of it counts. ${reason} Delete it.`;
      this.log.warn(`The ${this.kind} ${id}: ${problem}`);
      return { document: null, problem };
    }
  }
}
