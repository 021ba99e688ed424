import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import { ProbeLeftovers } from '../../src/probe/probe-leftovers.ts';
import type { ProbeResult } from '../../src/probe/probe.types.ts';
import { probeLines } from '../fakes/fake-probes.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { matching } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const PATH = '/v1/discovery/probe';
const MUTATION = `mutation ($input: ProbeInput!) {
  probe(input: $input) {
    network name port expectedAddresses reason differences { kind nodeId address detail cause }
    observations {
      nodeId nodeHostname addresses lookupMs lookupError error
      connections { address behindVirtualIp connected timeMs error }
    }
  }
}`;

let swarm: FakeSwarm;
let surface: Surface;

beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'm' }, { hostname: 'w1' }, { hostname: 'w2' }]);
  surface = await startSurface({ swarm });
  await surface.rest.post('/v1/networks').send({ name: 'front' }).expect(201);
  await surface.rest
    .post('/v1/services')
    .send({ name: 'web', image: 'nginx', replicas: 2, networks: [{ network: 'front' }] })
    .expect(201);
  await swarm.settled();
});
afterEach(() => surface.close());

const web = () => {
  const service = swarm.all('service').find(({ name }) => name === 'web');
  if (!service) throw new Error('There is no service "web".');
  return service;
};
const virtualIp = (): string => web().virtualIps[0]?.address ?? '';
const taskAddresses = (): string[] =>
  swarm
    .all('task')
    .filter((task) => task.serviceId === web().id)
    .flatMap((task) => task.addresses.map(({ address }) => address));
const jobs = (): string[] =>
  swarm
    .all('service')
    .map(({ name }) => name)
    .filter((name) => name !== 'web');

const probe = async (input: object): Promise<ProbeResult> =>
  bodyOf<ProbeResult>(
    await surface.rest
      .post(PATH)
      .send({ network: 'front', name: 'web', ...input })
      .expect(200),
  );

describe('a probe', () => {
  it('answers what was seen, the same on both surfaces, and leaves nothing behind', async () => {
    const result = await probe({ port: 80 });
    expect(result).toMatchObject({
      network: 'front',
      name: 'web',
      port: 80,
      expectedAddresses: [virtualIp()],
      reason: null,
      differences: [],
    });
    const [observation, ...others] = result.observations;
    expect(others).toEqual([]);
    expect(observation).toMatchObject({
      addresses: [virtualIp()],
      lookupMs: 2,
      lookupError: null,
      error: null,
    });
    expect(observation?.connections).toHaveLength(3);
    expect(observation?.connections[0]).toEqual({
      address: virtualIp(),
      behindVirtualIp: false,
      connected: true,
      timeMs: 1.5,
      error: null,
    });
    expect(
      observation?.connections
        .slice(1)
        .map(({ address }) => address)
        .toSorted(),
    ).toEqual(taskAddresses().toSorted());
    const input = { network: 'front', name: 'web', port: 80 };
    expect(await surface.data(MUTATION, { input })).toEqual({
      probe: result,
    });
    expect(jobs()).toEqual([]);
  });

  it('asks from the nodes that are chosen, each once, or from all', async () => {
    const hostnames = async (from?: readonly string[]): Promise<string[]> =>
      (await probe({ from })).observations.map(({ nodeHostname }) => nodeHostname);
    const ofTasks = swarm.all('task').map(({ nodeId }) => nodeId);
    const [single] = (await probe({})).observations;
    expect(ofTasks).toContain(single?.nodeId);
    expect(await hostnames(['w2', 'm', 'w2'])).toEqual(['w2', 'm']);
    expect(await hostnames(['*'])).toEqual(['m', 'w1', 'w2']);
  });

  it('tells of nodes that are away where all are meant, and refuses one that is named', async () => {
    const [, w1, w2] = swarm.all('node');
    swarm.changeNode(w1?.id ?? '', { state: 'down' });
    swarm.changeNode(w2?.id ?? '', { availability: 'drain' });
    const { observations, differences } = await probe({ from: ['*'] });
    expect(observations.map(({ nodeHostname, error }) => [nodeHostname, error])).toEqual([
      ['m', null],
      ['w1', matching(/it is down/)],
      ['w2', matching(/availability is "drain"/)],
    ]);
    expect(differences).toEqual([]);
    const refused = await surface.rest
      .post(PATH)
      .send({ network: 'front', name: 'web', from: ['w1'] })
      .expect(409);
    expect(bodyOf<Problem>(refused)).toMatchObject({
      code: 'CONFLICT',
      detail: matching(/"w1": it is down/),
    });
  });

  it('tells a stale record from what should be, with its likely cause', async () => {
    swarm.probes.answer = () => [...probeLines('web', [virtualIp(), '10.0.1.99'], []), 'end'];
    const { differences } = await probe({});
    expect(differences).toMatchObject([
      { kind: 'unexpected-address', address: '10.0.1.99', cause: matching(/7946/) },
    ]);
  });

  it('tells a kernel without IPVS by a virtual IP that is dead while its tasks answer', async () => {
    swarm.probes.answer = ({ env }) => [
      ...probeLines('web', [virtualIp()], env['PROBE_BEHIND']?.split(' ') ?? []),
      `try ${virtualIp()} 100.1 102.1 1 nc: timed out`,
      'end',
    ];
    const { differences } = await probe({ port: 80, from: ['m', 'w1'] });
    expect(differences.map(({ kind, address }) => [kind, address])).toEqual([
      ['virtual-ip-unreachable', virtualIp()],
      ['virtual-ip-unreachable', virtualIp()],
    ]);
    expect(differences[0]?.cause).toMatch(/IPVS/);
  });

  it('shows what kept one node from answering, and goes on with the others', async () => {
    const [m] = swarm.all('node');
    const usual = swarm.probes.answer;
    swarm.probes.answer = (service, nodeId) =>
      nodeId === m?.id ? { error: 'No such image: busybox:latest' } : usual(service, nodeId);
    const { observations } = await probe({ from: ['m', 'w1'] });
    expect(observations).toMatchObject([
      { nodeHostname: 'm', addresses: [], error: matching(/No such image/) },
      { nodeHostname: 'w1', addresses: [virtualIp()], error: null },
    ]);
    expect(jobs()).toEqual([]);
  });
});

/** One bad question, and the verdict of both surfaces. */
const REFUSED: readonly [what: string, input: object, status: number, code: string, detail: RegExp][] = [
  ['a network that is not there', { network: 'nowhere' }, 404, 'NOT_FOUND', /no network/],
  ['the ingress network', { network: 'ingress' }, 409, 'CONFLICT', /No container can join/],
  ['a name that nobody has', { name: 'nobody' }, 404, 'NOT_FOUND', /knows none either/],
  ['an empty name', { name: '' }, 400, 'INVALID', /no DNS name/],
  ['a name with a command', { name: '$(reboot)' }, 400, 'INVALID', /no DNS name/],
  ['a name that looks like an option', { name: '-debug' }, 400, 'INVALID', /hyphen/],
  ['a name that Swarm would expand', { name: '{{.Node.ID}}' }, 400, 'INVALID', /no DNS name/],
  ['a label of 64 letters', { name: 'a'.repeat(64) }, 400, 'INVALID', /no DNS name/],
  ['port 0', { port: 0 }, 400, 'INVALID', /1 to 65535/],
  ['port 65536', { port: 65_536 }, 400, 'INVALID', /1 to 65535/],
  ['a node that is not there', { from: ['nowhere'] }, 404, 'NOT_FOUND', /no node/],
  ['101 nodes', { from: Array.from({ length: 101 }, () => 'm') }, 400, 'INVALID', /100/],
];

describe('a probe is refused for', () => {
  it.each(REFUSED)('%s', async (_what, fields, status, code, detail) => {
    const input = { network: 'front', name: 'web', ...fields };
    const response = await surface.rest.post(PATH).send(input).expect(status);
    expect(bodyOf<Problem>(response)).toMatchObject({ code, detail: matching(detail) });
    const { errors } = await surface.graphql(MUTATION, { input });
    expect(errors[0]?.extensions).toMatchObject({ code, status });
    expect(jobs()).toEqual([]);
  });

  it('an image that no node has', async () => {
    swarm.probes.answer = () => ({ error: 'No such image: busybox:latest' });
    const response = await surface.rest.post(PATH).send({ network: 'front', name: 'web' }).expect(409);
    expect(bodyOf<Problem>(response).detail).toMatch(/"busybox".*SWARMPLANE_PROBE_IMAGE/);
    expect(jobs()).toEqual([]);
  });

  it('a viewer', async () => {
    const token = await surface.tokenFor('viewer');
    const input = { network: 'front', name: 'web' };
    await surface.as(token).post(PATH).send(input).expect(403);
    await surface.as(token).post('/v1/swarm/connectivity').send({}).expect(403);
    const { errors } = await surface.graphql(MUTATION, { input }, token);
    expect(errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    await surface
      .as(await surface.tokenFor('operator'))
      .post(PATH)
      .send(input)
      .expect(200);
  });

  it('too many at once, other servers of the swarm included', async () => {
    swarm.probes.silent = true;
    const other = await startSurface({ swarm });
    const ask = ({ rest }: Surface) => rest.post(PATH).send({ network: 'front', name: 'web' });
    const underWay = [surface, surface, other, other].map((each) => ask(each).then(({ status }) => status));
    await surface.state.until(() => (jobs().length === 4 ? true : undefined), 5_000);
    await surface.state.until(() => (surface.state.services.size === 5 ? true : undefined), 5_000);
    const response = await ask(surface).expect(429);
    expect(bodyOf<Problem>(response)).toMatchObject({ code: 'TOO_MANY', detail: matching(/4 at once/) });
    swarm.probes.silent = false;
    swarm.releaseTasks();
    expect(await Promise.all(underWay)).toEqual([200, 200, 200, 200]);
    await ask(surface).expect(200);
    const { text } = await surface.rest.get('/metrics').expect(200);
    expect(text).toContain('swarmplane_probes_running 0');
    expect(text).toMatch(/swarmplane_probes_total\{outcome="answered"\} 3/);
    await other.close();
  });
});

describe('a probe where no node can run it', () => {
  it('says why of each', async () => {
    for (const { id } of swarm.all('node')) swarm.changeNode(id, { availability: 'pause' });
    for (const from of [undefined, ['*']]) {
      const response = await surface.rest
        .post(PATH)
        .send({ network: 'front', name: 'web', from })
        .expect(409);
      expect(bodyOf<Problem>(response).detail).toMatch(/"m": .*"pause", "w1": /);
    }
  });

  it('needs one of hundreds', async () => {
    for (let count = 0; count < 120; count++) swarm.addNode();
    await surface.state.until(() => (surface.state.nodes.size > 120 ? true : undefined), 5_000);
    expect((await probe({})).observations).toHaveLength(1);
    const response = await surface.rest
      .post(PATH)
      .send({ network: 'front', name: 'web', from: ['*'] })
      .expect(400);
    expect(bodyOf<Problem>(response)).toMatchObject({ code: 'INVALID', errors: [{ pointer: '/from' }] });
  });
});

describe('what a probe has left behind', () => {
  const create = (name: string, labels: object): Promise<unknown> =>
    surface.rest.post('/v1/services').send({ name, image: 'busybox', labels }).expect(201);

  it('is removed once nobody can be at work with it any more, and nothing else is', async () => {
    const leftovers = surface.app.get(ProbeLeftovers, { strict: false });
    const expires = '2026-06-07T21:00:00Z';
    const run = 'swarmplane-0a0b0c0d';
    const labels = { 'swarmplane.probe': run, 'swarmplane.probe.expires': expires };
    await surface.rest
      .post('/v1/networks')
      .send({ name: `${run}-p`, labels })
      .expect(201);
    await create(`${run}-0`, labels);
    await create('copied-its-labels', labels);
    await create(`${run}-1`, { ...labels, 'swarmplane.probe.expires': 'soon' });
    await leftovers.sweep(Date.parse(expires) + 59_000);
    expect(jobs()).toEqual([`${run}-0`, 'copied-its-labels', `${run}-1`]);
    await leftovers.sweep(Date.parse(expires) + 61_000);
    expect(jobs()).toEqual(['copied-its-labels', `${run}-1`]);
    expect(swarm.all('network').map(({ name }) => name)).not.toContain(`${run}-p`);
  });

  it('is removed by a server that starts', async () => {
    const labels = { 'swarmplane.probe': 'swarmplane-1', 'swarmplane.probe.expires': '2026-06-07T21:00:00Z' };
    await create('swarmplane-1-0', labels);
    const other = await startSurface({ swarm });
    const gone = await other.state.until(() => (jobs().length === 0 ? true : undefined), 5_000);
    expect(gone).toBe(true);
    await other.close();
  });
});
