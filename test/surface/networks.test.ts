import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import { NetworkRemoval } from '../../src/networks/network-removal.service.ts';
import type { Network } from '../../src/networks/networks.types.ts';
import type { Service } from '../../src/services/services.types.ts';
import { containing, matching } from '../support/matching.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

const VXLAN_OPTION = 'com.docker.network.driver.overlay.vxlanid_list';

let surface: Surface;
beforeAll(async () => {
  surface = await startSurface();
});
afterAll(() => surface.close());

async function create(input: Record<string, unknown>): Promise<Network> {
  return bodyOf<Network>(await surface.rest.post('/v1/networks').send(input).expect(201));
}

async function names(query: string): Promise<string[]> {
  const response = await surface.rest.get(`/v1/networks?${query}`).expect(200);
  return bodyOf<Page<Network>>(response).items.map((network) => network.name);
}

describe('creating a network', () => {
  it('answers it with the addresses that Swarm gave it', async () => {
    const network = await create({ name: 'plain' });
    expect(network).toMatchObject({
      name: 'plain',
      driver: 'overlay',
      scope: 'swarm',
      labels: {},
      encrypted: false,
      attachable: false,
      internal: false,
      ingress: false,
      ipv6: false,
    });
    expect(network.id).toMatch(/^[0-9a-z]{25}$/);
    expect(network.subnets).toHaveLength(1);
    expect(network.subnets[0]?.subnet).toMatch(/^10\.\d+\.\d+\.0\/24$/);
    expect(network.subnets[0]?.gateway).toMatch(/^10\.\d+\.\d+\.1$/);
    expect(network.options[VXLAN_OPTION]).toMatch(/^\d+$/);
  });

  it('takes every field', async () => {
    const subnets = [{ subnet: '10.20.0.0/16', gateway: '10.20.0.254', ipRange: '10.20.128.0/17' }];
    const network = await create({
      name: 'full.name_1',
      driver: 'overlay',
      labels: { team: 'green' },
      options: { 'com.docker.network.driver.mtu': '1400' },
      subnets: [...subnets, { subnet: 'fd00:20::/64' }],
      encrypted: true,
      attachable: true,
      internal: true,
      ipv6: true,
    });
    expect(network).toMatchObject({
      name: 'full.name_1',
      labels: { team: 'green' },
      subnets: [
        { ...subnets[0], auxAddresses: {} },
        { subnet: 'fd00:20::/64', gateway: 'fd00:20::1', ipRange: null, auxAddresses: {} },
      ],
      encrypted: true,
      attachable: true,
      internal: true,
      ipv6: true,
    });
    expect(network.options).toMatchObject({ 'com.docker.network.driver.mtu': '1400', encrypted: '' });
  });

  it('takes a null in a map as if the key were not there', async () => {
    const network = await create({ name: 'nulls', labels: { a: null, b: '1' }, options: { x: null } });
    expect(network.labels).toEqual({ b: '1' });
    expect(network.options).not.toHaveProperty('x');
  });

  it('can be read at once, and shows no field that is only for the server', async () => {
    const created = await create({ name: 'read-at-once' });
    const response = await surface.rest.get('/v1/networks/read-at-once').expect(200);
    expect(response.body).toEqual(created);
    expect(Object.keys(created)).not.toContain('allocated');
  });

  it('refuses a name that is taken, and says what to do', async () => {
    await create({ name: 'taken' });
    const response = await surface.rest.post('/v1/networks').send({ name: 'taken' }).expect(409);
    expect(response.body).toMatchObject({
      code: 'NAME_TAKEN',
      detail: containing('another name'),
    });
  });

  it('refuses a subnet that overlaps with another network’s, and names that one', async () => {
    await create({ name: 'owner', subnets: [{ subnet: '10.30.0.0/16' }] });
    const response = await surface.rest
      .post('/v1/networks')
      .send({ name: 'late', subnets: [{ subnet: '10.31.0.0/24' }, { subnet: '10.30.7.0/24' }] })
      .expect(409);
    expect(response.body).toMatchObject({
      code: 'CONFLICT',
      errors: [{ pointer: '/subnets/1/subnet', detail: containing('"owner"') }],
    });
    expect(surface.swarm.all('network').some((network) => network.name === 'late')).toBe(false);
  });

  it('takes a network back that Swarm gives no addresses, and says so', async () => {
    surface.swarm.holdAllocator();
    try {
      const response = await surface.rest.post('/v1/networks').send({ name: 'useless' }).expect(409);
      expect(response.body).toMatchObject({
        code: 'CONFLICT',
        detail: containing('it was removed again'),
      });
      expect(surface.swarm.all('network').some((network) => network.name === 'useless')).toBe(false);
    } finally {
      surface.swarm.releaseAllocator();
    }
  });
});

describe('finding networks', () => {
  it('goes by id, by unique id prefix and by name', async () => {
    const { id } = await create({ name: 'wanted' });
    for (const reference of [id, id.slice(0, 12), 'wanted']) {
      const response = await surface.rest.get(`/v1/networks/${reference}`).expect(200);
      expect(response.body, reference).toMatchObject({ id, name: 'wanted' });
    }
  });

  it('prefers a name to an id prefix', async () => {
    const { id } = await create({ name: 'named-like-an-id' });
    const { id: other } = await create({ name: id.slice(0, 8) });
    const response = await surface.rest.get(`/v1/networks/${id.slice(0, 8)}`).expect(200);
    expect(response.body).toMatchObject({ id: other });
  });

  it('lists by name, the network of the routing mesh too', async () => {
    const response = await surface.rest.get('/v1/networks').expect(200);
    const { items, total } = bodyOf<Page<Network>>(response);
    const listed = items.map((network) => network.name);
    expect(listed).toEqual(listed.toSorted());
    expect(listed).toContain('ingress');
    expect(total).toBe(surface.swarm.all('network').length);
  });

  it('filters by name, label, driver, scope and stack', async () => {
    await create({ name: 'f-1', labels: { tier: 'a', 'com.docker.stack.namespace': 'shop' } });
    await create({ name: 'f-2', labels: { tier: 'b', zone: 'x' } });
    expect(await names('name=f-1')).toEqual(['f-1']);
    expect(await names('name=f-')).toEqual([]);
    expect(await names('label=tier')).toEqual(['f-1', 'f-2']);
    expect(await names('label=tier=b')).toEqual(['f-2']);
    expect(await names('label=tier=b&label=zone=y')).toEqual([]);
    expect(await names('label=tier=b&label=zone=x')).toEqual(['f-2']);
    expect(await names('stack=shop')).toEqual(['f-1']);
    expect(await names('driver=bridge')).toEqual([]);
    expect(await names('driver=overlay&scope=swarm&name=f-2')).toEqual(['f-2']);
  });
});

describe('deleting a network', () => {
  it('answers nothing, and it is gone at once', async () => {
    const { id } = await create({ name: 'short-lived' });
    const response = await surface.rest.delete('/v1/networks/short-lived').expect(204);
    expect(response.text).toBe('');
    await surface.rest.get(`/v1/networks/${id}`).expect(404);
    expect(surface.swarm.all('network').some((network) => network.id === id)).toBe(false);
  });

  it('is refused while something uses it, and lists all that does', async () => {
    const { id: networkId } = await create({ name: 'busy', attachable: true });
    for (const name of ['user-1', 'user-2']) {
      await surface.rest
        .post('/v1/services')
        .send({ name, image: 'nginx', replicas: 2, networks: [{ network: 'busy' }] })
        .expect(201);
    }
    const nodeId = surface.swarm.all('node')[0]?.id ?? '';
    const { taskId, containerId } = surface.swarm.joinByHand(networkId);
    await surface.swarm.settled();
    const calls = surface.swarm.gateway.calls.length;
    const problem = bodyOf<Problem>(await surface.rest.delete('/v1/networks/busy').expect(409));
    expect(problem).toMatchObject({
      code: 'IN_USE',
      detail: matching(/services user-1, user-2; the tasks user-1\.1, .*; the container .*detach=true/),
    });
    expect(problem.usedBy?.filter(({ kind }) => kind === 'service').map(({ name }) => name)).toEqual([
      'user-1',
      'user-2',
    ]);
    expect(problem.usedBy?.filter(({ kind }) => kind === 'task').map(({ name }) => name)).toEqual([
      'user-1.1',
      'user-1.2',
      'user-2.1',
      'user-2.2',
    ]);
    expect(problem.usedBy?.filter(({ kind }) => kind === 'container')).toEqual([
      { kind: 'container', id: containerId, name: containerId.slice(0, 12), nodeId },
    ]);
    const { errors } = await surface.graphql('mutation { deleteNetwork(id: "busy") }');
    expect(errors[0]?.extensions).toMatchObject({ code: 'IN_USE', usedBy: problem.usedBy });
    expect(surface.swarm.gateway.calls.slice(calls)).toEqual([]);

    // Whoever joined by hand cannot be detached from here: nothing is changed then.
    const refused = bodyOf<Problem>(await surface.rest.delete('/v1/networks/busy?detach=true').expect(409));
    expect(refused).toMatchObject({ code: 'IN_USE', detail: matching(/docker network disconnect.*Nothing/) });
    expect(surface.swarm.gateway.calls.slice(calls)).toEqual([]);
    surface.swarm.leaveByHand(taskId);
    await surface.swarm.settled();
    await surface.rest.delete('/v1/networks/busy?detach=true').expect(204);
    const left = bodyOf<Page<Service>>(await surface.rest.get('/v1/services').expect(200)).items;
    expect(left.map(({ name, networks }) => [name, networks])).toEqual([
      ['user-1', []],
      ['user-2', []],
    ]);
  });

  it('waits for no task that is to leave, as Swarm does, unless it has detached it', async () => {
    await create({ name: 'leaving' });
    await surface.rest
      .post('/v1/services')
      .send({ name: 'leaver', image: 'nginx', networks: [{ network: 'leaving' }] })
      .expect(201);
    await surface.swarm.settled();
    // The old task is to be replaced only once the new one runs, which it does not.
    surface.swarm.holdTasks();
    try {
      await surface.rest
        .patch('/v1/services/leaver')
        .send({ networks: [], updateConfig: { order: 'start-first' } })
        .expect(200);
      const response = await surface.rest.delete('/v1/networks/leaving').expect(409);
      expect(response.body).toMatchObject({ code: 'IN_USE', usedBy: [{ kind: 'task', name: 'leaver.1' }] });
    } finally {
      surface.swarm.releaseTasks();
    }
    await surface.swarm.settled();
    await surface.rest.delete('/v1/networks/leaving').expect(204);
  });

  it('goes on where it was, when the tasks of detached services take long', async () => {
    await create({ name: 'slow' });
    await surface.rest
      .post('/v1/services')
      .send({ name: 'slow-one', image: 'nginx', networks: [{ network: 'slow' }] })
      .expect(201);
    await surface.swarm.settled();
    surface.app.get(NetworkRemoval, { strict: false }).detachedWithinMs = 50;
    surface.swarm.holdTasks();
    try {
      const problem = bodyOf<Problem>(await surface.rest.delete('/v1/networks/slow?detach=true').expect(409));
      expect(problem).toMatchObject({
        code: 'IN_USE',
        detail: matching(/detached from all services.*Send the same request again/),
        usedBy: [{ kind: 'task', name: 'slow-one.1' }],
      });
    } finally {
      surface.swarm.releaseTasks();
    }
    await surface.swarm.settled();
    const { deleteNetwork } = await surface.data<{ deleteNetwork: string }>(
      'mutation { deleteNetwork(id: "slow", detach: true) }',
    );
    expect(deleteNetwork).toMatch(/^[0-9a-z]{25}$/);
    await surface.rest.get('/v1/networks/slow').expect(404);
  });

  it('does not detach the network of the routing mesh', async () => {
    const calls = surface.swarm.gateway.calls.length;
    await surface.rest
      .post('/v1/services')
      .send({ name: 'published', image: 'nginx', ports: [{ targetPort: 80 }] })
      .expect(201);
    await surface.swarm.settled();
    const response = await surface.rest.delete('/v1/networks/ingress?detach=true').expect(409);
    expect(response.body).toMatchObject({ code: 'IN_USE', usedBy: [{ kind: 'task' }] });
    expect(surface.swarm.gateway.calls.slice(calls)).not.toContain('removeNetwork');
    await surface.rest.delete('/v1/services/published').expect(204);
  });
});

describe('networks in GraphQL', () => {
  it('are created, shown with what is attached to them, and deleted', async () => {
    const { createNetwork } = await surface.data<{ createNetwork: Network }>(
      `mutation ($input: CreateNetworkInput!) {
        createNetwork(input: $input) { id name scope subnets { subnet gateway } labels encrypted }
      }`,
      { input: { name: 'graph', subnets: [{ subnet: '10.40.0.0/24' }], labels: { a: 'b' } } },
    );
    expect(createNetwork).toMatchObject({
      name: 'graph',
      scope: 'SWARM',
      subnets: [{ subnet: '10.40.0.0/24', gateway: '10.40.0.1' }],
      labels: { a: 'b' },
      encrypted: false,
    });
    await surface.data(
      `mutation { createService(input: { name: "on-graph", image: "nginx", networks: [{ network: "graph", aliases: ["g"] }] }) { id } }`,
    );
    await surface.swarm.settled();
    const { network } = await surface.data<{ network: unknown }>(
      `{ network(id: "graph") {
        name
        services { name networks { aliases virtualIp network { name } } }
        tasks(filter: { state: [RUNNING] }) { name state addresses { networkId address } }
      } }`,
    );
    expect(network).toEqual({
      name: 'graph',
      services: [
        {
          name: 'on-graph',
          networks: [{ aliases: ['g'], virtualIp: '10.40.0.2', network: { name: 'graph' } }],
        },
      ],
      tasks: [
        {
          name: 'on-graph.1',
          state: 'RUNNING',
          addresses: [{ networkId: createNetwork.id, address: '10.40.0.3' }],
        },
      ],
    });
    await surface.data('mutation { deleteService(id: "on-graph") }');
    await surface.swarm.settled();
    const { deleteNetwork } = await surface.data<{ deleteNetwork: string }>(
      'mutation { deleteNetwork(id: "graph") }',
    );
    expect(deleteNetwork).toBe(createNetwork.id);
    const { networks } = await surface.data<{ networks: unknown }>(
      '{ networks(filter: { name: "graph" }) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }',
    );
    expect(networks).toEqual({ totalCount: 0, nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });

  it('have the same fields as in REST', async () => {
    await create({ name: 'same', subnets: [{ subnet: '10.50.0.0/24' }], labels: { x: 'y' } });
    const rest = bodyOf<Network>(await surface.rest.get('/v1/networks/same').expect(200));
    const { network } = await surface.data<{ network: Network }>(
      `{ network(id: "same") {
        id name version driver scope createdAt labels options
        subnets { subnet gateway ipRange auxAddresses } encrypted attachable internal ingress ipv6
      } }`,
    );
    expect(network).toEqual({ ...rest, scope: 'SWARM' });
  });
});
