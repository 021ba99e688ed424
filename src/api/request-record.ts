import type { AuditOrigin, AuditSubject, Deed } from '../domain/audit.ts';
import type { AuditTrail } from './audit-trail.ts';

/** More of what a client says is not kept, in characters. */
const MAX_REFERENCE = 256;

/** What one write of a request leaves on record, on any surface: that it was begun and what came of it, or a refusal. */
export class RequestRecord {
  /** What it takes, as in `create service`, as soon as that is known. */
  needs: string | null = null;
  /** Only a plan is wanted: that is no write. */
  isDry = false;
  private hasBegun = false;
  private reference: string | null = null;

  /** @param origin told anew each time, for who asks is proven on the way */
  constructor(
    private readonly trail: AuditTrail,
    private readonly origin: () => AuditOrigin,
    private readonly deed: Deed,
    private readonly operation: string,
  ) {}

  /** Puts on record what is about to be done, does it, and puts on record what came of it. Fails `audit-unavailable`. */
  async of<T>(subject: AuditSubject, act: () => Promise<T>): Promise<T> {
    this.hasBegun = true;
    const begun = await this.trail.begin(this.attempt(), subject);
    let result: T;
    try {
      result = await act();
    } catch (error) {
      await begun.failed(error);
      throw error;
    }
    await begun.done(idOf(result) ?? subject.id);
    return result;
  }

  /** By what the object was named: the first of these that names something. */
  refersTo(...references: readonly unknown[]): void {
    const reference = references.find((one) => typeof one === 'string');
    this.reference = reference?.slice(0, MAX_REFERENCE) ?? null;
  }

  /** Puts on record that it was refused, unless more is on record already, or there was nothing to refuse. */
  async refused(code: string): Promise<void> {
    if (this.hasBegun || this.isDry) return;
    await this.trail.refused(this.attempt(), this.reference, code);
  }

  private attempt() {
    return { ...this.origin(), ...this.deed, operation: this.operation, needs: this.needs };
  }
}

/** The id of what a write has made or changed. */
function idOf(result: unknown): string | null {
  const id = (result as { readonly id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' ? id : null;
}

/** The record of a write that its handler has been called for. */
export function openRecord(record: RequestRecord | undefined, isDry: boolean): RequestRecord {
  if (!record) throw new Error('There is no record for this write: see deedOfRoute and deedOfField.');
  record.isDry = isDry;
  return record;
}
