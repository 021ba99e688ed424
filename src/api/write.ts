import type { Admitted } from '../domain/admission/verdict.ts';
import type { AuditSubject } from '../domain/audit.ts';
import type { Plan } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';

/** What a write would do, and what its object would then be. */
export interface Planned<T> {
  readonly plan: Plan;
  readonly preview: T;
  /** Why the access policy lets it through; left out where it has no say. */
  readonly admission?: Admitted;
}

/** How long to wait for what a write sets in motion. */
export interface Patience {
  readonly ms: number;
  /** Aborts when nobody waits any longer. */
  readonly signal: AbortSignal;
}

/** What came of waiting. */
export interface Settled<T> {
  readonly result: T;
  /** False when the time was up before. */
  readonly isOver: boolean;
}

/**
 * Something to be written, and nothing written yet. Both ways run the same checks in the same code, so that, but for
 * races, a plan fails just when the write would.
 */
export interface Write<T> {
  /** Says what `apply` would do for somebody, and does not do it. */
  plan(by: Principal): Promise<Planned<T>> | Planned<T>;
  /** Does it, and answers once the state shows it. */
  apply(by: Principal): Promise<T>;
  /** Where a write sets something in motion: waits until that is over, or the patience is. */
  settle?(result: T, patience: Patience): Promise<Settled<T>>;
  /** True once `apply` has answered what an earlier write with the same idempotency key has made. */
  readonly isReplay?: boolean;
}

/** The same write with its result shown in another way. What sets something in motion is not for it. */
export function mapWrite<T, U>(write: Write<T>, show: (result: T) => U): Write<U> {
  return {
    plan: async (by) => {
      const planned = await write.plan(by);
      return { ...planned, preview: show(planned.preview) };
    },
    apply: async (by) => show(await write.apply(by)),
    get isReplay() {
      return write.isReplay ?? false;
    },
  };
}

/** Where it is put on record who does what. */
export interface WriteRecord {
  /** Puts on record what is about to be done, does it, and puts on record what came of it. Fails `audit-unavailable`. */
  of<T>(subject: AuditSubject, act: () => Promise<T>): Promise<T>;
}

/** What was asked of a write besides what is written, on either surface, and who is told what came of it. */
export interface WriteRequest {
  /** Who asks for it. */
  readonly by: Principal;
  /** Only the plan is wanted. */
  readonly dryRun: boolean;
  /** For how long the client waits for what the write sets in motion, in milliseconds; null: not at all. */
  readonly waitMs: number | null;
  /** The client's mark of a create that it may repeat; null without one. */
  readonly idempotencyKey: string | null;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
  readonly record: WriteRecord;
  /** Tells the plan in the way of the surface, and answers what the handler is to answer. */
  planned<T>(planned: Planned<T>): T | Plan;
  /** Tells what came of the write besides its result. `waited` is null when nothing was waited for. */
  applied(outcome: {
    readonly isReplay: boolean;
    readonly waited: { readonly isOver: boolean } | null;
  }): void;
}

/**
 * Plans or makes a write, as it was asked for: all that a handler of a write does. What is made is on record before: the
 * plan says what it is about, and of what it refuses nothing was begun.
 */
export async function perform<T>(write: Write<T>, request: WriteRequest): Promise<T | Plan> {
  const planned = await write.plan(request.by);
  if (request.dryRun) return request.planned(planned);
  const { plan, admission } = planned;
  const subject = { ...plan, admission: admission ?? null };
  const result = await request.record.of(subject, () => write.apply(request.by));
  const { waitMs, signal } = request;
  const waited = waitMs !== null && write.settle ? await write.settle(result, { ms: waitMs, signal }) : null;
  request.applied({ isReplay: write.isReplay ?? false, waited });
  return waited?.result ?? result;
}

/** The same where REST has nothing left to show: a delete. */
export async function performDelete(write: Write<string>, request: WriteRequest): Promise<Plan | undefined> {
  const answer = await perform(write, request);
  return typeof answer === 'string' ? undefined : answer;
}

/**
 * Does on record what has no plan, such as a probe: it leaves nothing behind.
 * @param name of what it is about; null where that is no single object
 */
export function onRecord<T>(request: WriteRequest, name: string | null, act: () => Promise<T>): Promise<T> {
  return request.record.of({ id: null, name, changes: [], admission: null }, act);
}
