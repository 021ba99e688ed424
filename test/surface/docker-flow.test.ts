import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SwarmListener } from '../../src/dockerflow/swarm-listener.ts';
import { startSurface, type Surface } from '../support/surface.ts';

const WITHIN_MS = 5_000;

let surface: Surface;
let proxy: Server;
let asked: URL[];
let wake = (): void => {};

beforeEach(async () => {
  asked = [];
  proxy = createServer(({ url = '' }, response) => {
    asked.push(new URL(url, 'http://proxy'));
    response.end();
    wake();
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  const at = (path: string): string => `http://127.0.0.1:${port}/v1/docker-flow-proxy/${path}`;
  const options = {
    address: '127.0.0.1',
    port: 0,
    createUrls: [at('reconfigure')],
    removeUrls: [at('remove')],
  };
  surface = await startSurface({ swarmListener: options });
});
afterEach(async () => {
  await surface.close();
  proxy.closeAllConnections();
  proxy.close();
});

/** The next thing that the proxy is told. */
async function told(): Promise<{ path: string; query: Record<string, string> }> {
  const end = Date.now() + WITHIN_MS;
  while (asked.length === 0) {
    if (Date.now() > end) throw new Error('The proxy was told nothing.');
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, 100);
    });
  }
  const url = asked.shift() as URL;
  return { path: url.pathname, query: Object.fromEntries(url.searchParams) };
}

const ask = async (path: string, method = 'GET'): Promise<{ status: number; body: unknown }> => {
  const { address } = surface.app.get(SwarmListener, { strict: false });
  const response = await fetch(`http://${address}/v1/docker-flow-swarm-listener/${path}`, { method });
  return { status: response.status, body: await response.json() };
};

const DEMO = {
  name: 'go-demo',
  image: 'go-demo',
  replicas: 2,
  labels: { 'com.df.notify': 'true', 'com.df.servicePath': '/demo', 'com.df.port': '8080' },
};
const PARAMETERS = {
  serviceName: 'go-demo',
  servicePath: '/demo',
  port: '8080',
  distribute: 'true',
  replicas: '2',
};

describe('a Docker Flow Proxy', () => {
  it('is told of services that come, change and go', async () => {
    await surface.rest.post('/v1/services').send({ name: 'quiet', image: 'nginx' }).expect(201);
    await surface.rest.post('/v1/services').send(DEMO).expect(201);
    expect(await told()).toEqual({ path: '/v1/docker-flow-proxy/reconfigure', query: PARAMETERS });
    await surface.rest.post('/v1/services/go-demo/scale').send({ replicas: 3 }).expect(200);
    expect((await told()).query).toEqual({ ...PARAMETERS, replicas: '3' });
    await surface.rest
      .patch('/v1/services/go-demo')
      .send({ labels: { unrelated: 'x' } })
      .expect(200);
    await surface.rest.delete('/v1/services/go-demo').expect(204);
    expect(await told()).toEqual({
      path: '/v1/docker-flow-proxy/remove',
      query: { serviceName: 'go-demo', distribute: 'true' },
    });
  });

  it('asks for all services, and to be told again', async () => {
    await surface.rest.post('/v1/services').send(DEMO).expect(201);
    await told();
    expect(await ask('get-services')).toEqual({ status: 200, body: [PARAMETERS] });
    expect((await ask('get-nodes')).body).toMatchObject([{ hostname: 'node-1', role: 'manager' }]);
    expect(await ask('notify-services')).toEqual({ status: 200, body: { Status: 'OK' } });
    expect((await told()).query).toEqual(PARAMETERS);
  });

  it('can ask for nothing else there', async () => {
    expect((await ask('ping')).status).toBe(200);
    expect((await ask('../../v1/services')).status).toBe(404);
    expect((await ask('constructor')).status).toBe(404);
    expect((await ask('get-services', 'POST')).status).toBe(405);
  });
});
