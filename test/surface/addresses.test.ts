import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from '../../src/api/page.ts';
import type { NetworkAddresses, UsedAddress } from '../../src/ipam/addresses.types.ts';
import type { Subnets } from '../../src/ipam/subnets.types.ts';
import type { Network, PrunedNetworks } from '../../src/networks/networks.types.ts';
import type { Service } from '../../src/services/services.types.ts';
import { PollingWatch } from '../../src/swarm/poll/polling-watch.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import { containing, matching } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

let swarm: FakeSwarm;
let surface: Surface;
beforeAll(async () => {
  swarm = new FakeSwarm([{ hostname: 'alpha' }, { hostname: 'beta', role: 'worker' }]);
  surface = await startSurface({ swarm });
});
afterAll(() => surface.close());

async function network(input: Record<string, unknown>): Promise<Network> {
  return bodyOf<Network>(await surface.rest.post('/v1/networks').send(input).expect(201));
}

async function service(name: string, input: Record<string, unknown> = {}): Promise<Service> {
  const made = await surface.rest
    .post('/v1/services')
    .send({ name, image: 'nginx', ...input })
    .expect(201);
  await swarm.settled();
  return bodyOf<Service>(made);
}

async function addresses(reference: string): Promise<NetworkAddresses> {
  return bodyOf(await surface.rest.get(`/v1/networks/${reference}/addresses`).expect(200));
}

const uses = ({ addresses: all }: NetworkAddresses): string[] =>
  all.map(({ address, use, serviceName, nodeHostname, reason }: UsedAddress) =>
    [address, use, serviceName ?? reason, nodeHostname].filter((part) => part !== null).join(' '),
  );

describe('the addresses of a network', () => {
  it('are told with what has them, in order, and counted', async () => {
    const { id } = await network({ name: 'small', subnets: [{ subnet: '10.60.0.0/28' }], attachable: true });
    await service('web', { replicas: 2, networks: [{ network: 'small' }] });
    await service('dns', { endpointMode: 'dnsrr', networks: [{ network: 'small' }] });
    swarm.joinByHand(id);
    await swarm.settled();
    const told = await addresses('small');
    expect(told).toMatchObject({ networkId: id, complete: true, note: null });
    expect(uses(told)).toEqual([
      '10.60.0.0 reserved network address',
      '10.60.0.1 gateway',
      '10.60.0.2 virtual-ip web',
      matching(/^10\.60\.0\.3 task web (alpha|beta)$/),
      matching(/^10\.60\.0\.4 task web (alpha|beta)$/),
      matching(/^10\.60\.0\.5 load-balancer (alpha|beta)$/),
      matching(/^10\.60\.0\.6 load-balancer (alpha|beta)$/),
      matching(/^10\.60\.0\.7 task dns (alpha|beta)$/),
      '10.60.0.8 container alpha',
      '10.60.0.15 reserved broadcast address',
    ]);
    expect(told.subnets).toEqual([
      { subnet: '10.60.0.0/28', total: 16, reserved: 3, used: 7, free: 6, freeAtMost: 6, warning: null },
    ]);
    const { network: graph } = await surface.data<{ network: { addresses: NetworkAddresses } }>(
      `{ network(id: "small") { addresses {
        networkId complete note subnets { subnet total reserved used free freeAtMost warning }
        addresses { address use serviceId serviceName taskId nodeId nodeHostname containerId reason }
      } } }`,
    );
    const upper = (one: UsedAddress) => ({ ...one, use: one.use.toUpperCase().replace('-', '_') });
    expect(graph.addresses).toEqual({ ...told, addresses: told.addresses.map(upper) });
  });

  it('come back when what had them is gone', async () => {
    for (const name of ['web', 'dns']) await surface.rest.delete(`/v1/services/${name}`).expect(204);
    await swarm.settled();
    expect(uses(await addresses('small')).filter((use) => / (task|virtual-ip) /.test(use))).toEqual([]);
  });

  it('warn before they come to an end', async () => {
    await network({ name: 'tiny', subnets: [{ subnet: '10.60.1.0/29' }] });
    expect((await addresses('tiny')).subnets).toMatchObject([{ free: 5, warning: null }]);
    await service('one', { replicas: 1, networks: [{ network: 'tiny' }] });
    expect((await addresses('tiny')).subnets).toMatchObject([
      { used: 3, free: 2, warning: containing('2 of the 5 addresses of 10.60.1.0/29') },
    ]);
    await surface.rest.delete('/v1/services/one').expect(204);
    await swarm.settled();
  });

  it('of the routing mesh are those of its services and of every node', async () => {
    await service('published', { ports: [{ targetPort: 80 }] });
    const told = uses(await addresses('ingress'));
    expect(told.filter((use) => use.includes('load-balancer')).length).toBe(2);
    expect(told).toContainEqual(containing('virtual-ip published'));
    expect(told).toContainEqual(containing('task published'));
    await surface.rest.delete('/v1/services/published').expect(204);
  });

  it('are taken as the engine counts them, where it does', async () => {
    const { id } = await network({ name: 'counted', subnets: [{ subnet: '10.60.2.0/24' }] });
    swarm.gateway.counts.set(id, [{ subnet: '10.60.2.0/24', inUse: 252, available: 4 }]);
    const counted = await addresses('counted');
    expect(counted.note).toBe(
      'The engine counts more addresses in use than anything is known to have: 249 of 10.60.2.0/24.',
    );
    expect(counted.subnets).toMatchObject([
      { total: 256, reserved: 3, used: 249, free: 4, warning: containing('4 of the 253') },
    ]);
    swarm.fail('timeout', { effect: 'read' });
    try {
      expect((await addresses('counted')).subnets).toMatchObject([{ used: 0, free: 253 }]);
    } finally {
      swarm.recover();
    }
  });

  it('are told of every network of a list, though the engine is asked for a few at a time', async () => {
    for (let index = 0; index < 10; index++) await network({ name: `listed-${index}` });
    const { networks } = await surface.data<{ networks: { nodes: { addresses: NetworkAddresses }[] } }>(
      '{ networks(first: 1000) { nodes { addresses { subnets { free } } } } }',
    );
    expect(networks.nodes.length).toBe(swarm.all('network').length);
    for (const { addresses: told } of networks.nodes) expect(told.subnets[0]?.free).toBeGreaterThan(0);
    for (let index = 0; index < 10; index++) {
      await surface.rest.delete(`/v1/networks/listed-${index}`).expect(204);
    }
  });

  it('are told to Prometheus', async () => {
    const { text } = await surface.rest.get('/metrics').expect(200);
    const line = (state: string, value: number): string =>
      `swarmplane_network_addresses{network="tiny",subnet="10.60.1.0/29",state="${state}"} ${value}\n`;
    expect(text).toContain(line('free', 5));
    expect(text).toContain(line('used', 0));
    expect(text).toContain(line('reserved', 3));
  });

  it('are not guessed where the source does not say them', async () => {
    const polled = new FakeSwarm();
    const source = new PollingWatch(polled.gateway, async function* () {
      await polled.settled();
      yield [];
    });
    const other = await startSurface({
      swarm: { ...polled, ports: { gateway: polled.gateway, source } } as never,
    });
    try {
      const [ingress] = polled.all('network');
      const show = async (): Promise<NetworkAddresses> =>
        bodyOf(await other.rest.get('/v1/networks/ingress/addresses').expect(200));
      const told = await show();
      expect(told).toMatchObject({ complete: false, note: containing('SWARMPLANE_CONTROL_SOCKET') });
      expect(told.subnets).toMatchObject([{ used: null, free: null, freeAtMost: 253 }]);
      expect((await other.rest.get('/metrics').expect(200)).text).not.toMatch(/state="(free|used)"/);
      polled.gateway.counts.set(ingress?.id ?? '', [{ subnet: '10.0.0.0/24', inUse: 4, available: 252 }]);
      expect((await show()).subnets).toMatchObject([{ used: 1, free: 252 }]);
    } finally {
      await other.close();
    }
  });
});

describe('a service that there are no addresses for', () => {
  const scale = (name: string, replicas: number) =>
    surface.rest.post(`/v1/services/${name}/scale`).send({ replicas });

  it('is refused before Swarm is asked, with the network, what it needs and what is left', async () => {
    await network({ name: 'full', subnets: [{ subnet: '10.60.3.0/29' }] });
    const calls = swarm.gateway.calls.length;
    const input = { name: 'big', image: 'nginx', replicas: 4, networks: [{ network: 'full' }] };
    const refused = await surface.rest.post('/v1/services').send(input).expect(409);
    expect(refused.body).toMatchObject({
      code: 'CONFLICT',
      errors: [
        {
          pointer: '/networks/0/network',
          detail: matching(
            /"full" \(10\.60\.3\.0\/29\) has 5 .* at least 6: 4 for new tasks, 1 for the virtual IP, 1 for load/,
          ),
        },
      ],
    });
    expect(swarm.gateway.calls.slice(calls)).not.toContain('createService');
  });

  it('is taken when they are just enough, and all its tasks run', async () => {
    await swarm.settled();
    const input = {
      replicas: 3,
      networks: [{ network: 'full' }],
      placement: { constraints: ['node.hostname == alpha'] },
    };
    await service('just', input);
    const shown = bodyOf<Service>(await surface.rest.get('/v1/services/just').expect(200));
    expect(shown).toMatchObject({ runningTasks: 3 });
    expect((await addresses('full')).subnets).toMatchObject([{ used: 5, free: 0 }]);
  });

  it('may not grow, nor start before it stops', async () => {
    const grown = await scale('just', 4).expect(409);
    expect(grown.body).toMatchObject({ code: 'CONFLICT', errors: [{ pointer: '/replicas' }] });
    const startFirst = { env: { A: '1' }, updateConfig: { order: 'start-first' } };
    const refused = await surface.rest.patch('/v1/services/just').send(startFirst).expect(409);
    expect(refused.body).toMatchObject({ code: 'CONFLICT', detail: containing('start-first') });
    const { errors } = await surface.graphql(
      'mutation { updateService(id: "just", input: { replicas: 5 }) { id } }',
    );
    expect(errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', status: 409 });
    // What needs no address more goes on.
    await surface.rest
      .patch('/v1/services/just')
      .send({ env: { A: '1' } })
      .expect(200);
    await swarm.settled();
    await scale('just', 2).expect(200);
    await swarm.settled();
    await surface.rest
      .patch('/v1/services/just')
      .send({ ...startFirst, env: { A: '2' } })
      .expect(200);
    await swarm.settled();
    expect(bodyOf(await surface.rest.get('/v1/services/just').expect(200))).toMatchObject({
      runningTasks: 2,
      updateStatus: { state: 'completed' },
    });
  });
});

describe('subnets', () => {
  it('are proposed from the pools of the swarm, beside all that has addresses', async () => {
    const shown = bodyOf<Subnets>(await surface.rest.get('/v1/ipam/subnets').expect(200));
    expect(shown).toMatchObject({
      pools: [{ subnet: '10.0.0.0/8', source: 'swarm' }],
      prefixLength: 24,
      proposal: '10.0.1.0/24',
    });
    expect(shown.occupied).toContainEqual({
      subnet: '172.17.0.0/16',
      by: 'local-network',
      name: 'bridge',
      id: matching(/^f+$/),
    });
    expect(shown.occupied.map(({ by, name }) => `${by} ${name}`)).toEqual(
      expect.arrayContaining(['network ingress', 'network small', 'node alpha', 'node beta']),
    );
    const { subnets } = await surface.data<{ subnets: Subnets }>(
      '{ subnets(prefixLength: 12) { prefixLength proposal pools { subnet source } } }',
    );
    expect(subnets).toEqual({
      prefixLength: 12,
      proposal: '10.16.0.0/12',
      pools: [{ subnet: '10.0.0.0/8', source: 'SWARM' }],
    });
  });

  it.each([
    ['172.17.3.0/24', /"bridge", which the engine's own machine has.*force/],
    ['192.0.2.0/24', /node "alpha" \(192\.0\.2\.1\).*force/],
  ])('%s is refused, and can be forced', async (subnet, detail) => {
    const input = { name: `forced-${subnet.split('.')[0]}`, subnets: [{ subnet }] };
    const refused = await surface.rest.post('/v1/networks').send(input).expect(409);
    expect(refused.body).toMatchObject({
      code: 'CONFLICT',
      errors: expect.arrayContaining([{ pointer: '/subnets/0/subnet', detail: matching(detail) }]) as unknown,
    });
    const made = await network({ ...input, force: true });
    expect(made.subnets[0]?.subnet).toBe(subnet);
    expect(made).not.toHaveProperty('force');
  });

  it('of another network are not had by force', async () => {
    const input = { name: 'second', subnets: [{ subnet: '10.60.0.0/24' }], force: true };
    const refused = await surface.rest.post('/v1/networks').send(input).expect(409);
    expect(refused.body).toMatchObject({ detail: matching(/"small".*which "force" cannot change/) });
  });
});

describe('with pools and reserved ranges of the operator', () => {
  let own: Surface;
  beforeAll(async () => {
    own = await startSurface({
      addressPools: ['10.200.0.0/23', 'fd00:200::/48'],
      reservedRanges: ['10.200.0.0/25', '10.201.0.0/16'],
    });
  });
  afterAll(() => own.close());

  const make = (input: Record<string, unknown>) => own.rest.post('/v1/networks').send(input);

  it('a network without a subnet gets a free one, until none is left', async () => {
    const shown = bodyOf<Subnets>(await own.rest.get('/v1/ipam/subnets?ipv6=true').expect(200));
    expect(shown).toMatchObject({
      pools: [
        { subnet: '10.200.0.0/23', source: 'settings' },
        { subnet: 'fd00:200::/48', source: 'settings' },
      ],
      prefixLength: 64,
      proposal: 'fd00:200::/64',
    });
    const made = bodyOf<Network>(await make({ name: 'first' }).expect(201));
    expect(made.subnets).toMatchObject([{ subnet: '10.200.1.0/24', gateway: '10.200.1.1' }]);
    const refused = await make({ name: 'next' }).expect(409);
    expect(refused.body).toMatchObject({
      code: 'CONFLICT',
      detail: matching(/No IPv4 subnet \/24 is left in 10\.200\.0\.0\/23.*prune.*SWARMPLANE_ADDRESS_POOLS/),
    });
    const smaller = bodyOf<Subnets>(await own.rest.get('/v1/ipam/subnets?prefixLength=25').expect(200));
    expect(smaller.proposal).toBe('10.200.0.128/25');
  });

  it('a reserved range is refused, and can be forced', async () => {
    const input = { name: 'reserved', subnets: [{ subnet: '10.201.7.0/24' }] };
    const refused = await make(input).expect(409);
    expect(refused.body).toMatchObject({ detail: matching(/10\.201\.0\.0\/16.*SWARMPLANE_RESERVED_RANGES/) });
    await make({ ...input, force: true }).expect(201);
  });

  it('two servers that choose the same one at the same moment end with one each', async () => {
    const shared = new FakeSwarm();
    const settings = { swarm: shared, addressPools: ['10.210.0.0/16'] };
    const servers = [await startSurface(settings), await startSurface(settings)];
    // Neither knows of the other's choice when it makes its own.
    const { gateway } = shared;
    const create = gateway.createNetwork.bind(gateway);
    const both = Promise.withResolvers<void>();
    let choices = 0;
    gateway.createNetwork = async (spec) => {
      choices += 1;
      if (choices === servers.length) both.resolve();
      await both.promise;
      return create(spec);
    };
    shared.holdAllocator();
    const made = Promise.all(
      servers.map((server, index) => server.rest.post('/v1/networks').send({ name: `racer-${index}` })),
    );
    const [first] = servers;
    await first?.state.until(() => (first.state.networks.size === 3 ? true : undefined), 5_000);
    const asked = shared.all('network').flatMap(({ subnets }) => subnets.map(({ subnet }) => subnet));
    expect(asked.filter((subnet) => subnet === '10.210.0.0/24').length).toBe(2);
    shared.releaseAllocator();
    const subnets = (await made).map((response) => bodyOf<Network>(response).subnets[0]?.subnet);
    expect(subnets.toSorted()).toEqual(['10.210.0.0/24', '10.210.1.0/24']);
    await Promise.all(servers.map((server) => server.close()));
  });
});

describe('pruning', () => {
  let own: Surface;
  beforeAll(async () => {
    own = await startSurface();
    const make = (name: string, labels: Record<string, string> = {}) =>
      own.rest.post('/v1/networks').send({ name, labels }).expect(201);
    await make('old', { team: 'green' });
    await make('kept', { keep: '' });
    await make('used');
    const input = { name: 'user', image: 'nginx', replicas: 0, networks: [{ network: 'used' }] };
    await own.rest.post('/v1/services').send(input).expect(201);
  });
  afterAll(() => own.close());

  const names = ({ items }: PrunedNetworks): string[] => items.map(({ name }) => name);
  const there = async (): Promise<string[]> =>
    bodyOf<Page<Network>>(await own.rest.get('/v1/networks').expect(200)).items.map(({ name }) => name);

  it.each([
    [{}, ['kept', 'old']],
    [{ label: ['team'] }, ['old']],
    [{ label: ['team=blue'] }, []],
    [{ notLabel: ['keep'] }, ['old']],
    [{ label: ['team=green'], notLabel: ['team=green'] }, []],
    [{ until: '1h' }, []],
    [{ until: '2100-01-01T00:00:00Z' }, ['kept', 'old']],
  ])('with %j would delete %j, and deletes nothing', async (filters, expected) => {
    const response = await own.rest.post('/v1/networks/prune?dryRun=true').send({ filters }).expect(200);
    expect(names(bodyOf(response))).toEqual(expected);
    const { pruneNetworks } = await own.data<{ pruneNetworks: PrunedNetworks }>(
      `mutation ($filters: PruneFilters) {
        pruneNetworks(filters: $filters, dryRun: true) { items { name } skipped { name reason } }
      }`,
      { filters },
    );
    expect(names(pruneNetworks)).toEqual(expected);
    expect(await there()).toEqual(['ingress', 'kept', 'old', 'used']);
  });

  it('deletes what nothing uses and that fits', async () => {
    const before = bodyOf<Network>(await own.rest.get('/v1/networks/old').expect(200));
    const filters = { notLabel: ['keep'] };
    const response = await own.rest.post('/v1/networks/prune').send({ filters }).expect(200);
    expect(response.body).toEqual({ items: [before], skipped: [] });
    expect(await there()).toEqual(['ingress', 'kept', 'used']);
    const again = await own.rest.post('/v1/networks/prune').expect(200);
    expect(names(bodyOf(again))).toEqual(['kept']);
    expect(await there()).toEqual(['ingress', 'used']);
  });
});
