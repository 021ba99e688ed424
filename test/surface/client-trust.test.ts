import { connect as connectPlain } from 'node:net';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificate, type MadeCertificate } from '../support/certificate-maker.ts';
import { eventually } from '../support/eventually.ts';
import { revocationList } from '../support/revocation-list.ts';
import { TlsServer, type Shown } from '../support/tls-server.ts';

let server: TlsServer;
let alice: MadeCertificate;
let bob: MadeCertificate;

beforeEach(async () => {
  server = new TlsServer({ clients: 'optional', revoked: [], roles: [['platform', 'admin']] });
  await server.start();
  alice = server.client({ organizations: ['platform'] });
  bob = server.client({ commonName: 'bob', organizations: ['platform'] });
});
afterEach(() => server.close());

const status = async (shown: Shown): Promise<number> => (await server.ask('/v1/me', { shown })).status;

/** Waits until the server has taken something up, and has said so. */
const said = (what: RegExp): Promise<true> =>
  eventually(`the log says ${what}`, () => server.log.some(({ msg }) => what.test(msg)) || undefined);

async function revoke(...revoked: MadeCertificate[]): Promise<void> {
  server.put('revoked.pem', revocationList(server.clients, revoked));
  await said(/Other client certificates are trusted/);
}

describe('a certificate that is revoked while its holder is there', () => {
  it('opens nothing more, and ends what it has opened, while others come back and a token stays', async () => {
    const agents = { alice: server.agent(alice), token: server.agent(null) };
    const me = (agent: keyof typeof agents): ReturnType<TlsServer['ask']> =>
      server.ask('/v1/me', { agent: agents[agent], ...(agent === 'token' && { token: server.token }) });
    expect([(await me('alice')).status, (await me('token')).status]).toEqual([200, 200]);
    const events = await server.events(alice);
    const kept = await server.events(null, '', server.token);
    const socket = server.subscribe(alice);
    const other = server.subscribe(bob);
    await Promise.all([socket.next(), other.next()]);

    await revoke(alice);
    await events.end();
    // Not 4401, after which clients do not come back: bob is to.
    expect((await other.closing()).code).toBe(1006);
    expect((await socket.closing()).code).toBe(1006);
    expect(await me('alice')).toMatchObject({
      status: 401,
      body: expect.stringContaining('was revoked') as string,
    });
    expect([await status(alice), await status(bob)]).toEqual([401, 200]);
    expect((await me('token')).status).toBe(200);
    await server.subscribe(bob).next();
    server.swarm.changeNode(server.swarm.all('node')[0]?.id ?? '', { labels: { mark: 'x' } });
    expect((await kept.event()).event).toBe('node.updated');
  });

  it('has no use for the tickets that it has made', async () => {
    const ticketOf = async (shown: Shown): Promise<string> => {
      const answer = await server.ask('/v1/events/ticket', { shown, body: {} });
      return (JSON.parse(answer.body) as { ticket: string }).ticket;
    };
    const [used, late] = [await ticketOf(alice), await ticketOf(alice)];
    const opened = await server.events(null, `?ticket=${used}`);
    expect(opened.status).toBe(200);
    await revoke(alice);
    await opened.end();
    expect((await server.events(null, `?ticket=${late}`)).status).toBe(401);
  });

  it('is answered what it has asked before, and nothing that it asks behind that', async () => {
    const { gateway } = server.swarm.ports;
    const create = gateway.createNetwork.bind(gateway);
    const held = Promise.withResolvers<void>();
    gateway.createNetwork = (spec) => held.promise.then(() => create(spec));
    const socket = connect({ ...server.tls(alice), port: server.port, host: '127.0.0.1' });
    socket.write(postNetwork('before'));
    await eventually('the write is under way', async () => {
      const rows = await server.ask('/v1/audit?outcome=pending', { token: server.token });
      return rows.body.includes('"before"') || undefined;
    });
    await revoke(alice);
    socket.write(postNetwork('behind'));
    held.resolve();
    const answers = await textOf(socket);
    expect(answers).toMatch(/^HTTP\/1\.1 201 /);
    const { body } = await server.ask('/v1/networks', { token: server.token });
    expect([body.includes('"before"'), body.includes('"behind"')]).toEqual([true, false]);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'does not come back by a session of before (%s)',
    async (version) => {
      const first = await shake(alice, version);
      const session = await first.session;
      expect((await shake(alice, version, session)).socket.isSessionReused()).toBe(false);
      await revoke(alice);
      const second = await shake(alice, version, session);
      expect(second.socket.isSessionReused()).toBe(false);
      expect(await statusOver(second.socket)).toMatch(/^HTTP\/1.1 401 /);
    },
  );

  it('does not come by a connection that had only begun', async () => {
    const plain = connectPlain(server.port, '127.0.0.1').resume();
    await once(plain, 'connect');
    // By then the server has made its side of it, with what it trusted at that time.
    await server.ask('/livez');
    const closed = once(plain, 'close');
    await revoke(alice);
    await closed;
  });
});

describe('the authorities that vouch for clients', () => {
  it('can be others from one moment to the next', async () => {
    const next = makeCertificate({ commonName: 'The next', isAuthority: true });
    const carol = makeCertificate({ commonName: 'carol', organizations: ['platform'], issuer: next });
    expect([await status(alice), await status(carol)]).toEqual([200, 401]);
    const events = await server.events(alice);
    server.put('revoked.pem', revocationList(server.clients) + revocationList(next));
    server.put('clients.pem', next.certificate);
    await events.end();
    await eventually('carol is known', async () => (await status(carol)) === 200 || undefined);
    expect(await status(alice)).toBe(401);
  });

  it.each<[string, () => [string, string], RegExp]>([
    ['nothing', () => ['clients.pem', ''], /clients.pem, which holds no PEM block "CERTIFICATE"/],
    [
      'half of itself',
      () => ['clients.pem', server.clients.certificate.slice(0, 300)],
      /clients.pem, which holds a block "CERTIFICATE" that is not whole/,
    ],
    [
      'itself and half of another',
      () => ['clients.pem', server.clients.certificate + server.authority.certificate.slice(0, 300)],
      /clients.pem, which holds a block "CERTIFICATE" that is not whole/,
    ],
    [
      'what cannot be read',
      () => ['clients.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
      /clients.pem, which holds a certificate that cannot be read/,
    ],
    [
      'an authority that another one vouches for',
      () => [
        'clients.pem',
        makeCertificate({ commonName: 'below', isAuthority: true, issuer: server.clients }).certificate,
      ],
      /holds CN=below without CN=Authority of clients, which has issued it: add that, too/,
    ],
    [
      'no list of what is revoked',
      () => ['revoked.pem', server.clients.certificate],
      /revoked.pem, which holds no PEM block "X509 CRL"/,
    ],
    [
      'a list of what is revoked that cannot be read',
      () => ['revoked.pem', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'],
      /SWARMPLANE_TLS_CLIENT_CRL_FILE names .*revoked.pem, which cannot be used/,
    ],
  ])('stay as they are while their files hold %s', async (_, file, complaint) => {
    const events = await server.events(alice);
    server.put(...file());
    await said(complaint);
    expect([await status(alice), await status(null)]).toEqual([200, 401]);
    server.swarm.changeNode(server.swarm.all('node')[0]?.id ?? '', { labels: { mark: 'x' } });
    expect((await events.event()).event).toBe('node.updated');
  });

  it('judge nobody by a list of what is revoked that is out of date, or has nothing of theirs', async () => {
    server.put('revoked.pem', revocationList(server.clients, [], new Date(Date.now() - 1000)));
    await said(/Other client certificates are trusted/);
    expect((await server.ask('/v1/me', { shown: alice })).body).toMatch(
      /the list of what was revoked is out of date/,
    );
    server.put('revoked.pem', revocationList(server.authority));
    await eventually(
      'another reason',
      async () =>
        (await server.ask('/v1/me', { shown: alice })).body.includes('has no list of what was revoked') ||
        undefined,
    );
  });
});

/** A connection, and the session that it could be resumed with. */
async function shake(
  shown: Shown,
  maxVersion: 'TLSv1.2' | 'TLSv1.3',
  session?: Buffer,
): Promise<{ socket: TLSSocket; session: Promise<Buffer | undefined> }> {
  const socket = connect({
    ...server.tls(shown),
    port: server.port,
    host: '127.0.0.1',
    servername: 'localhost',
    maxVersion,
    ...(session && { session }),
  });
  const given = once(socket, 'session').then(([made]) => made as Buffer);
  await once(socket, 'secureConnect');
  // A server that gives no session says nothing of it; by its answer it would have.
  const end = pass(300).then(() => socket.getSession());
  return { socket, session: Promise.race([given, end]) };
}

const postNetwork = (name: string): string => {
  const body = JSON.stringify({ name });
  return `POST /v1/networks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

/** The first line of the answer to a request over this connection. Rejects when there is none. */
async function statusOver(socket: TLSSocket): Promise<string> {
  socket.write('GET /v1/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const text = await textOf(socket);
  if (text === '') throw new Error('The connection was ended without an answer.');
  return text.split('\r\n')[0] ?? '';
}

/** All that comes over a connection until its end. */
async function textOf(socket: TLSSocket): Promise<string> {
  socket.setEncoding('utf8');
  let text = '';
  for await (const chunk of socket) text += chunk as string;
  return text;
}
