import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  endpointEnvironment,
  EndpointError,
  resolveEndpoint,
} from '../../../scripts/engine/engine-endpoint.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'endpoint-'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function writeContext(name: string, docker: object, files: readonly string[] = []): void {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(home, '.docker', 'contexts', 'meta', id);
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker } }));
  const tls = join(home, '.docker', 'contexts', 'tls', id, 'docker');
  if (files.length > 0) mkdirSync(tls, { recursive: true });
  for (const file of files) writeFileSync(join(tls, file), 'pem');
}

function chooseContext(name: string): void {
  mkdirSync(join(home, '.docker'), { recursive: true });
  writeFileSync(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext: name }));
}

describe('resolveEndpoint', () => {
  it('takes the default socket when nothing is chosen', () => {
    expect(resolveEndpoint({ HOME: home })).toEqual({
      host: 'unix:///var/run/docker.sock',
      verify: false,
      source: 'default',
    });
  });

  it('takes DOCKER_HOST before the current context', () => {
    chooseContext('remote');
    writeContext('remote', { Host: 'tcp://10.0.0.1:2375' });
    expect(resolveEndpoint({ HOME: home, DOCKER_HOST: 'unix:///tmp/d.sock' })).toMatchObject({
      host: 'unix:///tmp/d.sock',
      source: 'DOCKER_HOST',
    });
  });

  it('speaks TLS to tcp:// when DOCKER_TLS_VERIFY is set, with the certificates of ~/.docker unless told otherwise', () => {
    const env = { HOME: home, DOCKER_HOST: 'tcp://10.0.0.1:2376', DOCKER_TLS_VERIFY: '1' };
    expect(resolveEndpoint(env)).toMatchObject({ certPath: join(home, '.docker'), verify: true });
    expect(resolveEndpoint({ ...env, DOCKER_CERT_PATH: '/certs' })).toMatchObject({ certPath: '/certs' });
    expect(resolveEndpoint({ ...env, DOCKER_TLS_VERIFY: '' })).not.toHaveProperty('certPath');
    expect(resolveEndpoint({ ...env, DOCKER_TLS_VERIFY: '', DOCKER_TLS: '1' })).toMatchObject({
      verify: false,
    });
  });

  it('reads the current context with its certificates, and spells it as variables for the server', () => {
    chooseContext('remote');
    writeContext('remote', { Host: 'tcp://10.0.0.1:2376', SkipTLSVerify: false }, ['ca.pem']);
    const endpoint = resolveEndpoint({ HOME: home });
    expect(endpoint).toMatchObject({
      host: 'tcp://10.0.0.1:2376',
      source: 'context',
      contextName: 'remote',
      verify: true,
    });
    expect(endpointEnvironment(endpoint)).toEqual({
      DOCKER_HOST: 'tcp://10.0.0.1:2376',
      DOCKER_CERT_PATH: endpoint.certPath,
      DOCKER_TLS_VERIFY: '1',
    });
  });

  it('lets DOCKER_CONTEXT choose, also the default', () => {
    chooseContext('remote');
    writeContext('other', { Host: 'unix:///tmp/other.sock' });
    expect(resolveEndpoint({ HOME: home, DOCKER_CONTEXT: 'other' }).host).toBe('unix:///tmp/other.sock');
    expect(resolveEndpoint({ HOME: home, DOCKER_CONTEXT: 'default' }).source).toBe('default');
  });

  it('refuses what it cannot speak and contexts that do not exist, saying what to type', () => {
    expect(() => resolveEndpoint({ HOME: home, DOCKER_HOST: 'ssh://me@there' })).toThrow(/DOCKER_HOST=unix:/);
    expect(() => resolveEndpoint({ HOME: home, DOCKER_CONTEXT: 'gone' })).toThrow(EndpointError);
  });

  it('leaves the environment alone when the server reads it the same way', () => {
    expect(endpointEnvironment(resolveEndpoint({ HOME: home, DOCKER_HOST: 'unix:///x' }))).toEqual({});
  });
});
