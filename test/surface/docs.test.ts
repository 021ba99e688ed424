import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSurface, type Rest, type Surface } from '../support/surface.ts';

let surface: Surface;
/** Without a token: the pages are for everybody, what they ask is not. */
let anyone: Rest;
beforeAll(async () => {
  surface = await startSurface();
  anyone = surface.as(null);
});
afterAll(() => surface.close());

/** What a page loads, as seen from where it is. */
const references = (html: string): string[] =>
  [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, reference = '']) => reference);

describe.each(['/docs', '/docs/graphql'])('the page at %s', (path) => {
  it('loads what it needs from this server alone, and finds it there', async () => {
    const { text } = await anyone
      .get(path)
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    const loaded = references(text).filter((reference) => !reference.startsWith('data:'));
    expect(loaded.length).toBeGreaterThan(2);
    for (const reference of loaded) {
      const url = new URL(reference, `http://${surface.address}${path}`);
      expect(url.host, reference).toBe(surface.address);
      await anyone.get(url.pathname).expect(200);
    }
  });
});

describe('GraphiQL', () => {
  const policyOf = async (path: string): Promise<string> =>
    (await anyone.get(path).expect(200)).headers['content-security-policy'] ?? '';

  it('may load and ask nothing but this server, whatever its code or a result would make it', async () => {
    const policy = await policyOf('/docs/graphql');
    expect(policy).toContain("default-src 'none'");
    const sources = policy.split(';').flatMap((directive) => directive.trim().split(' ').slice(1));
    // Styles in the page are what its editor needs; scripts are files of this server.
    expect(new Set(sources)).toEqual(new Set(["'none'", "'self'", "'unsafe-inline'", 'data:']));
    expect(policy).toContain("script-src 'self';");
    expect(await policyOf('/docs/graphql/graphiql.js')).toBe(policy);
  });

  it.each(['editorWorkerService', 'json', 'graphql'])('has the worker %s', async (label) => {
    const response = await anyone.get(`/docs/graphql/${label}.worker.js`).expect(200);
    expect(response.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(response.text.length).toBeGreaterThan(100_000);
  });

  it('asks the endpoint there is, and keeps no token', async () => {
    const { text } = await anyone.get('/docs/graphql/start.js').expect(200);
    expect(text).toContain("endpoint: '/graphql'");
    expect(text).toContain('shouldPersistHeaders: false');
  });

  it('is no way to other files', async () => {
    for (const name of ['nothing', 'constructor', '..%2f..%2fpackage.json']) {
      const response = await anyone.get(`/docs/graphql/${name}`).expect(404);
      expect(response.headers['content-type']).toContain('application/problem+json');
    }
  });
});
