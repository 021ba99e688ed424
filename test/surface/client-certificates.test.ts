import { afterEach, describe, expect, it } from 'vitest';
import { ServerClient } from '../../src/router/server-client.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { TlsServer, type Shown, type TlsServerOptions } from '../support/tls-server.ts';

const DAY_MS = 24 * 3600 * 1000;

let server: TlsServer;
afterEach(() => server.close());

async function start(options: TlsServerOptions = {}): Promise<TlsServer> {
  server = new TlsServer({ clients: 'optional', roles: [['platform', 'viewer']], ...options });
  await server.start();
  return server;
}

interface Verdicts {
  readonly rest: string;
  readonly graphql: string;
  readonly events: string;
  readonly socket: string;
}

/** Who somebody is for each of the surfaces, or why it is nobody. */
async function verdicts(shown: Shown, token?: string): Promise<Verdicts> {
  const rest = JSON.parse((await server.ask('/v1/me', { shown, token })).body) as {
    id?: string;
    detail?: string;
  };
  const body = { query: '{ me { id } }' };
  const { data, errors } = JSON.parse((await server.ask('/graphql', { shown, token, body })).body) as {
    data?: { me: { id: string } };
    errors?: { message: string }[];
  };
  const reader = await server.events(shown, '', token);
  const socket = server.subscribe(shown, token);
  const told = await socket.next().then(
    () => 'told',
    async () => (await socket.closing()).reason,
  );
  return {
    rest: rest.id ?? rest.detail ?? '',
    graphql: data?.me.id ?? errors?.[0]?.message ?? '',
    events: reader.status === 200 ? 'told' : ((await reader.body()) as { detail: string }).detail,
    socket: told,
  };
}

async function grant(name: string, subject: object, scope: object = { all: true }): Promise<void> {
  const body = { name, subject, role: 'viewer', scope };
  expect((await server.ask('/v1/access/grants', { token: server.token, body })).status).toBe(201);
}

describe('a client certificate', () => {
  it.each<[string, () => Shown, string]>([
    ['for clients', () => server.client({ organizations: ['platform'] }), 'alice'],
    ['for anything', () => server.client({ organizations: ['platform'], usages: undefined }), 'alice'],
    [
      'with an odd name',
      () => server.client({ commonName: 'ü "x"/CN=root, O=y:z', organizations: ['platform'] }),
      'ü "x"/CN=root, O=y:z',
    ],
    ['with an empty organization', () => server.client({ organizations: ['', 'platform'] }), 'alice'],
    ['of an authority below', () => ofAuthorityBelow(), 'alice'],
  ])('%s says who somebody is, on every surface', async (_, shown, name) => {
    await start();
    const id = `user:certificate:${name}`;
    expect(await verdicts(shown())).toEqual({ rest: id, graphql: id, events: 'told', socket: 'told' });
  });

  it.each<[string, () => Shown, RegExp]>([
    ['of another authority', () => server.client({ issuer: otherAuthority() }), /not vouched for/],
    ['of the authority of the server', () => server.client({ issuer: server.authority }), /not vouched for/],
    ['that vouches for itself', () => server.client({ issuer: undefined }), /not vouched for/],
    ['issued by what is no authority', () => server.client({ issuer: server.client() }), /not vouched for/],
    [
      'that has expired',
      () => server.client({ notBefore: daysFromNow(-2), notAfter: daysFromNow(-1) }),
      /has expired/,
    ],
    ['that is not valid yet', () => server.client({ notBefore: daysFromNow(1) }), /not valid yet/],
    ['for servers only', () => server.client({ usages: ['server'] }), /is not for clients/],
    ['with several names', () => server.client({ commonName: ['alice', 'root'] }), /several common names/],
    ['without a name', () => server.client({ commonName: [] }), /no common name/],
    ['with an empty name', () => server.client({ commonName: ' ' }), /no common name/],
    ['with a zero in its name', () => server.client({ commonName: 'alice\0.evil' }), /no common name/],
    ['with a line break in its name', () => server.client({ commonName: 'alice\nroot' }), /no common name/],
    [
      'with a name that reads backwards',
      () => server.client({ commonName: '\u202eecila' }),
      /no common name/,
    ],
    ['with a name without end', () => server.client({ commonName: 'a'.repeat(257) }), /no common name/],
  ])(
    '%s is refused with the reason, on every surface, and whatever comes with it',
    async (_, shown, reason) => {
      await start();
      const [certificate, refused] = [shown(), expect.stringMatching(reason) as string];
      const nobody = { rest: refused, graphql: refused, events: refused, socket: refused };
      expect(await verdicts(certificate)).toEqual(nobody);
      expect(await verdicts(certificate, server.token)).toEqual(nobody);
      expect((await server.ask('/livez', { shown: certificate })).status).toBe(200);
    },
  );

  it('gives way to a token', async () => {
    await start();
    const alice = server.client({ organizations: ['platform'] });
    const admin = { rest: 'admin', graphql: 'admin', events: 'told', socket: 'told' };
    expect(await verdicts(alice, server.token)).toEqual(admin);
    expect(await verdicts(null, server.token)).toEqual(admin);
    const wrong = await verdicts(alice, 'wrong');
    expect(Object.values<string>({ ...wrong }).every((text) => text.includes('no token of Swarmplane'))).toBe(
      true,
    );
  });

  it('is missed where there is none, and no token', async () => {
    await start();
    expect(await server.ask('/v1/me')).toMatchObject({
      status: 401,
      body: expect.stringMatching(/Send a token/) as string,
    });
  });

  it('lets do what grants to its user and its groups say, at once, and the first role of the settings', async () => {
    await start({
      roles: [
        ['platform', 'operator'],
        ['auditors', 'viewer'],
      ],
    });
    const status = async (shown: Shown, path = '/v1/networks'): Promise<number> =>
      (await server.ask(path, { shown })).status;
    const role = async (...organizations: string[]): Promise<unknown> => {
      const shown = server.client({ organizations });
      return (JSON.parse((await server.ask('/v1/me', { shown })).body) as { role: unknown }).role;
    };
    expect(await role('auditors', 'platform')).toBe('operator');
    expect(await role('auditors')).toBe('viewer');
    expect(await role('platform ', 'PLATFORM')).toBe(null);

    const [user, member] = [
      server.client(),
      server.client({ commonName: 'bob', organizations: ['x', 'pay'] }),
    ];
    expect([await status(user), await status(member)]).toEqual([403, 403]);
    await grant('a', { user: 'certificate:alice' });
    expect([await status(user), await status(member)]).toEqual([200, 403]);
    await grant('b', { group: 'certificate:pay' }, { names: ['network/x'] });
    expect([await status(user), await status(member)]).toEqual([200, 200]);
  });

  it('ends what it has begun when it ends', async () => {
    await start();
    const passing = server.client({ organizations: ['platform'], notAfter: inTwoSeconds() });
    const agent = server.agent(passing);
    const events = await server.events(passing);
    const socket = server.subscribe(passing);
    await socket.next();
    expect((await server.ask('/v1/me', { agent })).status).toBe(200);
    await events.end();
    expect((await socket.closing()).code).toBe(4401);
    expect(await server.ask('/v1/me', { agent })).toMatchObject({
      status: 401,
      body: expect.stringMatching(/has expired/) as string,
    });
  });

  it('is no better than the authority that the server knows', async () => {
    server = new TlsServer({ clients: 'optional', roles: [['platform', 'viewer']] });
    const authority = makeCertificate({
      commonName: 'Passing',
      isAuthority: true,
      issuer: server.clients,
      notAfter: inTwoSeconds(),
    });
    server.put('clients.pem', server.clients.certificate + authority.certificate);
    await server.start();
    const events = await server.events(server.client({ issuer: authority, organizations: ['platform'] }));
    expect(events.status).toBe(200);
    await events.end();
  });

  it('is nothing that pages of other origins can use', async () => {
    await start();
    const shown = server.client({ organizations: ['platform'] });
    const from = async (origin: string): Promise<number> =>
      (await server.ask('/v1/me', { shown, headers: { origin } })).status;
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('null')).toBe(403);
    expect(await from(`https://127.0.0.1:${server.port}`)).toBe(200);
  });

  it('is on record as what has proven who it was, and nowhere in the metrics', async () => {
    await start({ roles: [['platform', 'admin']] });
    const shown = server.client({ commonName: 'alice-canary', organizations: ['platform'] });
    expect((await server.ask('/v1/networks', { shown, body: { name: 'made' } })).status).toBe(201);
    const rows = await server.ask('/v1/audit', { token: server.token });
    expect(rows.body).toMatch(/"user:certificate:alice-canary"/);
    expect(rows.body).toMatch(/"proof":"client-certificate"/);
    const metrics = (await server.ask('/metrics', { token: server.token })).body;
    expect(metrics).toMatch(/^swarmplane_tls_certificate_expires_in_seconds \d/m);
    expect(metrics).not.toMatch(/alice|canary|platform/);
  });
});

it('lets a router in by the organization of its certificate, without a token', async () => {
  await start({ roles: [['routers', 'router']] });
  const shown = server.client({ commonName: 'router', organizations: ['routers'] });
  server.put('ca.pem', server.authority.certificate);
  server.put('router.pem', shown.certificate);
  server.put('router-key.pem', shown.key);
  const address = { kind: 'tcp', secure: true, host: '127.0.0.1', port: server.port } as const;
  const files = {
    ca: server.path('ca.pem'),
    cert: server.path('router.pem'),
    key: server.path('router-key.pem'),
  };
  const client = new ServerClient(address, null, files);
  const stream = await client.open('/v1/routers/config?router=r', AbortSignal.timeout(5_000));
  expect(stream.statusCode).toBe(200);
  stream.destroy();
  client.close();
});

describe('a server that requires client certificates', () => {
  it('takes no request without one that is good, not even one for its health', async () => {
    await start({ clients: 'required', revoked: [] });
    const good = server.client({ organizations: ['platform'] });
    expect((await server.ask('/livez', { shown: good })).status).toBe(200);
    expect((await server.ask('/v1/me', { shown: good, token: server.token })).body).toContain('"admin"');
    for (const shown of [
      null,
      server.client({ usages: ['server'] }),
      server.client({ issuer: otherAuthority() }),
    ]) {
      await expect(server.ask('/livez', { shown })).rejects.toThrow();
      await expect(server.ask('/v1/me', { shown, token: server.token })).rejects.toThrow();
    }
  });
});

/** Certificates know whole seconds only. */
const inTwoSeconds = (): Date => new Date(Math.ceil(Date.now() / 1000) * 1000 + 2_000);

const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY_MS);

const otherAuthority = () => makeCertificate({ commonName: 'Authority of clients', isAuthority: true });

/** A certificate with the authority between it and the one that the server knows. */
function ofAuthorityBelow(): Shown {
  const below = makeCertificate({ commonName: 'below', isAuthority: true, issuer: server.clients });
  const { certificate, key } = server.client({ organizations: ['platform'], issuer: below });
  return { certificate: certificate + below.certificate, key };
}
