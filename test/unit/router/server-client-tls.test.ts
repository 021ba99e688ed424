import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServerClient } from '../../../src/router/server-client.ts';
import { makeCertificate } from '../../support/certificate-maker.ts';

const authority = makeCertificate({ commonName: 'Authority', isAuthority: true });
const other = makeCertificate({ commonName: 'Another', isAuthority: true });
const made = makeCertificate({
  commonName: 'server',
  names: ['localhost'],
  addresses: ['127.0.0.1'],
  issuer: authority,
});
const router = makeCertificate({ commonName: 'router', issuer: authority });

/** What OpenSSL says of who is vouched for by nobody it knows. */
const UNKNOWN = /unable to verify|self-signed/;

describe('ServerClient over TLS', () => {
  let directory: string;
  let server: Server;
  let client: ServerClient;
  let shown: unknown[];

  const path = (name: string): string => join(directory, name);
  const clientWith = (files: Partial<Record<'ca' | 'cert' | 'key', string>>, host = '127.0.0.1'): void => {
    const { port } = server.address() as AddressInfo;
    const tls = { ca: null, cert: null, key: null, ...files };
    client = new ServerClient({ kind: 'tcp', secure: true, host, port }, null, tls);
  };
  const put = async (): Promise<string[]> =>
    (await client.putEverywhere('/report', Buffer.from('{}'))).map(({ message }) => message);

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'swarmplane-router-tls-'));
    shown = [];
    const { certificate: cert, key } = made;
    server = createServer(
      { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false },
      ({ socket }, response) => {
        const { authorized } = socket as TLSSocket;
        shown.push(authorized && (socket as TLSSocket).getPeerCertificate().subject.CN);
        response.end();
      },
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    client.close();
    server.close();
    rmSync(directory, { recursive: true });
  });

  it('trusts no server that nobody vouches for', async () => {
    clientWith({});
    expect(await put()).toEqual([expect.stringMatching(UNKNOWN)]);
    await expect(client.open('/config', AbortSignal.timeout(5_000))).rejects.toThrow(UNKNOWN);
    expect(shown).toEqual([]);
  });

  it('trusts those of its authorities, which may be renewed while it runs', async () => {
    writeFileSync(path('ca'), other.certificate);
    clientWith({ ca: path('ca') });
    expect(await put()).toHaveLength(1);
    writeFileSync(path('ca'), other.certificate + authority.certificate);
    expect(await put()).toEqual([]);
    (await client.open('/config', AbortSignal.timeout(5_000))).destroy();
    expect(shown).toEqual([false, false]);
  });

  it('takes a server by the name that it was told, and by no other', async () => {
    writeFileSync(path('ca'), authority.certificate);
    clientWith({ ca: path('ca') }, 'localhost');
    (await client.open('/config', AbortSignal.timeout(5_000))).destroy();
    const misnamed = makeCertificate({ commonName: 'localhost', names: ['elsewhere'], issuer: authority });
    server.setSecureContext({ cert: misnamed.certificate, key: misnamed.key });
    await expect(client.open('/config', AbortSignal.timeout(5_000))).rejects.toThrow(/altnames/);
  });

  it('shows its certificate, and says when a file is missing', async () => {
    writeFileSync(path('ca'), authority.certificate);
    writeFileSync(path('key'), router.key);
    clientWith({ ca: path('ca'), cert: path('cert'), key: path('key') });
    expect(await put()).toEqual([expect.stringContaining(`'${path('cert')}'`)]);
    writeFileSync(path('cert'), router.certificate);
    expect(await put()).toEqual([]);
    expect(shown).toEqual(['router']);
  });
});
