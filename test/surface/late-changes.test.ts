import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { CreatedToken } from '../../src/auth/auth.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { matching } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

/** Longer than a write waits until it is seen, and far from forever. */
const BOUND_MS = 10_000;

describe('a write whose change is not seen in time', () => {
  let surface: Surface;
  let swarm: FakeSwarm;
  let token: CreatedToken;
  let took: number;
  let answers: Record<'scale' | 'createService' | 'createNetwork' | 'createToken' | 'revoke', Response>;

  // All at once, because each of them waits for as long as it may.
  beforeAll(async () => {
    swarm = new FakeSwarm();
    surface = await startSurface({ swarm });
    const { rest } = surface;
    await rest.post('/v1/services').send({ name: 'web', image: 'nginx' }).expect(201);
    token = bodyOf<CreatedToken>(await rest.post('/v1/tokens').send({ name: 'old', role: 'viewer' }));
    await swarm.settled();
    swarm.source.holdStream();
    const started = Date.now();
    const [scale, createService, createNetwork, createToken, revoke] = await Promise.all([
      rest.post('/v1/services/web/scale').send({ replicas: 4 }),
      rest.post('/v1/services').send({ name: 'late', image: 'nginx' }),
      rest.post('/v1/networks').send({ name: 'late' }),
      rest.post('/v1/tokens').send({ name: 'late', role: 'viewer' }),
      rest.delete(`/v1/tokens/${token.id}`),
    ]);
    took = Date.now() - started;
    answers = { scale, createService, createNetwork, createToken, revoke };
  });
  afterAll(async () => {
    swarm.source.releaseStream();
    await surface.close();
  });

  it('is answered within a bound', () => {
    expect(took).toBeLessThan(BOUND_MS);
  });

  it.each(['scale', 'createService', 'createToken'] as const)('may have been made: %s', (name) => {
    expect(bodyOf<Problem>(answers[name]), answers[name].text).toMatchObject({
      status: 504,
      code: 'UNKNOWN_OUTCOME',
      detail: matching(/before you try again/),
    });
  });

  it('was made all the same where the engine took it', () => {
    expect(swarm.all('service').find((service) => service.name === 'web')).toMatchObject({ replicas: 4 });
    expect(swarm.all('service').some((service) => service.name === 'late')).toBe(true);
  });

  it('is not blamed on the subnet of a network that has its addresses', () => {
    const problem = bodyOf<Problem>(answers.createNetwork);
    expect({ status: problem.status, code: problem.code }).toEqual({ status: 504, code: 'UNKNOWN_OUTCOME' });
    // It may be in use by somebody else by now, who can see it.
    expect(swarm.all('network').some((network) => network.name === 'late')).toBe(true);
  });

  it('does not call a token revoked that is still taken', async () => {
    const use = await surface.as(token.token).get('/v1/me');
    expect([answers.revoke.status, use.status]).not.toEqual([204, 200]);
  });
});
