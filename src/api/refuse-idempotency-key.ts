import { invalid } from '../domain/errors.ts';

/** Refuses an idempotency key where it promises something that is not done: ignoring it would break the promise. */
export function refuseIdempotencyKey(headers: Readonly<Record<string, unknown>>, advice: string): void {
  if (headers['idempotency-key'] !== undefined) throw invalid([{ pointer: '', detail: advice }]);
}
