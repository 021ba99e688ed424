import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upgrade } from '../../support/raw-request.ts';
import { startSurface, type Surface } from '../../support/surface.ts';

const PORTAL = 'https://portal.example';
const STRANGERS = [
  'null',
  'https://evil.example',
  'http://portal.example',
  'https://portal.example:8443',
  'https://portal.example:443',
  'https://portal.example/',
  'https://sub.portal.example',
  'https://portal.example.evil.tld',
  'https://evilportal.example',
  'https://portal.example@evil.tld',
  'https://portal.example%00.evil.tld',
  'https://PORTAL.EXAMPLE.evil.tld',
  'https://portal.example, https://evil.example',
  'file://',
  'chrome-extension://portal.example',
  '*',
  'portal.example',
];

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface({ allowedOrigins: [PORTAL] });
});
afterAll(() => surface.close());

function expectShut(headers: Readonly<Record<string, unknown>>, origin: string): void {
  expect([origin, '*']).not.toContain(headers['access-control-allow-origin']);
  expect(headers).not.toHaveProperty('access-control-allow-credentials');
  // Else a cache could hand the answer for one page to another.
  expect(headers['vary']).toMatch(/\bOrigin\b/);
}

describe.each(STRANGERS)('a page of the origin %s', (origin) => {
  it('may read nothing, refusals included', async () => {
    for (const ask of [surface.rest, surface.as(null)]) {
      for (const path of ['/v1/services', '/nothing', '/openapi.json']) {
        expectShut((await ask.get(path).set('Origin', origin)).headers, origin);
      }
      expectShut(
        (await ask.post('/graphql').set('Origin', origin).send({ query: '{ me { id } }' })).headers,
        origin,
      );
    }
  });

  it('is told before it asks that it may not', async () => {
    for (const path of ['/v1/services', '/graphql', '/v1/events']) {
      const { headers } = await surface
        .as(null)
        .options(path)
        .set({ Origin: origin, 'Access-Control-Request-Method': 'DELETE' });
      expectShut(headers, origin);
    }
  });

  it('opens no WebSocket', async () => {
    expect((await upgrade(surface.address, '/graphql', { Origin: origin })).status).toBe(403);
  });
});

it('the page that is listed opens one', async () => {
  expect((await upgrade(surface.address, '/graphql', { Origin: PORTAL })).status).toBe(101);
});

it('without a list there is nothing about other origins in any answer', async () => {
  const closed = await startSurface();
  const { headers } = await closed.rest.get('/v1/services').set('Origin', PORTAL);
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  expect((await upgrade(closed.address, '/graphql', { Origin: PORTAL })).status).toBe(403);
  await closed.close();
});
