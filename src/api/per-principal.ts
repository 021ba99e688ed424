import type { Principal } from '../domain/role.ts';

/** Counts something that each principal can have only so many of at once, on this server. */
export class PerPrincipal {
  private readonly counts = new Map<string, number>();

  /** Counts one more and answers how to give it back, once; undefined when the principal has `limit` of them already. */
  take({ id }: Principal, limit: number): (() => void) | undefined {
    const count = this.counts.get(id) ?? 0;
    if (count >= limit) return undefined;
    this.counts.set(id, count + 1);
    return () => {
      const left = (this.counts.get(id) ?? 1) - 1;
      if (left > 0) this.counts.set(id, left);
      else this.counts.delete(id);
    };
  }
}
