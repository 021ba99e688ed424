import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dockerOptions } from '../../../../src/swarm/docker/docker-endpoint.ts';

const options = (host: string, certPath: string | null = null, tlsVerify = false) =>
  dockerOptions({ host, certPath, tlsVerify });

describe('dockerOptions', () => {
  it.each([
    ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock' }],
    ['unix:///run/user name/docker.sock', { socketPath: '/run/user name/docker.sock' }],
    ['unix:///run/100%/docker.sock', { socketPath: '/run/100%/docker.sock' }],
    ['tcp://192.0.2.1:2999', { protocol: 'http', host: '192.0.2.1', port: 2999 }],
    ['tcp://engine.example', { protocol: 'http', host: 'engine.example', port: 2375 }],
    ['http://engine.example', { protocol: 'http', host: 'engine.example', port: 2375 }],
    ['ssh://me@engine.example', { protocol: 'ssh', host: 'engine.example', port: 22, username: 'me' }],
    ['ssh://me@engine.example:2222', { protocol: 'ssh', host: 'engine.example', port: 2222, username: 'me' }],
  ])('reads %s as the Docker CLI does', (host, expected) => {
    expect(options(host)).toEqual(expected);
  });

  describe('with a client certificate', () => {
    let directory: string;

    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'certificates-'));
      for (const name of ['ca', 'cert', 'key']) writeFileSync(join(directory, `${name}.pem`), name);
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    it('speaks TLS, and verifies the engine when told to', () => {
      expect(options('tcp://engine.example', directory, true)).toEqual({
        protocol: 'https',
        host: 'engine.example',
        port: 2376,
        ca: 'ca',
        cert: 'cert',
        key: 'key',
      });
      expect(options('tcp://engine.example:1', directory)).not.toHaveProperty('ca');
    });

    it('fails when the certificate is not there', () => {
      rmSync(join(directory, 'key.pem'));
      expect(() => options('tcp://engine.example', directory)).toThrow(/key\.pem/);
    });
  });
});
