import type { OperationRecord } from './operation-records.ts';

/**
 * Which operations nobody is at. A server that is at one writes its record again and again; one whose record stays as
 * it is for the time of a lease has died. Only this server's own monotonic clock is asked, so that clocks that differ
 * do no harm.
 */
export class Liveness {
  /** When each record was first seen in its present version. */
  private readonly seen = new Map<string, { readonly version: number; readonly at: number }>();

  /**
   * Whether the operation is nobody's, as far as is known by now.
   * @param leaseMs how long a server may be silent, in milliseconds
   */
  isFree({ id, version, document }: OperationRecord, leaseMs: number): boolean {
    if (document.runner === null) return true;
    const seen = this.seen.get(id);
    if (seen?.version === version) return performance.now() - seen.at >= leaseMs;
    this.seen.set(id, { version, at: performance.now() });
    return false;
  }

  /** Forgets an operation. */
  forget(id: string): void {
    this.seen.delete(id);
  }

  /** Begins anew: whether anybody lives could not be seen for a while. */
  clear(): void {
    this.seen.clear();
  }
}
