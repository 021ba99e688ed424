import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { AuditTrail, type BegunWrite } from '../api/audit-trail.ts';
import { codeOf } from '../api/error-table.ts';
import type { AuditAttempt, AuditSubject } from '../domain/audit.ts';
import { DomainError, isKind } from '../domain/errors.ts';
import { redacted } from '../domain/redaction.ts';
import type { AttemptContent, ResultContent } from './audit-content.ts';
import { AuditQueue } from './audit-queue.ts';
import { KeptAudit } from './audit-settings.ts';
import { RefusalBudget } from './refusal-budget.ts';

/** Puts on record who writes what, and who was refused. */
@Injectable()
export class KeptAuditTrail extends AuditTrail {
  private readonly log = new Logger('Audit');
  /** The writes that this process is at, by their entries. */
  readonly underWay = new Set<string>();
  /** How many refusals are on no record. */
  lostRefusals = 0;
  private readonly refusals = new RefusalBudget();

  constructor(
    private readonly queue: AuditQueue,
    private readonly settings: KeptAudit,
  ) {
    super();
  }

  async begin(attempt: AuditAttempt, { id, name, changes, admission }: AuditSubject): Promise<BegunWrite> {
    const content = this.attempt(attempt, id, name);
    const { entry } = content;
    this.underWay.add(entry);
    try {
      await this.queue.write({ ...content, type: 'intent', changes: redacted(changes), admission });
    } catch (error) {
      this.underWay.delete(entry);
      throw error;
    }
    const startedAt = performance.now();
    const end = async (result: Pick<ResultContent, 'outcome' | 'code' | 'objectId'>): Promise<void> => {
      const { at, server } = this.stamp();
      const durationMs = Math.round(performance.now() - startedAt);
      await this.queue.writeResult({ type: 'result', entry, at, server, ...result, durationMs });
      this.underWay.delete(entry);
    };
    return {
      done: (objectId) => end({ outcome: 'done', code: null, objectId }),
      failed: (error) => end({ ...outcomeOf(error), objectId: id }),
    };
  }

  async refused(attempt: AuditAttempt, reference: string | null, code: string): Promise<void> {
    if (!this.refusals.take(attempt.actor?.id ?? null)) {
      this.lostRefusals += 1;
      return;
    }
    try {
      const content = this.attempt(attempt, null, reference);
      await this.queue.write({ ...content, type: 'refusal', decision: 'refused', rule: content.rule, code });
    } catch (error) {
      this.lostRefusals += 1;
      this.log.warn(`A refusal of request ${attempt.requestId} is on no record: ${String(error)}`);
    }
  }

  private stamp(): { readonly at: string; readonly server: string } {
    return { at: new Date().toISOString(), server: this.settings.server };
  }

  private attempt(attempt: AuditAttempt, objectId: string | null, objectName: string | null): AttemptContent {
    const { requestId, surface, operation, verb, kind, actor, address, userAgent, needs } = attempt;
    return {
      ...this.stamp(),
      entry: randomUUID(),
      requestId,
      surface,
      operation,
      verb,
      kind,
      actor: actor && { id: actor.id, name: actor.name, role: actor.role },
      proof: actor?.proof ?? 'none',
      address,
      userAgent,
      decision: 'allowed',
      rule: needs,
      objectId,
      objectName,
    };
  }
}

/** What is known of a write that has failed: whether it has failed at all, the engine does not always tell. */
function outcomeOf(error: unknown): Pick<ResultContent, 'outcome' | 'code'> {
  if (!(error instanceof DomainError)) return { outcome: 'unknown', code: codeOf('internal') };
  const isOpen = isKind(error, 'unknown-outcome', 'timeout');
  return { outcome: isOpen ? 'unknown' : 'failed', code: codeOf(error.kind) };
}
