import { connect as connectTcp, createServer, type Server } from 'node:net';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createHttpServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteSpec } from '../../src/domain/route.ts';
import type { RoutedServer, RouterConfig } from '../../src/domain/router-config.ts';
import { routedRoute, routedServer, routerConfig } from '../factories/router-config.ts';
import { askProxy } from '../support/ask-proxy.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { freePort, portOf, RunningProxy, startTask } from '../support/proxy.ts';

let proxy: RunningProxy;
const servers: Server[] = [];
beforeAll(async () => {
  proxy = await RunningProxy.start(routerConfig({ routes: [] }), { accessLog: true });
});
afterAll(async () => {
  await proxy.stop();
  for (const server of servers) server.close();
});

/** A task that says what the first bytes were that it was sent. */
async function startListener(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (piece: Buffer) => socket.end(piece.toString('hex')));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  return portOf(server);
}

const serve = (
  spec: Partial<RouteSpec>,
  to: readonly RoutedServer[],
  rest: Partial<RouterConfig> = {},
): Promise<void> => proxy.load(routerConfig({ ...rest, routes: [routedRoute(spec, to)] }));

/** What comes back for some bytes, until the connection closes. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const socket = connectTcp(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(10_000, () => socket.destroy(new Error('Nothing came within ten seconds.')));
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(pieces).toString()));
  });
}

describe('a route of TCP', () => {
  it('has its port, hands on what comes, and lets in who it allows', async () => {
    const [listen, port] = [await freePort(), await startListener()];
    const spec = { protocol: 'tcp' as const, hosts: [], listen };
    await serve(spec, [routedServer({ port })]);
    expect(await exchange(listen, 'hello')).toBe(Buffer.from('hello').toString('hex'));
    await serve({ ...spec, proxyProtocol: 1 }, [routedServer({ port })]);
    expect(Buffer.from(await exchange(listen, 'hello'), 'hex').toString()).toMatch(
      /^PROXY TCP4 127\.0\.0\.1 /,
    );
    await serve({ ...spec, allow: ['10.0.0.0/8'] }, [routedServer({ port })]);
    expect(await exchange(listen, 'hello')).toBe('');
  });

  it('does not get a port that is taken, which keeps nobody else from being served', async () => {
    const task = await startTask();
    const taken = { name: 'greedy', protocol: 'tcp' as const, hosts: [], listen: proxy.settings.httpPort };
    await proxy.load(
      routerConfig({ routes: [routedRoute(taken), routedRoute({}, [routedServer({ port: task.port })])] }),
    );
    expect(proxy.model.refused).toMatchObject([{ reason: expect.stringContaining('taken') as string }]);
    expect((await askProxy(proxy.settings.httpPort)).status).toBe(200);
    await task.stop();
  });
});

describe('a route of HTTP', () => {
  it.each([
    [1, /^50524f5859205443503420/],
    [2, /^0d0a0d0a000d0a515549540a21/],
  ] as const)('tells of the client by version %i of the PROXY protocol', async (proxyProtocol, beginning) => {
    const seen: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', (piece: Buffer) => {
        seen.push(piece);
        socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await serve({ proxyProtocol }, [routedServer({ port: await portOf(server) })]);
    expect((await askProxy(proxy.settings.httpPort)).status).toBe(204);
    expect(seen[0]?.toString('hex')).toMatch(beginning);
  });

  it('believes the PROXY protocol where it is told to', async () => {
    const task = await startTask();
    const settings = { trustedProxies: [], acceptProxyProtocol: true };
    await serve({}, [routedServer({ port: task.port })], { settings });
    const answer = await exchange(
      proxy.settings.httpPort,
      'PROXY TCP4 6.6.6.6 127.0.0.1 1 80\r\nGET / HTTP/1.0\r\nHost: foo.example.com\r\n\r\n',
    );
    await task.stop();
    expect(answer).toContain('"x-forwarded-for":"6.6.6.6"');
  });

  it('speaks TLS to its tasks, and looks at their certificates when it shall', async () => {
    const { certificate, key } = makeCertificate({
      commonName: 'foo.example.com',
      names: ['foo.example.com'],
    });
    const named: string[] = [];
    const server = createHttpsServer(
      { cert: certificate, key, SNICallback: (name, done) => (named.push(name), done(null)) },
      (_, response) => response.end('encrypted'),
    ).listen(0, '127.0.0.1');
    servers.push(server);
    const to = [routedServer({ port: await portOf(server) })];
    await serve({ backendTls: { verify: false } }, to);
    expect(await askProxy(proxy.settings.httpPort)).toMatchObject({ status: 200, body: 'encrypted' });
    expect(named).toEqual(['foo.example.com']);
    await serve({ backendTls: { verify: true }, retries: 0 }, to);
    expect((await askProxy(proxy.settings.httpPort)).status).toBe(503);
  });

  it('adds servers that speak TLS and are checked while HAProxy runs', async () => {
    const { certificate, key } = makeCertificate({ commonName: 'task' });
    const server = createHttpsServer({ cert: certificate, key }, (_, response) =>
      response.end('encrypted'),
    ).listen(0, '127.0.0.1');
    servers.push(server);
    const spec: Partial<RouteSpec> = {
      backendTls: { verify: false },
      healthCheck: { path: '/', intervalMs: 60_000, timeoutMs: 1000, rise: 1, fall: 1 },
    };
    await serve(spec, []);
    const config = routerConfig({
      routes: [routedRoute(spec, [routedServer({ port: await portOf(server) })])],
    });
    expect((await proxy.change(config)).reloadReasons).toEqual([]);
    expect(await askProxy(proxy.settings.httpPort)).toMatchObject({ status: 200, body: 'encrypted' });
    const verified = { ...spec, backendTls: { verify: true } };
    await serve(verified, []);
    await proxy.change(
      routerConfig({ routes: [routedRoute(verified, [routedServer({ port: await portOf(server) })])] }),
    );
  });

  it('keeps WebSockets over a reload and while their task is drained', async () => {
    const server = createHttpServer().listen(0, '127.0.0.1');
    servers.push(server);
    const echoing = new WebSocketServer({ server });
    echoing.on('connection', (each) => each.on('message', (text) => each.send(text)));
    const to = routedServer({ port: await portOf(server) });
    await serve({}, [to]);
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.settings.httpPort}/`, {
      headers: { host: 'foo.example.com' },
    });
    const next = (event: string): Promise<unknown> => new Promise((resolve) => socket.once(event, resolve));
    await next('open');
    const echo = async (text: string): Promise<void> => {
      const answer = next('message');
      socket.send(text);
      expect(String(await answer)).toBe(text);
    };
    await echo('before');
    await proxy.change(routerConfig({ routes: [routedRoute({}, [{ ...to, state: 'drain' }])] }));
    await echo('drained');
    await proxy.reload();
    await echo('reloaded');
    socket.terminate();
    echoing.close();
  });
});

describe('the access log', () => {
  it('has a line of JSON for each request, whatever clients send', async () => {
    const task = await startTask();
    await serve({ name: 'shop' }, [routedServer({ port: task.port })]);
    const before = proxy.output.length;
    const path = '/a"b\\c{}%5b<|>';
    await exchange(
      proxy.settings.httpPort,
      `GET ${path}?secret=1 HTTP/1.0\r\nHost: foo.example.com\r\nContent-Length: 0\r\n\r\n`,
    );
    await exchange(proxy.settings.httpPort, 'GET / HTTP/1.0\r\nHost: a"\\b\r\n\r\n');
    await exchange(proxy.settings.httpPort, 'nonsense\r\n\r\n');
    for (let turn = 0; turn < 100 && linesOf(before).length < 3; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await task.stop();
    const [request, refused, nonsense] = linesOf(before).map(
      (each) => JSON.parse(each) as Record<string, unknown>,
    );
    expect(request).toMatchObject({
      route: expect.stringMatching(/^r_[0-9a-f]{16}$/) as string,
      name: 'shop',
      service: 'web',
      server: `t_task1_${task.port}`,
      client: '127.0.0.1',
      method: 'GET',
      host: 'foo.example.com',
      status: 200,
      termination: '--',
    });
    expect(request?.path).toBe('/a"b\\c{}%5b<|>');
    expect(JSON.stringify(request)).not.toContain('secret');
    expect(refused).toMatchObject({ host: 'a"\\b', status: 400 });
    expect(nonsense).toMatchObject({ status: 400 });
  });

  const linesOf = (start: number): string[] =>
    proxy.output
      .slice(start)
      .split('\n')
      .slice(0, -1)
      .filter((each) => each.startsWith('{'));
});
