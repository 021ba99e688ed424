import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { limitServer } from '../../src/api/limits/limit-server.ts';
import { NO_LIMITS, type LimitSettings } from '../../src/api/limits/limit-settings.ts';
import { Limits } from '../../src/api/limits/limits.ts';
import { Visit } from '../../src/api/limits/visit.ts';
import { Authenticator } from '../../src/api/authenticator.ts';
import { newToken } from '../../src/auth/token-format.ts';
import { EventReader } from '../support/event-stream.ts';
import { within } from '../support/subscription.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let surface: Surface | undefined;
afterEach(async () => {
  await surface?.close();
  surface = undefined;
});

async function limited(limits: Partial<LimitSettings>): Promise<Surface> {
  return (surface = await startSurface({ limits }));
}

/** How often somebody was refused for a reason, as /metrics shows it. */
async function refusals(of: Surface, reason: string, token: string): Promise<number> {
  const { text } = await of.as(token).get('/metrics').expect(200);
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`swarmplane_refusals_total{reason="${reason}"}`));
  return Number(line?.split(' ')[1]);
}

/** How many entries the audit trail has. */
async function onRecord(of: Surface, token: string): Promise<number> {
  return bodyOf<{ total: number }>(await of.as(token).get('/v1/audit').expect(200)).total;
}

/** What opens a WebSocket and says who it is; resolves to the first message, or how it was closed. */
async function connectSocket(of: Surface, token: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://${of.address}/graphql`, 'graphql-transport-ws', { headers });
  const first = within(
    new Promise<{ type: string } | { code: number }>((resolve) => {
      socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()) as { type: string }));
      socket.once('close', (code) => resolve({ code }));
    }),
    'Nothing came',
  );
  socket.once('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } })),
  );
  return { socket, first: await first };
}

/** Sends one operation; resolves to the first message about it. */
function operate(socket: WebSocket, id: string, query = '{ me { id } }'): Promise<Record<string, unknown>> {
  const answer = new Promise<Record<string, unknown>>((resolve) => {
    const listen = (data: Buffer): void => {
      const message = JSON.parse(data.toString()) as Record<string, unknown>;
      if (message['id'] !== id) return;
      socket.off('message', listen);
      resolve(message);
    };
    socket.on('message', listen);
  });
  socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query } }));
  return within(answer, 'No answer came');
}

describe('the rate of requests of a principal', () => {
  // So slow that nothing comes back while the test runs.
  const requests = { perSecond: 0.001, burst: 4 };

  it('is told with every answer, and is the same for REST, GraphQL and WebSocket', async () => {
    const of = await limited({ requests });
    const first = await of.rest.get('/v1/me').expect(200);
    expect(first.headers['ratelimit-policy']).toBe('"requests";q=4;w=4000');
    expect(first.headers['ratelimit']).toBe('"requests";r=3;t=1000');
    const missing = await of.rest.get('/v1/networks/nothing').expect(404);
    expect(missing.headers['ratelimit']).toMatch(/^"requests";r=2;t=\d+$/);
    expect((await of.graphql('{ me { id } }')).status).toBe(200);
    const { socket } = await connectSocket(of, of.adminToken);
    expect(await operate(socket, '1')).toMatchObject({ type: 'next' });
    const refused = await operate(socket, '2');
    expect(refused).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'TOO_MANY', status: 429, retryAfter: 1000 } }],
    });
    socket.terminate();
    const rest = await of.rest.get('/v1/me').expect(429);
    expect(rest.headers['retry-after']).toBe('1000');
    expect(rest.headers['ratelimit']).toBe('"requests";r=0;t=4000');
    expect(rest.headers['content-type']).toMatch('application/problem+json');
    expect(rest.body).toMatchObject({ code: 'TOO_MANY', type: 'urn:swarmplane:problem:too-many' });
    const graphql = await of.rest.post('/graphql').send({ query: '{ me { id } }' }).expect(429);
    expect(graphql.headers['retry-after']).toBe('1000');
    expect(graphql.body).toMatchObject({
      errors: [{ extensions: { code: 'TOO_MANY', status: 429, retryAfter: 1000 } }],
    });
  });

  it('is of each principal alone, and comes back', async () => {
    const of = await limited({ requests: { perSecond: 1_000, burst: 1 } });
    // A token is made of an account that is full again by then.
    const mine = await of.tokenFor('admin');
    const account = of.app.get(Limits, { strict: false }).accountOf({ id: 'admin' });
    account.requests?.take(performance.now());
    account.requests?.take(performance.now() + 60_000);
    await of.rest.get('/v1/me').expect(429);
    await of.as(mine).get('/v1/me').expect(200);
    expect(await refusals(of, 'rate', mine)).toBe(1);
  });

  it('leaves no trace of a refusal on record, and reads no body for it', async () => {
    const of = await limited({ requests: { perSecond: 0.001, burst: 1 } });
    const admin = of.app.get(Limits, { strict: false }).accountOf({ id: 'admin' });
    await of.rest.post('/v1/networks').send({ name: 'one' }).expect(201);
    await of.rest.post('/v1/networks').send({ name: 'two' }).expect(429);
    await of.rest.post('/v1/networks').type('text/plain').send('no JSON').expect(429);
    await of.rest.post('/graphql').send({ query: 'mutation { deleteNetwork(id: "one") }' }).expect(429);
    // What it takes to look at the trail.
    admin['requests' as never] = null as never;
    expect(await onRecord(of, of.adminToken)).toBe(1);
  });

  it('holds for all that needs a token, and for nothing else', async () => {
    const of = await limited({ requests: { perSecond: 1, burst: 10_000 } });
    const document = bodyOf<{ paths: Record<string, Record<string, unknown>> }>(
      await of.rest.get('/openapi.json').expect(200),
    );
    const paths = Object.entries(document.paths).filter(([, methods]) => 'get' in methods);
    expect(paths.length).toBeGreaterThan(40);
    for (const [path] of paths) {
      const isOpen = (await of.as(null).get(path)).status !== 401;
      const url = `http://${of.address}${path}`;
      const { headers, body } = await fetch(url, { headers: { Authorization: `Bearer ${of.adminToken}` } });
      await body?.cancel();
      expect([path, headers.has('ratelimit')]).toEqual([path, !isOpen]);
    }
  });
});

describe('requests under way of a principal', () => {
  it('are only so many at once', async () => {
    const of = await limited({ concurrentRequests: 2 });
    const other = await of.tokenFor('admin');
    const open = await Promise.all([unfinished(of), unfinished(of)]);
    const refused = await of.rest.get('/v1/me').expect(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.body).toMatchObject({ code: 'TOO_MANY' });
    expect((await of.graphql('{ me { id } }')).status).toBe(429);
    await of.as(other).get('/v1/me').expect(200);
    expect(await refusals(of, 'concurrency', other)).toBe(2);
    // One is finished, the other is given up.
    open[0].finish();
    open[1].leave();
    await freed(of);
    await of.rest.get('/v1/me').expect(200);
  });

  it('are none of who has left while it was found out who they are', async () => {
    const of = await limited({ concurrentRequests: 1, requests: { perSecond: 0.001, burst: 5 } });
    const authenticator = of.app.get(Authenticator, { strict: false });
    const authenticate = authenticator.authenticate.bind(authenticator);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let isAsked = false;
    let connection: Socket | undefined;
    of.server.once('connection', (socket: Socket) => (connection = socket));
    authenticator.authenticate = async (credentials) => {
      isAsked = true;
      await promise;
      return authenticate(credentials);
    };
    const sent = httpRequest(`http://${of.address}/v1/me`, {
      headers: { Authorization: `Bearer ${of.adminToken}` },
      agent: false,
    });
    sent.on('error', () => undefined).end();
    await until(() => isAsked);
    sent.destroy();
    await until(() => connection?.closed === true);
    resolve(undefined);
    await turn();
    expect(account(of).underWay).toBe(0);
    expect(account(of).requests?.left(performance.now())).toBe(5);
    await of.rest.get('/v1/me').expect(200);
  });

  it('are no streams: these have a limit of their own', async () => {
    const of = await limited({ concurrentRequests: 1, streams: 1 });
    const stream = await EventReader.open(`http://${of.address}/v1/events`, {
      Authorization: `Bearer ${of.adminToken}`,
    });
    await of.rest.get('/v1/me').expect(200);
    await of.rest.get('/v1/events').expect(429);
    expect(await refusals(of, 'streams', of.adminToken)).toBe(1);
    stream.close();
  });

  /** A request whose body has not come yet. */
  async function unfinished(of: Surface): Promise<{ finish: () => void; leave: () => void }> {
    const { underWay } = account(of);
    const { host, port } = { host: '127.0.0.1', port: Number(of.address.split(':')[1]) };
    const sent = httpRequest({
      host,
      port,
      path: '/graphql',
      method: 'POST',
      headers: {
        Authorization: `Bearer ${of.adminToken}`,
        'Content-Type': 'application/json',
        'Content-Length': '30',
      },
    });
    sent.on('error', () => undefined);
    sent.write('{');
    await until(() => account(of).underWay > underWay);
    return {
      finish: () => void sent.end('"query": "{ me { id } }"      }'.slice(0, 29)),
      leave: () => sent.destroy(),
    };
  }

  const account = (of: Surface) => of.app.get(Limits, { strict: false }).accountOf({ id: 'admin' });
  const freed = (of: Surface): Promise<void> => until(() => account(of).underWay === 0);
});

describe('proofs that are none', () => {
  const failedProofsPerMinute = 3;

  it('are refused as too many after some, on every surface, but a good one is not', async () => {
    const of = await limited({ failedProofsPerMinute });
    const wrong = newToken();
    await of.as(wrong).get('/v1/me').expect(401);
    await of.as(null).post('/v1/networks').send({ name: 'x' }).expect(401);
    expect((await connectSocket(of, wrong)).first).toEqual({ code: 4401 });
    const before = await onRecord(of, of.adminToken);
    const refused = await of.as(wrong).get('/v1/me').expect(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.body).toMatchObject({ code: 'TOO_MANY' });
    await of.as(null).post('/v1/networks').send({ name: 'x' }).expect(429);
    await of.as(null).post('/v1/networks?ticket=x').send({ name: 'x' }).expect(429);
    expect((await of.graphql('mutation { deleteNetwork(id: "x") }', {}, wrong)).status).toBe(429);
    await of.as(null).get('/v1/events?ticket=wrong').expect(429);
    expect((await connectSocket(of, wrong)).first).toEqual({ code: 4429 });
    expect(await refusals(of, 'failed-proofs', of.adminToken)).toBe(6);
    // A flood of wrong tokens fills nothing.
    expect(await onRecord(of, of.adminToken)).toBe(before);

    await of.rest.get('/v1/me').expect(200);
    expect((await of.graphql('{ me { id } }')).status).toBe(200);
    const good = await connectSocket(of, of.adminToken);
    expect(good.first).toEqual({ type: 'connection_ack' });
    good.socket.terminate();
    const { ticket } = bodyOf<{ ticket: string }>(await of.rest.post('/v1/events/ticket').expect(201));
    const stream = await EventReader.open(`http://${of.address}/v1/events?ticket=${ticket}`, {});
    expect(stream.status).toBe(200);
    stream.close();
    for (const path of ['/livez', '/readyz', '/docs', '/openapi.json']) {
      expect((await of.as(null).get(path)).status).toBeLessThan(400);
    }
  });

  it('count by the client’s address, which a proxy tells and a client cannot', async () => {
    const of = await limited({ failedProofsPerMinute: 1, trustedProxies: ['127.0.0.1/32'] });
    const from = (forwarded: string, token: string | null = newToken()) =>
      of.as(token).get('/v1/me').set('X-Forwarded-For', forwarded);
    await from('192.0.2.1').expect(401);
    await from('192.0.2.1').expect(429);
    await from('198.51.100.7, 192.0.2.1').expect(429);
    await from('192.0.2.2').expect(401);
    await from('2001:db8::1').expect(401);
    await from('2001:db8::2').expect(429);
    const socket = await connectSocket(of, newToken(), { 'X-Forwarded-For': '192.0.2.2' });
    expect(socket.first).toEqual({ code: 4429 });
    await from('192.0.2.1', of.adminToken).expect(200);
    await of.rest.post('/v1/networks').set('X-Forwarded-For', '192.0.2.1').send({ name: 'x' }).expect(201);
    const trail = await of.rest.get('/v1/audit?kind=network').expect(200);
    expect(bodyOf<{ items: { address: string }[] }>(trail).items[0]?.address).toBe('192.0.2.1');
  });

  it('count by the connection where no proxy is trusted, whatever is claimed', async () => {
    const of = await limited({ failedProofsPerMinute: 1 });
    await of.as(newToken()).get('/v1/me').set('X-Forwarded-For', '192.0.2.1').expect(401);
    await of.as(newToken()).get('/v1/me').set('X-Forwarded-For', '192.0.2.2').expect(429);
  });
});

describe('a page of another origin', () => {
  const origin = 'https://portal.example';

  it('may ask whether it may ask, and sees why it is refused', async () => {
    const limits = { failedProofsPerMinute: 1, requests: { perSecond: 0.001, burst: 1 } };
    const of = (surface = await startSurface({ limits, allowedOrigins: [origin] }));
    for (let index = 0; index < 3; index++) {
      const preflight = await of
        .as(null)
        .options('/v1/networks')
        .set({ Origin: origin, 'Access-Control-Request-Method': 'POST' });
      expect(preflight.status).toBe(204);
    }
    await of.as(null).get('/v1/me').set('Origin', origin).expect(401);
    const unproven = await of.as(null).get('/v1/me').set('Origin', origin).expect(429);
    await of.rest.get('/v1/me').set('Origin', origin).expect(200);
    const refused = await of.rest.get('/v1/me').set('Origin', origin).expect(429);
    for (const { headers } of [unproven, refused]) {
      expect(headers['access-control-allow-origin']).toBe(origin);
      expect(headers['access-control-expose-headers']).toMatch(/RateLimit.*Retry-After/);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-request-id']).toMatch(/./);
    }
  });
});

describe('sockets of a principal', () => {
  it('are only so many at once', async () => {
    const of = await limited({ sockets: 1 });
    const { socket, first } = await connectSocket(of, of.adminToken);
    expect(first).toEqual({ type: 'connection_ack' });
    expect((await connectSocket(of, of.adminToken)).first).toEqual({ code: 4429 });
    expect(await refusals(of, 'sockets', of.adminToken)).toBe(1);
    socket.terminate();
  });
});

describe('a server of which more is asked than it can do', () => {
  it('lets requests wait, refuses those that have waited too long, and answers health checks meanwhile', async () => {
    const of = await limited({});
    const viewer = await of.tokenFor('viewer');
    const limits = of.app.get(Limits, { strict: false });
    const { socket } = await connectSocket(of, of.adminToken);
    // A clock that runs away while one request is begun: the turn is over, and then all patience.
    let ahead = 0;
    limits['line']['now' as never] = ((): number => performance.now() + ahead) as never;
    const hold = holdTurns(limits);
    const rest = of.rest.get('/v1/me').then((answer) => answer);
    const graphql = of
      .as(viewer)
      .post('/graphql')
      .send({ query: '{ me { id } }' })
      .then((answer) => answer);
    const operation = operate(socket, '1');
    await until(() => limits.waiting >= 3);
    await of.as(null).get('/livez').expect(200);
    await of.as(null).get('/readyz').expect(200);
    ahead = 1_500;
    hold.end();
    const refused = await rest;
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.body).toMatchObject({ code: 'OVERLOADED', type: 'urn:swarmplane:problem:overloaded' });
    expect(await graphql).toMatchObject({
      status: 503,
      body: { errors: [{ extensions: { code: 'OVERLOADED', status: 503 } }] },
    });
    expect(await operation).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'OVERLOADED', status: 503 } }],
    });
    socket.terminate();
    ahead = 0;
    await of.rest.get('/v1/me').expect(200);
    // With the one before them.
    expect(await refusals(of, 'overload', viewer)).toBe(4);
  });

  it('answers each who has waited as whom they are', async () => {
    const of = await limited({});
    const tokens = await Promise.all([of.tokenFor('viewer'), of.tokenFor('operator'), of.tokenFor('admin')]);
    const limits = of.app.get(Limits, { strict: false });
    const hold = holdTurns(limits);
    const asked = tokens.flatMap((token) => [
      of.as(token).get('/v1/me'),
      of.as(token).post('/graphql').send({ query: '{ me { id } networks { totalCount } }' }),
      of.as(token).get('/v1/networks'),
    ]);
    const answers = Promise.all(asked.map((request) => request.then((answer) => answer)));
    await until(() => limits.waiting >= 9);
    hold.end();
    const seen = (await answers).map(({ status, body }) => {
      const { id, data } = body as { id?: string; data?: { me: { id: string } } };
      return [status, id ?? data?.me.id];
    });
    const ids = seen.map(([, id]) => id);
    expect(seen.every(([status]) => status === 200)).toBe(true);
    expect(new Set(ids.filter((id) => id !== undefined)).size).toBe(3);
    for (const index of [0, 3, 6]) expect(ids[index]).toBe(ids[index + 1]);
  });

  /** Keeps turns of the event loop from having time, until it ends: as if something long were done in each. */
  function holdTurns(limits: Limits): { end: () => void } {
    const line = limits['line'];
    const hasTime = line['hasTime' as never] as unknown;
    line['hasTime' as never] = (() => false) as never;
    // Somebody waits already, so that whoever comes waits behind them.
    const visit = new Visit(limits.accountOf({ id: 'first' }));
    limits.begin(
      visit,
      performance.now(),
      () => visit.leave(),
      () => visit.leave(),
    );
    return { end: () => void (line['hasTime' as never] = hasTime as never) };
  }
});

describe('a server', () => {
  let server: Server;
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  async function listening(settings: Partial<LimitSettings>): Promise<() => Socket> {
    server = createServer({ connectionsCheckingInterval: 20 }, (_request, response) => response.end('done'));
    limitServer(server, { ...NO_LIMITS, ...settings });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return () => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      return socket.on('error', () => undefined);
    };
  }

  it('does not wait for ever for a request that does not come', async () => {
    const open = await listening({ requestTimeoutMs: 50 });
    const slow = open();
    slow.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Le');
    let said = '';
    slow.on('data', (data: Buffer) => (said += data.toString()));
    await within(new Promise((resolve) => slow.once('close', resolve)), 'The connection was not closed');
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('has only so many connections', async () => {
    const open = await listening({ connections: 1 });
    const first = open();
    await until(() => !first.connecting);
    const second = open();
    await within(new Promise((resolve) => second.once('close', resolve)), 'The connection was not closed');
    first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = await within(
      new Promise<[Buffer]>((resolve) => first.once('data', (data: Buffer) => resolve([data]))),
      'No answer came',
    );
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
  });
});

/** Waits for what a few turns of the event loop bring. Fails when they do not. */
async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5_000; !holds();) {
    if (Date.now() > deadline) throw new Error('It did not come to that.');
    await turn();
  }
}
