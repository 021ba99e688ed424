import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { GraphqlSocket } from '../../src/api/graphql/socket.ts';
import { MAX_ALIASES, MAX_DEPTH, MAX_TOKENS } from '../../src/api/graphql/operation-limits.ts';
import { upgrade } from '../support/raw-request.ts';
import { within } from '../support/subscription.ts';
import { startSurface, type Surface } from '../support/surface.ts';

const PROTOCOL = 'graphql-transport-ws';

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface({ allowedOrigins: ['https://portal.example'] });
});
afterAll(() => surface.close());

/** Fields nested so deep: `services { nodes { tasks { service { tasks { … id } } } } }`. */
function nested(depth: number): string {
  const names = [
    'services',
    'nodes',
    ...Array.from({ length: depth - 3 }, (_, i) => (i % 2 ? 'service' : 'tasks')),
  ];
  return `{ ${names.join(' { ').replace('services', 'services(first: 1)')} { id ${'} '.repeat(names.length)} }`;
}

/** The verdict over HTTP and over WebSocket. */
async function verdicts(query: string): Promise<{ code: string; status: number; message: string }[]> {
  const http = (await surface.graphql(query)).errors[0];
  const subscription = await surface.subscribe(query);
  const socket = (await subscription.refusal())[0];
  await subscription.close();
  return [http, socket].map((error) => ({
    code: error?.extensions.code ?? '',
    status: error?.extensions.status ?? 0,
    message: error?.message ?? '',
  }));
}

describe('an operation is refused as INVALID, over HTTP and WebSocket alike,', () => {
  const aliases = (count: number): string =>
    `{ ${Array.from({ length: count }, (_, index) => `a${index}: me { id }`).join(' ')} }`;

  it.each([
    ['that is too deep', nested(MAX_DEPTH + 1), /depth.*is 13; at most 12/],
    [
      'that is too deep by its fragments',
      `${nested(MAX_DEPTH - 3).replace(/\bid\b/, '...f')} ${fragment()}`,
      /depth/,
    ],
    ['that has too many aliases', aliases(MAX_ALIASES + 1), /aliases.*is 101; at most 100/],
    [
      'that has too many aliases by its fragments',
      `{ ${'...f '.repeat(3)} } fragment f on Query ${aliases(40)}`,
      /aliases.*is 120/,
    ],
    [
      'that asks for too much',
      '{ services(first: 1000) { nodes { tasks { service { tasks { id name state slot image createdAt } } } } } }',
      /cost.*at most 500,000/,
    ],
    [
      'that asks for too much with a variable',
      'query ($n: Int) { services(first: $n) { nodes { tasks { service { tasks { id name state slot image createdAt } } } } } }',
      /cost/,
    ],
    ['that has too many tokens', `{ ${'me { id } '.repeat(MAX_TOKENS / 3)} }`, /tokens/],
    [
      'whose fragments are a circle',
      '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }',
      /itself/,
    ],
  ])('%s', async (_, query, message) => {
    for (const verdict of await verdicts(query)) {
      expect(verdict).toMatchObject({ code: 'INVALID', status: 400 });
      expect(verdict.message).toMatch(message);
    }
  });

  function fragment(): string {
    return 'fragment f on Service { tasks { service { tasks { service { id } } } } }';
  }
});

describe('an operation is answered', () => {
  it.each([
    ['as deep as is allowed', nested(MAX_DEPTH)],
    [
      'for a page of a portal',
      `{ services(first: 100) { nodes { id name replicas runningTasks image labels updateStatus { state }
        tasks { id name state nodeHostname addresses { networkId address } }
        networks { virtualIp network { id name subnets { subnet } } } } } }`,
    ],
    [
      'for the longest page',
      '{ tasks(first: 1000) { nodes { id name state service { name } node { hostname } } } }',
    ],
    [
      'for the schema',
      '{ __schema { types { name fields { name type { name ofType { name ofType { name } } } } } } }',
    ],
  ])('%s', async (_, query) => {
    const { data, errors } = await surface.graphql(query);
    expect(errors).toEqual([]);
    expect(data).toBeTruthy();
  });
});

describe('a socket', () => {
  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://${surface.address}/graphql`, PROTOCOL);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { Authorization: `Bearer ${surface.adminToken}` } }),
    );
    return socket;
  }
  const closingOf = (socket: WebSocket): Promise<{ code: number; reason: string }> =>
    within(
      new Promise((resolve) =>
        socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
      ),
      'The socket was not closed',
    );
  const messages = (socket: WebSocket, until: (message: { type: string; id?: string }) => boolean) =>
    within(
      new Promise<{ type: string; id?: string; payload?: unknown }>((resolve) =>
        socket.on('message', (data: Buffer) => {
          const message = JSON.parse(data.toString()) as { type: string; id?: string; payload?: unknown };
          if (until(message)) resolve(message);
        }),
      ),
      'The message did not come',
    );

  it('carries a hundred operations, and refuses one more without ending the others', async () => {
    const socket = await open();
    await messages(socket, ({ type }) => type === 'connection_ack');
    const refused = messages(socket, ({ type }) => type === 'error');
    for (let id = 1; id <= 101; id++) {
      const query = 'subscription { nodeChanged { type } }';
      socket.send(JSON.stringify({ type: 'subscribe', id: String(id), payload: { query } }));
    }
    expect(await refused).toMatchObject({
      id: '101',
      payload: [{ extensions: { code: 'TOO_MANY', status: 429 } }],
    });
    const freed = messages(socket, ({ type, id }) => type === 'next' && id === '102');
    socket.send(JSON.stringify({ type: 'complete', id: '1' }));
    socket.send(JSON.stringify({ type: 'subscribe', id: '102', payload: { query: '{ me { id } }' } }));
    expect(await freed).toMatchObject({ payload: { data: { me: { id: 'admin' } } } });
    socket.terminate();
  });

  it('is closed with 4429 when its token has too many', async () => {
    const counts = surface.app.get(GraphqlSocket, { strict: false })['counted']['counts'];
    const gone = async (): Promise<void> => {
      const deadline = Date.now() + 5_000;
      while (counts.size > 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    };
    await gone();
    counts.set('admin', 999);
    const last = await open();
    await messages(last, ({ type }) => type === 'connection_ack');
    const { code, reason } = await closingOf(await open());
    expect(code).toBe(4429);
    expect(reason).toMatch(/1000 sockets at most/);
    const closed = closingOf(last);
    last.close();
    await closed;
    const next = await open();
    await messages(next, ({ type }) => type === 'connection_ack');
    counts.set('admin', 1);
    next.terminate();
    await gone();
    expect(counts.size).toBe(0);
  });

  it.each([
    ['no page', undefined, 101],
    ['a page of this server', 'http://{address}', 101],
    ['a page of this server behind TLS', 'https://{address}', 101],
    ['a page of an origin that is listed', 'https://portal.example', 101],
    ['a page of a listed origin on another port', 'https://portal.example:8443', 403],
    ['a page of another server', 'https://evil.example', 403],
    ['a page of a server with our name in its own', 'http://{address}.evil.example', 403],
    ['a page of another port', 'http://127.0.0.1:1', 403],
    ['a page that says not where it is from', 'null', 403],
  ])('is opened by %s: %s', async (_, origin, expected) => {
    const from = origin?.replace('{address}', surface.address);
    const { status } = await upgrade(surface.address, '/graphql', { Origin: from });
    expect(status).toBe(expected);
  });
});
