import { isKind } from '../domain/errors.ts';
import type { ClusterState } from './cluster-state.ts';

/** How long a write whose answer was lost is looked for, in milliseconds: an engine that restarts is back in less. */
const SETTLED_WITHIN_MS = 5_000;

/**
 * Writes, and finds out what came of it where the answer was lost: `look` finds what the write was to bring about in
 * the state. Fails `unknown-outcome` when that does not show in time, and as `write` does.
 */
export async function settleOutcome<T>(
  state: ClusterState,
  write: () => Promise<T>,
  look: () => T | undefined,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isKind(error, 'unknown-outcome')) throw error;
    const found = await state.until(look, SETTLED_WITHIN_MS);
    if (found === undefined) throw error;
    return found;
  }
}
