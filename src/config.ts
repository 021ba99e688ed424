import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { canonical, hasHostBits, parseCidr } from './domain/cidr.ts';
import { DomainError } from './domain/errors.ts';
import type { DnsListen } from './dns/dns-settings.ts';
import type { DockerEndpoint } from './swarm/docker/docker-endpoint.ts';

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
  /** Where the admin token is kept when none is given. */
  readonly dataDir: string;
  readonly adminToken: string | null;
  /** Origins of web pages that may use the API besides those of this server. */
  readonly allowedOrigins: readonly string[];
  /** Where new networks get their subnets from, in CIDR notation; empty leaves it to the swarm. */
  readonly addressPools: readonly string[];
  /** What no network may have, in CIDR notation. */
  readonly reservedRanges: readonly string[];
  /** The image that probes run. */
  readonly probeImage: string;
  /** Where names are told to clients outside the swarm; null tells none. */
  readonly dns: DnsListen | null;
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
    port: port(value('SWARMPLANE_PORT', '7400')),
    dataDir: value('SWARMPLANE_DATA_DIR', './data'),
    adminToken: secret(environment, 'SWARMPLANE_ADMIN_TOKEN'),
    allowedOrigins: origins(value('SWARMPLANE_ALLOWED_ORIGINS', '')),
    addressPools: ranges('SWARMPLANE_ADDRESS_POOLS', value('SWARMPLANE_ADDRESS_POOLS', '')),
    reservedRanges: ranges('SWARMPLANE_RESERVED_RANGES', value('SWARMPLANE_RESERVED_RANGES', '')),
    probeImage: value('SWARMPLANE_PROBE_IMAGE', 'busybox'),
    dns: dnsListen(value('SWARMPLANE_DNS_LISTEN', ''), value('SWARMPLANE_DNS_ZONE', DNS_ZONE)),
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

function wrong(name: string, expectation: string): DomainError {
  return new DomainError('invalid', `${name} ${expectation}.`);
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) {
    throw wrong('SWARMPLANE_PORT', 'must be a port number, 0 to 65535');
  }
  return number;
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
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  if (isIP(address) === 0 || Number(port) > 65_535) {
    throw wrong(
      'SWARMPLANE_DNS_LISTEN',
      'must be an address and a port, such as 127.0.0.1:5353 or [::1]:5353',
    );
  }
  return { address, port: Number(port), zone: name };
}

function oneOf<T extends string>(name: string, allowed: readonly T[], text: string): T {
  const found = allowed.find((candidate) => candidate === text);
  if (!found) throw wrong(name, `must be one of ${allowed.join(', ')}`);
  return found;
}

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
