import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { UpRecord } from '../../../scripts/up-record.ts';
import { checkRouter, routerWish } from '../../../scripts/up-router.ts';

describe('routerWish', () => {
  it.each([
    [{}, { httpPort: 8080, httpsPort: 8443 }],
    [
      { SWARMPLANE_ROUTER: 'on', SWARMPLANE_ROUTER_HTTP_PORT: '80', SWARMPLANE_ROUTER_HTTPS_PORT: '443' },
      { httpPort: 80, httpsPort: 443 },
    ],
    [{ SWARMPLANE_ROUTER: 'off', SWARMPLANE_ROUTER_HTTP_PORT: 'nonsense' }, undefined],
  ])('reads %j', (environment, wish) => {
    expect(routerWish(environment)).toEqual(wish);
  });

  it.each([
    [{ SWARMPLANE_ROUTER: 'yes' }, /on or off/],
    [{ SWARMPLANE_ROUTER_HTTP_PORT: '0' }, /SWARMPLANE_ROUTER_HTTP_PORT must be a port/],
    [{ SWARMPLANE_ROUTER_HTTPS_PORT: '65536' }, /SWARMPLANE_ROUTER_HTTPS_PORT must be a port/],
  ])('refuses %j', (environment, message) => {
    expect(() => routerWish(environment)).toThrow(message);
  });
});

describe('checkRouter', () => {
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-up-'));
  const server = createServer();

  afterEach(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('refuses a port that is taken, naming the way out, unless it is its own', async () => {
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    const record = UpRecord.open(directory);
    const wish = { httpPort: port, httpsPort: port };
    await expect(checkRouter(wish, record)).rejects.toThrow(
      `SWARMPLANE_ROUTER_HTTP_PORT=${port + 1} npm run up\n  SWARMPLANE_ROUTER=off npm run up`,
    );
    const endpoint = { host: 'unix:///x.sock', verify: false, source: 'default' } as const;
    record.update({ router: { endpoint, service: 'swarmplane-router' } });
    await expect(checkRouter(wish, record)).resolves.toBeUndefined();
  });

  it('refuses a data directory that no socket fits into', async () => {
    const deep = UpRecord.open(join('/tmp', 'x'.repeat(100)));
    await expect(checkRouter({ httpPort: 1, httpsPort: 1 }, deep)).rejects.toThrow(/too long for a socket/);
  });
});
