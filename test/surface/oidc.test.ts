import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OidcTokens } from '../../src/auth/oidc/oidc-tokens.ts';
import { issuersFrom } from '../../src/auth/oidc/issuer-settings.ts';
import { FakeIssuer } from '../fakes/fake-issuer.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { authenticate } from '../support/authenticate.ts';
import { EventReader } from '../support/event-stream.ts';
import { API, OidcProvider, PORTAL } from '../support/oidc-provider.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';
import { eventually } from '../support/eventually.ts';

const MINUTE = 60_000;
const NODES = 'subscription { nodeChanged { type } }';

let provider: OidcProvider;
let other: OidcProvider;
let surface: Surface;
let swarm: FakeSwarm;

beforeEach(async () => {
  // The provider says that it keeps everything in memory.
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] });
  provider = await OidcProvider.start({ ada: ['platform', 'pay'], bob: ['pay'], eve: [] });
  other = await OidcProvider.start({ bob: ['platform'] });
  swarm = new FakeSwarm();
  surface = await start();
});
afterEach(async () => {
  await surface.close();
  await provider.leave();
  await other.leave();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function start(): Promise<Surface> {
  const document = [
    { name: 'corp', issuer: provider.issuer, audience: [API], roles: { platform: 'admin' } },
    { name: 'other', issuer: other.issuer, audience: API },
  ];
  return startSurface({ swarm, oidcIssuers: issuersFrom(JSON.stringify(document)) });
}

/** Lets time pass, as the server and its issuers see it. */
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** The issuer `corp` as the server has it. */
const corp = () => surface.app.get(OidcTokens, { strict: false }).issuers[0]!;

/** Lets a user or a group, such as `corp:bob`, see everything. */
async function grant(name: string, subject: { user: string } | { group: string }): Promise<void> {
  const grant = { name, subject, role: 'viewer', scope: { all: true } };
  await surface.rest.post('/v1/access/grants').send(grant).expect(201);
}

async function ungrant(name: string): Promise<void> {
  await surface.rest.delete(`/v1/access/grants/${name}`).expect(204);
}

const events = (token: string, { address } = surface): Promise<EventReader> =>
  EventReader.open(`http://${address}/v1/events?kinds=node`, { Authorization: `Bearer ${token}` });

describe('a token of a real provider', () => {
  it('says who its holder is, on REST and GraphQL alike', async () => {
    const { access } = await provider.login('ada');
    const me = { id: 'user:corp:ada', name: 'user:corp:ada', role: 'admin' };
    expect(bodyOf(await surface.as(access).get('/v1/me').expect(200))).toMatchObject(me);
    const { data } = await surface.graphql('{ me { id role } }', {}, access);
    expect(data).toEqual({ me: { id: 'user:corp:ada', role: 'ADMIN' } });
    expect(await authenticate(surface, access)).toMatchObject({
      proof: 'oidc',
      subjects: ['user:corp:ada', 'group:corp:platform', 'group:corp:pay'],
    });
  });

  it('may nothing without a grant, and what one for its user or its group says', async () => {
    const { access } = await provider.login('bob');
    await surface.as(access).get('/v1/networks').expect(403);
    await grant('pay-views', { group: 'corp:pay' });
    await surface.as(access).get('/v1/networks').expect(200);
    await ungrant('pay-views');
    await surface.as(access).get('/v1/networks').expect(403);
    await grant('bob-views', { user: 'corp:bob' });
    await surface.as(access).get('/v1/networks').expect(200);
  });

  it('is of one issuer: the same names at another are others', async () => {
    await grant('bob-views', { user: 'corp:bob' });
    const { access } = await other.login('bob');
    expect(await authenticate(surface, access)).toMatchObject({
      id: 'user:other:bob',
      role: null,
      subjects: ['user:other:bob', 'group:other:platform'],
    });
    await surface.as(access).get('/v1/networks').expect(403);
  });

  it('may be of a machine', async () => {
    const token = await provider.machineToken();
    expect(await authenticate(surface, token)).toMatchObject({ id: 'user:corp:machine', role: null });
  });

  it('that tells a portal who logged in is none for us, unless the settings say so', async () => {
    const { id } = await provider.login('ada');
    const problem = bodyOf<{ detail: string }>(await surface.as(id).get('/v1/me').expect(401));
    expect(problem.detail).toMatch(/meant for somebody else/);
    const document = JSON.stringify([{ name: 'corp', issuer: provider.issuer, audience: PORTAL }]);
    const portals = await startSurface({ oidcIssuers: issuersFrom(document) });
    try {
      expect(await authenticate(portals, id)).toMatchObject({
        id: 'user:corp:ada',
        name: 'ada of the provider',
        subjects: ['user:corp:ada', 'group:corp:platform', 'group:corp:pay'],
      });
    } finally {
      await portals.close();
    }
  });

  it('is on record with its user', async () => {
    const { access } = await provider.login('ada');
    const network = { name: 'of-ada' };
    await surface.as(access).post('/v1/networks').send(network).expect(201);
    const { items } = bodyOf<{ items: unknown[] }>(await surface.rest.get('/v1/audit').expect(200));
    expect(items[0]).toMatchObject({ actor: { id: 'user:corp:ada' }, proof: 'oidc', outcome: 'done' });
  });

  it('makes a ticket for a page', async () => {
    const { access } = await provider.login('ada');
    const answer = await surface.as(access).post('/v1/events/ticket').expect(201);
    const { ticket } = bodyOf<{ ticket: string }>(answer);
    const reader = await EventReader.open(`http://${surface.address}/v1/events?ticket=${ticket}`);
    expect(reader.status).toBe(200);
    reader.close();
  });
});

describe('streams and sockets', () => {
  it('end with the token, and those of a newer one go on', async () => {
    const { access } = await provider.login('ada');
    const { expiresAt } = await authenticate(surface, access);
    const [stream, socket] = [await events(access), await surface.subscribe(NODES, {}, access)];
    await pass(30 * MINUTE);
    const { access: newer } = await provider.login('ada');
    expect(newer).not.toBe(access);
    const later = await events(newer);
    await pass(Date.parse(expiresAt ?? '') - Date.now() - 1);
    await surface.as(access).get('/v1/me').expect(200);
    await pass(1_001);
    await surface.as(access).get('/v1/me').expect(401);
    expect((await stream.event()).event).toBe('unauthenticated');
    await stream.end();
    expect(await socket.closing()).toMatchObject({ code: 4401 });
    swarm.changeNode(swarm.all('node')[0]!.id, { labels: { still: 'told' } });
    expect((await later.event()).event).toBe('node.updated');
    later.close();
  });

  it('end when the grant of the group is taken away', async () => {
    await grant('pay-views', { group: 'corp:pay' });
    const { access } = await provider.login('bob');
    const [stream, socket] = [await events(access), await surface.subscribe(NODES, {}, access)];
    await ungrant('pay-views');
    await stream.end();
    // They are who they were: they may come back, and see less.
    expect(await socket.closing()).toMatchObject({ code: 4205 });
  });

  it('end by what their own token says: others of the same user go on', async () => {
    const issuer = await FakeIssuer.start();
    const mixed = await startSurface({ swarm, oidcIssuers: [issuer.settings()] });
    try {
      for (const group of ['pay', 'shop']) {
        const grant = {
          name: group,
          subject: { group: `corp:${group}` },
          role: 'viewer',
          scope: { all: true },
        };
        await mixed.rest.post('/v1/access/grants').send(grant).expect(201);
      }
      const [pay, shop] = [issuer.token({ groups: ['pay'] }), issuer.token({ groups: ['shop'] })];
      const [ends, lasts] = [await events(pay, mixed), await events(shop, mixed)];
      await mixed.rest.delete('/v1/access/grants/pay').expect(204);
      await ends.end();
      swarm.changeNode(swarm.all('node')[0]!.id, { labels: { still: 'told' } });
      expect((await lasts.event()).event).toBe('node.updated');
      lasts.close();
    } finally {
      await mixed.close();
      await issuer.close();
    }
  });

  it('end when the issuer takes back the key', async () => {
    const { access } = await provider.login('ada');
    const stream = await events(access);
    provider.rotate('second');
    await pass(6 * MINUTE);
    await eventually('the new key is there', () => corp().keys.counts.refreshes > 1 || undefined);
    await eventually('the stream was ended', async () => {
      await pass(1_000);
      return (await surface.as(access).get('/v1/me')).status === 401 || undefined;
    });
    await stream.end();
  });
});

describe('the keys of an issuer', () => {
  it('are looked up again for a new one, and the old goes on while it is published', async () => {
    const old = await provider.login('ada');
    await surface.as(old.access).get('/v1/me').expect(200);
    provider.rotate('second', 'first');
    const { access } = await provider.login('ada');
    await pass(MINUTE);
    await surface.as(access).get('/v1/me').expect(200);
  });

  it('that are gone are good for nothing after some minutes', async () => {
    const { access } = await provider.login('ada');
    await surface.as(access).get('/v1/me').expect(200);
    provider.rotate('second');
    await pass(6 * MINUTE);
    await eventually('the old key was forgotten', async () =>
      (await surface.as(access).get('/v1/me')).status === 401 ? true : undefined,
    );
    const { access: newer } = await provider.login('ada');
    await surface.as(newer).get('/v1/me').expect(200);
  });

  it('go on while the issuer is away; what they do not verify is told apart from what is wrong', async () => {
    const { access } = await provider.login('ada');
    await surface.as(access).get('/v1/me').expect(200);
    provider.rotate('second');
    const { access: newer } = await provider.login('ada');
    await provider.leave();
    await pass(10 * MINUTE);
    await surface.as(access).get('/v1/me').expect(200);
    const problem = bodyOf(await surface.as(newer).get('/v1/me').expect(503));
    expect(problem).toMatchObject({
      code: 'ISSUER_UNREACHABLE',
      title: 'The issuer of the token cannot be reached',
    });
    const { errors } = await surface.graphql('{ me { id } }', {}, newer);
    expect(errors[0]?.extensions).toMatchObject({ code: 'ISSUER_UNREACHABLE', status: 503 });
    await provider.comeBack();
    await pass(MINUTE);
    await eventually('the new key is there', async () =>
      (await surface.as(newer).get('/v1/me')).status === 200 ? true : undefined,
    );
  });

  it('are not waited for at the start', async () => {
    const { access } = await provider.login('ada');
    await provider.leave();
    const late = await startSurface({
      oidcIssuers: issuersFrom(JSON.stringify([{ name: 'corp', issuer: provider.issuer, audience: API }])),
    });
    try {
      await late.rest.get('/v1/networks').expect(200);
      await late.as(access).get('/v1/me').expect(503);
      await provider.comeBack();
      await pass(MINUTE);
      await late.as(access).get('/v1/me').expect(200);
    } finally {
      await late.close();
    }
  });

  it('are told of in the metrics, without a name of anybody', async () => {
    const { access } = await provider.login('ada');
    await surface.as(access).get('/v1/me').expect(200);
    const { text } = await surface.rest.get('/metrics').expect(200);
    expect(text).toContain('swarmplane_oidc_key_refreshes_total{issuer="corp"} 1');
    expect(text).toContain('swarmplane_oidc_key_failures_total{issuer="corp"} 0');
    expect(text).toMatch(/swarmplane_oidc_keys_age_seconds\{issuer="other"\} [\d.]+/);
    expect(text).not.toMatch(/\bada\b/);
  });
});
