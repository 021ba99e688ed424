import { isIP } from 'node:net';
import { homedir, hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { canonical, hasHostBits, parseCidr } from './domain/cidr.ts';
import { DomainError } from './domain/errors.ts';
import { limitSettings } from './api/limits/limit-environment.ts';
import type { LimitSettings } from './api/limits/limit-settings.ts';
import type { ClientRole } from './auth/client-certificates.ts';
import { issuersFrom, type IssuerSettings } from './auth/oidc/issuer-settings.ts';
import type { DatabaseLocation } from './database/database-location.ts';
import type { DnsListen } from './dns/dns-settings.ts';
import type { SwarmListenerOptions } from './dockerflow/swarm-listener-settings.ts';
import { CERTIFICATE_KEY_BYTES } from './proxy/sealed-key.ts';
import type { AgentSettings } from './router/agent-settings.ts';
import type { ServerAddress } from './router/server-address.ts';
import type { DockerEndpoint } from './swarm/docker/docker-endpoint.ts';
import { clientRoles, tlsSettings, type TlsSettings } from './tls/tls-settings.ts';

const WATCH_MODES = ['auto', 'swarmkit', 'poll'] as const;
const DOCKER_SOCKET = 'unix:///var/run/docker.sock';
/** The sockets of the engine whose control socket lies at the standard place; `/var/run` is a link to `/run`. */
const STANDARD_SOCKETS: readonly string[] = [DOCKER_SOCKET, 'unix:///run/docker.sock'];
const CONTROL_SOCKET = '/run/docker/swarm/control.sock';
/** `internal` is kept for private use (ICANN, 2024); `local` is not: it is that of multicast DNS (RFC 6762). */
const DNS_ZONE = 'swarm.internal';
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Everything that can be set from outside. Read once, at the start. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The path of a unix socket to listen on, besides; null for none. */
  readonly socket: string | null;
  /** Null for plain HTTP. */
  readonly tls: TlsSettings | null;
  /** Organizations of client certificates, and the built-in role of each. */
  readonly clientRoles: readonly ClientRole[];
  /** Issuers whose tokens are taken besides those of this server. */
  readonly oidcIssuers: readonly IssuerSettings[];
  /** Where the admin token is kept when none is given. */
  readonly dataDir: string;
  readonly adminToken: string | null;
  /** For routers that are deployed together with the server. */
  readonly routerToken: string | null;
  /** Where the audit trail is kept. */
  readonly database: DatabaseLocation;
  /** For how long the audit trail is kept, in days. */
  readonly auditRetentionDays: number;
  /** How much one client may ask of the server. */
  readonly limits: LimitSettings;
  /** Origins of web pages that may use the API besides those of this server. */
  readonly allowedOrigins: readonly string[];
  /** Where new networks get their subnets from, in CIDR notation; empty leaves it to the swarm. */
  readonly addressPools: readonly string[];
  /** What no network may have, in CIDR notation. */
  readonly reservedRanges: readonly string[];
  /** The image that probes run. */
  readonly probeImage: string;
  /** What seals the keys of certificates; null for the one in the data directory. */
  readonly certificateKey: Buffer | null;
  /** Whether router services are attached to networks that routes need. */
  readonly attachRouters: boolean;
  /** Whether the metrics tell of each server of each route. */
  readonly serverMetrics: boolean;
  /** Where names are told to clients outside the swarm; null tells none. */
  readonly dns: DnsListen | null;
  /** How services are told to a Docker Flow Proxy; null tells none. */
  readonly swarmListener: SwarmListenerOptions | null;
  readonly docker: DockerEndpoint;
  readonly watch: (typeof WATCH_MODES)[number];
  /**
   * swarmkit's socket; null when none is named and the one at the standard place may be another engine's, which
   * only the mode `swarmkit` puts up with.
   */
  readonly controlSocket: string | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** How long one call to the engine may take, in milliseconds. */
  readonly engineTimeoutMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from environment variables; this is the only reader of the environment. Any variable that
 * holds a secret has a `_FILE` twin. Fails `invalid`, naming the variable and what it may be.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const value = (name: string, fallback: string): string => environment[name] || fallback;
  const host = dockerHost(value('DOCKER_HOST', DOCKER_SOCKET));
  const watch = oneOf('SWARMPLANE_WATCH', WATCH_MODES, value('SWARMPLANE_WATCH', 'auto'));
  const standard = watch === 'swarmkit' || STANDARD_SOCKETS.includes(host) ? CONTROL_SOCKET : null;
  return {
    host: value('SWARMPLANE_HOST', '127.0.0.1'),
    port: port('SWARMPLANE_PORT', value('SWARMPLANE_PORT', '7400')),
    socket: socketPath(value('SWARMPLANE_SOCKET', '')),
    tls: tlsSettings(environment),
    clientRoles: clientRoles(environment),
    oidcIssuers: oidcIssuers(environment),
    dataDir: value('SWARMPLANE_DATA_DIR', './data'),
    adminToken: secret(environment, 'SWARMPLANE_ADMIN_TOKEN'),
    database: database(environment, value('SWARMPLANE_DATA_DIR', './data')),
    auditRetentionDays: days('SWARMPLANE_AUDIT_RETENTION_DAYS', '365', environment),
    routerToken: secret(environment, 'SWARMPLANE_ROUTER_TOKEN'),
    limits: {
      ...limitSettings(environment),
      trustedProxies: ranges('SWARMPLANE_TRUSTED_PROXIES', value('SWARMPLANE_TRUSTED_PROXIES', '')),
    },
    allowedOrigins: origins(value('SWARMPLANE_ALLOWED_ORIGINS', '')),
    addressPools: ranges('SWARMPLANE_ADDRESS_POOLS', value('SWARMPLANE_ADDRESS_POOLS', '')),
    reservedRanges: ranges('SWARMPLANE_RESERVED_RANGES', value('SWARMPLANE_RESERVED_RANGES', '')),
    probeImage: value('SWARMPLANE_PROBE_IMAGE', 'busybox'),
    certificateKey: certificateKey(environment),
    attachRouters: isOn('SWARMPLANE_ATTACH_ROUTERS', value('SWARMPLANE_ATTACH_ROUTERS', 'on')),
    serverMetrics: isOn('SWARMPLANE_SERVER_METRICS', value('SWARMPLANE_SERVER_METRICS', 'off')),
    dns: dnsListen(value('SWARMPLANE_DNS_LISTEN', ''), value('SWARMPLANE_DNS_ZONE', DNS_ZONE)),
    swarmListener: swarmListener(environment),
    docker: {
      host,
      tlsVerify: Boolean(environment['DOCKER_TLS_VERIFY']),
      certPath:
        environment['DOCKER_CERT_PATH'] ||
        (environment['DOCKER_TLS_VERIFY'] ? join(homedir(), '.docker') : null),
    },
    watch,
    controlSocket: environment['SWARMPLANE_CONTROL_SOCKET'] || standard,
    logLevel: oneOf('SWARMPLANE_LOG_LEVEL', LOG_LEVELS, value('SWARMPLANE_LOG_LEVEL', 'info')),
    engineTimeoutMs: 10_000,
  };
}

/** No secret, but a document that is easier kept in a file. */
function oidcIssuers(environment: Environment): IssuerSettings[] {
  const name = 'SWARMPLANE_OIDC_ISSUERS';
  const text = secret(environment, name);
  if (text === null) return [];
  try {
    return issuersFrom(text);
  } catch (error) {
    throw new DomainError('invalid', `${name} is wrong. ${(error as Error).message}`, { cause: error });
  }
}

/** PostgreSQL where it is named, else a file in the data directory. The URL can hold a password, so no error repeats it. */
function database(environment: Environment, dataDir: string): DatabaseLocation {
  const url = secret(environment, 'SWARMPLANE_DATABASE_URL');
  if (url === null) return { kind: 'sqlite', file: join(dataDir, 'swarmplane.db') };
  if (/^postgres(ql)?:\/\/.+/.test(url) && URL.canParse(url)) return { kind: 'postgres', url };
  throw wrong('SWARMPLANE_DATABASE_URL', 'must be as for psql: postgresql://user:password@host:5432/name');
}

function days(name: string, fallback: string, environment: Environment): number {
  const text = environment[name] || fallback;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw wrong(name, 'must be a number of days, 1 to 99999');
}

/** What a router agent is told from outside. */
export interface RouterEnvironment {
  readonly agent: AgentSettings;
  readonly logLevel: Config['logLevel'];
}

/** Reads the settings of a router agent; the rest is as with `loadConfig`. */
export function loadRouterConfig(environment: Environment = process.env): RouterEnvironment {
  const value = (name: string, fallback: string): string => environment[name] || fallback;
  const portOf = (name: string, fallback: string): number => port(name, value(name, fallback));
  return {
    agent: {
      server: serverAddress(environment['SWARMPLANE_SERVER'] ?? ''),
      serverTls: {
        ca: environment['SWARMPLANE_SERVER_CA_FILE'] || null,
        cert: environment['SWARMPLANE_CLIENT_CERT_FILE'] || null,
        key: environment['SWARMPLANE_CLIENT_KEY_FILE'] || null,
      },
      token: secret(environment, 'SWARMPLANE_TOKEN'),
      id: value('SWARMPLANE_ROUTER_ID', hostname()),
      nodeId: environment['SWARMPLANE_NODE_ID'] || null,
      nodeHostname: environment['SWARMPLANE_NODE_HOSTNAME'] || null,
      address: value('SWARMPLANE_ROUTER_ADDRESS', '*'),
      httpPort: portOf('SWARMPLANE_ROUTER_HTTP_PORT', '8080'),
      httpsPort: portOf('SWARMPLANE_ROUTER_HTTPS_PORT', '8443'),
      publicHttpsPort: portOf('SWARMPLANE_ROUTER_PUBLIC_HTTPS_PORT', '443'),
      healthPort: portOf('SWARMPLANE_ROUTER_HEALTH_PORT', '7401'),
      dir: value('SWARMPLANE_ROUTER_DIR', '/var/lib/swarmplane-router'),
      runDir: value('SWARMPLANE_ROUTER_RUN_DIR', '/run/swarmplane-router'),
      certificateKey: certificateKey(environment),
      haproxy: value('SWARMPLANE_HAPROXY', 'haproxy'),
      accessLog: isOn('SWARMPLANE_ACCESS_LOG', value('SWARMPLANE_ACCESS_LOG', 'off')),
      graceMs: graceMs(value('SWARMPLANE_STOP_GRACE_SECONDS', '10')),
    },
    logLevel: oneOf('SWARMPLANE_LOG_LEVEL', LOG_LEVELS, value('SWARMPLANE_LOG_LEVEL', 'info')),
  };
}

function serverAddress(text: string): ServerAddress {
  const path = /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'unix', path };
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw wrong(
      'SWARMPLANE_SERVER',
      'must say where the server is, such as http://tasks.server:7400 or unix:/run/swarmplane/server.sock',
    );
  }
  const secure = url.protocol === 'https:';
  return { kind: 'tcp', secure, host: url.hostname, port: Number(url.port || (secure ? 443 : 80)) };
}

/** The key of the installation that seals the keys of certificates: 32 bytes in hexadecimal or base64. */
function certificateKey(environment: Environment): Buffer | null {
  const name = 'SWARMPLANE_CERTIFICATE_KEY';
  const text = secret(environment, name);
  if (text === null) return null;
  const hexadecimal = text.length === 2 * CERTIFICATE_KEY_BYTES && /^[\da-f]+$/i.test(text);
  const key = Buffer.from(text, hexadecimal ? 'hex' : 'base64');
  if (key.length === CERTIFICATE_KEY_BYTES) return key;
  throw wrong(name, `must be ${CERTIFICATE_KEY_BYTES} bytes in hexadecimal or base64: openssl rand -hex 32`);
}

/** What Docker waits before it kills, less a second to end in by oneself. */
function graceMs(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) > 1) return (Number(text) - 1) * 1000;
  throw wrong(
    'SWARMPLANE_STOP_GRACE_SECONDS',
    'must be the grace period of the service, in whole seconds from 2 on',
  );
}

function wrong(name: string, expectation: string): DomainError {
  return new DomainError('invalid', `${name} ${expectation}.`);
}

function port(name: string, text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) throw wrong(name, 'must be a port number, 0 to 65535');
  return number;
}

/** In bytes: what Linux has room for (unix(7), less the byte of zero at the end). */
const MAX_SOCKET_PATH = 107;

function socketPath(text: string): string | null {
  if (text === '') return null;
  if (isAbsolute(text) && Buffer.byteLength(text) <= MAX_SOCKET_PATH) return text;
  throw wrong('SWARMPLANE_SOCKET', `must be an absolute path of at most ${MAX_SOCKET_PATH} bytes`);
}

const DNS_LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const DNS_NAME = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);
/** In characters: what is left of a name's 255 bytes must do for a task and its network. */
const MAX_ZONE = 64;

function dnsListen(text: string, zone: string): DnsListen | null {
  const name = zone.toLowerCase().replace(/\.$/, '');
  if (name.length > MAX_ZONE || !DNS_NAME.test(name)) {
    throw wrong(
      'SWARMPLANE_DNS_ZONE',
      `must be a DNS name of at most ${MAX_ZONE} characters, such as ${DNS_ZONE}`,
    );
  }
  if (text === '') return null;
  return { ...listenAddress('SWARMPLANE_DNS_LISTEN', text, '127.0.0.1:5353 or [::1]:5353'), zone: name };
}

function listenAddress(name: string, text: string, example: string): { address: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  if (isIP(address) === 0 || Number(port) > 65_535) {
    throw wrong(name, `must be an address and a port, such as ${example}`);
  }
  return { address, port: Number(port) };
}

function swarmListener(environment: Environment): SwarmListenerOptions | null {
  const text = environment['SWARMPLANE_DFSL_LISTEN'] ?? '';
  if (text === '') return null;
  const urls = (name: string): string[] =>
    parts(environment[name] ?? '').map((url) => {
      const { protocol, search, hash } = URL.parse(url) ?? {};
      if (/^https?:$/.test(protocol ?? '') && search === '' && hash === '') return url;
      throw wrong(name, `must be URLs without a query, separated by commas; "${url}" is none`);
    });
  return {
    ...listenAddress('SWARMPLANE_DFSL_LISTEN', text, '10.0.9.5:8080'),
    createUrls: urls('SWARMPLANE_DFSL_NOTIFY_CREATE_SERVICE_URL'),
    removeUrls: urls('SWARMPLANE_DFSL_NOTIFY_REMOVE_SERVICE_URL'),
  };
}

function oneOf<T extends string>(name: string, allowed: readonly T[], text: string): T {
  const found = allowed.find((candidate) => candidate === text);
  if (!found) throw wrong(name, `must be one of ${allowed.join(', ')}`);
  return found;
}

const isOn = (name: string, text: string): boolean => oneOf(name, ['on', 'off'], text) === 'on';

const parts = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function ranges(name: string, text: string): string[] {
  return parts(text).map((range) => {
    const block = parseCidr(range);
    if (!block) {
      throw wrong(name, `must be ranges such as 10.20.0.0/16, separated by commas; "${range}" is none`);
    }
    if (hasHostBits(block)) throw wrong(name, `has ${range}, whose first address is ${canonical(block)}`);
    return range;
  });
}

function origins(text: string): string[] {
  const given = parts(text);
  for (const origin of given) {
    // As browsers write it: lower case, no path, no default port.
    if (URL.parse(origin)?.origin === origin && /^https?:/.test(origin)) continue;
    throw wrong(
      'SWARMPLANE_ALLOWED_ORIGINS',
      `must be origins such as https://portal.example, separated by commas; "${origin}" is none`,
    );
  }
  return given;
}

function dockerHost(text: string): string {
  if (/^(unix|tcp|http|https|ssh):\/\//.test(text)) return text;
  throw wrong('DOCKER_HOST', 'must begin with unix://, tcp:// or ssh://, as for the Docker CLI');
}

function secret(environment: Environment, name: string): string | null {
  const file = environment[`${name}_FILE`];
  if (file && environment[name]) throw wrong(name, `and ${name}_FILE are both set; keep one`);
  if (file) {
    if (!existsSync(file)) throw wrong(`${name}_FILE`, `names ${file}, which does not exist`);
    const content = read(`${name}_FILE`, file);
    if (content === '') throw wrong(`${name}_FILE`, `names ${file}, which is empty`);
    return content;
  }
  return environment[name] || null;
}

function read(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw wrong(name, `names ${file}, which cannot be read: ${(cause as Error).message}`);
  }
}
