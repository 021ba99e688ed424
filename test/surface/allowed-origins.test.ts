import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSurface, type Surface } from '../support/surface.ts';

const PORTAL = 'https://portal.example';

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface({ allowedOrigins: [PORTAL] });
});
afterAll(() => surface.close());

describe('a page of a listed origin', () => {
  it('may read answers, and the headers that matter', async () => {
    const { headers } = await surface.rest.get('/v1/services').set('Origin', PORTAL).expect(200);
    expect(headers['access-control-allow-origin']).toBe(PORTAL);
    expect(headers['access-control-expose-headers']).toContain('ETag');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each(['/v1/services', '/graphql'])('is told before it asks that it may: %s', async (path) => {
    const { headers } = await surface
      .as(null)
      .options(path)
      .set('Origin', PORTAL)
      .set('Access-Control-Request-Method', 'POST')
      .set('Access-Control-Request-Headers', 'authorization,content-type')
      .expect(204);
    expect(headers['access-control-allow-origin']).toBe(PORTAL);
    expect(headers['access-control-allow-headers']).toContain('authorization');
  });

  it('may read answers that say no, too', async () => {
    const { headers } = await surface.as(null).get('/v1/services').set('Origin', PORTAL).expect(401);
    expect(headers['access-control-allow-origin']).toBe(PORTAL);
  });
});

describe('a cache is told that the answer depends on the origin', () => {
  it('and on what else it depends on', async () => {
    const { headers } = await surface.rest.get('/openapi.json').set('Origin', PORTAL).expect(200);
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['vary']).toBe('Origin, Accept-Encoding, Authorization');
  });

  it('where a handler says itself what it depends on', async () => {
    await surface.rest.post('/v1/services').send({ name: 'web', image: 'nginx' }).expect(201);
    const { headers } = await surface.rest.get('/v1/services/web/rollout').set('Origin', PORTAL).expect(200);
    expect(headers['vary']).toBe('Accept, Origin');
  });
});

it('a page of another origin may not', async () => {
  const { headers } = await surface.rest
    .get('/v1/services')
    .set('Origin', 'https://evil.example')
    .expect(200);
  expect(headers['access-control-allow-origin']).not.toBe('https://evil.example');
  expect(headers['access-control-allow-origin']).not.toBe('*');
});
