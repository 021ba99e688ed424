import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contains, parseAddress, parseCidr, type Cidr } from '../../src/domain/cidr.ts';
import type { ErrorKind } from '../../src/domain/errors.ts';
import type { Node } from '../../src/domain/node.ts';
import { KINDS, type Kind, type SwarmObject } from '../../src/domain/object.ts';
import type { Rollout } from '../../src/domain/rollout.ts';
import { completeSpec } from '../../src/domain/service-defaults.ts';
import type { NetworkAttachment, PublishedPort, UpdateConfig } from '../../src/domain/service.ts';
import { isWanted, TASK_STATES, type Task } from '../../src/domain/task.ts';
import { PresentTasks } from '../../src/services/present-tasks.ts';
import { RolloutFollower } from '../../src/services/rollout-follower.ts';
import { lookAt } from '../../src/services/rollout.service.ts';
import { ClusterState } from '../../src/swarm/cluster-state.ts';
import { ConfigResourceStore } from '../../src/swarm/store/config-resource-store.ts';
import type { ReadRollback, ReadSpec } from '../../src/swarm/swarm-gateway.ts';
import { failureOf, NOWHERE, Workbench, type ConformanceTarget } from './workbench.ts';

/** An id that no object has. */
const UNKNOWN = 'z'.repeat(25);

const on = (networkId: string): NetworkAttachment => ({ networkId, aliases: [], driverOptions: {} });
const isRunning = (task: Task): boolean => task.state === 'running' && task.desiredState === 'running';

/**
 * What the server relies on in a swarm, through both ports. The fake and a real engine must both pass, so that
 * tests against the fake mean something.
 */
export function swarmConformance(name: string, open: () => Promise<ConformanceTarget>): void {
  describe(name, () => {
    let bench: Workbench;

    beforeAll(async () => {
      bench = new Workbench(await open());
      await bench.open();
    });
    afterAll(() => bench.close());

    describe('the swarm', () => {
      it('says its settings', async () => {
        const swarm = await bench.gateway.swarm();
        expect(swarm.id).toMatch(/^[0-9a-z]{25}$/);
        expect(swarm.version).toBeGreaterThan(0);
        expect(swarm.defaultAddressPools.every((pool) => parseCidr(pool) !== undefined)).toBe(true);
        expect(swarm.subnetSize).toBeGreaterThan(0);
        expect(swarm.dataPathPort).toBeGreaterThan(0);
        expect(swarm.certificates).toMatchObject({ rotating: false });
        expect(swarm.certificates.nodeValidity).toBeGreaterThan(0);
        expect(Date.parse(swarm.certificates.authorityExpiresAt ?? '')).toBeGreaterThan(Date.now());
      });

      it('has a join token for each role, which are replaced one by one', async ({ skip }) => {
        skip(!bench.isOurs, 'The swarm is not ours: its tokens stay.');
        const before = await bench.gateway.joinTokens();
        expect(Object.keys(before).toSorted()).toEqual(['manager', 'worker']);
        for (const token of Object.values(before)) expect(token).toMatch(/^SWMTKN-1-[0-9a-z]+-[0-9a-z]+$/);
        expect(before.worker).not.toBe(before.manager);

        await bench.gateway.rotateJoinToken('worker');
        const half = await bench.gateway.joinTokens();
        expect(half.worker).not.toBe(before.worker);
        expect(half.manager).toBe(before.manager);

        await bench.gateway.rotateJoinToken('manager');
        const after = await bench.gateway.joinTokens();
        expect(after.worker).toBe(half.worker);
        expect(after.manager).not.toBe(half.manager);
      });

      it('has a leader among its nodes, and the network of the routing mesh', () => {
        const leaders = bench.state.nodes.all().filter((node) => node.manager?.leader);
        expect(leaders).toMatchObject([
          { role: 'manager', state: 'ready', availability: 'active', manager: { reachability: 'reachable' } },
        ]);
        const ingress = bench.state.networks.all().filter((network) => network.ingress);
        expect(ingress).toMatchObject([{ name: 'ingress', driver: 'overlay', allocated: true }]);
      });
    });

    describe('nodes', () => {
      it('are changed in what is asked for, and the rest stays', async ({ skip }) => {
        skip(!bench.isOurs, 'The swarm is not ours: its nodes stay as they are.');
        const { id, labels, version } = bench.leader();
        const key = bench.name('label');
        const replaced = await bench.gateway.updateNode(id, ({ spec }) => ({
          ...spec,
          availability: 'pause',
          labels: { ...spec.labels, [key]: 'a b=ä' },
        }));
        expect(replaced).toBeGreaterThanOrEqual(version);
        const changed = await bench.nodeThat(id, 'with a label', (node) => key in node.labels);
        expect(changed).toMatchObject({
          role: 'manager',
          availability: 'pause',
          labels: { ...labels, [key]: 'a b=ä' },
        });
        expect(changed.version).toBeGreaterThan(replaced);

        await bench.gateway.updateNode(id, ({ spec }) => ({ ...spec, availability: 'active', labels }));
        await bench.nodeThat(
          id,
          'as before',
          (node) => !(key in node.labels) && node.availability === 'active',
        );
      });

      it('let exactly one of two concurrent updates through', async ({ skip }) => {
        skip(!bench.isOurs, 'The swarm is not ours: its nodes stay as they are.');
        const { id, labels } = bench.leader();
        const key = bench.name('label');
        const bothHaveRead = Promise.withResolvers<void>();
        let readers = 0;
        const update = (writer: string): Promise<number> =>
          bench.gateway.updateNode(id, async ({ spec }) => {
            if (++readers === 2) bothHaveRead.resolve();
            await bothHaveRead.promise;
            return { ...spec, labels: { ...spec.labels, [key]: writer } };
          });
        const outcomes = await Promise.all([failureOf(update('one')), failureOf(update('two'))]);
        expect(outcomes.toSorted()).toEqual(['conflict', 'none']);
        const node = await bench.nodeThat(id, 'with a label', (found) => key in found.labels);
        expect(node.labels[key]).toBe(outcomes[0] === 'none' ? 'one' : 'two');
        await bench.gateway.updateNode(id, ({ spec }) => ({ ...spec, labels }));
        await bench.nodeThat(id, 'as before', (found) => !(key in found.labels));
      });

      it('are not found when there is none', async () => {
        expect(await failureOf(bench.gateway.updateNode(UNKNOWN, ({ spec }) => spec))).toBe('not-found');
      });

      it('keep the last manager', async ({ skip }) => {
        const managers = bench.state.nodes.all().filter((node) => node.role === 'manager');
        skip(!bench.isOurs || managers.length > 1, 'The swarm is not ours, or has other managers.');
        const { id } = bench.leader();
        const demotion = bench.gateway.updateNode(id, ({ spec }) => ({ ...spec, role: 'worker' }));
        expect(await failureOf(demotion)).toBe('conflict');
        expect(bench.state.nodes.get(id)).toMatchObject({ role: 'manager' });
      });
    });

    describe('networks', () => {
      it('are taken in first and given their addresses later', async () => {
        const network = await bench.network();
        const told = bench.log.of(network.id);
        expect(told.at(-1)?.object).toMatchObject({ allocated: true });
        if (!bench.seesEveryState) return;
        expect(told.map((change) => change.type)).toEqual(['ADDED', 'UPDATED']);
        expect(told[0]?.object).toMatchObject({ allocated: false });
      });

      it('get a subnet of the default pools, a gateway and a VXLAN id when nothing is asked for', async () => {
        const { subnetSize, defaultAddressPools } = await bench.gateway.swarm();
        const network = await bench.network();
        expect(network.subnets).toHaveLength(1);
        const [{ subnet, gateway } = { subnet: '', gateway: null }] = network.subnets;
        const block = parseCidr(subnet) as Cidr;
        expect(block.prefixLength).toBe(subnetSize);
        expect(
          defaultAddressPools.some((pool) => contains(parseCidr(pool) as Cidr, block.bytes)),
          `${subnet} is of ${defaultAddressPools.join(', ')}`,
        ).toBe(true);
        expect(gateway).toBe(subnet.replace(/0\/\d+$/, '1'));
        expect(network.options['com.docker.network.driver.overlay.vxlanid_list']).toMatch(/^\d+$/);
      });

      it('are what was asked for', async () => {
        const block = bench.subnet();
        const spec = bench.networkSpec({
          labels: bench.labels({ team: 'green' }),
          options: { 'com.docker.network.driver.mtu': '1400' },
          subnets: [
            {
              subnet: `${block}.0/24`,
              gateway: `${block}.254`,
              ipRange: `${block}.128/25`,
              auxAddresses: {},
            },
          ],
          encrypted: true,
          attachable: true,
          internal: true,
        });
        const network = await bench.network(spec);
        expect(network).toMatchObject({
          name: spec.name,
          driver: 'overlay',
          scope: 'swarm',
          labels: spec.labels,
          subnets: spec.subnets,
          encrypted: true,
          attachable: true,
          internal: true,
          ingress: false,
          ipv6: false,
        });
        expect(network.options).toMatchObject({ 'com.docker.network.driver.mtu': '1400', encrypted: '' });
        expect(Date.parse(network.createdAt)).toBeGreaterThan(0);
      });

      it('are refused when the name is taken', async () => {
        const { name } = await bench.network();
        expect(await failureOf(bench.gateway.createNetwork(bench.networkSpec({ name })))).toBe('name-taken');
      });

      it('get no addresses while their subnet is another one’s', async () => {
        const subnets = [
          { subnet: `${bench.subnet()}.0/24`, gateway: null, ipRange: null, auxAddresses: {} },
        ];
        await bench.network({ subnets });
        const second = bench.note(
          'network',
          await bench.gateway.createNetwork(bench.networkSpec({ subnets })),
        );
        // A third one comes after it and is served: the second was passed over, not only late.
        await bench.network();
        expect(bench.state.networks.get(second)).toMatchObject({ allocated: false });
      });

      it('are told REMOVED exactly once', async () => {
        const { id } = await bench.network();
        await bench.gateway.removeNetwork(id);
        await bench.eventually('the removal', () => bench.log.removals(id) || undefined);
        // What comes after it has been told of by now.
        await bench.network();
        expect(bench.log.removals(id)).toBe(1);
      });

      it('are not found once they are gone', async () => {
        expect(await failureOf(bench.gateway.removeNetwork(UNKNOWN))).toBe('not-found');
      });

      it('give each node with tasks there an address of its own, and take it back after the last', async () => {
        const network = await bench.network();
        const { id } = await bench.service({ replicas: 2, networks: [on(network.id)] });
        await bench.tasksThat(id, 2, 'run', isRunning);
        const given = () =>
          bench.state.nodes
            .all()
            .flatMap((node) => node.attachments ?? [])
            .filter(({ networkId }) => networkId === network.id)
            .map(({ address }) => address);
        // Docker's API does not say it.
        expect(bench.state.nodes.all().every((node) => node.attachments !== undefined)).toBe(
          bench.seesEveryState,
        );
        const others = bench.state.tasks
          .by('network', network.id)
          .flatMap((task) => task.addresses.map(({ address }) => address));
        const nodes = new Set(bench.state.tasks.by('service', id).map((task) => task.nodeId));
        expect(given().length).toBe(bench.seesEveryState ? nodes.size : 0);
        for (const address of given()) {
          expect(
            contains(parseCidr(network.subnets[0]?.subnet ?? '') as Cidr, parseAddress(address) ?? []),
          ).toBe(true);
          expect(others).not.toContain(address);
        }
        await bench.remove('service', id);
        await bench.eventually('the node has given its address back', () =>
          given().length === 0 ? true : undefined,
        );
      });

      it('are beside those of the machine, and counted only by engines of API 1.52', async () => {
        const network = await bench.network();
        expect(await bench.gateway.networkCounts(network.id)).toBeNull();
        const local = await bench.gateway.localNetworks();
        const bridge = local.find(({ name }) => name === 'bridge');
        expect(bridge?.subnets.map((subnet) => parseCidr(subnet)?.family)).toContain(4);
        expect(local.map(({ id }) => id)).not.toContain(network.id);
        expect(local.every(({ id, subnets }) => id !== '' && subnets.every((one) => parseCidr(one)))).toBe(
          true,
        );
      });

      it('cannot be removed while a service is attached, and can be afterwards', async () => {
        const network = await bench.network();
        const service = await bench.service({ ...NOWHERE, networks: [on(network.id)] });
        await bench.tasksThat(service.id, 1, 'wait for a node', (task) => task.error !== null);
        expect(await failureOf(bench.gateway.removeNetwork(network.id))).toBe('in-use');
        await bench.remove('service', service.id);
        await bench.remove('network', network.id);
        expect(bench.log.removals(network.id)).toBe(1);
      });
    });

    describe.each(['secret', 'config'] as const)('a stored %s', (kind) => {
      it('is listed without what is in it, if it is secret, until it is removed', async () => {
        const file = await bench.storedFile(kind);
        expect(file).toMatchObject({ labels: bench.labels(), templating: null });
        expect(file.version).toBeGreaterThan(0);
        expect((file as { data?: string }).data).toBe(kind === 'secret' ? undefined : 'a2VlcCBpdA==');
        expect(await failureOf(bench.storedFile(kind, file.name))).toBe('name-taken');
        await bench.gateway.removeStoredFile(kind, file.id);
        expect((await bench.storedFiles(kind)).some(({ id }) => id === file.id)).toBe(false);
        expect(await failureOf(bench.gateway.removeStoredFile(kind, file.id))).toBe('not-found');
      });

      it('stays while a service uses it', async () => {
        const { id, name } = await bench.storedFile(kind);
        const file = { target: 'file', uid: '0', gid: '0', mode: 0o444 };
        const service = await bench.service({
          ...NOWHERE,
          ...(kind === 'secret'
            ? { secrets: [{ ...file, secretId: id, secretName: name }] }
            : { configs: [{ ...file, configId: id, configName: name }] }),
        });
        expect(await failureOf(bench.gateway.removeStoredFile(kind, id))).toBe('in-use');
        await bench.remove('service', service.id);
        await bench.gateway.removeStoredFile(kind, id);
      });
    });

    it('speaks a version of the Engine API', async () => {
      expect(await bench.gateway.apiVersion()).toMatch(/^1\.\d+$/);
    });

    it('does not list our own configs among those of others', async () => {
      const name = bench.configName();
      bench.note('config', await bench.gateway.createConfig(name, {}));
      expect((await bench.gateway.listStoredConfigs()).some((config) => config.name === name)).toBe(false);
    });

    describe('services', () => {
      it('have every setting of their containers as it was written', async () => {
        const spec = bench.serviceSpec({
          ...NOWHERE,
          groups: ['adm'],
          hosts: ['192.0.2.9 backend'],
          dnsConfig: { nameservers: ['192.0.2.53'], search: ['a.example'], options: ['ndots:2'] },
          init: true,
          tty: true,
          openStdin: true,
          readOnly: true,
          stopSignal: 'SIGQUIT',
          healthcheck: { test: ['CMD', 'true'], interval: 1500, timeout: 2000, retries: 3, startPeriod: 500 },
          mounts: [
            { type: 'bind', source: '/tmp', target: '/a', bindOptions: { propagation: 'rslave' } },
            {
              type: 'volume',
              source: 'data',
              target: '/b',
              readOnly: true,
              volumeOptions: {
                noCopy: true,
                labels: { a: '1' },
                driver: { name: 'local', options: { b: '2' } },
              },
            },
            { type: 'tmpfs', target: '/c', tmpfsOptions: { sizeBytes: 4096, mode: 0o1777 } },
          ],
          sysctls: { 'net.core.somaxconn': '1024' },
          ulimits: [{ name: 'nofile', soft: 10, hard: -1 }],
          capabilityAdd: ['CAP_NET_ADMIN'],
          capabilityDrop: ['CAP_KILL'],
          privileges: {
            credentialSpec: { registry: 'account' },
            seLinuxContext: { user: 'u', role: 'r', type: 't', level: 'l' },
          },
          isolation: 'process',
          placement: { ...NOWHERE.placement, platforms: [{ os: 'linux', architecture: 'x86_64' }] },
          resources: {
            limits: { pids: 7 },
            reservations: { genericResources: [{ kind: 'SSD', value: 2 }] },
          },
          logDriver: { name: 'json-file', options: { 'max-size': '10m' } },
        });
        const id = bench.note('service', await bench.gateway.createService(spec));
        const service = await bench.eventually(`the service ${id}`, () => bench.state.services.get(id));
        expect(service).toMatchObject({ ...spec, replicas: 1 });
      });

      it('get a virtual IP on each of their networks, after they were taken in', async () => {
        const networks = [await bench.network(), await bench.network()];
        const { id } = await bench.service({ ...NOWHERE, networks: networks.map(({ id }) => on(id)) });
        const service = await bench.serviceThat(
          id,
          'with addresses',
          ({ virtualIps }) => virtualIps.length > 0,
        );
        expect(service.virtualIps.map((vip) => vip.networkId).sort()).toEqual(
          networks.map((network) => network.id).sort(),
        );
        for (const { networkId, address } of service.virtualIps) {
          const subnet = bench.state.networks.get(networkId)?.subnets[0]?.subnet ?? '';
          expect(contains(parseCidr(subnet) as Cidr, parseAddress(address) ?? [])).toBe(true);
        }
        const [first] = bench.log.of(id);
        expect(first?.object).toMatchObject({ specVersion: bench.specVersion(0), previousSpec: null });
        if (!bench.seesEveryState) return;
        expect(first?.object).toMatchObject({ virtualIps: [] });
        expect(service.version).toBeGreaterThan(first?.object.version ?? Infinity);
      });

      it('keep the virtual IP that they have when another network comes', async () => {
        const [network, other] = [await bench.network(), await bench.network()];
        const make = async () => {
          const { id } = await bench.service({ ...NOWHERE, networks: [on(network.id)] });
          return bench.serviceThat(id, 'with an address', ({ virtualIps }) => virtualIps.length === 1);
        };
        const service = await make();
        // Who asked for an address anew would get the one after this.
        await make();
        await bench.gateway.updateService(service.id, ({ spec }) => ({
          ...spec,
          networks: [on(network.id), on(other.id)],
        }));
        const { virtualIps } = await bench.serviceThat(
          service.id,
          'with two addresses',
          (found) => found.virtualIps.length === 2,
        );
        expect(virtualIps).toContainEqual(service.virtualIps[0]);
      });

      it('get no virtual IP in mode dnsrr, and their tasks an address all the same', async () => {
        const network = await bench.network();
        const { id } = await bench.service({ ...NOWHERE, networks: [on(network.id)], endpointMode: 'dnsrr' });
        const [task] = await bench.tasksThat(id, 1, 'have an address', (task) => task.addresses.length > 0);
        expect(task?.addresses.map((address) => address.networkId)).toEqual([network.id]);
        expect(bench.state.services.get(id)).toMatchObject({ endpointMode: 'dnsrr', virtualIps: [] });
      });

      it('get a free port from 30000 and an address of the routing mesh when they publish one', async () => {
        const { id } = await bench.service({ ...NOWHERE, ports: [{ targetPort: 80 }] });
        const service = await bench.serviceThat(
          id,
          'with a port',
          (found) => found.publishedPorts.length > 0,
        );
        expect(service.ports).toEqual([
          { targetPort: 80, publishedPort: null, protocol: 'tcp', publishMode: 'ingress' },
        ]);
        expect(service.publishedPorts).toMatchObject([
          { targetPort: 80, protocol: 'tcp', publishMode: 'ingress' },
        ]);
        expect(service.publishedPorts[0]?.publishedPort).toBeGreaterThanOrEqual(30_000);
        const ingress = bench.state.networks.all().find((network) => network.ingress);
        expect(service.virtualIps.map((vip) => vip.networkId)).toEqual([ingress?.id]);
      });

      it('keep what was asked for, and get the defaults for what was not', async () => {
        const spec = bench.serviceSpec({
          ...NOWHERE,
          labels: bench.labels({ team: 'green' }),
          args: ['-v'],
          env: { GREETING: 'hello=world', EMPTY: '' },
          dir: '/tmp',
          user: '1000',
          hostname: 'box',
          containerLabels: { inside: 'yes' },
          resources: { limits: { memoryBytes: 64 * 1024 * 1024 }, reservations: { nanoCpus: 1e8 } },
          restartPolicy: { condition: 'on-failure', delay: 1500, maxAttempts: 3, window: 60_000 },
          updateConfig: { parallelism: 2, delay: 250, order: 'start-first' },
          rollbackConfig: { parallelism: 0, failureAction: 'continue', maxFailureRatio: 0.25 },
        });
        const id = bench.note('service', await bench.gateway.createService(spec));
        const service = await bench.eventually('the service', () => bench.state.services.get(id));
        expect(service).toMatchObject({
          ...spec,
          replicas: 1,
          updateConfig: { ...spec.updateConfig, failureAction: 'pause' },
          rollbackConfig: { ...spec.rollbackConfig, order: 'stop-first' },
        });
      });

      it('have a port in ingress mode for themselves, in whichever mode another asks for it', async () => {
        const port = { targetPort: 80, protocol: 'tcp' } as const;
        const ingress = { ...port, publishedPort: bench.port(), publishMode: 'ingress' } as const;
        const host = { ...port, publishedPort: bench.port(), publishMode: 'host' } as const;
        await bench.service({ ...NOWHERE, ports: [ingress, host] });
        const create = (...ports: PublishedPort[]): Promise<ErrorKind | 'none'> =>
          failureOf(
            bench.gateway
              .createService(bench.serviceSpec({ ...NOWHERE, ports }))
              .then((id) => bench.note('service', id)),
          );
        expect(await create({ ...ingress, targetPort: 81 })).toBe('conflict');
        expect(await create({ ...ingress, publishMode: 'host' })).toBe('conflict');
        expect(await create({ ...host, publishMode: 'ingress' })).toBe('conflict');
        expect(await create({ ...ingress, protocol: 'udp' })).toBe('none');
        expect(await create(host)).toBe('none');
      });

      it('have a port that the node chooses where they ask for none in host mode', async () => {
        const ports = [{ targetPort: 80, publishMode: 'host' }] as const;
        const { id } = await bench.service({ ports });
        const [task] = await bench.tasksThat(id, 1, 'have a port', (found) => found.openPorts.length > 0);
        expect(task?.openPorts).toMatchObject([{ targetPort: 80, protocol: 'tcp', publishMode: 'host' }]);
        expect(task?.openPorts[0]?.publishedPort).toBeGreaterThanOrEqual(32_768);
        expect(bench.state.services.get(id)?.publishedPorts).toMatchObject([{ publishedPort: null }]);
      });

      it('share a port in host mode, each of their tasks on another node', async () => {
        const open = bench.state.nodes.all().filter((node) => node.availability === 'active').length;
        const spec = {
          mode: 'global',
          ports: [{ targetPort: 80, publishedPort: bench.port(), publishMode: 'host' }],
        } as const;
        const first = await bench.service(spec);
        await bench.tasksThat(first.id, open, 'run', isRunning);
        const second = await bench.service({ ports: spec.ports });
        const [waiting] = await bench.tasksThat(second.id, 1, 'wait', (task) => task.error !== null);
        expect(waiting).toMatchObject({ state: 'pending', nodeId: null });
        expect(waiting?.error).toMatch(/^no suitable node \(host-mode port already in use on \d+ nodes?\)$/);
        await bench.remove('service', first.id);
        await bench.tasksThat(second.id, 1, 'run', isRunning);
      });

      it('are refused when the name is taken', async () => {
        const { name } = await bench.service(NOWHERE);
        const again = bench.serviceSpec({ ...NOWHERE, name });
        expect(await failureOf(bench.gateway.createService(again))).toBe('name-taken');
      });

      it('can be neither renamed nor given another mode', async () => {
        const { id } = await bench.service({ ...NOWHERE, replicas: 0 });
        expect(await failureOf(bench.update(id, { name: bench.name('service') }))).toBe('invalid');
        expect(await failureOf(bench.update(id, { mode: 'global', replicas: null }))).toBe('invalid');
      });

      it('are not found once they are gone', async () => {
        const { gateway } = bench;
        expect(await failureOf(gateway.updateService(UNKNOWN, ({ spec }) => spec))).toBe('not-found');
        expect(await failureOf(gateway.rollbackService(UNKNOWN, () => true))).toBe('not-found');
        expect(await failureOf(gateway.removeService(UNKNOWN))).toBe('not-found');
      });

      it('let exactly one of two concurrent updates through', async () => {
        const { id } = await bench.service({ ...NOWHERE, replicas: 0 });
        const bothHaveRead = Promise.withResolvers<void>();
        let readers = 0;
        const update = (writer: string): Promise<number> =>
          bench.gateway.updateService(id, async ({ spec }) => {
            if (++readers === 2) bothHaveRead.resolve();
            await bothHaveRead.promise;
            return { ...spec, labels: { ...spec.labels, writer } };
          });
        const outcomes = await Promise.all([failureOf(update('one')), failureOf(update('two'))]);
        expect(outcomes.toSorted()).toEqual(['conflict', 'none']);
        const winner = outcomes[0] === 'none' ? 'one' : 'two';
        const service = await bench.serviceThat(id, 'with a writer', ({ labels }) => 'writer' in labels);
        expect(service.labels['writer']).toBe(winner);
      });

      it('begin with what was read before, unless somebody has written since', async () => {
        const { id } = await bench.service({ ...NOWHERE, replicas: 0 });
        const label = (writer: string, from?: ReadSpec): Promise<number> =>
          bench.gateway.updateService(
            id,
            ({ spec }) => ({ ...spec, labels: { ...spec.labels, writer } }),
            from,
          );
        const reads: ReadSpec[] = [];
        await bench.gateway.updateService(id, (read) => (reads.push(read), null));
        expect(await label('one', reads[0])).toBe(reads[0]?.version);
        expect(await failureOf(label('two', reads[0]))).toBe('conflict');
        await bench.serviceThat(id, 'with its label', ({ labels }) => labels['writer'] === 'one');

        const rollbacks: ReadRollback[] = [];
        const look = (read: ReadRollback): boolean => rollbacks.push(read) === 0;
        await bench.gateway.rollbackService(id, look);
        expect(rollbacks[0]?.previousSpec?.labels).toEqual(bench.labels());
        await label('three');
        expect(await failureOf(bench.gateway.rollbackService(id, () => true, rollbacks[0]))).toBe('conflict');
        await bench.gateway.rollbackService(id, look);
        await bench.gateway.rollbackService(id, () => true, rollbacks[1]);
        await bench.serviceThat(id, 'rolled back', ({ labels }) => labels['writer'] === 'one');
      });

      it('remember the spec before, and which version last had it', async () => {
        const { id } = await bench.service({ ...NOWHERE, replicas: 0 });
        const replaced = await bench.update(id, { labels: bench.labels({ step: '2' }) });
        const service = await bench.serviceThat(id, 'with the label', ({ labels }) => labels['step'] === '2');
        expect(service.specVersion).toBe(bench.specVersion(replaced));
        expect(service.version).toBeGreaterThan(replaced);
        expect(service.previousSpec?.labels).toEqual(bench.labels());
        expect(service.updateStatus).toBeNull();
      });

      it('go back to the spec before, and with it to its version', async () => {
        const { id } = await bench.service({ ...NOWHERE, replicas: 0 });
        await bench.update(id, { labels: bench.labels({ step: '2' }) });
        await bench.serviceThat(id, 'with the label', ({ labels }) => labels['step'] === '2');
        const seen: unknown[] = [];
        const replaced = await bench.gateway.rollbackService(id, ({ spec, previousSpec, ...rest }) => {
          seen.push({ ...rest, labels: [spec.labels, previousSpec?.labels] });
          return true;
        });
        expect(seen).toEqual([
          { version: replaced, unknownChanges: [], labels: [bench.labels({ step: '2' }), bench.labels()] },
        ]);
        const service = await bench.serviceThat(
          id,
          'rolled back',
          ({ updateStatus }) => updateStatus?.state === 'rollback_completed',
        );
        expect(service.labels).toEqual(bench.labels());
        expect(service.previousSpec?.labels).toEqual(bench.labels({ step: '2' }));
        // Not the version of the rollback: whoever compares versions must not take it for one.
        expect(service.specVersion).toBe(bench.specVersion(0));
      });

      it('have nothing to go back to before the first update', async () => {
        const { id } = await bench.service({ ...NOWHERE, replicas: 0 });
        expect(await failureOf(bench.gateway.rollbackService(id, () => true))).toBe('invalid');
      });

      it('are left as they are when the edit or the check gives up', async () => {
        const { id } = await bench.service({ ...NOWHERE, replicas: 0 });
        const giveUp = (): never => {
          throw new Error('given up');
        };
        await expect(bench.gateway.updateService(id, giveUp)).rejects.toThrow('given up');
        await expect(bench.gateway.rollbackService(id, giveUp)).rejects.toThrow('given up');
        await bench.gateway.rollbackService(id, () => false);
        const { name } = bench.state.services.get(id) ?? { name: '' };
        const listed = (await bench.gateway.list('service')).find((service) => service.id === id);
        expect(listed).toMatchObject({ name, previousSpec: null });
      });

      it('are told REMOVED exactly once, and their tasks too', async () => {
        const { id } = await bench.service({ ...NOWHERE, replicas: 2 });
        const tasks = await bench.tasksThat(id, 2, 'wait for a node', (task) => task.error !== null);
        await bench.gateway.removeService(id);
        for (const gone of [id, ...tasks.map((task) => task.id)]) {
          await bench.eventually(`the removal of ${gone}`, () => bench.log.removals(gone) || undefined);
        }
        await bench.network();
        expect([id, ...tasks.map((task) => task.id)].map((gone) => bench.log.removals(gone))).toEqual([
          1, 1, 1,
        ]);
      });
    });

    describe('tasks', () => {
      it('wait, with addresses, while no node suits them, and say so', async () => {
        const networks = [await bench.network(), await bench.network()];
        const { id, name } = await bench.service({
          ...NOWHERE,
          replicas: 3,
          networks: networks.map((network) => on(network.id)),
        });
        const tasks = await bench.tasksThat(id, 3, 'wait for a node', (task) => task.error !== null);
        for (const task of tasks) {
          expect(task).toMatchObject({
            serviceId: id,
            serviceName: name,
            state: 'pending',
            desiredState: 'running',
            nodeId: null,
            containerId: null,
            exitCode: null,
          });
          expect(task.error).toMatch(
            /^no suitable node \(scheduling constraints not satisfied on \d+ nodes?\)$/,
          );
          expect(task.addresses.map((address) => address.networkId).sort()).toEqual(
            networks.map((network) => network.id).sort(),
          );
        }
        expect(tasks.map((task) => task.slot)).toEqual([1, 2, 3]);
        const { virtualIps } = await bench.serviceThat(
          id,
          'with addresses',
          (found) => found.virtualIps.length === 2,
        );
        const addresses = [...virtualIps, ...tasks.flatMap((task) => task.addresses)].map(
          (each) => each.address,
        );
        expect(new Set(addresses).size).toBe(addresses.length);
      });

      it('go through their states in order until they run', async () => {
        const network = await bench.network();
        const { id } = await bench.service({ networks: [on(network.id)] });
        const [task] = await bench.tasksThat(id, 1, 'run', isRunning);
        const states = bench.log.of(task?.id ?? '').map((change) => (change.object as Task).state);
        expect(states).toEqual(states.toSorted((a, b) => TASK_STATES.indexOf(a) - TASK_STATES.indexOf(b)));
        expect(states.at(-1)).toBe('running');
        if (bench.seesEveryState) {
          expect(states[0]).toBe('new');
          expect(states).toEqual(expect.arrayContaining(['new', 'pending', 'assigned', 'running']));
        }
        expect(task).toMatchObject({ slot: 1, error: null, exitCode: null, message: 'started' });
        expect(task?.containerId).toMatch(/^[0-9a-f]{64}$/);
        expect(bench.state.nodes.get(task?.nodeId ?? '')).toBeDefined();
        expect(task?.addresses.map((address) => address.networkId)).toEqual([network.id]);
      });

      it('are made and taken away when a service is scaled', async () => {
        const { id } = await bench.service({ replicas: 1 });
        await bench.tasksThat(id, 1, 'run', isRunning);
        await bench.update(id, { replicas: 3 });
        const three = await bench.tasksThat(id, 3, 'run', isRunning);
        expect(three.map((task) => task.slot)).toEqual([1, 2, 3]);
        await bench.update(id, { replicas: 1 });
        const [left] = await bench.tasksThat(id, 1, 'are there', () => true);
        expect(left).toMatchObject({ state: 'running', desiredState: 'running' });
        const gone = three.filter((task) => task.id !== left?.id);
        expect(gone.map((task) => bench.log.removals(task.id))).toEqual([1, 1]);
        if (!bench.seesEveryState) return;
        for (const task of gone) {
          const told = bench.log.of(task.id).map((change) => change.object as Task);
          expect(told.map((each) => each.desiredState)).toContain('remove');
        }
      });

      it('run once on each node in mode global', async () => {
        const { id } = await bench.service({ mode: 'global' });
        const nodes = bench.state.nodes
          .all()
          .filter((node) => node.state === 'ready' && node.availability === 'active');
        const tasks = await bench.tasksThat(id, nodes.length, 'run', isRunning);
        expect(tasks.map((task) => task.nodeId).sort()).toEqual(nodes.map((node) => node.id).sort());
        expect(new Set(tasks.map((task) => task.slot))).toEqual(new Set([null]));
        expect(bench.state.services.get(id)).toMatchObject({ mode: 'global', replicas: null });
      });

      it('are replaced when the spec changes, and the service tells how far that is', async () => {
        // The shortest monitoring: Swarm calls an update completed only after it.
        const { id } = await bench.service({ replicas: 2, updateConfig: { parallelism: 0, monitor: 1 } });
        const before = await bench.tasksThat(id, 2, 'run', isRunning);
        const replaced = await bench.update(id, { forceUpdate: 1 });
        const after = await bench.tasksThat(
          id,
          2,
          'run anew',
          (task) => isRunning(task) && !before.some((old) => old.id === task.id),
        );
        expect(after.map((task) => task.slot)).toEqual([1, 2]);
        const ended = await bench.tasksThat(id, 2, 'have ended', (task) => task.state === 'shutdown');
        expect(ended.map((task) => [task.id, task.desiredState])).toEqual(
          expect.arrayContaining(before.map((task) => [task.id, 'shutdown'])),
        );
        const service = await bench.serviceThat(
          id,
          'updated',
          ({ updateStatus }) => updateStatus?.state === 'completed',
        );
        const states = bench.log
          .of(id)
          .flatMap((change) => (change.kind === 'service' ? [change.object.updateStatus?.state] : []));
        const steps = states.filter((state, index) => index === 0 || state !== states[index - 1]);
        const inOrder = [undefined, 'updating', 'completed'];
        expect(steps).toEqual(
          bench.seesEveryState ? inOrder : inOrder.filter((step) => steps.includes(step as 'updating')),
        );
        expect(service.updateStatus?.startedAt).toMatch(/^\d{4}-\d\d-\d\dT/);
        expect(service.updateStatus?.completedAt).toMatch(/^\d{4}-\d\d-\d\dT/);
        // The rollout has raised the version by itself, and the version of the spec has stayed.
        expect(service.specVersion).toBe(bench.specVersion(replaced));
        expect(service.version).toBeGreaterThan(replaced + 1);
      });

      it('are left alone when nothing of theirs changes', async () => {
        const { id } = await bench.service({ replicas: 1 });
        const before = await bench.tasksThat(id, 1, 'run', isRunning);
        await bench.update(id, { labels: bench.labels({ only: 'of the service' }) });
        await bench.update(id, { replicas: 2 });
        const after = await bench.tasksThat(id, 2, 'run', isRunning);
        expect(after.map((task) => task.id)).toContain(before[0]?.id);
        expect(bench.tasksOf(id)).toHaveLength(2);
      });

      it('keep the placement that they were made with while their nodes fit, and then also their ports', async () => {
        const updateConfig = { parallelism: 0, monitor: 1 };
        const { id } = await bench.service({ replicas: 1, updateConfig });
        const [made] = await bench.tasksThat(id, 1, 'run', isRunning);
        const only = (constraint: string) =>
          completeSpec({ placement: { constraints: [constraint] } }).placement;
        const placement = only(`node.id == ${made?.nodeId}`);
        await bench.update(id, { placement });
        await bench.update(id, { endpointMode: 'dnsrr' });
        await bench.update(id, { replicas: 2 });
        const both = await bench.tasksThat(id, 2, 'run', isRunning);
        expect(both.map((task) => task.id)).toContain(made?.id);
        const templates = await bench.gateway.taskTemplates(id);
        expect(both.map((task) => templates.get(task.id)?.placement.constraints)).toEqual(
          both.map((task) => (task.id === made?.id ? [] : placement.constraints)),
        );
        await bench.update(id, { placement: only('node.labels.none == yes') });
        await bench.tasksThat(id, 2, 'wait', (task) => task.state === 'pending');
      });

      it('get an address on a network that their service joins later, and the service a virtual IP', async () => {
        const [first, second] = [await bench.network(), await bench.network()];
        const { id } = await bench.service({ ...NOWHERE, networks: [on(first.id)] });
        await bench.serviceThat(id, 'with an address', ({ virtualIps }) => virtualIps.length === 1);
        await bench.update(id, { networks: [on(first.id), on(second.id)] });
        const service = await bench.serviceThat(id, 'with two', ({ virtualIps }) => virtualIps.length === 2);
        expect(service.virtualIps.map((vip) => vip.networkId).sort()).toEqual([first.id, second.id].sort());
        await bench.tasksThat(id, 1, 'have two', (task) => isWanted(task) && task.addresses.length === 2);
        await bench.update(id, { networks: [on(second.id)] });
        const left = await bench.serviceThat(id, 'with one', ({ virtualIps }) => virtualIps.length === 1);
        expect(left.virtualIps.map((vip) => vip.networkId)).toEqual([second.id]);
      });
    });

    describe('rollouts', () => {
      const atOnce: UpdateConfig = {
        parallelism: 0,
        delay: null,
        failureAction: 'pause',
        monitor: 100,
        maxFailureRatio: 0,
        order: 'stop-first',
      };

      /** All that the rollout of a service tells, until it is over. */
      async function followed(id: string): Promise<Rollout[]> {
        const { state, gateway } = bench;
        const look = lookAt(state, new PresentTasks(state, gateway), id);
        const told: Rollout[] = [];
        for await (const rollout of new RolloutFollower(state, id, look)) told.push(rollout);
        return told;
      }

      const idsOf = (tasks: readonly Task[]): ReadonlySet<string> => new Set(tasks.map((task) => task.id));

      it('know the tasks of the present spec, although every write of it makes another mark', async () => {
        const { id } = await bench.service({ replicas: 1, updateConfig: atOnce });
        const [first] = await bench.tasksThat(id, 1, 'run', isRunning);
        expect(first?.specVersion).toBe(bench.specVersion(0));
        const scaled = await bench.update(id, { replicas: 2 });
        const both = await bench.tasksThat(id, 2, 'run', isRunning);
        expect(both.find((task) => task.id !== first?.id)?.specVersion).toBe(bench.specVersion(scaled));
        expect((await bench.gateway.upToDateTasks(id)).tasks).toEqual(idsOf(both));
        expect((await followed(id)).at(-1)).toMatchObject({ state: 'converged', runningTasks: 2 });

        const replaced = await bench.update(id, { env: { STEP: '2' } });
        const { tasks, version } = await bench.gateway.upToDateTasks(id);
        expect(version).toBeGreaterThan(replaced);
        expect([...idsOf(both)].filter((old) => tasks.has(old))).toEqual([]);
        const told = await followed(id);
        expect(told.at(-1)).toMatchObject({ state: 'converged', updateStatus: 'completed', percent: 100 });
        const fresh = await bench.tasksThat(id, 2, 'run', isRunning);
        expect([...idsOf(fresh)].filter((task) => idsOf(both).has(task))).toEqual([]);
        for (const task of fresh) expect(task.specVersion).toBe(bench.specVersion(replaced));
      });

      it('do not begin with what was before them', async () => {
        const { id } = await bench.service({ replicas: 2, updateConfig: atOnce });
        await bench.tasksThat(id, 2, 'run', isRunning);
        await bench.update(id, { env: { STEP: '2' } });
        // A source that lists now and then is told to have the write before it is asked.
        await bench.serviceThat(id, 'with the variable', ({ env }) => env['STEP'] === '2');
        const told = await followed(id);
        if (bench.seesEveryState) expect(told[0]).toMatchObject({ state: 'converging', over: false });
        expect(told.at(-1)).toMatchObject({ state: 'converged', runningTasks: 2, outdatedTasks: 0 });
        for (const { percent, state } of told) expect(percent === 100).toBe(state === 'converged');
      });

      it('are of a service that is there', async () => {
        expect(await failureOf(bench.gateway.upToDateTasks(UNKNOWN))).toBe('not-found');
      });
    });

    describe('configs', () => {
      it('are created, changed by version and removed', async () => {
        const { gateway, state } = bench;
        const name = bench.configName();
        const id = bench.note('config', await gateway.createConfig(name, bench.labels({ step: '1' })));
        const created = await bench.eventually('the config', () => state.configs.get(id));
        expect(created).toMatchObject({ name, labels: bench.labels({ step: '1' }) });

        await gateway.updateConfig(id, created.version, bench.labels({ step: '2' }));
        const changed = await bench.eventually('the change', () => {
          const config = state.configs.get(id);
          return config && config.version > created.version ? config : undefined;
        });
        expect(changed).toMatchObject({ name, labels: bench.labels({ step: '2' }) });
        expect(changed.createdAt).toBe(created.createdAt);

        expect(await failureOf(gateway.updateConfig(id, created.version, {}))).toBe('conflict');
        expect(await failureOf(gateway.createConfig(name, {}))).toBe('name-taken');

        await gateway.removeConfig(id);
        await bench.eventually('the removal', () => bench.log.removals(id) || undefined);
        expect(await failureOf(gateway.removeConfig(id))).toBe('not-found');
        expect(await failureOf(gateway.updateConfig(id, changed.version, {}))).toBe('not-found');
        expect(bench.log.removals(id)).toBe(1);
      });

      it('keep documents for the resource store', async () => {
        const store = new ConfigResourceStore(bench.gateway, bench.state);
        const kind = 'conformance';
        const [, , key = ''] = bench.configName().split('.');
        const created = await store.create(kind, key, { greeting: 'hello', list: [1, 2] });
        const [config] = bench.state.configs.named(`swarmplane.${kind}.${key}`);
        bench.note('config', config?.id ?? '');
        expect(created).toMatchObject({ id: key, document: { greeting: 'hello', list: [1, 2] } });
        expect(store.list(kind)).toContainEqual(created);
        expect(await failureOf(store.create(kind, key, {}))).toBe('name-taken');

        const updated = await store.update(kind, key, created.version, { greeting: 'good bye' });
        expect(updated.version).toBeGreaterThan(created.version);
        expect(updated.document).toEqual({ greeting: 'good bye' });
        expect(store.list(kind)).toContainEqual(updated);
        expect(await failureOf(store.update(kind, key, created.version, {}))).toBe('conflict');

        await store.remove(kind, key);
        expect(store.list(kind).some((resource) => resource.id === key)).toBe(false);
        expect(await failureOf(store.remove(kind, key))).toBe('not-found');
        expect(await failureOf(store.update(kind, key, updated.version, {}))).toBe('not-found');
      });
    });

    describe('the change stream', () => {
      it('makes up for what happened while nobody listened', async () => {
        const [gone, kept] = [await bench.network(), await bench.network()];
        const state = new ClusterState();
        const stop = bench.follow(state);
        await state.until(() => state.networks.get(kept.id), 10_000);
        await stop();

        await bench.remove('network', gone.id);
        const made = await bench.network();
        expect(state.networks.get(gone.id)).toBeDefined();
        const told: string[] = [];
        state.subscribe((changes) =>
          told.push(...changes.map((change) => `${change.type} ${change.object.id}`)),
        );

        const stopAgain = bench.follow(state);
        try {
          await state.until(() => state.networks.get(made.id), 10_000);
          expect(told).toContain(`REMOVED ${gone.id}`);
          expect(told).toContain(`ADDED ${made.id}`);
          expect(told.filter((change) => change.endsWith(kept.id))).toEqual([]);
        } finally {
          await stopAgain();
        }
      });

      it('says the same as the lists of the engine', async () => {
        const network = await bench.network();
        const { id } = await bench.service({
          replicas: 1,
          networks: [on(network.id)],
          ports: [{ targetPort: 80 }],
        });
        await bench.tasksThat(id, 1, 'run', isRunning);
        bench.note('config', await bench.gateway.createConfig(bench.configName(), bench.labels()));
        for (const kind of KINDS) await expectSame(bench, kind);
      });

      it('has told of every object in the order of its versions', () => {
        expect(bench.log.length).toBeGreaterThan(0);
        expect(bench.log.broken()).toEqual([]);
      });
    });
  });
}

/** Compares until both agree, because a list is already old when it is read. */
async function expectSame(bench: Workbench, kind: Kind): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const listed = (await bench.gateway.list(kind))
      .map((object) => comparable(bench, kind, object))
      .sort(byId);
    const known = bench.state
      .of(kind)
      .all()
      .map((object) => comparable(bench, kind, object))
      .sort(byId);
    try {
      expect(known.length).toBeGreaterThan(0);
      expect(known).toEqual(listed);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await bench.nextChange();
    }
  }
}

/**
 * Without what the Engine API does not say: the versions of networks and of specs, the addresses of nodes, and the
 * service's name of a task that has outlived its service, as those of deleted jobs do.
 */
function comparable(bench: Workbench, kind: Kind, object: SwarmObject): SwarmObject {
  if (kind === 'network') return { ...object, version: 0 };
  if (kind === 'service') return { ...object, specVersion: null } as SwarmObject;
  if (kind === 'node') {
    const { attachments: _, ...said } = object as Node;
    return said;
  }
  if (kind !== 'task') return object;
  const { serviceId } = object as Task;
  const isOrphan = serviceId !== null && bench.state.services.get(serviceId) === undefined;
  return { ...object, specVersion: null, ...(isOrphan ? { serviceName: null } : {}) } as SwarmObject;
}

const byId = (a: SwarmObject, b: SwarmObject): number => (a.id < b.id ? -1 : 1);
