import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RouterConfig } from '../../../src/domain/router-config.ts';
import { ConfigStream } from '../../../src/router/config-stream.ts';
import { RefusedByServer, ServerClient } from '../../../src/router/server-client.ts';
import { routedRoute, routedServer, routerConfig } from '../../factories/router-config.ts';
import { FakeConfigServer } from '../../fakes/fake-config-server.ts';

const FIRST = routerConfig();
const SECOND = routerConfig({ version: 2, routes: [routedRoute({}, [routedServer({ id: 'task2' })])] });

const WHOLE = '/v1/routers/config?router=router1';

describe('ConfigStream', () => {
  let server: FakeConfigServer;
  let client: ServerClient;
  let stop: AbortController;
  let received: RouterConfig[];
  let lost: Error[];

  beforeEach(async () => {
    server = await new FakeConfigServer(FIRST).start();
    client = new ServerClient(server.address, 'token');
    stop = new AbortController();
    received = [];
    lost = [];
  });
  afterEach(async () => {
    stop.abort();
    client.close();
    await server.close();
  });

  const follow = (known: RouterConfig | null = null, silentAfterMs?: number): void => {
    const listener = {
      received: (config: RouterConfig) => void received.push(config),
      lost: (reason: Error) => void lost.push(reason),
    };
    void new ConfigStream(client, 'router1', known, listener, silentAfterMs).follow(stop.signal);
  };
  const hashes = (): string[] => received.map(({ hash }) => hash);

  it('receives the whole and then changes, keeping what did not change', async () => {
    follow();
    await vi.waitFor(() => expect(hashes()).toEqual([FIRST.hash]));
    const third = routerConfig({ version: 3, routes: [...SECOND.routes, routedRoute({ name: 'other' })] });
    server.change(SECOND);
    server.change(third);
    await vi.waitFor(() => expect(hashes()).toEqual([FIRST.hash, SECOND.hash, third.hash]));
    const { id } = SECOND.routes[0]!;
    expect(received[2]?.routes.find((route) => route.id === id)).toBe(received[1]?.routes[0]);
    expect(lost).toEqual([]);
  });

  it('asks for nothing that it has already', async () => {
    follow(FIRST);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(server.asked).toEqual([`/v1/routers/config?router=router1&hash=${FIRST.hash}`]);
    expect(received[0]?.routes[0]).toBe(FIRST.routes[0]);
  });

  it('takes texts that arrive in pieces within a letter', async () => {
    const spec = { basicAuth: { realm: 'Räume – 部屋'.repeat(20_000), users: {} } };
    server.config = routerConfig({ routes: [routedRoute(spec)] });
    follow();
    await vi.waitFor(() => expect(hashes()).toEqual([server.config.hash]));
  });

  it.each<[string, string, unknown]>([
    ['a wrong hash', 'config', { ...SECOND, hash: 'x' }],
    [
      'a wrong base',
      'patch',
      {
        base: 'x',
        version: 2,
        hash: 'y',
        routes: [],
        removedRoutes: [],
        certificates: [],
        removedCertificates: [],
      },
    ],
    ['another shape', 'config', { routes: 'all' }],
    ['half a patch', 'patch', { base: FIRST.hash }],
    ['no object', 'patch', 7],
  ])('asks for the whole again after %s', async (_, event, data) => {
    follow();
    await vi.waitFor(() => expect(server.followers).toBe(1));
    server.say(event, data);
    await vi.waitFor(() => expect(server.asked).toEqual([WHOLE, WHOLE]));
    await vi.waitFor(() => expect(hashes()).toEqual([FIRST.hash, FIRST.hash]));
    expect(lost).toHaveLength(1);
  });

  it('does not mind events that it does not know', async () => {
    follow();
    await vi.waitFor(() => expect(server.followers).toBe(1));
    server.say('news', { of: 'tomorrow' });
    server.change(SECOND);
    await vi.waitFor(() => expect(hashes()).toEqual([FIRST.hash, SECOND.hash]));
  });

  it('comes back when the server was away', async () => {
    follow();
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await server.stop();
    await vi.waitFor(() => expect(lost.length).toBeGreaterThan(1));
    server.config = SECOND;
    await server.start();
    await vi.waitFor(() => expect(hashes()).toEqual([FIRST.hash, SECOND.hash]), 10_000);
  });

  it('says why it is refused', async () => {
    server.refusal = 401;
    follow();
    await vi.waitFor(() => expect(lost.length).toBeGreaterThan(0));
    expect(lost[0]).toBeInstanceOf(RefusedByServer);
    expect(lost[0]).toMatchObject({ status: 401, isUnauthorized: true, message: 'The fake server refuses.' });
  });

  it('leaves a server that says nothing', async () => {
    follow(null, 50);
    await vi.waitFor(() => expect(lost[0]?.message).toMatch(/silent/));
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(1));
  });
});
