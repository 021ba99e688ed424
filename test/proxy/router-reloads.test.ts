import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { RouterConfig } from '../../src/domain/router-config.ts';
import { PROXY_SETTINGS } from '../../src/proxy/settings.ts';
import { CertificateBook } from '../../src/router/certificate-book.ts';
import { HaproxyControl } from '../../src/router/haproxy-control.ts';
import { Problems } from '../../src/router/problems.ts';
import { routedRoute, routedServer, routerConfig } from '../factories/router-config.ts';
import { Load } from '../support/load.ts';
import { freePort, haproxyCommand, portOf } from '../support/proxy.ts';

const WEB_SOCKETS = 20;
const CONNECTIONS = 8;
const RELOADS = 40;

/** A task that answers requests, and echoes what comes over WebSockets. */
function startEcho(): Server {
  const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('message', (data: Buffer) => socket.send(data.toString())),
  );
  return server;
}

async function openWebSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: 'foo.example.com' } });
  await once(socket, 'open');
  return socket;
}

async function echoOf(socket: WebSocket, word: string): Promise<string> {
  socket.send(word);
  const [data] = (await once(socket, 'message')) as [Buffer];
  return data.toString();
}

describe('reloads', () => {
  let directory: string;
  let task: Server;
  let port: number;
  let proxy: HaproxyControl;

  const config = async (turn: number): Promise<RouterConfig> =>
    routerConfig({
      version: turn,
      routes: [
        routedRoute({}, [routedServer({ port: await portOf(task) })]),
        routedRoute({ name: `turn${turn}`, hosts: [`turn${turn}.example.com`] }),
      ],
    });

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'reloads-'));
    task = startEcho();
    port = await freePort();
    const program = join(directory, 'haproxy');
    writeFileSync(program, `#!/bin/sh\nexec ${(await haproxyCommand()).join(' ')} "$@"\n`, { mode: 0o700 });
    const problems = new Problems(() => {});
    proxy = new HaproxyControl(
      program,
      {
        ...PROXY_SETTINGS,
        address: '127.0.0.1',
        httpPort: port,
        httpsPort: null,
        runDirectory: join(directory, 'run'),
        maxConnections: 500,
      },
      new CertificateBook(randomBytes(32), problems),
      problems,
      { ended: () => {}, said: () => {} },
      () => Promise.resolve(),
    );
  });
  afterEach(async () => {
    await proxy.stop(0);
    task.closeAllConnections();
    task.close();
    rmSync(directory, { recursive: true });
  });

  it('fail no request and break no WebSocket, one right after the other', { timeout: 120_000 }, async () => {
    const reload = async (turn: number): Promise<void> => {
      const plan = proxy.plan(await config(turn));
      expect(plan.reloadReasons).not.toEqual([]);
      await proxy.change(plan);
      await proxy.check(plan);
      await proxy.load(plan);
    };
    const first = proxy.plan(await config(0));
    await proxy.check(first);
    await proxy.load(first);
    const load = new Load(port, CONNECTIONS);
    const sockets = await Promise.all(Array.from({ length: WEB_SOCKETS }, () => openWebSocket(port)));
    for (let turn = 1; turn <= RELOADS; turn++) {
      await reload(turn);
      const words = sockets.map((_, index) => `${turn} ${index}`);
      expect(await Promise.all(sockets.map((socket, index) => echoOf(socket, words[index] ?? '')))).toEqual(
        words,
      );
    }
    const { requests, failures } = await load.end();
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(1_000);
    for (const socket of sockets) socket.terminate();
  });
});
