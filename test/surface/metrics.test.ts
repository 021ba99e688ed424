import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from '../support/event-stream.ts';
import { startSurface, type Surface } from '../support/surface.ts';

let surface: Surface;

beforeAll(async () => {
  surface = await startSurface();
});

afterAll(() => surface.close());

/** The value of a series as /metrics shows it. */
async function series(name: string): Promise<number> {
  const { text } = await surface.rest.get('/metrics').expect(200);
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

describe('/metrics', () => {
  it('needs a token, as Prometheus can send one', async () => {
    await surface.as(null).get('/metrics').expect(401);
    await surface
      .as(await surface.tokenFor('viewer'))
      .get('/metrics')
      .expect(200);
  });

  it('is text that Prometheus reads', async () => {
    const { headers } = await surface.rest.get('/metrics').expect(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('counts the objects of the state, and requests by route', async () => {
    await surface.rest.post('/v1/networks').send({ name: 'counted' }).expect(201);
    await surface.rest.get('/v1/networks/counted').expect(200);
    expect(await series('swarmplane_state_objects{kind="network"}')).toBe(surface.state.networks.size);
    const name = 'swarmplane_http_request_duration_seconds_count';
    expect(await series(`${name}{method="GET",route="/v1/networks/:network",status="200"}`)).toBe(1);
  });

  it('counts the streams that are open', async () => {
    expect(await series('swarmplane_streams')).toBe(0);
    const reader = await EventReader.open(`http://${surface.address}/v1/events`, {
      Authorization: `Bearer ${surface.adminToken}`,
    });
    expect(await series('swarmplane_streams')).toBe(1);
    reader.close();
    for (let looks = 0; looks < 1_000 && (await series('swarmplane_streams')) > 0; looks++);
    expect(await series('swarmplane_streams')).toBe(0);
  });

  it('tells of a broken stream, how stale the state is, and that it was resumed or listed again', async () => {
    expect(await series('swarmplane_state_stale_seconds')).toBe(0);
    const failures = await series('swarmplane_stream_failures_total');
    surface.swarm.source.breakStream();
    await surface.state.until(() => (surface.state.staleSince === null ? undefined : true), 5_000);
    expect(await series('swarmplane_state_stale_seconds')).toBeGreaterThanOrEqual(0);
    expect(await series('swarmplane_stream_failures_total')).toBeGreaterThan(failures);
  });
});

describe('the age of a state that is cut off', () => {
  it('is on every answer from memory, and gone when the state is live again', async () => {
    const stale = await surface.rest.get('/v1/networks').expect(200);
    expect(stale.headers['swarmplane-stale-seconds']).toMatch(/^\d+$/);
    surface.swarm.source.mendStream();
    await surface.state.until(() => (surface.state.staleSince === null ? true : undefined), 10_000);
    const live = await surface.rest.get('/v1/networks').expect(200);
    expect(live.headers).not.toHaveProperty('swarmplane-stale-seconds');
  });
});
