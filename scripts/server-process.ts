import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { pause } from './progress.ts';
import { PROJECT, projectEnvironment, serverArguments } from './project.ts';
import { unreadiness } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';

const READY_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 15_000;

/** The running server, a child of this process that writes to this terminal. */
export class ServerProcess {
  readonly #child: ChildProcess;
  /** Resolves with the exit code when the server has ended, for whatever reason. */
  readonly ended: Promise<number>;
  #hasEnded = false;
  #stopping: Promise<number> | undefined;

  constructor(environment: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, serverArguments(), {
      cwd: PROJECT,
      env: { ...projectEnvironment(), ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
      // A process group of its own: Ctrl-C reaches only `up`, which then stops the server exactly once.
      detached: true,
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('exit', (code, signal) => {
        this.#hasEnded = true;
        // Nest tidies up after a signal and then lets it end the process, which is an orderly end all the same.
        resolve(code ?? (signal === 'SIGTERM' || signal === 'SIGINT' ? 0 : 1));
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Waits until the server is ready. Answers why it is not when it ends, or 30 s have passed. */
  async failureToBecomeReady(address: ServerAddress): Promise<string | undefined> {
    const deadline = performance.now() + READY_DEADLINE_MS;
    let reason: string | undefined = '';
    while (performance.now() < deadline) {
      if (this.#hasEnded) {
        return `The server ended with ${await this.ended} before it was ready; its last words are above.`;
      }
      reason = await unreadiness(address);
      if (reason === undefined) return undefined;
      await pause(100);
    }
    return `The server is not ready after ${READY_DEADLINE_MS / 1000} s: ${reason}`;
  }

  /** Asks the server to stop, waits for it, and ends it when it does not come to an end within 15 s. */
  stop(): Promise<number> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<number> {
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    const code = await this.ended;
    clearTimeout(kill);
    return code;
  }
}
