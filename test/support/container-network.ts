import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun } from '../../scripts/command.ts';
import type { PrivateEngine } from '../../scripts/engine/private-engine.ts';

const FETCH =
  'fetch(process.argv[1]).then((answer) => answer.text()).then((text) => process.stdout.write(text))';
const LISTEN = `
const { connect, createServer } = require('node:net');
const [, socketPath, port] = process.argv;
createServer((client) => {
  const server = connect(socketPath);
  client.pipe(server).pipe(client);
  client.on('error', () => server.destroy());
  server.on('error', () => client.destroy());
}).listen(Number(port), '127.0.0.1', () => console.log('listening'));`;

/** The network of a container of a private engine, for programs of the machine: as if they ran in the container. */
export class ContainerNetwork {
  private readonly children: ChildProcess[] = [];
  private readonly undo: (() => void)[] = [];

  private constructor(private readonly namespace: string) {}

  /** That of a container that runs. */
  static async of(engine: PrivateEngine, containerId: string): Promise<ContainerNetwork> {
    const { NetworkSettings } = await engine.client.call<{ NetworkSettings: { SandboxKey: string } }>(
      'GET',
      `/containers/${containerId}/json`,
    );
    // The engine has mounted it in a mount namespace of its own.
    return new ContainerNetwork(`/proc/${engine.netnsPid}/root${NetworkSettings.SandboxKey}`);
  }

  /** Starts a program there, which ends with `close`. */
  spawn(command: readonly string[]): ChildProcess {
    const child = spawn('nsenter', [`--net=${this.namespace}`, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.push(child);
    return child;
  }

  /** The body of an answer to a GET from there. */
  fetch(url: string): Promise<string> {
    return mustRun('nsenter', [`--net=${this.namespace}`, process.execPath, '-e', FETCH, url]);
  }

  /** Lets programs there reach a port of 127.0.0.1 here, under the same number. */
  async reach(port: number): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'swarmplane-relay-'));
    const socketPath = join(directory, 'socket');
    const relay = createServer((there) => {
      const here = connect(port, '127.0.0.1');
      there.pipe(here).pipe(there);
      there.on('error', () => here.destroy());
      here.on('error', () => there.destroy());
    });
    this.undo.push(() => {
      relay.close();
      rmSync(directory, { recursive: true, force: true });
    });
    await new Promise<void>((resolve) => relay.listen(socketPath, resolve));
    const child = this.spawn([process.execPath, '-e', LISTEN, socketPath, String(port)]);
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`The relay has ended with ${code}.`)));
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.children.map(ended));
    for (const undo of this.undo) undo();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await end;
}
