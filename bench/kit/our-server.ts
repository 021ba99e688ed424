import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../../scripts/progress.ts';
import { PROJECT, projectEnvironment, serverArguments } from '../../scripts/project.ts';
import { unreadiness } from '../../scripts/server-address.ts';
import { endOf } from './child.ts';
import type { Swarm } from './swarm.ts';

const HOST = '127.0.0.1';
const TOKEN = 'bench';
const POLL_MS = 10;
const STOP_WITHIN_MS = 10_000;

/** What our server is to be in front of. */
export interface ServedSwarm {
  readonly engine: Pick<Swarm['engine'], 'dockerHost' | 'controlSocket'>;
}

export interface ServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take to be ready, in milliseconds. */
  readonly readyWithinMs?: number;
  /** A command that becomes the one that comes after it. */
  readonly wrapper?: readonly string[];
}

/** What a process has in memory, in bytes. */
export interface ProcessMemory {
  readonly resident: number;
  /** The most that it has had. */
  readonly peak: number;
}

/** Our server in a process of its own, listening on loopback. */
export interface OurServer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** `http://127.0.0.1:…` */
  readonly url: string;
  readonly token: string;
  /** For requests as its admin. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds from its start until `/readyz` said that it is ready, to about 10 ms. */
  readonly readyAfterMs: number;
  memory(): ProcessMemory;
  stop(): Promise<void>;
}

/** Starts `dist/main.js`, which is up to date, and waits until it is ready. Rejects when it is not. */
export async function startServer(
  { engine }: ServedSwarm,
  { env = {}, readyWithinMs = 30_000, wrapper = [] }: ServerOptions = {},
): Promise<OurServer> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-bench-'));
  const startedAt = performance.now();
  const [program = '', ...rest] = [...wrapper, process.execPath, ...serverArguments()];
  const child = spawn(program, rest, {
    cwd: PROJECT,
    env: {
      ...projectEnvironment(),
      DOCKER_HOST: engine.dockerHost,
      SWARMPLANE_CONTROL_SOCKET: engine.controlSocket,
      SWARMPLANE_HOST: HOST,
      SWARMPLANE_PORT: String(port),
      SWARMPLANE_DATA_DIR: directory,
      SWARMPLANE_ADMIN_TOKEN: TOKEN,
      SWARMPLANE_LOG_LEVEL: 'warn',
      // Who measures asks for more than any client may.
      SWARMPLANE_REQUEST_RATE: 'off',
      ...env,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    await endOf(child, STOP_WITHIN_MS);
    rmSync(directory, { recursive: true, force: true });
  };
  const address = { host: HOST, port, url: `http://${HOST}:${port}` };
  for (;;) {
    const reason = await unreadiness(address);
    if (reason === undefined) break;
    if (child.exitCode !== null) {
      throw new Error(`The server has ended with ${child.exitCode}; its last words are above.`);
    }
    if (performance.now() - startedAt > readyWithinMs) {
      await stop();
      throw new Error(`The server is not ready after ${readyWithinMs} ms: ${reason}`);
    }
    await pause(POLL_MS);
  }
  const readyAfterMs = performance.now() - startedAt;
  const pid = child.pid ?? 0;
  return {
    ...address,
    pid,
    token: TOKEN,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    readyAfterMs,
    memory: () => memoryOf(pid),
    stop,
  };
}

/** What the kernel says a process has in memory (proc(5): `VmRSS`, `VmHWM`). */
export function memoryOf(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
}

/** A port that nothing listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, HOST, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
