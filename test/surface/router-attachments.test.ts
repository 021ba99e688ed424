import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Service } from '../../src/domain/service.ts';
import { RouterAttachments } from '../../src/routers/router-attachments.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { startSurface, type Surface } from '../support/surface.ts';

let swarm: FakeSwarm;
let surface: Surface;
beforeEach(async () => {
  swarm = new FakeSwarm();
  surface = await start();
  for (const name of ['edge', 'shop', 'plain']) {
    const labels = name === 'plain' ? {} : { 'io.swarmplane.router': '' };
    await surface.rest.post('/v1/networks').send({ name, labels }).expect(201);
  }
  for (const name of ['east', 'west']) {
    const labels = { 'io.swarmplane.router': '' };
    const networks = [{ network: 'edge' }];
    // The next service waits until this one's rollout is over, which by default is watched for seconds.
    const updateConfig = { parallelism: 0, monitor: 1 };
    await surface.rest
      .post('/v1/services')
      .send({ name, image: 'swarmplane', labels, networks, updateConfig })
      .expect(201);
  }
  await swarm.settled();
});
afterEach(() => surface.close());

async function start(attachRouters = true): Promise<Surface> {
  const started = await startSurface({ swarm, attachRouters });
  started.app.get(RouterAttachments, { strict: false }).quietMs = 1;
  return started;
}

/** A service that is routed to, on these networks. */
async function routed(name: string, networks: readonly string[], on = surface): Promise<void> {
  const labels = { [`swarmplane.http.${name}.host`]: `${name}.com`, [`swarmplane.http.${name}.port`]: '80' };
  await on.rest
    .post('/v1/services')
    .send({ name, image: 'nginx', labels, networks: networks.map((network) => ({ network })) })
    .expect(201);
  await swarm.settled();
}

const networksOf = (name: string): string[] => {
  const service = swarm.all('service').find((each) => each.name === name) as Service;
  return service.networks.map(
    ({ networkId }) => swarm.all('network').find(({ id }) => id === networkId)?.name ?? '',
  );
};
const attached = (name: string, count: number): Promise<true | undefined> =>
  surface.state.until(() => networksOf(name).length === count || undefined, 5_000);

describe('router services', () => {
  it('are attached to networks of routers that routes need, and to no others', async () => {
    await routed('shop', ['shop', 'plain']);
    for (const name of ['east', 'west']) {
      expect(await attached(name, 2)).toBe(true);
      expect(networksOf(name)).toEqual(['edge', 'shop']);
    }
  });

  it('are not attached where they are already, and are never detached', async () => {
    await routed('blog', ['edge']);
    await routed('shop', ['shop']);
    expect(await attached('west', 2)).toBe(true);
    const writes = swarm.gateway.calls.filter((call) => call === 'updateService').length;
    await surface.rest.delete('/v1/services/shop').expect(204);
    await routed('again', ['shop']);
    await swarm.settled();
    expect(networksOf('east')).toEqual(['edge', 'shop']);
    expect(swarm.gateway.calls.filter((call) => call === 'updateService')).toHaveLength(writes);
  });

  it('are attached once by two servers', async () => {
    const other = await start();
    try {
      await routed('shop', ['shop']);
      expect(await attached('east', 2)).toBe(true);
      expect(await attached('west', 2)).toBe(true);
      await swarm.settled();
      expect(networksOf('east')).toEqual(['edge', 'shop']);
      expect(networksOf('west')).toEqual(['edge', 'shop']);
    } finally {
      await other.close();
    }
  });

  it('are left alone where that is switched off', async () => {
    await surface.close();
    surface = await start(false);
    await routed('shop', ['shop']);
    await swarm.settled();
    expect(networksOf('east')).toEqual(['edge']);
  });
});
