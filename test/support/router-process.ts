import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FakeConfigServer } from '../fakes/fake-config-server.ts';
import { freePort, haproxyCommand } from './proxy.ts';

const WITHIN_MS = 15_000;

/** A router agent in a process of its own, with a real HAProxy, on loopback and in a temporary directory. */
export class RouterProcess {
  /** All that it has written. */
  output = '';
  readonly runDir: string;
  readonly dir: string;
  private child: ChildProcess | undefined;

  private constructor(
    readonly directory: string,
    readonly httpPort: number,
    readonly httpsPort: number,
    private readonly healthPort: number,
    private readonly environment: Readonly<Record<string, string>>,
  ) {
    this.runDir = join(directory, 'run');
    this.dir = join(directory, 'kept');
  }

  /** Makes everything ready; `start` starts it. */
  static async make(
    server: FakeConfigServer,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RouterProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'router-'));
    const program = join(directory, 'haproxy');
    const words = (await haproxyCommand()).map((word) => `'${word}'`).join(' ');
    writeFileSync(program, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o700 });
    const [http, https, health] = [await freePort(), await freePort(), await freePort()];
    return new RouterProcess(directory, http, https, health, {
      SWARMPLANE_SERVER: `unix:${server.socketPath}`,
      SWARMPLANE_TOKEN: 'token',
      SWARMPLANE_ROUTER_ID: 'router1',
      SWARMPLANE_ROUTER_ADDRESS: '127.0.0.1',
      SWARMPLANE_ROUTER_HTTP_PORT: String(http),
      SWARMPLANE_ROUTER_HTTPS_PORT: String(https),
      SWARMPLANE_ROUTER_HEALTH_PORT: String(health),
      SWARMPLANE_ROUTER_DIR: join(directory, 'kept'),
      SWARMPLANE_ROUTER_RUN_DIR: join(directory, 'run'),
      SWARMPLANE_HAPROXY: program,
      SWARMPLANE_STOP_GRACE_SECONDS: '3',
      ...environment,
    });
  }

  /** Starts the process, and waits until it is ready unless told otherwise. */
  async start({ ready = true }: { readonly ready?: boolean } = {}): Promise<this> {
    const child = spawn(
      process.execPath,
      ['--experimental-transform-types', '--disable-warning=ExperimentalWarning', 'src/router.main.ts'],
      { env: { PATH: process.env['PATH'], ...this.environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece: Buffer) => (this.output += piece.toString()));
    }
    if (ready) {
      await this.until(async () => (await this.health('readyz')).status === 200, 'It did not become ready');
    }
    return this;
  }

  /** Has HAProxy refuse files that have this text in their configuration; to be called before `start`. */
  refuseFilesWith(text: string): void {
    const program = join(this.directory, 'haproxy');
    const refusal = `[ "$1" = -c ] && grep -qi '${text}' "$3" && { echo '[ALERT]    (7) : config : it is bad here' >&2; exit 1; }`;
    writeFileSync(program, readFileSync(program, 'utf8').replace('exec', `${refusal}\nexec`));
  }

  /** The process id of the master of HAProxy. */
  get masterPid(): number {
    return Number(readFileSync(join(this.runDir, 'pid'), 'utf8'));
  }

  async health(path: 'livez' | 'readyz'): Promise<{ readonly status: number; readonly body: unknown }> {
    const answer = await fetch(`http://127.0.0.1:${this.healthPort}/${path}`).catch(() => null);
    return { status: answer?.status ?? 0, body: await answer?.json() };
  }

  /** Waits until something holds. */
  async until(
    holds: () => Promise<boolean> | boolean,
    complaint: string,
    withinMs = WITHIN_MS,
  ): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`${complaint}:\n${this.output}`);
      await pause(20);
    }
  }

  /** Sends a signal to the agent; answers with what it ended. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = (await ended) as [number | null];
    return code;
  }

  /** Ends everything, and takes it away. */
  async close(): Promise<void> {
    await this.end('SIGKILL');
    await this.endHaproxy();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async endHaproxy(): Promise<void> {
    try {
      const { masterPid } = this;
      if (!readFileSync(`/proc/${masterPid}/cmdline`, 'utf8').includes(this.directory)) return;
      process.kill(masterPid, 'SIGTERM');
      for (let turn = 0; turn < 100; turn++) {
        process.kill(masterPid, 0);
        await pause(20);
      }
      process.kill(masterPid, 'SIGKILL');
    } catch {
      // It has ended, or never began.
    }
  }
}
