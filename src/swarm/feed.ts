import type { DomainError } from '../domain/errors.ts';
import { beginsToFollow, ResumeRefused, type ChangeSource } from './change-source.ts';
import type { ClusterState } from './cluster-state.ts';

/** The parts of a logger that the feed needs. */
export interface FeedLog {
  log(message: string): void;
  warn(message: string): void;
}

const RECONNECT_FIRST_MS = 100;
const RECONNECT_MAX_MS = 5_000;

/** What has happened to the connection between source and state, for metrics. Counts only grow. */
export class FeedStatistics {
  /** Whole lists taken in. */
  snapshots = 0;
  /** Streams that went on where they had broken off. */
  resumptions = 0;
  /** Streams that broke, or could not be opened. */
  failures = 0;
}

/**
 * Feeds the state from a source until `signal` aborts. A stream that breaks is opened anew with exponential
 * backoff and full jitter, and resumed at the highest version seen; where the source cannot go that far back, it
 * is listed again. `diagnose` finds out what a failure really means.
 */
export async function feed(
  state: ClusterState,
  source: ChangeSource,
  diagnose: (failure: unknown) => Promise<DomainError>,
  signal: AbortSignal,
  log: FeedLog,
  statistics = new FeedStatistics(),
): Promise<void> {
  let failures = 0;
  let mayResume = true;
  while (!signal.aborted) {
    let live = false;
    try {
      const resumeFrom = mayResume && state.hasSynced ? state.highestVersion : null;
      mayResume = true;
      for await (const events of source.open(signal, resumeFrom)) {
        state.apply(events);
        if (live || !beginsToFollow(events)) continue;
        live = true;
        failures = 0;
        const resumed = events.some((event) => event.type === 'resumed');
        if (resumed) statistics.resumptions++;
        else statistics.snapshots++;
        log.log(
          `Following the changes of the swarm through ${source.name}${resumed ? ', from where it broke off' : ''}.`,
        );
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ResumeRefused) {
        mayResume = false;
        continue;
      }
      const reason = await diagnose(error);
      state.disconnected(reason);
      statistics.failures++;
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
