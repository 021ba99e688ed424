import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreatedToken } from '../../src/auth/auth.types.ts';
import type { AccessExplanation } from '../../src/grants/explain-access.types.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const GUIDE = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8');

/** The calls of the guide, as `api METHOD PATH BODY`, in their order. */
const CALLS = [
  ...GUIDE.replaceAll(`'"$ID"'`, '$ID').matchAll(/\bapi (GET|POST) "?(\/[^\s"]+)"?(?: '([^']+)')?/g),
].map(([, method = '', path = '', body = '{}']) => ({ method, path, body }));

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface();
  await surface.rest.post('/v1/networks').send({ name: 'edge' }).expect(201);
  await surface.rest.post('/v1/secrets').send({ name: 'pay-key', text: 'hush' }).expect(201);
});
afterAll(() => surface.close());

describe('the guide', () => {
  it('has calls that work, and give a team what it says', async () => {
    let pipeline: CreatedToken | undefined;
    const answers: unknown[] = [];
    expect(CALLS.length).toBeGreaterThanOrEqual(10);
    for (const { method, path, body } of CALLS) {
      const filled = (text: string): string => text.replaceAll('$ID', pipeline?.id ?? '$ID');
      const answer =
        method === 'GET'
          ? await surface.rest.get(filled(path))
          : await surface.rest.post(filled(path)).send(JSON.parse(filled(body)) as object);
      expect([200, 201], `${method} ${path}: ${answer.text}`).toContain(answer.status);
      if (path === '/v1/tokens') pipeline ??= bodyOf<CreatedToken>(answer);
      if (method === 'GET') answers.push(answer.body);
    }
    const verdicts = answers as AccessExplanation[];
    expect(verdicts.map(({ allowed, through }) => ({ allowed, through }))).toEqual([
      { allowed: true, through: 'the grant "pay"' },
      { allowed: true, through: 'the grant "pay"' },
      { allowed: false, through: null },
    ]);
    expect(verdicts.at(-1)).toEqual(JSON.parse(/```json\n([\s\S]*?)```/.exec(GUIDE)?.[1] ?? ''));

    const team = surface.as(pipeline?.token ?? '');
    const service = {
      name: 'shop',
      image: 'nginx',
      labels: { team: 'pay' },
      networks: [{ network: 'edge' }],
    };
    await team.post('/v1/services').send(service).expect(201);
    await team
      .post('/v1/services')
      .send({ ...service, name: 'other', labels: { team: 'sales' } })
      .expect(403);
    await team
      .post('/v1/services')
      .send({ ...service, name: 'ssh', ports: [{ targetPort: 22, publishedPort: 9022 }] })
      .expect(403);
    await team
      .post('/v1/services')
      .send({ ...service, name: 'web', ports: [{ targetPort: 80, publishedPort: 8080 }] })
      .expect(201);
    await team.delete('/v1/networks/edge').expect(403);
    await team.get('/v1/secrets/pay-key').expect(200);
  });
});
