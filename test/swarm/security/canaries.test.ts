import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startServer } from '../../../bench/kit/our-server.ts';
import { buildIfNeeded } from '../../../scripts/build.ts';
import { runCommand } from '../../../scripts/command.ts';
import { PROJECT, projectEnvironment, serverArguments } from '../../../scripts/project.ts';
import { newToken } from '../../../src/auth/token-format.ts';
import { Canaries } from '../../support/canaries.ts';
import { makeCertificate } from '../../support/certificate-maker.ts';

const engine = inject('engine');
const canaries = new Canaries();
const directory = mkdtempSync(join(tmpdir(), 'swarmplane-canaries-'));
const suffix = randomBytes(3).toString('hex');

beforeAll(() => buildIfNeeded(), 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Everything that a server has written: its log, and its data but for what it is told to keep secrets in. */
const written = (log: string): string =>
  [
    log,
    ...readdirSync(directory)
      .filter((file) => /\.db/.test(file))
      .map((file) => join(directory, file)),
  ]
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n');

describe('the process of the server, at its most talkative,', () => {
  it('writes no secret anywhere, of requests that go well and of those that the engine refuses', async () => {
    const log = join(directory, 'log');
    const token = canaries.watch('the admin token', newToken());
    const settings = {
      SWARMPLANE_LOG_LEVEL: 'trace',
      SWARMPLANE_DATA_DIR: directory,
      SWARMPLANE_ADMIN_TOKEN: token,
      SWARMPLANE_ROUTER_TOKEN: canaries.watch('the token of routers', newToken()),
      SWARMPLANE_CERTIFICATE_KEY: canaries.watch('the key of keys', randomBytes(32).toString('hex')),
    };
    const wrapper = ['sh', '-c', 'exec "$@" >"$0" 2>&1', log];
    const server = await startServer({ engine }, { env: settings, wrapper });
    let refusals = '';
    const made: string[] = [];
    const ask = async (method: string, path: string, body?: object): Promise<Response> => {
      const credentials = {
        username: 'me',
        password: canaries.plant(`a registry’s password, ${method} ${path}`),
      };
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'x-registry-auth': Buffer.from(JSON.stringify(credentials)).toString('base64url'),
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (!response.ok) refusals += await response.clone().text();
      else if (method === 'POST' && body && 'name' in body) made.push(`${path}/${String(body.name)}`);
      return response;
    };
    try {
      const env = { PASSWORD: canaries.plant('env') };
      const service = { name: `web-${suffix}`, image: 'busybox', args: ['sleep', '60'], replicas: 0, env };
      const certificate = makeCertificate({ commonName: 'shop', names: ['shop.example.com'] });
      canaries.watch('a certificate’s key', certificate.key.split('\n')[1] ?? '');
      const text = canaries.plant('the text of a secret');
      expect((await ask('POST', '/v1/services', service)).status).toBe(201);
      expect((await ask('POST', '/v1/services', service)).status).toBe(409);
      expect((await ask('POST', '/v1/secrets', { name: `s-${suffix}`, text })).status).toBe(201);
      expect((await ask('POST', '/v1/secrets', { name: `s-${suffix}`, text })).status).toBe(409);
      // More than swarmkit takes (500 KiB), less than we do.
      const large = canaries.plant('a secret that is too large').repeat(20_000);
      expect((await ask('POST', '/v1/secrets', { name: `l-${suffix}`, text: large })).status).toBe(400);
      expect(
        (await ask('POST', '/v1/configs', { name: `c-${suffix}`, text: canaries.plant('a config') })).status,
      ).toBe(201);
      const kept = { name: `cert-${suffix}`, chain: certificate.certificate, key: certificate.key };
      expect((await ask('POST', '/v1/certificates', kept)).status).toBe(201);
      // The registry is asked with what was given for it; there is none.
      const image = { ...service, name: `i-${suffix}`, image: '127.0.0.1:1/nothing', resolveImage: true };
      await ask('POST', '/v1/services', image);
      const patch = {
        env: { PASSWORD: canaries.plant('env of a change'), 'A B': canaries.plant('env of a bad name') },
      };
      await ask('PATCH', `/v1/services/web-${suffix}`, patch);
      const logDriver = { name: 'nothing', options: { token: canaries.plant('an option of a log driver') } };
      await ask('PATCH', `/v1/services/web-${suffix}`, { logDriver, replicas: 1 });
      const query = `mutation { createSecret(input: { name: "s-${suffix}", text: "${canaries.plant('a literal')}" }) { id } }`;
      refusals += await (await ask('POST', '/graphql', { query })).text();
      const tokens = (await (await ask('GET', '/v1/swarm/join-tokens')).json()) as Record<
        'worker' | 'manager',
        string
      >;
      canaries.watch('the join token of workers', tokens.worker);
      canaries.watch('the join token of managers', tokens.manager);
      for (const name of ['ticket', 'access_token']) {
        await ask('GET', `/v1/services?${name}=${canaries.plant(`?${name}=`)}`);
      }
      const metrics = await (await ask('GET', '/metrics')).text();
      const audit = await (await ask('GET', '/v1/audit?limit=1000')).text();
      expect(metrics).toContain('swarmplane_http_request');
      expect(audit).toContain(`s-${suffix}`);
      expect(refusals).toContain('NAME_TAKEN');
      for (const said of [metrics, audit, refusals]) expect(canaries.in(said)).toEqual([]);
    } finally {
      for (const path of made.reverse()) await ask('DELETE', path);
      await server.stop();
    }
    expect(readFileSync(log, 'utf8')).toContain('Listening on');
    expect(canaries.in(written(log))).toEqual([]);
  });

  it.each([
    ['that is away', 'postgresql://me:{canary}@127.0.0.1:1/audit'],
    ['whose URL has another form', 'mysql://me:{canary}@127.0.0.1:1/audit'],
    ['whose URL cannot be read', 'postgresql://me:{canary}@[::zz]:x/audit'],
  ])('says nothing of the password of a database %s', async (title, url) => {
    const planted = url.replace('{canary}', canaries.plant(`the password of a database ${title}`));
    // Without an engine to be asked, so that it is over soon.
    const { stdout, stderr } = await runCommand(
      'timeout',
      ['-s', 'TERM', '5', process.execPath, ...serverArguments()],
      {
        cwd: PROJECT,
        env: {
          ...projectEnvironment(),
          DOCKER_HOST: 'unix:///nonexistent/docker.sock',
          SWARMPLANE_DATA_DIR: directory,
          SWARMPLANE_DATABASE_URL: planted,
          SWARMPLANE_PORT: '0',
          SWARMPLANE_LOG_LEVEL: 'trace',
        },
      },
    );
    expect(stdout + stderr).not.toBe('');
    expect(canaries.in(stdout + stderr)).toEqual([]);
  });
});
