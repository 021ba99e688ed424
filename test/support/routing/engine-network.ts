import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineClient } from '../../../scripts/engine/engine-client.ts';
import type { TestEngine } from '../swarm-setup.ts';

// Hands connections to sockets of the file system, which all namespaces share, over to ports of the node.
const RELAY = `
const { connect, createServer } = require('node:net');
const [, directory, host, ...ports] = process.argv;
let left = ports.length;
for (const port of ports) {
  createServer({ allowHalfOpen: true }, (here) => {
    const there = connect({ host, port: Number(port), allowHalfOpen: true });
    here.pipe(there).pipe(here);
    here.on('error', () => there.destroy());
    there.on('error', () => here.destroy());
    there.on('close', () => here.destroy());
    here.on('close', () => there.destroy());
  }).listen(directory + '/' + port, () => --left === 0 && console.log('listening'));
}`;

/** The network of the node whose engine the tests use: what is published there is reached as from the node itself. */
export class EngineNetwork {
  private readonly children: ChildProcess[] = [];
  private readonly directory = mkdtempSync(join(tmpdir(), 'swarmplane-relay-'));

  private constructor(
    /** Of the node: the one that packets to published ports are translated for. */
    readonly address: string,
    private readonly netnsPid: number,
  ) {}

  /** Opens a way to these ports of the node. */
  static async open(engine: TestEngine, ports: readonly number[]): Promise<EngineNetwork> {
    const client = new EngineClient({ host: engine.dockerHost, verify: false, source: 'DOCKER_HOST' });
    const { Swarm } = await client.info();
    const network = new EngineNetwork(Swarm.NodeAddr, engine.netnsPid);
    if (!network.isHere) await network.relay(ports);
    return network;
  }

  /** A connection to a port that was opened. */
  connect(port: number): Socket {
    return this.isHere
      ? connect({ host: this.address, port, allowHalfOpen: true })
      : connect({ path: join(this.directory, `${port}`), allowHalfOpen: true });
  }

  /** Starts a program there, with a channel for messages, which ends with `close`. */
  spawn(command: readonly string[]): ChildProcess {
    const [program = '', ...args] = this.isHere
      ? command
      : ['nsenter', '-t', String(this.netnsPid), '-n', ...command];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    this.children.push(child);
    return child;
  }

  async close(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const end = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await end;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Whether the engine is in the network of this process. */
  private get isHere(): boolean {
    return this.netnsPid === 0;
  }

  private async relay(ports: readonly number[]): Promise<void> {
    const relay = this.spawn([
      process.execPath,
      '-e',
      RELAY,
      this.directory,
      this.address,
      ...ports.map(String),
    ]);
    await new Promise<void>((resolve, reject) => {
      relay.stdout?.once('data', () => resolve());
      relay.once('exit', (code) => reject(new Error(`The relay has ended with ${code}.`)));
    });
  }
}
