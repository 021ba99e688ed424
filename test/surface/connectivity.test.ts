import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Connectivity } from '../../src/probe/connectivity.types.ts';
import type { Prerequisites } from '../../src/probe/prerequisites.types.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { matching } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const PATH = '/v1/swarm/connectivity';

let swarm: FakeSwarm;
let surface: Surface;

beforeEach(async () => {
  swarm = new FakeSwarm([{ hostname: 'm' }, { hostname: 'w1' }, { hostname: 'w2' }]);
  surface = await startSurface({ swarm });
});
afterEach(() => surface.close());

const check = async (input: object = {}): Promise<Connectivity> =>
  bodyOf<Connectivity>(await surface.rest.post(PATH).send(input).expect(200));
const prerequisites = async (): Promise<Prerequisites> =>
  bodyOf<Prerequisites>(await surface.rest.get('/v1/swarm/prerequisites').expect(200));
const idOf = (hostname: string): string =>
  swarm.all('node').find((node) => node.hostname === hostname)?.id ?? '';

/** Ports and what is known of them: `7946/tcp ok`. */
const statuses = async (hostname: string): Promise<string[]> => {
  const { nodes } = await prerequisites();
  const node = nodes.find(({ nodeHostname }) => nodeHostname === hostname);
  return (node?.prerequisites ?? []).map(({ port, protocol, status }) => `${port}/${protocol} ${status}`);
};

async function untilNothingIsLeft(): Promise<void> {
  const isClean = (): true | undefined =>
    swarm.all('service').length === 0 && swarm.all('network').every(({ ingress }) => ingress)
      ? true
      : undefined;
  expect(await surface.state.until(isClean, 5_000)).toBe(true);
}

describe('a check of connectivity', () => {
  it('is a matrix of all nodes, over a network that is gone afterwards', async () => {
    const found = await check();
    expect(found).toMatchObject({
      dataPathPort: 4789,
      nodes: [
        { nodeHostname: 'm', error: null },
        { nodeHostname: 'w1', error: null },
        { nodeHostname: 'w2', error: null },
      ],
      failures: [],
    });
    expect(found.checks.map(({ encrypted, mtu, pairs }) => [encrypted, mtu, pairs.length])).toEqual([
      [false, 1450, 9],
    ]);
    expect(found.checks[0]?.pairs[1]).toEqual({
      fromNodeId: idOf('m'),
      toNodeId: idOf('w1'),
      status: 'ok',
      failedStep: null,
      address: '10.0.9.3',
      roundTripMs: 0.2,
      ports: [{ port: 7946, connected: true, error: null }],
    });
    await untilNothingIsLeft();
  });

  it('takes chosen nodes, and an encrypted network beside the plain one', async () => {
    const found = await check({ nodes: ['w2', 'm'], encrypted: true });
    expect(found.nodes.map(({ nodeHostname }) => nodeHostname)).toEqual(['w2', 'm']);
    expect(found.checks.map(({ encrypted, pairs }) => [encrypted, pairs.length])).toEqual([
      [false, 4],
      [true, 4],
    ]);
    await untilNothingIsLeft();
  });

  it('works with one node alone', async () => {
    const found = await check({ nodes: ['m'] });
    expect(found.checks[0]?.pairs).toMatchObject([
      { fromNodeId: idOf('m'), toNodeId: idOf('m'), status: 'ok' },
    ]);
  });

  it('names the pair that fails, and the node that could not take part', async () => {
    const usual = swarm.probes.answer;
    swarm.probes.answer = (service, nodeId) => {
      if (nodeId === idOf('w2')) return { error: 'No such image: busybox:latest' };
      const lines = usual(service, nodeId) as readonly string[];
      const broken = service.name.endsWith('p0') ? '-p1' : '-p0';
      return lines.map((line) =>
        line.replace(new RegExp(`^small (\\S+${broken}) ok.*`), 'small $1 lost 100%'),
      );
    };
    const { failures, nodes } = await check();
    expect(nodes[2]).toMatchObject({ nodeHostname: 'w2', error: matching(/No such image/) });
    expect(failures).toMatchObject([
      { kind: 'node', nodeIds: [idOf('w2')] },
      { kind: 'packets', nodeIds: [idOf('m'), idOf('w1')], cause: matching(/4789/) },
    ]);
    await untilNothingIsLeft();
  });

  it('is the same in GraphQL', async () => {
    const { checkConnectivity } = await surface.data<{ checkConnectivity: Connectivity }>(
      `mutation { checkConnectivity(input: { nodes: ["m"], encrypted: true }) {
        startedAt durationMs dataPathPort nodes { nodeId nodeHostname error }
        checks { encrypted mtu pairs { fromNodeId toNodeId status failedStep address roundTripMs ports { port connected } } }
        failures { kind encrypted nodeIds detail cause }
      } }`,
    );
    expect(checkConnectivity).toMatchObject({
      checks: [{ encrypted: false }, { encrypted: true }],
      failures: [],
    });
    expect(checkConnectivity.checks[0]?.pairs[0]).toMatchObject({ status: 'OK' });
  });

  it('is refused for nodes that are not there, or away', async () => {
    const unknown = await surface.rest
      .post(PATH)
      .send({ nodes: ['nowhere'] })
      .expect(404);
    expect(bodyOf<Problem>(unknown)).toMatchObject({ code: 'NOT_FOUND' });
    swarm.changeNode(idOf('w1'), { state: 'down' });
    const away = await surface.rest
      .post(PATH)
      .send({ nodes: ['w1'] })
      .expect(409);
    expect(bodyOf<Problem>(away)).toMatchObject({ code: 'CONFLICT', detail: matching(/"w1": it is down/) });
    expect((await check()).nodes).toMatchObject([{ error: null }, { error: null }, { error: 'it is down' }]);
  });
});

describe('the prerequisites', () => {
  it('say only what has been seen', async () => {
    expect(await statuses('m')).toEqual([
      '2377/tcp ok',
      '7946/tcp unknown',
      '7946/udp unknown',
      '4789/udp unknown',
    ]);
    expect(await statuses('w1')).toEqual([
      '2377/tcp ok',
      '7946/tcp unknown',
      '7946/udp unknown',
      '4789/udp unknown',
    ]);
    await check();
    const all = ['2377/tcp ok', '7946/tcp ok', '7946/udp unknown', '4789/udp ok'];
    expect([await statuses('m'), await statuses('w2')]).toEqual([all, all]);
    const { nodes } = await prerequisites();
    for (const { observedAt, ageMs, evidence } of nodes.flatMap((node) => node.prerequisites)) {
      expect([typeof observedAt, typeof ageMs, evidence.length > 0]).toEqual(['string', 'number', true]);
    }
  });

  it('do not take a node that is away for a port that is closed', async () => {
    swarm.changeNode(idOf('w1'), { state: 'down' });
    expect((await statuses('w1'))[0]).toBe('2377/tcp unknown');
  });

  it('are of the port that the swarm has for its data, on both surfaces', async () => {
    swarm.gateway.changeSettings({ dataPathPort: 7789 });
    expect((await statuses('m')).at(-1)).toBe('7789/udp unknown');
    const { prerequisites: told } = await surface.data<{ prerequisites: Prerequisites }>(
      '{ prerequisites { nodes { nodeId nodeHostname prerequisites { port protocol purpose status evidence observedAt ageMs } } } }',
    );
    expect(told.nodes[0]?.prerequisites[3]).toMatchObject({ port: 7789, protocol: 'UDP', status: 'UNKNOWN' });
  });
});
