import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Response } from 'supertest';
import { EventReader } from '../../support/event-stream.ts';
import { sendBytes, upgrade } from '../../support/raw-request.ts';
import { startSurface, type Surface } from '../../support/surface.ts';
import { TlsServer } from '../../support/tls-server.ts';

const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface({ allowedOrigins: ['https://portal.example'] });
  await surface.rest.post('/v1/services').send({ name: 'web', image: 'nginx' }).expect(201);
});
afterAll(() => surface.close());

function expectSecured(headers: Readonly<Record<string, unknown>>, policy = API_POLICY): void {
  expect(headers).toMatchObject({
    'content-security-policy': policy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  // No browser believes it without TLS, and no client need know what answers.
  for (const name of [
    'strict-transport-security',
    'server',
    'x-powered-by',
    'access-control-allow-credentials',
  ]) {
    expect(headers).not.toHaveProperty(name);
  }
}

describe('an answer says what browsers are to make of it', () => {
  it.each<[string, number, () => Promise<Response>]>([
    ['with a list', 200, async () => surface.rest.get('/v1/services')],
    ['to HEAD', 200, async () => surface.rest.head('/v1/services')],
    ['of GraphQL', 200, async () => surface.rest.post('/graphql').send({ query: '{ me { id } }' })],
    ['to a broken query', 400, async () => surface.rest.post('/graphql').send({ query: '{' })],
    ['of health', 200, async () => surface.as(null).get('/livez')],
    ['with metrics', 200, async () => surface.rest.get('/metrics')],
    ['with the OpenAPI document', 200, async () => surface.as(null).get('/openapi.json')],
    ['to a preflight', 204, async () => preflight()],
    ['to who has no token', 401, async () => surface.as(null).get('/v1/services')],
    ['that there is no such path', 404, async () => surface.rest.get('/nothing')],
    ['that there is no such object', 404, async () => surface.rest.get('/v1/services/nothing')],
    ['that a path cannot be decoded', 400, async () => surface.rest.get('/v1/services/%zz')],
    ['that a parameter is too long', 400, async () => surface.rest.get(`/v1/services/${'x'.repeat(300)}`)],
    [
      'that a body is too large',
      413,
      async () => surface.rest.post('/v1/services').send({ x: 'x'.repeat(2 ** 20) }),
    ],
    [
      'that a body is of no type',
      415,
      async () => surface.rest.post('/v1/services').type('text/plain').send('x'),
    ],
    [
      'that a body is broken',
      400,
      async () => surface.rest.post('/v1/services').type('application/json').send('{'),
    ],
  ])('%s', async (_, status, ask) => {
    const response = await ask();
    expect(response.status).toBe(status);
    expectSecured(response.headers);
    expect(response.headers['cache-control']).toMatch(status === 200 ? /no-(store|cache)/ : /^no-store$/);
  });

  const preflight = (): Promise<Response> =>
    Promise.resolve(
      surface
        .as(null)
        .options('/v1/services')
        .set({ Origin: 'https://portal.example', 'Access-Control-Request-Method': 'POST' }),
    );

  it('when nothing has changed', async () => {
    const first = await surface.rest.get('/v1/services').expect(200);
    const again = await surface.rest.get('/v1/services').set('If-None-Match', first.headers['etag'] ?? '');
    expect(again.status).toBe(304);
    expectSecured(again.headers);
    expect(again.headers['cache-control']).toBe('private, no-cache');
  });

  it('in a stream', async () => {
    const reader = await EventReader.open(`http://${surface.address}/v1/events`, {
      Authorization: `Bearer ${surface.adminToken}`,
    });
    expectSecured(reader.headers);
    expect(reader.headers['cache-control']).toBe('no-store');
    reader.close();
  });

  it.each([
    ['another path', '/v1/services', {}, 404, 'NOT_FOUND'],
    ['a page of another origin', '/graphql', { Origin: 'https://evil.example' }, 403, 'FORBIDDEN'],
    ['another protocol', '/graphql', { 'Sec-WebSocket-Protocol': 'chat' }, 400, 'INVALID'],
    ['no handshake', '/graphql', { 'Sec-WebSocket-Version': '1' }, 400, 'INVALID'],
  ])('that refuses a WebSocket: %s', async (_, path, headers, status, code) => {
    const refused = await upgrade(surface.address, path, headers);
    expect(refused.status).toBe(status);
    expectSecured(refused.headers);
    expect(JSON.parse(refused.body)).toMatchObject({ code, requestId: refused.headers['x-request-id'] });
  });

  it.each([
    ['is none', 'canary\r\n\r\n', 400, 'INVALID'],
    ['has too many headers', `GET / HTTP/1.1\r\nX-Canary: ${'x'.repeat(20_000)}\r\n\r\n`, 413, 'TOO_LARGE'],
  ])('to a request that %s', async (_, bytes, status, code) => {
    const [head = '', body = ''] = (await sendBytes(surface.address, bytes)).split('\r\n\r\n');
    expect(head.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const fields = head.split('\r\n').slice(1);
    const said = fields.map((line): [string, string] => {
      const [name = '', value = ''] = line.split(': ');
      return [name.toLowerCase(), value];
    });
    expectSecured(Object.fromEntries(said));
    expect(JSON.parse(body)).toMatchObject({ code, status });
  });
});

describe('what is made once is kept in no cache', () => {
  it.each<[string, () => Promise<Response>]>([
    ['a token', async () => surface.rest.post('/v1/tokens').send({ name: 'x', role: 'viewer' })],
    ['a ticket', async () => surface.rest.post('/v1/events/ticket')],
    ['join tokens', async () => surface.rest.get('/v1/swarm/join-tokens')],
    ['what a mutation answers', async () => surface.rest.post('/graphql').send({ query: CREATE_TOKEN })],
  ])('%s', async (_, ask) => {
    const response = await ask();
    expect(response.status, response.text).toBeLessThan(300);
    expect(response.headers['cache-control']).toBe('no-store');
  });

  const CREATE_TOKEN = 'mutation { createToken(input: { name: "y", role: VIEWER }) { token } }';
});

describe.each(['/docs', '/docs/', '/docs/swagger-ui.css', '/docs/graphql', '/docs/graphql/start.js'])(
  'the page, or its part, at %s',
  (path) => {
    it('may load and ask nothing but this server, and be in no frame', async () => {
      const { headers } = await surface.as(null).get(path).expect(200);
      const policy = String(headers['content-security-policy']);
      expectSecured(headers, policy);
      const sources = new Map(
        policy.split('; ').map((line) => [line.split(' ')[0], line.split(' ').slice(1)]),
      );
      expect(sources.get('default-src')).toEqual(["'none'"]);
      expect(sources.get('frame-ancestors')).toEqual(["'none'"]);
      expect(sources.get('script-src')).toEqual(["'self'"]);
      expect(sources.get('connect-src')).toEqual(["'self'"]);
      expect(headers['permissions-policy']).toContain('camera=()');
    });
  },
);

describe('over TLS', () => {
  it('browsers are told to go on with it, by answers and refusals, for a year and this name alone', async () => {
    const server = new TlsServer();
    await server.start();
    const STS = 'strict-transport-security';
    try {
      for (const path of ['/livez', '/v1/services', '/v1/%zz', '/docs']) {
        expect((await server.ask(path)).headers[STS], path).toBe('max-age=31536000');
      }
    } finally {
      await server.close();
    }
  });
});
