import { DomainError, isKind } from '../domain/errors.ts';
import type { ClusterState } from './cluster-state.ts';

/** How long a write whose answer was lost is looked for, in milliseconds: an engine that restarts is back in less. */
const SETTLED_WITHIN_MS = 5_000;
/** How often the engine is asked for it, in milliseconds, where it must be asked. */
const ASKED_EVERY_MS = 250;

/**
 * Writes, and finds out what came of it where the answer was lost: `look` finds what the write was to bring about in
 * the state. Fails `unknown-outcome` when that does not show in time, and as `write` does.
 */
export async function settleOutcome<T>(
  state: ClusterState,
  write: () => Promise<T>,
  look: () => T | undefined,
): Promise<T> {
  return settle(write, () => state.until(look, SETTLED_WITHIN_MS));
}

/** The same where the state does not hold what is written: `look` asks the engine, which may be away for a while. */
export async function settleByAsking<T>(
  write: () => Promise<T>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  return settle(write, () => ask(look));
}

async function settle<T>(write: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isKind(error, 'unknown-outcome')) throw error;
    const found = await find();
    if (found === undefined) throw error;
    return found;
  }
}

async function ask<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const found = await look().catch((error: unknown) => {
      if (error instanceof DomainError) return undefined;
      throw error;
    });
    if (found !== undefined || performance.now() >= end) return found;
    await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
  }
}
