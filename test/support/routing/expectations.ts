import { expect } from 'vitest';
import type { Redirect, RouteSpec } from '../../../src/domain/route.ts';
import { hasIpvs } from '../kernel.ts';
import type { Echo } from './echo.ts';
import { CLIENT, type Answer, type FrontDoor, type Question } from './front-door.ts';
import { hostFor, type Probe } from './probes.ts';

/** In every range that a fixture allows. */
const ALLOWED = '10.1.2.3';
/** Whose hash is in the fixtures. */
const PASSWORD = 'password';
/** Nothing names it, and no certificate has it: what routers have a certificate for, they do not pass through to everybody. */
const UNCERTIFIED = 'nobody.example.org';
/** More than it takes until each backend of a fixture has had its turn. */
const MANY = 30;
/** A guess would be right with one in sixteen. */
const SOME = 4;

/** Asks, and expects what the fixture says. */
export async function expectOutcome(door: FrontDoor, { question, specs }: Probe): Promise<void> {
  const [spec] = specs;
  if (!spec) return expectNobody(await door.ask(question));
  const admitted = await pastTheGate(door, question, spec);
  if (spec.redirect) return expectRedirect(await door.ask(admitted), admitted, spec.redirect);
  // Without IPVS nothing answers at a virtual IP.
  if (spec.upstream === 'vip' && !hasIpvs()) return;
  const echo = expectTask(await door.ask(admitted), specs);
  expectRequest(echo, admitted, spec);
  if (spec.sticky) await expectSticky(door, admitted, spec.sticky);
  if (spec.backends.length > 1) await expectAll(door, admitted, spec);
}

function expectNobody({ status, echo }: Answer): void {
  expect({ status, echo }).toEqual({ status: 503, echo: null });
}

/** What is not let in is not; answers the request as it is. */
async function pastTheGate(door: FrontDoor, question: Question, spec: RouteSpec): Promise<Question> {
  let asked = question;
  if (spec.allow.length > 0) {
    expect((await door.ask(asked)).status, 'from elsewhere').toBe(403);
    asked = { ...asked, from: ALLOWED };
  }
  if (spec.httpsOnly) {
    const { status, headers } = await door.ask(asked);
    expect(status).toBe(308);
    const location = new URL(headers.location ?? '');
    expect(location).toMatchObject({ protocol: 'https:', hostname: asked.host, pathname: asked.path });
    expect(location.port).toBe(String(door.ports.https));
    asked = { ...asked, secure: true };
  }
  if (spec.basicAuth) {
    const { status, headers } = await door.ask(asked);
    expect(status, 'without a password').toBe(401);
    expect(headers['www-authenticate']).toContain(`"${spec.basicAuth.realm}"`);
    const [user] = Object.keys(spec.basicAuth.users);
    const credentials = Buffer.from(`${user}:${PASSWORD}`).toString('base64');
    asked = { ...asked, headers: { ...asked.headers, Authorization: `Basic ${credentials}` } };
  }
  return asked;
}

function expectRedirect(
  { status, headers }: Answer,
  asked: Question,
  { status: wanted, scheme, host }: Redirect,
): void {
  expect(status).toBe(wanted);
  const location = new URL(headers.location ?? '', `http://${asked.host}`);
  expect(location).toMatchObject({
    protocol: `${scheme ?? 'http'}:`,
    hostname: host ?? asked.host,
    pathname: asked.path,
  });
}

function expectTask(answer: Answer, specs: readonly RouteSpec[]): Echo {
  const { status, echo, headers } = answer;
  expect(status, answer.body).toBe(200);
  if (!echo) throw new Error(`No task has answered: ${answer.body}`);
  const backends = specs.flatMap((spec) => spec.backends);
  expect(backends.map(({ service }) => service)).toContain(echo.service);
  const ports = backends.flatMap(({ port }) => port ?? []);
  if (ports.length > 0) expect(ports).toContain(echo.port);
  const [changes] = specs.map((spec) => spec.responseHeaders);
  for (const [name, value] of Object.entries(changes?.set ?? {})) {
    expect(headers[name.toLowerCase()]).toBe(value);
  }
  for (const name of changes?.remove ?? []) expect(headers).not.toHaveProperty(name.toLowerCase());
  return echo;
}

function expectRequest(
  echo: Echo,
  { path = '/', method = 'GET', from = CLIENT }: Question,
  spec: RouteSpec,
): void {
  const { stripPrefix, addPrefix } = spec.rewrite ?? {};
  expect(echo).toMatchObject({ method, url: `${addPrefix ?? ''}${path.slice(stripPrefix?.length ?? 0)}` });
  const { set, add, remove } = spec.requestHeaders;
  const names = echo.headers.map((header) => header.split(':')[0] ?? '');
  for (const [name, value] of Object.entries({ ...set, ...add })) {
    expect(echo.headers).toContain(`${name.toLowerCase()}: ${value}`);
  }
  for (const name of remove) expect(names).not.toContain(name.toLowerCase());
  const forwarded = names.filter((name) => name.startsWith('x-forwarded-'));
  if (!spec.forwardedHeaders) expect(forwarded).toEqual([]);
  else if (remove.length === 0) expect(echo.headers).toContain(`x-forwarded-for: ${from}`);
  expect(echo.proxy).toEqual(spec.proxyProtocol && { version: spec.proxyProtocol, source: from });
  expect(echo.tls === null).toBe(spec.backendTls === null);
}

/** A client that has the cookie comes to the task that it came to first. */
async function expectSticky(
  door: FrontDoor,
  asked: Question,
  { name, setBy }: NonNullable<RouteSpec['sticky']>,
): Promise<void> {
  const given = await door.ask(
    setBy === 'router' ? asked : { ...asked, path: `${asked.path}?set-cookie=${name}=its-own` },
  );
  const [cookie = ''] = given.headers['set-cookie'] ?? [];
  expect(cookie).toContain(`${name}=`);
  const headers = { ...asked.headers, Cookie: cookie.split(';')[0] ?? '' };
  for (let count = 0; count < SOME; count++) {
    expect((await door.ask({ ...asked, headers })).echo?.task).toBe(given.echo?.task);
  }
}

async function expectAll(door: FrontDoor, asked: Question, { backends }: RouteSpec): Promise<void> {
  const seen = new Set<string | undefined>();
  for (let count = 0; count < MANY; count++) seen.add((await door.ask(asked)).echo?.service);
  expect([...seen].sort()).toEqual(backends.map(({ service }) => service).sort());
}

/** Asks on a port of TCP, or with a name in the hello of TLS, and expects the task that the fixture says. */
export async function expectConnection(door: FrontDoor, spec: RouteSpec): Promise<void> {
  if (spec.protocol === 'tcp') return expectOf(await door.say(spec.listen ?? 0, 'hello\r\n'), spec);
  for (const host of spec.hosts.map((name) => hostFor(name, UNCERTIFIED))) {
    const { echo } = await door.ask({ host, secure: true });
    expectOf(echo, spec);
    // The task itself has ended the TLS.
    expect(echo?.tls?.name).toBe(host);
  }
}

function expectOf(echo: Echo | null, { backends }: RouteSpec): void {
  const [backend] = backends;
  expect(echo).toMatchObject({ service: backend?.service, ...(backend?.port ? { port: backend.port } : {}) });
}
