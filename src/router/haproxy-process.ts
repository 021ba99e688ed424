import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MasterSocket } from '../proxy/master.ts';
import { alertsIn, portTrouble } from './haproxy-words.ts';
import { PortTaken, RefusedByProxy } from './proxy-control.ts';

/** How long a look at the files may take, in milliseconds. */
const CHECK_WITHIN_MS = 10_000;
/** How long it may take until a worker is there, in milliseconds. */
const READY_WITHIN_MS = 30_000;
/** How often it is looked whether it is, in milliseconds. */
const LOOK_EVERY_MS = 10;
/** How long HAProxy may take to end at once, in milliseconds. */
const END_WITHIN_MS = 1_000;
/** How long its last lines may take, in milliseconds. */
const LAST_WORDS_MS = 100;
/** It needs nothing of the agent's environment, which has secrets. */
const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
/** How many of its lines are kept to find a reason in. */
const LINES = 100;

const execute = promisify(execFile);

export interface HaproxyPaths {
  readonly program: string;
  readonly config: string;
  readonly masterSocket: string;
  /** Where the process id of the master is kept. */
  readonly pidFile: string;
}

/** Who is told what HAProxy does by itself. */
export interface HaproxyListener {
  /** It has ended, though nobody asked for it. */
  ended(reason: string): void;
  /** A line of its standard error. */
  said(line: string): void;
}

/** HAProxy as a child process, in master-worker mode (HAProxy Management Guide, 3 and 9.4). */
export class HaproxyProcess {
  private readonly master: MasterSocket;
  private child: ChildProcess | null = null;
  private lines: string[] = [];
  private isStopping = false;

  constructor(
    private readonly paths: HaproxyPaths,
    private readonly listener: HaproxyListener,
  ) {
    this.master = new MasterSocket(paths.masterSocket, READY_WITHIN_MS);
  }

  get isRunning(): boolean {
    return this.child !== null;
  }

  /** The version of the program. Rejects when it is not there. */
  async version(): Promise<string> {
    const { stdout } = await execute(this.paths.program, ['-v'], { env, timeout: CHECK_WITHIN_MS });
    return /version (\S+)/.exec(stdout)?.[1] ?? 'unknown';
  }

  /** Asks HAProxy whether it takes its files. Rejects with RefusedByProxy. */
  async check(): Promise<void> {
    const options = { env, timeout: CHECK_WITHIN_MS, killSignal: 'SIGKILL' } as const;
    try {
      await execute(this.paths.program, ['-c', '-f', this.paths.config], options);
    } catch (error) {
      const { stderr, killed, message } = error as { stderr?: string; killed?: boolean; message: string };
      const late = `HAProxy did not finish to check it within ${CHECK_WITHIN_MS / 1000} s.`;
      throw new RefusedByProxy(killed ? late : alertsIn(stderr ?? '') || message);
    }
  }

  /** Starts it; resolves when a worker serves. Rejects with RefusedByProxy, PortTaken, or why there is no process. */
  async start(): Promise<void> {
    const { program, config, masterSocket, pidFile } = this.paths;
    const leftover = leftoverMaster(pidFile, masterSocket);
    // Whoever answers there is the new one.
    rmSync(masterSocket, { force: true });
    this.lines = [];
    const args = ['-W', '-S', `unix@${masterSocket},mode,600`, '-f', config];
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe'], env });
    await once(child, 'spawn');
    this.child = child;
    let isServing = false;
    createInterface({ input: child.stderr }).on('line', (line) => this.hear(line));
    child.once('exit', (code, signal) => {
      void this.lastWords(child).then(() => {
        this.child = null;
        if (!isServing || this.isStopping) return;
        this.listener.ended(this.alerts() || `It ended with ${code ?? signal}.`);
      });
    });
    await this.untilServing(child);
    isServing = true;
    // Only an agent that is killed leaves something to find by it: a full disk is no reason to fail.
    await writeFile(pidFile, String(child.pid)).catch(() => {});
    // The HAProxy of an agent that was killed goes on; it gives way now.
    if (leftover !== null) process.kill(leftover, 'SIGUSR1');
  }

  /** Has a new worker read the files; resolves when it serves. Rejects as `start` does; the old one goes on then. */
  async reload(): Promise<void> {
    this.lines = [];
    try {
      await this.master.reload();
    } catch (error) {
      throw this.refusal((error as Error).message);
    }
  }

  /** Has it finish what it has begun, for so many milliseconds, and then end. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    for (const [signal, withinMs] of [
      ['SIGUSR1', graceMs],
      ['SIGTERM', END_WITHIN_MS],
      ['SIGKILL', END_WITHIN_MS],
    ] as const) {
      const { child } = this;
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await Promise.race([ended, pause(withinMs)]);
    }
  }

  private async untilServing(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (performance.now() < deadline) {
      const processes = await this.master.processes().catch(() => null);
      if (this.child === null) throw this.refusal('HAProxy ended as it was started.');
      if (processes?.worker) return;
      await pause(LOOK_EVERY_MS);
    }
    child.kill('SIGKILL');
    throw new RefusedByProxy(`HAProxy did not start within ${READY_WITHIN_MS / 1000} s.`);
  }

  /** Its lines come after its end; but workers of before may keep the pipe open for long. */
  private async lastWords(child: ChildProcess): Promise<void> {
    await Promise.race([once(child, 'close'), pause(LAST_WORDS_MS)]);
  }

  private refusal(otherwise: string): Error {
    const alerts = this.alerts();
    const trouble = portTrouble(alerts);
    return trouble === undefined ? new RefusedByProxy(alerts || otherwise) : new PortTaken(trouble);
  }

  private alerts(): string {
    return alertsIn(this.lines.join('\n'));
  }

  private hear(line: string): void {
    this.lines = [...this.lines.slice(1 - LINES), line];
    this.listener.said(line);
  }
}

/** The master that an agent has left behind, by what it was started with (proc(5)); null when there is none. */
function leftoverMaster(pidFile: string, masterSocket: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(masterSocket) ? pid : null;
  } catch {
    return null;
  }
}
