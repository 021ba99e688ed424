import { readFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreatedToken } from '../../src/auth/auth.types.ts';
import { newToken } from '../../src/auth/token-format.ts';
import type { JoinTokens } from '../../src/cluster/cluster.types.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const CANARY = 'canary7f3a9';
const directory = mkdtempSync(join(tmpdir(), 'swarmplane-audit-'));
let surface: Surface;
beforeAll(async () => {
  surface = await startSurface({
    audit: { database: { kind: 'sqlite', file: join(directory, 'a.db') }, retentionDays: 1, server: 'a' },
  });
});
afterAll(async () => {
  await surface.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Every byte of the database, what is not yet in its place included. */
const kept = (): string =>
  readdirSync(directory)
    .map((file) => readFileSync(join(directory, file), 'latin1'))
    .join();

describe('the audit trail has no', () => {
  it('secrets of services, secrets, configs, registries and certificates, neither of what was done nor of what was refused', async () => {
    const service = {
      name: 'web',
      image: 'nginx',
      env: { PASSWORD: `${CANARY}-env` },
      args: ['--password', `${CANARY}-arg`, `--token=${CANARY}-flag`],
      labels: { 'db.password': `${CANARY}-label` },
      logDriver: { name: 'splunk', options: { 'splunk-token': `${CANARY}-log` } },
    };
    const credentials = Buffer.from(
      JSON.stringify({ username: 'me', password: `${CANARY}-registry` }),
    ).toString('base64url');
    const send = (method: 'post' | 'patch', path: string, body: object) =>
      surface.rest[method](path).set('X-Registry-Auth', credentials).send(body);
    await send('post', '/v1/services', service).expect(201);
    await send('patch', '/v1/services/web', { env: { PASSWORD: `${CANARY}-patched` } }).expect(200);
    await send('post', '/v1/services', service).expect(409);
    await send('post', '/v1/services', { ...service, name: 'x', wrong: `${CANARY}-wrong` }).expect(400);
    await send('post', '/v1/secrets', { name: 'a', text: `${CANARY}-text` }).expect(201);
    await send('post', '/v1/secrets', {
      name: 'b',
      data: Buffer.from(`${CANARY}-data`).toString('base64'),
    }).expect(201);
    await send('post', '/v1/configs', { name: 'c', text: `${CANARY}-config` }).expect(201);
    await send('post', '/v1/certificates', { name: 'd', chain: 'x', key: `${CANARY}-key` }).expect(400);
    await surface.graphql(
      'mutation ($env: StringMap) { updateService(id: "web", input: { env: $env }) { id } }',
      {
        env: { PASSWORD: `${CANARY}-graphql` },
      },
    );
    await surface.graphql(
      `mutation { createSecret(input: { name: "e", text: "${CANARY}-literal" }) { id } }`,
    );
    await surface.graphql(
      `mutation { createSecret(input: { name: "f", nonsense: "${CANARY}-nonsense" }) { id } }`,
    );
    const text = kept();
    expect(text).toContain('POST /v1/secrets');
    expect(text).toContain('updateService');
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(credentials);
    expect(text).not.toContain(Buffer.from(`${CANARY}-data`).toString('base64'));
  });

  it('tokens: neither of the API, nor those by which machines join', async () => {
    const made = await surface.rest.post('/v1/tokens').send({ name: 'portal', role: 'admin' }).expect(201);
    const { token } = bodyOf<CreatedToken>(made);
    const rotated = await surface
      .as(token)
      .post('/v1/swarm/join-tokens/rotate')
      .send({ role: 'worker' })
      .expect(200);
    const unknown = newToken();
    await surface.as(unknown).delete('/v1/networks/x').expect(401);
    const text = kept();
    expect(text).toContain('join-token');
    const { worker, manager } = bodyOf<JoinTokens>(rotated);
    for (const secret of [surface.adminToken, token, unknown, worker, manager]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(text).not.toContain(secret);
    }
  });
});
