import { setTimeout as pause } from 'node:timers/promises';
import { converse, RuntimeError } from './cli-connection.ts';

/** The processes of HAProxy, as its master tells them. */
export interface Processes {
  /** How often it was reloaded, and how often that failed. */
  readonly reloads: number;
  readonly failures: number;
  /** The process that takes new connections; null while there is none. */
  readonly worker: number | null;
  /** Those that were replaced and still have connections. */
  readonly oldWorkers: readonly number[];
}

const EVERY_MS = 20;

/** The socket of HAProxy's master process (management guide, 9.4). */
export class MasterSocket {
  private readonly path: string;
  private readonly timeoutMs: number;

  constructor(path: string, timeoutMs = 10_000) {
    this.path = path;
    this.timeoutMs = timeoutMs;
  }

  async processes(): Promise<Processes> {
    return processesOf(await converse(this.path, 'show proc;quit\n', this.timeoutMs));
  }

  /**
   * Loads the file again, in a new process. Resolves when that one serves, and no other; rejects with `RuntimeError` when it does not
   * come to that, and then the one before goes on. Up to 2.6 the master says nothing to it and is asked what has come of
   * it; from 2.7 it does, and what it says is in the error.
   */
  async reload(): Promise<Processes> {
    const before = await this.processes();
    const verdict = await converse(this.path, 'reload\n', this.timeoutMs);
    if (/^Success=0/m.test(verdict)) throw new RuntimeError(`HAProxy did not load: ${verdict.trim()}`);
    for (
      const endsAt = performance.now() + this.timeoutMs;
      performance.now() < endsAt;
      await pause(EVERY_MS)
    ) {
      // It does not listen for a moment: it begins anew itself.
      const now = await this.processes().catch(() => null);
      if (!now) continue;
      if (now.failures > before.failures) {
        throw new RuntimeError('HAProxy did not load the new file: see its log.');
      }
      if (now.reloads > before.reloads && now.worker !== null) {
        while (before.worker !== null && (await this.accepts(before.worker)) && performance.now() < endsAt) {
          await pause(EVERY_MS);
        }
        return now;
      }
    }
    throw new RuntimeError(`HAProxy was not reloaded within ${this.timeoutMs} ms.`);
  }

  /** Whether a process takes new connections: one that is replaced still does, until it has read the signal. */
  private async accepts(worker: number): Promise<boolean> {
    const info = await converse(this.path, `@!${worker} show info;quit\n`, this.timeoutMs).catch(() => '');
    return /^Stopping: 0$/m.test(info);
  }
}

/** Of `show proc`. */
export function processesOf(text: string): Processes {
  const [now = '', old = ''] = text.split('# old workers');
  const [, reloads = '0', failures = '0'] = /^\d+\s+master\s+(\d+)(?:\s+\[failed: (\d+)\])?/m.exec(now) ?? [];
  const workers = (part: string): number[] =>
    [...part.matchAll(/^(\d+)\s+worker\s/gm)].map(([, pid]) => Number(pid));
  return {
    reloads: Number(reloads),
    failures: Number(failures),
    worker: workers(now)[0] ?? null,
    oldWorkers: workers(old),
  };
}
