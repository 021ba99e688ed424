import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, beforeAll, expect, inject, it } from 'vitest';
import { killAtRandom } from '../../bench/kit/killed-server.ts';
import { startServer } from '../../bench/kit/our-server.ts';
import { buildIfNeeded } from '../../scripts/build.ts';

const engine = inject('engine');
const KILLS = 10;
const FILL_BYTES = 4096;

describe('the audit trail of a server over a real engine', () => {
  beforeAll(() => buildIfNeeded(), 120_000);

  it(`has every write that was acknowledged, after ${KILLS} kills at random moments`, async () => {
    const found = await killAtRandom(engine, KILLS);
    expect(found.acknowledged).toBeGreaterThan(KILLS);
    expect(found).toMatchObject({ missing: [], unexplained: [], pending: 0, isIntact: true });
  }, 180_000);

  it('stops writes and nothing else while its disk is full, and goes on without a restart', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'swarmplane-full-'));
    const name = `full-${randomBytes(4).toString('hex')}`;
    // A disk of its own, that nobody else sees.
    const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"';
    const server = await startServer(
      { engine },
      {
        env: { SWARMPLANE_DATA_DIR: directory, SWARMPLANE_LOG_LEVEL: 'fatal' },
        wrapper: ['unshare', '--mount', ...asRoot, 'sh', '-c', mount, directory],
      },
    );
    const junk = `/proc/${server.pid}/root${join(directory, 'junk')}`;
    const { authorization = '' } = server.headers;
    const ask = async (
      method: string,
      path: string,
      body?: object,
    ): Promise<{ status: number; body: unknown }> => {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    };
    try {
      const input = { text: 'x', labels: { 'swarmplane.test': 'full' } };
      expect((await ask('POST', '/v1/configs', { name, ...input })).status).toBe(201);
      expect(() => {
        for (;;) writeFileSync(junk, Buffer.alloc(FILL_BYTES), { flag: 'a' });
      }).toThrow(/ENOSPC/);
      const refused: string[] = [];
      // What was reserved before is used up first.
      for (let tries = 0; refused.length < 3 && tries < 300; tries++) {
        const path = `/v1/configs/${name}-${tries}`;
        expect((await ask('DELETE', path)).status).toBe(404);
        const answer = await ask('POST', '/v1/configs', { name: `${name}-${tries}`, ...input });
        if (answer.status === 201) {
          expect((await ask('DELETE', path)).status).toBeOneOf([204, 503]);
          continue;
        }
        expect(answer).toMatchObject({ status: 503, body: { code: 'AUDIT_UNAVAILABLE' } });
        expect((await ask('GET', path)).status).toBe(404);
        refused.push(path);
      }
      expect(refused).toHaveLength(3);
      expect((await ask('GET', '/v1/networks')).status).toBe(200);
      rmSync(junk);
      expect((await ask('DELETE', `/v1/configs/${name}`)).status).toBe(204);
      expect((await ask('GET', '/v1/audit/verify')).body).toMatchObject({ intact: true });
    } finally {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  }, 120_000);
});
