import { once } from 'node:events';
import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MadeCertificate } from '../support/certificate-maker.ts';
import { eventually } from '../support/eventually.ts';
import { TlsServer } from '../support/tls-server.ts';

const DAY_MS = 24 * 3600 * 1000;

let server: TlsServer;
beforeEach(() => {
  server = new TlsServer();
});
afterEach(() => server.close());

/** The serial number of the certificate that a new connection is shown, as the maker has it. */
async function served(): Promise<string> {
  const socket = connect({
    ...server.tls(null),
    port: server.port,
    host: '127.0.0.1',
    servername: 'localhost',
  });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber.toLowerCase();
}

const serialOf = ({ serial }: MadeCertificate): string => serial.toString('hex');

/** Waits until new connections are shown this certificate. */
const servedIs = (made: MadeCertificate): Promise<true> =>
  eventually('the renewed certificate', async () => (await served()) === serialOf(made) || undefined);

const said = (what: RegExp): Promise<true> =>
  eventually(`the log says ${what}`, () => server.log.some(({ msg }) => what.test(msg)) || undefined);

const warnings = (): string[] => server.log.filter(({ level }) => level >= 40).map(({ msg }) => msg);

const token = (): { readonly token: string } => ({ token: server.token });

describe('the server over TLS', () => {
  it('answers on all surfaces, in TLS 1.2 and 1.3, and asks for no certificates', async () => {
    await server.start();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const range = { minVersion: version, maxVersion: version };
      expect((await server.ask('/v1/me', { ...token(), ...range })).body).toContain('"admin"');
    }
    const body = { query: '{ me { id } }' };
    expect((await server.ask('/graphql', { ...token(), body })).body).toContain('"admin"');
    expect((await server.events(null, '', server.token)).status).toBe(200);
    expect(await server.subscribe(null, server.token).next()).toEqual({ nodeChanged: { type: 'ADDED' } });
    // Who shows one all the same is nobody by it.
    expect((await server.ask('/v1/me', { shown: server.client() })).status).toBe(401);
  });

  it('has nothing to do with TLS 1.1, and answers nothing in the clear', async () => {
    await server.start();
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    await expect(server.ask('/livez', old)).rejects.toThrow(/protocol version|unsupported protocol/i);
    const clear = new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: server.port, path: '/livez' }, resolve).on('error', reject);
    });
    await expect(clear).rejects.toThrow();
  });
});

describe('a renewed certificate', () => {
  it('is taken up by new connections, without a restart, and those that there are go on', async () => {
    await server.start();
    const agent = server.agent(null);
    const events = await server.events(null, '', server.token);
    const socket = server.subscribe(null, server.token);
    await socket.next();
    const connections: unknown[] = [];
    agent.on('free', (connection) => connections.push(connection));
    expect((await server.ask('/v1/me', { agent, ...token() })).status).toBe(200);

    await servedIs(server.renew());
    await said(/The renewed certificate of the server is in force. It expires at \d{4}-/);
    expect((await server.ask('/v1/me', { agent, ...token() })).status).toBe(200);
    await eventually('the connection is free', () => connections[1]);
    expect(connections[1]).toBe(connections[0]);
    server.swarm.changeNode(server.swarm.all('node')[0]?.id ?? '', { labels: { mark: 'x' } });
    expect((await events.event()).event).toBe('node.updated');
    expect(await socket.next()).toEqual({ nodeChanged: { type: 'UPDATED' } });
    expect(warnings()).toEqual([]);
  });

  it('may come by another link to a directory, as Kubernetes and certbot put it there', async () => {
    const generation = (name: string): void => {
      mkdirSync(server.path(name));
      const made = server.renew();
      for (const file of ['server.pem', 'server-key.pem']) {
        renameSync(server.path(file), server.path(`${name}/${file}`));
      }
      serials.set(name, made);
    };
    const serials = new Map<string, MadeCertificate>();
    generation('one');
    symlinkSync('one', server.path('data'));
    for (const file of ['server.pem', 'server-key.pem']) symlinkSync(`data/${file}`, server.path(file));
    await server.start();
    expect(await served()).toBe(serialOf(serials.get('one') as MadeCertificate));

    rmSync(server.path('server.pem'));
    rmSync(server.path('server-key.pem'));
    generation('two');
    for (const file of ['server.pem', 'server-key.pem']) symlinkSync(`data/${file}`, server.path(file));
    symlinkSync('two', server.path('data.new'));
    renameSync(server.path('data.new'), server.path('data'));
    expect(readlinkSync(server.path('data'))).toBe('two');
    await servedIs(serials.get('two') as MadeCertificate);
  });

  it.each<[string, () => void, RegExp]>([
    [
      'without its key',
      () => {
        const { certificate } = server.client({ issuer: server.authority });
        server.put('server.pem', certificate);
      },
      /SWARMPLANE_TLS_KEY_FILE names .*server-key.pem, which is not the key of the first certificate of .*server.pem\./,
    ],
    [
      'that is half written',
      () => server.put('server.pem', server.client().certificate.slice(0, 200)),
      /SWARMPLANE_TLS_CERT_FILE names .*, which holds a block "CERTIFICATE" that is not whole/,
    ],
    ['that is gone', () => rmSync(server.path('server.pem')), /which cannot be read: ENOENT/],
    [
      'whose key is half written',
      () => server.put('server-key.pem', server.client().key.slice(0, 100)),
      /which holds no private key in PEM that can be read/,
    ],
    [
      'that has expired before',
      () => void server.renew({ notBefore: daysFromNow(-2), notAfter: daysFromNow(-1) }),
      /SWARMPLANE_TLS_CERT_FILE names .*, which expired at \d{4}-/,
    ],
    [
      'that is not valid yet',
      () => void server.renew({ notBefore: daysFromNow(1) }),
      /SWARMPLANE_TLS_CERT_FILE names .*, which is not valid before \d{4}-/,
    ],
  ])(
    '%s is not taken up until it is put right, and the log says once what is wrong',
    async (_, spoil, complaint) => {
      const before = server.renew();
      await server.start();
      spoil();
      await said(complaint);
      expect(await served()).toBe(serialOf(before));
      // Another change of the directory has it looked at again.
      writeFileSync(server.path('another'), '');
      await servedIs(server.renew());
      const told = warnings().filter((msg) => complaint.test(msg));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(/What was there before stays in force\.$/);
      expect(JSON.stringify(server.log)).not.toMatch(/PRIVATE KEY|-----BEGIN/);
    },
  );

  it('is asked for two weeks before the end', async () => {
    server.renew({ notAfter: daysFromNow(13) });
    await server.start();
    await said(/The certificate of the server expires at \d{4}-.* no restart is needed\.$/);
    const { body } = await server.ask('/metrics', token());
    const left = Number(/^swarmplane_tls_certificate_expires_in_seconds (.*)$/m.exec(body)?.[1]);
    expect(left).toBeGreaterThan((12 * DAY_MS) / 1000);
    expect(left).toBeLessThanOrEqual((13 * DAY_MS) / 1000);
    await servedIs(server.renew({ notAfter: daysFromNow(15) }));
    expect(warnings()).toHaveLength(1);
  });

  it('must be good from the start', async () => {
    server.renew({ notBefore: daysFromNow(-2), notAfter: daysFromNow(-1) });
    await expect(server.start()).rejects.toThrow(/SWARMPLANE_TLS_CERT_FILE names .* which expired at/);
  });
});

const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY_MS);
