import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { securityHeaders } from '../../src/api/security-headers.ts';
import { NetworkRemoval } from '../../src/networks/network-removal.service.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { complaints } from '../support/fuzz/answers.ts';
import { ROUTES, STREAMS } from '../support/fuzz/openapi.ts';
import { requestsTo, type FuzzRequest } from '../support/fuzz/requests.ts';
import { startSurface, type Surface } from '../support/surface.ts';

const REQUESTS = 10_000;
/** After so many requests what they made goes, and what they took away is made again: lists stay short. */
const RENEW_EVERY = 100;

/** The headers that every answer has (docs/security.md), but for those that are for TLS. */
const SAID_BY_ALL = Object.keys(securityHeaders(null)).map((name) => name.toLowerCase());

const routes = ROUTES.filter(({ path }) => !STREAMS.has(path) && path !== '/metrics');

let surface: Surface;

beforeAll(async () => {
  surface = await startSurface({ swarm: new FakeSwarm([{ hostname: 'm' }, { hostname: 'w' }]) });
  // Some requests leave services whose tasks never leave a network.
  surface.app.get(NetworkRemoval, { strict: false }).detachedWithinMs = 100;
});
afterAll(() => surface.close());

async function renew(): Promise<void> {
  for (const kind of ['service', 'network'] as const) {
    for (const { id } of surface.state.of(kind).all()) {
      await surface.rest.delete(`/v1/${kind}s/${id}`);
    }
  }
  const make = (path: string, body: object) => surface.rest.post(path).send(body);
  await make('/v1/networks', { name: 'front' });
  await make('/v1/networks', { name: 'back', attachable: true });
  await make('/v1/secrets', { name: 'key', text: 'x' });
  await make('/v1/configs', { name: 'conf', text: 'x' });
  await make('/v1/services', { name: 'web', image: 'nginx', replicas: 2, networks: [{ network: 'front' }] });
  await make('/v1/services', { name: 'plain', image: 'nginx' });
  await make('/v1/services', { name: 'everywhere', image: 'nginx', mode: 'global' });
}

interface Injected {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly payload: string;
}

async function send({ route, url, headers, body }: FuzzRequest): Promise<Injected> {
  const server = surface.app.getHttpAdapter().getInstance() as unknown as {
    inject(request: object): Promise<Injected>;
  };
  return server.inject({
    method: route.method,
    url,
    headers: {
      authorization: `Bearer ${surface.adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
}

describe('requests made from the OpenAPI document', () => {
  it(`are never answered as a bug, nor as the document does not say, in ${REQUESTS}`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const statuses = new Map<number, number>();
    // Each kind of complaint once, with the first request that led to it.
    const found = new Map<string, object>();
    const judge = async (request: FuzzRequest): Promise<void> => {
      const { route, ...rest } = request;
      const { statusCode, headers, payload } = await send(request);
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      const answer = { status: statusCode, type: headers['content-type'], body: payload };
      const wrong = statusCode === 500 ? [payload] : complaints(route.operation, answer);
      const unsaid = SAID_BY_ALL.filter((name) => headers[name] === undefined);
      if (unsaid.length > 0) wrong.push(`It has no ${unsaid.join(', ')}.`);
      const [first] = wrong;
      if (first === undefined) return;
      const kind = `${route.method} ${route.path} ${statusCode} ${first.replaceAll(/\d+/g, 'n')}`;
      if (!found.has(kind)) found.set(kind, { ...rest, wrong, payload: payload.slice(0, 1000) });
    };
    const requests = fc.sample(requestsTo(routes), { numRuns: REQUESTS, seed });
    for (const [index, request] of requests.entries()) {
      if (index % RENEW_EVERY === 0) await renew();
      await judge(request);
    }
    expect([...found], `seed ${seed}`).toEqual([]);
    // Requests that are all refused would show nothing.
    expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 10);
    expect(statuses.get(201)).toBeGreaterThan(REQUESTS / 500);
  }, 120_000);
});
