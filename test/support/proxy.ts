import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { debianProgram } from '../../scripts/engine/debian-program.ts';
import type { SealedCertificate } from '../../src/domain/router-config.ts';
import { compile, type Served } from '../../src/proxy/compile.ts';
import { diff, type Difference } from '../../src/proxy/diff.ts';
import { MasterSocket } from '../../src/proxy/master.ts';
import type { ProxyModel } from '../../src/proxy/model.ts';
import { render } from '../../src/proxy/render.ts';
import { RuntimeSocket } from '../../src/proxy/runtime.ts';
import { pathsIn, PROXY_SETTINGS, type ProxySettings } from '../../src/proxy/settings.ts';

export const haproxyCommand = (): Promise<string[]> => debianProgram('haproxy', ['haproxy']);

/** What certificates are sealed with in tests: nothing. */
export const pemOf = ({ chain, sealedKey }: SealedCertificate): string =>
  `${chain.trim()}\n${sealedKey.trim()}\n`;

/** A HAProxy of its own, on loopback and in a temporary directory. */
export class RunningProxy {
  readonly settings: ProxySettings;
  readonly runtime: RuntimeSocket;
  readonly master: MasterSocket;
  /** What it has written. */
  output = '';
  model: ProxyModel;
  private child: ChildProcess | undefined;

  private constructor(settings: ProxySettings, model: ProxyModel) {
    this.settings = settings;
    this.model = model;
    this.runtime = new RuntimeSocket(pathsIn(settings).socket);
    this.master = new MasterSocket(join(settings.runDirectory, 'master.sock'));
  }

  static async start(config: Served, overrides: Partial<ProxySettings> = {}): Promise<RunningProxy> {
    const settings: ProxySettings = {
      ...PROXY_SETTINGS,
      address: '127.0.0.1',
      httpPort: await freePort(),
      httpsPort: await freePort(),
      runDirectory: mkdtempSync(join(tmpdir(), 'swarmplane-proxy-')),
      maxConnections: 200,
      threads: 1,
      drainMs: 5000,
      ...overrides,
    };
    const proxy = new RunningProxy(settings, compile(config, settings));
    try {
      await proxy.launch();
    } catch (error) {
      await proxy.stop();
      throw error;
    }
    return proxy;
  }

  /** Gets it to another configuration in the way that it takes. */
  async change(config: Served): Promise<Difference> {
    const next = compile(config, this.settings, this.model);
    const difference = diff(this.model, next);
    await this.runtime.run(difference.commands, { settings: this.settings, pemOf });
    this.model = next;
    this.write();
    if (difference.reloadReasons.length > 0) await this.reload();
    return difference;
  }

  /** Loads another configuration from its files. */
  async load(config: Served): Promise<void> {
    this.model = compile(config, this.settings, this.model);
    this.write();
    await this.reload();
  }

  async reload(): Promise<void> {
    await this.master.reload().catch((error: unknown) => {
      throw new Error(`HAProxy did not reload:\n${this.output}`, { cause: error });
    });
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(kill);
    }
    rmSync(this.settings.runDirectory, { recursive: true, force: true });
  }

  private write(): void {
    writeRendering(this.model);
  }

  private async launch(): Promise<void> {
    this.write();
    const [program = '', ...before] = await haproxyCommand();
    const { config } = pathsIn(this.settings);
    const master = `unix@${this.settings.runDirectory}/master.sock,mode,600`;
    const child = spawn(program, [...before, '-W', '-S', master, '-f', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece: Buffer) => (this.output += piece.toString()));
    }
    for (let turn = 0; turn < 500; turn++) {
      if (child.exitCode !== null) break;
      // The worker listens before its master does.
      if (
        (await this.runtime.info().catch(() => null)) &&
        (await this.master.processes().catch(() => null))
      ) {
        return;
      }
      await pause(10);
    }
    throw new Error(`HAProxy did not start:\n${this.output}`);
  }
}

/** Writes the files of a model, as HAProxy reads them. */
export function writeRendering(model: ProxyModel): void {
  const { files, certificates } = render(model);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  for (const [path, certificate] of certificates) put(path, pemOf(certificate));
  for (const [path, text] of files) put(path, text);
}

/** A port that nobody listens on, for now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The port that a server listens on, once it does. */
export async function portOf(server: Server): Promise<number> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

/** A task of HTTP on loopback that answers what it was asked, as JSON, unless told otherwise. */
export async function startTask(
  answer: (request: IncomingMessage, response: ServerResponse) => void = tellTheRequest,
): Promise<{ readonly port: number; readonly stop: () => Promise<unknown> }> {
  const server = createHttpServer(answer).listen(0, '127.0.0.1');
  const port = await portOf(server);
  return {
    port,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function tellTheRequest(request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers, socket } = request;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method, url, headers, task: socket.localPort }));
}
