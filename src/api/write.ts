import type { Plan } from '../domain/plan.ts';

/** What a write would do, and what its object would then be. */
export interface Planned<T> {
  readonly plan: Plan;
  readonly preview: T;
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
  /** Says what `apply` would do, and does not do it. */
  plan(): Promise<Planned<T>> | Planned<T>;
  /** Does it, and answers once the state shows it. */
  apply(): Promise<T>;
  /** Where a write sets something in motion: waits until that is over, or the patience is. */
  settle?(result: T, patience: Patience): Promise<Settled<T>>;
  /** True once `apply` has answered what an earlier write with the same idempotency key has made. */
  readonly isReplay?: boolean;
}

/** The same write with its result shown in another way. What sets something in motion is not for it. */
export function mapWrite<T, U>(write: Write<T>, show: (result: T) => U): Write<U> {
  return {
    plan: async () => {
      const { plan, preview } = await write.plan();
      return { plan, preview: show(preview) };
    },
    apply: async () => show(await write.apply()),
    get isReplay() {
      return write.isReplay ?? false;
    },
  };
}

/** What was asked of a write besides what is written, on either surface, and who is told what came of it. */
export interface WriteRequest {
  /** Only the plan is wanted. */
  readonly dryRun: boolean;
  /** For how long the client waits for what the write sets in motion, in milliseconds; null: not at all. */
  readonly waitMs: number | null;
  /** The client's mark of a create that it may repeat; null without one. */
  readonly idempotencyKey: string | null;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
  /** Tells the plan in the way of the surface, and answers what the handler is to answer. */
  planned<T>(planned: Planned<T>): T | Plan;
  /** Tells what came of the write besides its result. `waited` is null when nothing was waited for. */
  applied(outcome: {
    readonly isReplay: boolean;
    readonly waited: { readonly isOver: boolean } | null;
  }): void;
}

/** Plans or makes a write, as it was asked for: all that a handler of a write does. */
export async function perform<T>(write: Write<T>, request: WriteRequest): Promise<T | Plan> {
  if (request.dryRun) return request.planned(await write.plan());
  const result = await write.apply();
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
