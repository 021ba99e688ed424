import { isKind } from '../domain/errors.ts';

/** A write that lost a race is tried anew this often before the conflict is the client's to solve. */
const ATTEMPTS = 5;
const RETRY_WITHIN_MS = 50;

/**
 * Repeats a read-modify-write that fails `conflict` because somebody wrote in between, after a little while that grows.
 * A conflict that points at fields is about what was asked for, and would only come again.
 */
export async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isKind(error, 'conflict') || error.errors.length > 0 || tries === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * RETRY_WITHIN_MS * tries));
    }
  }
}
