import { describe, expect, it } from 'vitest';
import { networkFromDocker, networkSpecToDocker } from '../../../../src/swarm/docker/convert-network.ts';
import {
  nodeFromDocker,
  nodeSpecFromDocker,
  nodeSpecToDocker,
} from '../../../../src/swarm/docker/convert-node.ts';
import {
  configFromDocker,
  joinTokensFromDocker,
  swarmFromDocker,
} from '../../../../src/swarm/docker/convert-swarm.ts';
import { taskFromDocker } from '../../../../src/swarm/docker/convert-task.ts';
import { TASK_STATES } from '../../../../src/domain/task.ts';
import {
  dockerConfig,
  dockerNetwork,
  dockerNode,
  dockerSwarm,
  dockerTask,
  TRUST_ROOT,
} from '../../../factories/docker.ts';
import { networkSpec, subnet } from '../../../factories/domain.ts';

describe('networkFromDocker', () => {
  it('reads a whole network', () => {
    expect(networkFromDocker(dockerNetwork())).toEqual({
      id: 'xg8qvuz4ko70xaltuqbt89561',
      version: 0,
      name: 'front',
      driver: 'overlay',
      scope: 'swarm',
      createdAt: '2026-06-07T21:05:51.880065305Z',
      labels: { tier: 'front' },
      options: { 'com.docker.network.driver.overlay.vxlanid_list': '4097,4098', encrypted: '' },
      subnets: [
        subnet('10.0.9.0/24', { ipRange: '10.0.9.128/25', gateway: '10.0.9.1' }),
        subnet('fd00:9::/64', { gateway: 'fd00:9::1', auxAddresses: { router: 'fd00:9::2' } }),
      ],
      encrypted: true,
      attachable: true,
      internal: true,
      ingress: false,
      ipv6: true,
      allocated: true,
    });
  });

  it('tells a network that Swarm has not set up yet', () => {
    const network = networkFromDocker(
      dockerNetwork({ Driver: '', Options: null, Labels: null, IPAM: { Driver: '', Config: null } }),
    );
    expect(network).toMatchObject({
      allocated: false,
      options: {},
      labels: {},
      subnets: [],
      encrypted: false,
    });
  });

  it.each(['', 'true', 'false'])('takes the option "encrypted" for set whatever it says: "%s"', (value) => {
    expect(networkFromDocker(dockerNetwork({ Options: { encrypted: value } })).encrypted).toBe(true);
  });
});

describe('networkSpecToDocker', () => {
  it('writes a plain network', () => {
    expect(networkSpecToDocker(networkSpec())).toEqual({
      Name: 'front',
      CheckDuplicate: true,
      Driver: 'overlay',
      EnableIPv6: false,
      Internal: false,
      Attachable: false,
      Ingress: false,
      Options: {},
      Labels: {},
      IPAM: { Driver: 'default', Config: [] },
    });
  });

  it('writes a network with everything, and says nothing of what is left to Swarm', () => {
    const spec = networkSpec({
      encrypted: true,
      attachable: true,
      internal: true,
      ipv6: true,
      labels: { a: '1' },
      options: { mtu: '1450' },
      subnets: [
        subnet('10.0.9.0/24', { gateway: '10.0.9.1', ipRange: '10.0.9.128/25' }),
        subnet('fd00::/64'),
      ],
    });
    expect(networkSpecToDocker(spec)).toMatchObject({
      EnableIPv6: true,
      Internal: true,
      Attachable: true,
      Options: { mtu: '1450', encrypted: '' },
      Labels: { a: '1' },
      IPAM: {
        Config: [
          { Subnet: '10.0.9.0/24', Gateway: '10.0.9.1', IPRange: '10.0.9.128/25' },
          { Subnet: 'fd00::/64' },
        ],
      },
    });
  });

  it('reads back as it was asked for', () => {
    const spec = networkSpec({ encrypted: true, attachable: true, subnets: [subnet('10.0.9.0/24')] });
    expect(networkFromDocker(networkSpecToDocker(spec))).toMatchObject({
      ...spec,
      options: { encrypted: '' },
    });
  });
});

describe('taskFromDocker', () => {
  it('reads a running task, with every address of every network', () => {
    expect(taskFromDocker(dockerTask(), 'web')).toEqual({
      id: '0kzzo1i0y4jz6027t0k7aezc7',
      version: 71,
      serviceId: '9mnpnzenvg8p8tdbtq4wvbkcz',
      serviceName: 'web',
      slot: 1,
      nodeId: '60gvrl6tm78dmak4yl7srz94v',
      state: 'running',
      desiredState: 'running',
      message: 'started',
      error: null,
      exitCode: null,
      containerId: 'e5d62702a1b48d01c3e02ca1e0212a250801fa8d67caca0b6f35919ebc12f035',
      addresses: [
        { networkId: '4qvuz4ko70xaltuqbt8956gd1', address: '10.255.0.10' },
        { networkId: 'xg8qvuz4ko70xaltuqbt89561', address: '10.0.9.3' },
        { networkId: 'xg8qvuz4ko70xaltuqbt89561', address: 'fd00:9::3' },
      ],
      openPorts: [
        { targetPort: 80, publishedPort: 32_768, protocol: 'tcp', publishMode: 'host' },
        { targetPort: 53, publishedPort: 32_768, protocol: 'udp', publishMode: 'host' },
      ],
      image: 'nginx:1.27',
      specVersion: null,
      jobIteration: null,
      createdAt: '2026-06-07T21:07:31.171892745Z',
      updatedAt: '2026-06-07T21:07:31.376370513Z',
    });
  });

  it.each(TASK_STATES)('reads the state %s', (state) => {
    const task = taskFromDocker(dockerTask({ Status: { State: state }, DesiredState: state }), null);
    expect([task.state, task.desiredState]).toEqual([state, state]);
  });

  it('reads how a task failed', () => {
    const task = taskFromDocker(
      dockerTask({
        DesiredState: 'shutdown',
        Status: {
          State: 'failed',
          Message: 'started',
          Err: 'task: non-zero exit (137)',
          ContainerStatus: { ContainerID: 'c1', PID: 0, ExitCode: 137 },
        },
      }),
      'web',
    );
    expect(task).toMatchObject({
      state: 'failed',
      desiredState: 'shutdown',
      error: 'task: non-zero exit (137)',
      exitCode: 137,
      containerId: 'c1',
    });
  });

  it('reads a task that Swarm has not placed yet', () => {
    const task = taskFromDocker(
      { ID: 't', Status: { State: 'pending', Message: 'pending task scheduling' }, DesiredState: 'running' },
      null,
    );
    expect(task).toMatchObject({
      serviceId: null,
      slot: null,
      nodeId: null,
      containerId: null,
      exitCode: null,
      addresses: [],
    });
  });
});

describe('nodeFromDocker', () => {
  it('reads a manager', () => {
    expect(nodeFromDocker(dockerNode())).toEqual({
      id: '60gvrl6tm78dmak4yl7srz94v',
      version: 9,
      hostname: 'alpha',
      role: 'manager',
      availability: 'drain',
      labels: { zone: 'a' },
      engineLabels: { disk: 'ssd' },
      state: 'ready',
      message: 'heartbeat',
      address: '192.0.2.1',
      manager: { leader: true, reachability: 'reachable', address: '192.0.2.1:2377' },
      engineVersion: '20.10.24',
      os: 'linux',
      architecture: 'x86_64',
      nanoCpus: 2e9,
      memoryBytes: 8_272_408_576,
      createdAt: '2026-06-07T20:31:11.999868824Z',
      updatedAt: '2026-06-07T20:31:12.5Z',
    });
  });

  it('reads a worker that has not reported yet', () => {
    const node = nodeFromDocker({
      ID: 'n',
      Spec: { Role: 'worker', Availability: 'active', Labels: {} },
      Description: { Platform: {}, Resources: {}, Engine: {} },
      Status: { State: 'unknown' },
    });
    expect(node).toMatchObject({
      role: 'worker',
      hostname: '',
      address: null,
      manager: null,
      engineVersion: null,
      os: null,
      nanoCpus: null,
      memoryBytes: null,
    });
  });
});

describe('swarmFromDocker', () => {
  it('reads the settings', () => {
    expect(swarmFromDocker(dockerSwarm())).toEqual({
      id: 'abajmipo7b4xz5ip2nrla6b11',
      version: 373_531,
      createdAt: '2026-06-07T20:31:11.880065305Z',
      updatedAt: '2026-06-07T21:31:11.880065305Z',
      defaultAddressPools: ['10.0.0.0/8', '172.31.0.0/16'],
      subnetSize: 26,
      dataPathPort: 4790,
      taskHistoryRetentionLimit: 5,
      autoLockManagers: true,
      certificates: { nodeValidity: 7_776_000_000, authorityExpiresAt: null, rotating: false },
    });
  });

  it('reads when the certificate authority expires; of several, the first to do so', () => {
    const expiry = (TrustRoot: string): string | null =>
      swarmFromDocker(dockerSwarm({ TLSInfo: { TrustRoot } })).certificates.authorityExpiresAt;
    expect(expiry(TRUST_ROOT)).toBe('2046-11-17T21:42:00.000Z');
    expect(expiry(`${TRUST_ROOT}${TRUST_ROOT}`)).toBe('2046-11-17T21:42:00.000Z');
    expect(expiry('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')).toBeNull();
    expect(expiry('')).toBeNull();
  });

  it('lets no join token and no key through', () => {
    const text = JSON.stringify(swarmFromDocker(dockerSwarm()));
    expect(text).not.toMatch(/SWMTKN|secret|CA-KEY|TRUST-ROOT/);
  });

  it("knows Swarm's own defaults", () => {
    const swarm = swarmFromDocker({ ID: 's', DataPathPort: 0, DefaultAddrPool: null, Spec: {} });
    expect(swarm).toMatchObject({
      subnetSize: 24,
      dataPathPort: 4789,
      defaultAddressPools: [],
      taskHistoryRetentionLimit: null,
      autoLockManagers: false,
    });
  });
});

describe('joinTokensFromDocker', () => {
  it('reads both', () => {
    expect(joinTokensFromDocker(dockerSwarm())).toEqual({
      worker: 'SWMTKN-1-worker-secret',
      manager: 'SWMTKN-1-manager-secret',
    });
  });
});

describe('nodeSpecToDocker', () => {
  const base = { Name: 'called', Role: 'worker', Availability: 'active', Labels: { a: '1' }, Future: [7] };

  it('keeps what we do not know', () => {
    expect(nodeSpecToDocker(nodeSpecFromDocker(base), base)).toEqual(base);
    expect(nodeSpecToDocker({ role: 'manager', availability: 'drain', labels: { b: '2' } }, base)).toEqual({
      Name: 'called',
      Role: 'manager',
      Availability: 'drain',
      Labels: { b: '2' },
      Future: [7],
    });
  });

  it('reads a spec that says nothing as the one of a new worker', () => {
    expect(nodeSpecFromDocker({})).toEqual({ role: 'worker', availability: 'active', labels: {} });
  });
});

describe('configFromDocker', () => {
  it('reads name, labels and times, but not the payload', () => {
    expect(configFromDocker(dockerConfig())).toEqual({
      id: 'ktnbjxoalbkvbvedmg1urrz8h',
      version: 11,
      name: 'swarmplane.token.a1',
      labels: { 'swarmplane.document': '{"a":1}' },
      createdAt: '2026-06-07T20:31:11.880065305Z',
      updatedAt: '2026-06-07T20:31:12Z',
    });
  });
});
