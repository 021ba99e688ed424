import type { AuditAttempt, AuditSubject } from '../domain/audit.ts';

/** A write that is on record as begun. Telling what came of it never fails: it can be told later what the disk refuses now. */
export interface BegunWrite {
  /** @param id of the object; null where that is not known */
  done(id: string | null): Promise<void>;
  failed(error: unknown): Promise<void>;
}

/** Where every surface puts on record who writes what; the audit feature answers. */
export abstract class AuditTrail {
  /**
   * Puts on record what is about to be written, and comes back once that would survive a crash. Fails
   * `audit-unavailable`: then nothing may be written.
   */
  abstract begin(attempt: AuditAttempt, subject: AuditSubject): Promise<BegunWrite>;

  /**
   * Puts a refusal on record. Never fails: what was refused stays refused.
   * @param reference by what the object was named; null where it was not
   * @param code of the error that was answered
   */
  abstract refused(attempt: AuditAttempt, reference: string | null, code: string): Promise<void>;
}
