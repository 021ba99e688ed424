import { gunzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compressAnswers, takesGzip } from '../../../src/api/compression.ts';

const LONG = JSON.stringify({ text: 'long '.repeat(1000) });

let server: FastifyInstance;
beforeAll(async () => {
  server = fastify();
  compressAnswers(server);
  const answer = (path: string, type: string, body: unknown, headers: Record<string, string> = {}) =>
    server.get(path, (_request, reply) => reply.headers({ 'Content-Type': type, ...headers }).send(body));
  answer('/text', 'application/json; charset=utf-8', LONG);
  answer('/bytes', 'application/problem+json', Buffer.from(LONG));
  answer('/short', 'application/json', '{}');
  answer('/image', 'image/png', Buffer.from(LONG));
  answer('/secret', 'application/json', LONG, { 'Cache-Control': 'no-store' });
  answer('/varied', 'application/json', LONG, { Vary: 'Origin, accept-encoding' });
  answer('/encoded', 'application/json', Buffer.from(LONG), { 'Content-Encoding': 'br' });
  server.get('/stream', (_request, reply) =>
    reply.header('Content-Type', 'text/event-stream').send(Readable.from([LONG])),
  );
  await server.ready();
});
afterAll(() => server.close());

const ask = (url: string, encoding = 'gzip') =>
  server.inject({ url, headers: { 'accept-encoding': encoding } });

describe('an answer', () => {
  it.each(['/text', '/bytes'])('is compressed for who takes it: %s', async (path) => {
    // Twice: what is sent again was compressed before.
    for (let time = 0; time < 2; time++) {
      const { headers, rawPayload } = await ask(path);
      expect(headers).toMatchObject({ 'content-encoding': 'gzip' });
      expect(headers['vary']).toContain('Accept-Encoding');
      expect(rawPayload.length).toBe(Number(headers['content-length']));
      expect(rawPayload.length).toBeLessThan(LONG.length / 2);
      expect(gunzipSync(rawPayload).toString()).toBe(LONG);
    }
  });

  it('is sent as it is to who does not', async () => {
    const { headers, body } = await ask('/text', 'br');
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers['vary']).toContain('Accept-Encoding');
    expect(body).toBe(LONG);
  });

  it('keeps what else it is said to depend on', async () => {
    const { headers } = await ask('/varied');
    expect(headers['vary']).toBe('Origin, accept-encoding, Authorization');
  });

  it.each(['/short', '/image', '/secret', '/stream'])('is left as it is: %s', async (path) => {
    const { headers } = await ask(path);
    expect(headers).not.toHaveProperty('content-encoding');
  });

  it('that is encoded already is not encoded again', async () => {
    const { headers, body } = await ask('/encoded');
    expect(headers['content-encoding']).toBe('br');
    expect(body).toBe(LONG);
  });
});

describe('takesGzip', () => {
  it.each([
    ['gzip', true],
    ['GZIP', true],
    ['br, gzip;q=0.5', true],
    ['deflate, *', true],
    ['gzip;q=0', false],
    ['gzip; q=0, *', false],
    ['identity', false],
    ['', false],
    ['gzip;q=2', false],
    ['br;q=1, gzip;q=x', false],
    [undefined, false],
  ])('reads %j as %s', (header, takes) => {
    expect(takesGzip(header)).toBe(takes);
  });
});
