import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/api/limits/limit-settings.ts';
import { loadConfig, loadRouterConfig, type Config } from '../../src/config.ts';

const TLS = { SWARMPLANE_TLS_CERT_FILE: '/tls/cert', SWARMPLANE_TLS_KEY_FILE: '/tls/key' };

const DEFAULTS: Config = {
  host: '127.0.0.1',
  port: 7400,
  socket: null,
  tls: null,
  clientRoles: [],
  oidcIssuers: [],
  dataDir: './data',
  adminToken: null,
  database: { kind: 'sqlite', file: 'data/swarmplane.db' },
  auditRetentionDays: 365,
  routerToken: null,
  limits: DEFAULT_LIMITS,
  allowedOrigins: [],
  addressPools: [],
  reservedRanges: [],
  probeImage: 'busybox',
  certificateKey: null,
  attachRouters: true,
  serverMetrics: false,
  dns: null,
  swarmListener: null,
  docker: { host: 'unix:///var/run/docker.sock', tlsVerify: false, certPath: null },
  watch: 'auto',
  controlSocket: '/run/docker/swarm/control.sock',
  logLevel: 'info',
  engineTimeoutMs: 10_000,
};

describe('loadConfig', () => {
  it.each<[Record<string, string>, Partial<Config>]>([
    [{}, {}],
    [{ UNRELATED: 'x', SWARMPLANE_ADMIN: 'x' }, {}],
    [{ SWARMPLANE_HOST: '0.0.0.0' }, { host: '0.0.0.0' }],
    [{ SWARMPLANE_PORT: '0' }, { port: 0 }],
    [{ SWARMPLANE_PORT: '65535' }, { port: 65_535 }],
    [
      { SWARMPLANE_DATA_DIR: '/var/lib/swarmplane' },
      {
        dataDir: '/var/lib/swarmplane',
        database: { kind: 'sqlite', file: '/var/lib/swarmplane/swarmplane.db' },
      },
    ],
    [
      { SWARMPLANE_DATABASE_URL: 'postgresql://u:p@db/audit' },
      { database: { kind: 'postgres', url: 'postgresql://u:p@db/audit' } },
    ],
    [{ SWARMPLANE_AUDIT_RETENTION_DAYS: '90' }, { auditRetentionDays: 90 }],
    [{ SWARMPLANE_ADMIN_TOKEN: 'secret' }, { adminToken: 'secret' }],
    [{ SWARMPLANE_ROUTER_TOKEN: 'secret' }, { routerToken: 'secret' }],
    [{ SWARMPLANE_SOCKET: '/run/swarmplane/server.sock' }, { socket: '/run/swarmplane/server.sock' }],
    [TLS, { tls: { certFile: '/tls/cert', keyFile: '/tls/key', clients: null } }],
    [
      { ...TLS, SWARMPLANE_TLS_CLIENT_CA_FILE: '/tls/ca' },
      {
        tls: {
          certFile: '/tls/cert',
          keyFile: '/tls/key',
          clients: { caFile: '/tls/ca', crlFile: null, auth: 'optional' },
        },
      },
    ],
    [
      {
        ...TLS,
        SWARMPLANE_TLS_CLIENT_CA_FILE: '/tls/ca',
        SWARMPLANE_TLS_CLIENT_CRL_FILE: '/tls/crl',
        SWARMPLANE_TLS_CLIENT_AUTH: 'required',
        SWARMPLANE_TLS_CLIENT_ROLES: ' platform=admin, The = Auditors = viewer,',
      },
      {
        tls: {
          certFile: '/tls/cert',
          keyFile: '/tls/key',
          clients: { caFile: '/tls/ca', crlFile: '/tls/crl', auth: 'required' },
        },
        clientRoles: [
          ['platform', 'admin'],
          ['The = Auditors', 'viewer'],
        ],
      },
    ],
    [
      { SWARMPLANE_ADDRESS_POOLS: ' 10.20.0.0/16, fd00:20::/48,' },
      { addressPools: ['10.20.0.0/16', 'fd00:20::/48'] },
    ],
    [
      {
        SWARMPLANE_REQUEST_RATE: '5',
        SWARMPLANE_REQUEST_BURST: '7',
        SWARMPLANE_MAX_CONCURRENT_REQUESTS: '1',
        SWARMPLANE_MAX_STREAMS: '2',
        SWARMPLANE_MAX_SOCKETS: '3',
        SWARMPLANE_MAX_CONNECTIONS: '4',
        SWARMPLANE_MAX_FAILED_PROOFS_PER_MINUTE: '5',
        SWARMPLANE_REQUEST_TIMEOUT_SECONDS: '6',
        SWARMPLANE_TRUSTED_PROXIES: '10.0.0.5/32, fd00::/8',
      },
      {
        limits: {
          requests: { perSecond: 5, burst: 7 },
          concurrentRequests: 1,
          streams: 2,
          sockets: 3,
          connections: 4,
          failedProofsPerMinute: 5,
          requestTimeoutMs: 6_000,
          trustedProxies: ['10.0.0.5/32', 'fd00::/8'],
        },
      },
    ],
    [
      { SWARMPLANE_REQUEST_RATE: 'off', SWARMPLANE_MAX_CONCURRENT_REQUESTS: 'off' },
      { limits: { ...DEFAULT_LIMITS, requests: null, concurrentRequests: Infinity } },
    ],
    [
      {
        SWARMPLANE_OIDC_ISSUERS:
          '[{ "name": "corp", "issuer": "https://login.example.com", "audience": "swarmplane" }]',
      },
      {
        oidcIssuers: [
          {
            name: 'corp',
            issuer: 'https://login.example.com',
            audience: ['swarmplane'],
            algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
            types: ['JWT', 'at+jwt'],
            userClaim: 'sub',
            groupsClaim: 'groups',
            claims: {},
            roles: {},
            jwksUri: null,
          },
        ],
      },
    ],
    [{ SWARMPLANE_RESERVED_RANGES: '10.0.0.0/24' }, { reservedRanges: ['10.0.0.0/24'] }],
    [
      { SWARMPLANE_ALLOWED_ORIGINS: 'https://portal.example, http://localhost:3000,' },
      { allowedOrigins: ['https://portal.example', 'http://localhost:3000'] },
    ],
    [{ SWARMPLANE_DNS_ZONE: 'example.com' }, { dns: null }],
    [
      {
        SWARMPLANE_DFSL_LISTEN: '10.0.9.5:8080',
        SWARMPLANE_DFSL_NOTIFY_CREATE_SERVICE_URL:
          'http://proxy:8080/v1/docker-flow-proxy/reconfigure, http://b/x',
      },
      {
        swarmListener: {
          address: '10.0.9.5',
          port: 8080,
          createUrls: ['http://proxy:8080/v1/docker-flow-proxy/reconfigure', 'http://b/x'],
          removeUrls: [],
        },
      },
    ],
    [
      { SWARMPLANE_DNS_LISTEN: '127.0.0.1:5353' },
      { dns: { address: '127.0.0.1', port: 5353, zone: 'swarm.internal' } },
    ],
    [
      { SWARMPLANE_DNS_LISTEN: '[::1]:53', SWARMPLANE_DNS_ZONE: 'Swarm.Example.' },
      { dns: { address: '::1', port: 53, zone: 'swarm.example' } },
    ],
    [{ SWARMPLANE_WATCH: 'swarmkit' }, { watch: 'swarmkit' }],
    [{ SWARMPLANE_WATCH: 'poll' }, { watch: 'poll' }],
    [{ SWARMPLANE_CONTROL_SOCKET: '/x.sock' }, { controlSocket: '/x.sock' }],
    [
      { DOCKER_HOST: 'unix:///run/docker.sock' },
      { docker: { ...DEFAULTS.docker, host: 'unix:///run/docker.sock' } },
    ],
    // The control socket at the standard place would be that of another engine.
    [
      { DOCKER_HOST: 'unix:///tmp/forwarded.sock' },
      { docker: { ...DEFAULTS.docker, host: 'unix:///tmp/forwarded.sock' }, controlSocket: null },
    ],
    [
      { DOCKER_HOST: 'ssh://me@engine.example', SWARMPLANE_CONTROL_SOCKET: '/x.sock' },
      { docker: { ...DEFAULTS.docker, host: 'ssh://me@engine.example' }, controlSocket: '/x.sock' },
    ],
    [
      { DOCKER_HOST: 'ssh://me@engine.example', SWARMPLANE_WATCH: 'swarmkit' },
      { docker: { ...DEFAULTS.docker, host: 'ssh://me@engine.example' }, watch: 'swarmkit' },
    ],
    [{ SWARMPLANE_LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [
      { DOCKER_HOST: 'tcp://192.0.2.1:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' },
      { docker: { host: 'tcp://192.0.2.1:2376', tlsVerify: true, certPath: '/certs' }, controlSocket: null },
    ],
    [
      { DOCKER_HOST: 'ssh://me@engine.example' },
      { docker: { ...DEFAULTS.docker, host: 'ssh://me@engine.example' }, controlSocket: null },
    ],
    [{ DOCKER_TLS_VERIFY: '', DOCKER_CERT_PATH: '' }, {}],
  ])('makes of %j the defaults and %j', (environment, expected) => {
    expect(loadConfig(environment)).toEqual({ ...DEFAULTS, ...expected });
  });

  it('takes an empty variable for one that is not set', () => {
    const names = ['HOST', 'PORT', 'DATA_DIR', 'ADMIN_TOKEN', 'ADMIN_TOKEN_FILE', 'WATCH', 'CONTROL_SOCKET'];
    const empty = Object.fromEntries([...names, 'LOG_LEVEL'].map((name) => [`SWARMPLANE_${name}`, '']));
    expect(loadConfig({ ...empty, DOCKER_HOST: '' })).toEqual(DEFAULTS);
  });

  it.each([
    ['SWARMPLANE_OIDC_ISSUERS', 'https://login.example.com'],
    ['SWARMPLANE_OIDC_ISSUERS', '[{}]'],
    ['SWARMPLANE_DATABASE_URL', 'postgresql://u:p@[::zz]/audit'],
    ['SWARMPLANE_PORT', 'http'],
    ['SWARMPLANE_PORT', '65536'],
    ['SWARMPLANE_PORT', '-1'],
    ['SWARMPLANE_PORT', '7400.5'],
    ['SWARMPLANE_PORT', '0x50'],
    ['SWARMPLANE_PORT', '1e3'],
    ['SWARMPLANE_PORT', ' 7400'],
    ['SWARMPLANE_WATCH', 'poll-it'],
    ['SWARMPLANE_WATCH', 'AUTO'],
    ['SWARMPLANE_LOG_LEVEL', 'verbose'],
    ['SWARMPLANE_ADDRESS_POOLS', '10.20.0.0'],
    ['SWARMPLANE_ADDRESS_POOLS', '10.20.0.0/16;10.21.0.0/16'],
    ['SWARMPLANE_RESERVED_RANGES', '10.20.0.1/16'],
    ['SWARMPLANE_REQUEST_RATE', '0'],
    ['SWARMPLANE_REQUEST_BURST', 'many'],
    ['SWARMPLANE_MAX_STREAMS', '-1'],
    ['SWARMPLANE_REQUEST_TIMEOUT_SECONDS', '1.5'],
    ['SWARMPLANE_TRUSTED_PROXIES', '10.0.0.5'],
    ['SWARMPLANE_TLS_CERT_FILE', '/tls/cert'],
    ['SWARMPLANE_TLS_KEY_FILE', '/tls/key'],
    ['SWARMPLANE_TLS_CLIENT_CRL_FILE', '/tls/crl'],
    ['SWARMPLANE_TLS_CLIENT_AUTH', 'required'],
    ['SWARMPLANE_TLS_CLIENT_ROLES', 'platform'],
    ['SWARMPLANE_TLS_CLIENT_ROLES', 'platform=root'],
    ['SWARMPLANE_DFSL_LISTEN', 'proxy:8080'],
    ['SWARMPLANE_DNS_LISTEN', '5353'],
    ['SWARMPLANE_DNS_LISTEN', 'localhost:5353'],
    ['SWARMPLANE_DNS_LISTEN', '127.0.0.1'],
    ['SWARMPLANE_DNS_LISTEN', '127.0.0.1:65536'],
    ['SWARMPLANE_DNS_LISTEN', '::1:5353'],
    ['SWARMPLANE_DNS_ZONE', '.'],
    ['SWARMPLANE_DNS_ZONE', 'swarm..internal'],
    ['SWARMPLANE_DNS_ZONE', 'swarm_zone!'],
    ['SWARMPLANE_DNS_ZONE', `${'x'.repeat(60)}.swarm`],
    ['DOCKER_HOST', '/var/run/docker.sock'],
    ['DOCKER_HOST', 'npipe:////./pipe/docker_engine'],
    ['DOCKER_HOST', 'ftp://engine.example'],
  ])('refuses %s=%s, naming the variable', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(
      expect.objectContaining({ kind: 'invalid', message: expect.stringContaining(name) as string }) as Error,
    );
  });

  describe('with SWARMPLANE_ADMIN_TOKEN_FILE', () => {
    let directory: string;
    let file: string;

    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'config-'));
      file = join(directory, 'token');
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    const load = (extra: Record<string, string> = {}): Config =>
      loadConfig({ SWARMPLANE_ADMIN_TOKEN_FILE: file, ...extra });

    it('reads the token from the file', () => {
      writeFileSync(file, '  from a file\n');
      expect(load().adminToken).toBe('from a file');
      expect(load({ SWARMPLANE_ADMIN_TOKEN: '' }).adminToken).toBe('from a file');
    });

    it('does not choose between two tokens', () => {
      writeFileSync(file, 'from a file');
      expect(() => load({ SWARMPLANE_ADMIN_TOKEN: 'plain' })).toThrow(/both set/);
    });

    it.each([
      ['does not exist', (): void => {}, /does not exist/],
      ['is empty', (): void => writeFileSync(file, ''), /is empty/],
      ['is blank', (): void => writeFileSync(file, ' \n\n'), /is empty/],
      ['is a directory', (): void => void mkdirSync(file), /cannot be read/],
    ])('fails when the file %s, naming the variable and the file, not the token', (_, make, message) => {
      make();
      expect(() => load()).toThrow(message);
      expect(() => load()).toThrow(
        expect.objectContaining({
          kind: 'invalid',
          message: expect.stringContaining(`SWARMPLANE_ADMIN_TOKEN_FILE names ${file}`) as string,
        }) as Error,
      );
    });
  });
});

describe('loadRouterConfig', () => {
  const SERVER = { SWARMPLANE_SERVER: 'http://tasks.server:7400' };

  it('has defaults for all but the server', () => {
    const { agent, logLevel } = loadRouterConfig(SERVER);
    expect({ ...agent, id: undefined, logLevel }).toEqual({
      server: { kind: 'tcp', secure: false, host: 'tasks.server', port: 7400 },
      serverTls: { ca: null, cert: null, key: null },
      token: null,
      id: undefined,
      nodeId: null,
      nodeHostname: null,
      address: '*',
      httpPort: 8080,
      httpsPort: 8443,
      publicHttpsPort: 443,
      healthPort: 7401,
      dir: '/var/lib/swarmplane-router',
      runDir: '/run/swarmplane-router',
      certificateKey: null,
      haproxy: 'haproxy',
      accessLog: false,
      graceMs: 9_000,
      logLevel: 'info',
    });
    expect(agent.id).not.toBe('');
  });

  it.each([
    ['unix:/run/s.sock', { kind: 'unix', path: '/run/s.sock' }],
    ['unix:///run/s.sock', { kind: 'unix', path: '/run/s.sock' }],
    ['https://server.example', { kind: 'tcp', secure: true, host: 'server.example', port: 443 }],
    ['http://[fd00::1]:7400/', { kind: 'tcp', secure: false, host: '[fd00::1]', port: 7400 }],
  ])('takes %s for a server', (SWARMPLANE_SERVER, server) => {
    expect(loadRouterConfig({ SWARMPLANE_SERVER }).agent.server).toEqual(server);
  });

  it('takes files for talking to servers over TLS', () => {
    const environment = {
      ...SERVER,
      SWARMPLANE_SERVER_CA_FILE: '/run/secrets/ca',
      SWARMPLANE_CLIENT_CERT_FILE: '/run/secrets/cert',
      SWARMPLANE_CLIENT_KEY_FILE: '/run/secrets/key',
    };
    const files = { ca: '/run/secrets/ca', cert: '/run/secrets/cert', key: '/run/secrets/key' };
    expect(loadRouterConfig(environment).agent.serverTls).toEqual(files);
  });

  it.each([
    ['hexadecimal', 'hex'],
    ['base64', 'base64'],
  ] as const)('takes a certificate key in %s', (_, encoding) => {
    const key = Buffer.alloc(32, 0xa5);
    const environment = { ...SERVER, SWARMPLANE_CERTIFICATE_KEY: key.toString(encoding) };
    expect(loadRouterConfig(environment).agent.certificateKey).toEqual(key);
  });

  it.each([
    ['SWARMPLANE_SERVER', ''],
    ['SWARMPLANE_SERVER', 'server:7400'],
    ['SWARMPLANE_SERVER', 'ftp://server'],
    ['SWARMPLANE_SERVER', 'unix:run/s.sock'],
    ['SWARMPLANE_SERVER', 'http://server/path'],
    ['SWARMPLANE_ROUTER_HTTP_PORT', '80800'],
    ['SWARMPLANE_ROUTER_HEALTH_PORT', 'x'],
    ['SWARMPLANE_CERTIFICATE_KEY', 'deadbeef'],
    ['SWARMPLANE_ACCESS_LOG', 'yes'],
    ['SWARMPLANE_STOP_GRACE_SECONDS', '1'],
    ['SWARMPLANE_STOP_GRACE_SECONDS', '10s'],
  ])('refuses %s=%s, naming the variable', (name, value) => {
    expect(() => loadRouterConfig({ ...SERVER, [name]: value })).toThrow(
      expect.objectContaining({ kind: 'invalid', message: expect.stringContaining(name) as string }) as Error,
    );
  });
});
