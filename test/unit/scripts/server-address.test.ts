import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../support/certificate-maker.ts';
import { occupant, serverAddress, unreadiness } from '../../../scripts/server-address.ts';

let server: Server | TcpServer | undefined;

afterEach(() => {
  server?.close();
});

async function listening(created: Server | TcpServer): Promise<ReturnType<typeof serverAddress>> {
  server = created;
  await new Promise<void>((resolve) => created.listen(0, '127.0.0.1', resolve));
  return serverAddress({ SWARMPLANE_PORT: String((created.address() as AddressInfo).port) });
}

describe('serverAddress', () => {
  it('is loopback and 7400 unless told otherwise', () => {
    expect(serverAddress({})).toEqual({ host: '127.0.0.1', port: 7400, url: 'http://127.0.0.1:7400' });
  });

  it('is reached over TLS where it has a certificate', () => {
    expect(serverAddress({ SWARMPLANE_TLS_CERT_FILE: '/tls/cert' }).url).toBe('https://127.0.0.1:7400');
  });

  it('reaches a wildcard address over loopback', () => {
    expect(serverAddress({ SWARMPLANE_HOST: '0.0.0.0' }).url).toBe('http://127.0.0.1:7400');
    expect(serverAddress({ SWARMPLANE_HOST: '::', SWARMPLANE_PORT: '80' }).url).toBe('http://[::1]:80');
  });
});

describe('occupant', () => {
  it('tells a Swarmplane from another program and from nothing', async () => {
    const ours = await listening(
      createServer((request, response) => response.writeHead(request.url === '/livez' ? 200 : 404).end()),
    );
    expect(await occupant(ours)).toBe('swarmplane');
    server?.close();
    expect(await occupant(ours)).toBe('nothing');
    expect(
      await occupant(await listening(createServer((_, response) => response.writeHead(404).end()))),
    ).toBe('other');
    server?.close();
    expect(
      await occupant(
        await listening(createTcpServer((socket) => socket.on('error', () => undefined).end('SSH-2.0\r\n'))),
      ),
    ).toBe('other');
  });
});

describe('unreadiness', () => {
  it('is the detail of the problem that /readyz answers', async () => {
    const address = await listening(
      createServer((_, response) =>
        response.writeHead(503).end('{"detail":"The first list is not complete."}'),
      ),
    );
    expect(await unreadiness(address)).toBe('The first list is not complete.');
  });

  it('is asked over TLS, whoever vouches for the server, and over a socket where there is one', async () => {
    const { certificate: cert, key } = makeCertificate({ commonName: 'anybody' });
    const { port } = await listening(createTlsServer({ cert, key }, (_, response) => response.end()));
    const address = serverAddress({ SWARMPLANE_PORT: String(port), SWARMPLANE_TLS_CERT_FILE: '/tls/cert' });
    expect(await occupant(address)).toBe('swarmplane');
    expect(await unreadiness(address)).toBeUndefined();
    expect(await unreadiness({ ...address, socket: '/nowhere.sock' })).toBe('it does not answer yet');
  });

  it('is undefined for a ready server', async () => {
    expect(await unreadiness(await listening(createServer((_, response) => response.end())))).toBeUndefined();
  });
});
