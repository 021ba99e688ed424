import type { DomainError } from '../domain/errors.ts';
import type { ChangeSource } from './change-source.ts';
import type { ClusterState } from './cluster-state.ts';

/** The parts of a logger that the feed needs. */
export interface FeedLog {
  log(message: string): void;
  warn(message: string): void;
}

const RECONNECT_FIRST_MS = 100;
const RECONNECT_MAX_MS = 5_000;

/**
 * Feeds the state from a source until `signal` aborts, opening the source anew after each failure with
 * exponential backoff and full jitter. `diagnose` finds out what a failure really means.
 */
export async function feed(
  state: ClusterState,
  source: ChangeSource,
  diagnose: (failure: unknown) => Promise<DomainError>,
  signal: AbortSignal,
  log: FeedLog,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const events of source.open(signal)) {
        state.apply(events);
        if (failures >= 0) log.log(`Following the changes of the swarm through ${source.name}.`);
        failures = -1;
      }
    } catch (error) {
      if (signal.aborted) return;
      const reason = await diagnose(error);
      state.disconnected(reason);
      failures = Math.max(failures, 0);
      if (failures === 0) log.warn(reason.message);
    }
    const ceiling = Math.min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS * 2 ** failures++);
    await sleep(Math.random() * ceiling, signal);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // A signal that has aborted already tells nobody.
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
