import { describe, expect, it } from 'vitest';
import { configFromDocker } from '../../../../src/swarm/docker/convert-swarm.ts';
import { networkFromDocker } from '../../../../src/swarm/docker/convert-network.ts';
import { nodeFromDocker } from '../../../../src/swarm/docker/convert-node.ts';
import { serviceFromDocker, serviceSpecFromDocker } from '../../../../src/swarm/docker/convert-service.ts';
import { taskFromDocker } from '../../../../src/swarm/docker/convert-task.ts';
import type { Document } from '../../../../src/swarm/docker/document.ts';
import { configFromSwarmkit } from '../../../../src/swarm/watch/convert-config.ts';
import { isPredefined, networkFromSwarmkit } from '../../../../src/swarm/watch/convert-network.ts';
import { nodeFromSwarmkit } from '../../../../src/swarm/watch/convert-node.ts';
import { serviceFromSwarmkit } from '../../../../src/swarm/watch/convert-service.ts';
import { taskFromSwarmkit } from '../../../../src/swarm/watch/convert-task.ts';
import type { Node } from '../../../../src/domain/node.ts';
import type { NodeMessage, ServiceSpecMessage } from '../../../../src/swarm/watch/messages.ts';
import type { TaskState } from '../../../../src/domain/task.ts';
import {
  dockerConfig,
  dockerNetwork,
  dockerNode,
  dockerService,
  dockerTask,
} from '../../../factories/docker.ts';
import {
  at,
  configMessage,
  networkMessage,
  nodeMessage,
  serviceMessage,
  taskMessage,
} from '../../../factories/swarmkit.ts';

describe('a service', () => {
  it('is the same from swarmkit as from the Engine API, but for what only swarmkit says', () => {
    expect(serviceFromSwarmkit(serviceMessage())).toEqual({
      ...serviceFromDocker(dockerService()),
      specVersion: 15,
    });
  });

  const task = { container: { image: 'nginx' }, resources: {}, placement: {} };
  const TaskTemplate = { ContainerSpec: { Image: 'nginx' }, Resources: {}, Placement: {}, ForceUpdate: 0 };

  it.each<[string, ServiceSpecMessage, Document]>([
    ['no replicas', { replicated: {} }, { Mode: { Replicated: { Replicas: 0 } } }],
    ['global', { global: {} }, { Mode: { Global: {} } }],
    [
      'a job',
      { replicatedJob: { maxConcurrent: 2, totalCompletions: 10 } },
      { Mode: { ReplicatedJob: { MaxConcurrent: 2, TotalCompletions: 10 } } },
    ],
    [
      'a job without numbers',
      { replicatedJob: {} },
      { Mode: { ReplicatedJob: { MaxConcurrent: 0, TotalCompletions: 0 } } },
    ],
    ['a global job', { globalJob: {} }, { Mode: { GlobalJob: {} } }],
    [
      'networks of an old client',
      { replicated: { replicas: 1 }, networks: [{ target: 'n1', aliases: ['a'] }] },
      { Mode: { Replicated: { Replicas: 1 } }, Networks: [{ Target: 'n1', Aliases: ['a'] }] },
    ],
    [
      'no virtual IP, and host ports of every protocol',
      {
        global: {},
        endpoint: {
          mode: 1,
          ports: [
            { targetPort: 1, publishMode: 1 },
            { targetPort: 2, publishedPort: 3, protocol: 1, publishMode: 1 },
            { targetPort: 4, protocol: 2, publishMode: 1 },
          ],
        },
      },
      {
        Mode: { Global: {} },
        EndpointSpec: {
          Mode: 'dnsrr',
          Ports: [
            { Protocol: 'tcp', TargetPort: 1, PublishMode: 'host' },
            { Protocol: 'udp', TargetPort: 2, PublishedPort: 3, PublishMode: 'host' },
            { Protocol: 'sctp', TargetPort: 4, PublishMode: 'host' },
          ],
        },
      },
    ],
    [
      'a rollout that leaves all to Swarm',
      { global: {}, update: { delay: {} }, rollback: {} },
      {
        Mode: { Global: {} },
        UpdateConfig: { Parallelism: 0, FailureAction: 'pause', MaxFailureRatio: 0, Order: 'stop-first' },
        RollbackConfig: { Parallelism: 0, FailureAction: 'pause', MaxFailureRatio: 0, Order: 'stop-first' },
      },
    ],
    [
      'a rollout that goes on',
      { global: {}, update: { parallelism: 1, failureAction: 1, maxFailureRatio: Math.fround(0.333) } },
      {
        Mode: { Global: {} },
        UpdateConfig: {
          Parallelism: 1,
          FailureAction: 'continue',
          MaxFailureRatio: 0.333,
          Order: 'stop-first',
        },
      },
    ],
  ])('has the same spec from both: %s', (_, message, document) => {
    const { id, version, createdAt, updatedAt, virtualIps, publishedPorts, updateStatus, ...rest } =
      serviceFromSwarmkit({ spec: { task, ...message } });
    const { previousSpec, specVersion, jobIteration, ...spec } = rest;
    expect([id, version, createdAt, updatedAt, specVersion]).toEqual(['', 0, '', '', 0]);
    expect([virtualIps, publishedPorts, updateStatus, previousSpec, jobIteration]).toEqual([
      [],
      [],
      null,
      null,
      null,
    ]);
    expect(spec).toEqual(serviceSpecFromDocker({ TaskTemplate, ...document }));
  });

  it.each([
    [undefined, 'none'],
    [1, 'on-failure'],
    [2, 'any'],
    [9, 'any'],
  ])('restarts, by condition %s: %s', (condition, word) => {
    const restart = condition === undefined ? {} : { condition };
    const { restartPolicy } = serviceFromSwarmkit({ spec: { task: { restart } } });
    const document = { TaskTemplate: { RestartPolicy: { Condition: word, MaxAttempts: 0 } } };
    expect(restartPolicy).toEqual(serviceSpecFromDocker(document).restartPolicy);
  });

  it.each([
    [1, 'updating'],
    [2, 'paused'],
    [3, 'completed'],
    [4, 'rollback_started'],
    [5, 'rollback_paused'],
    [6, 'rollback_completed'],
  ])('is, by update state %i: %s', (state, word) => {
    const { updateStatus } = serviceFromSwarmkit({
      updateStatus: { state, startedAt: at('2026-06-07T21:07:20Z', 100_000_000), message: 'm' },
    });
    expect(updateStatus).toEqual(
      serviceFromDocker({ UpdateStatus: { State: word, StartedAt: '2026-06-07T21:07:20.1Z', Message: 'm' } })
        .updateStatus,
    );
  });

  it.each([undefined, 0, 7])('has no update status when its state says nothing: %s', (state) => {
    const updateStatus = state === undefined ? { message: 'm' } : { state };
    expect(serviceFromSwarmkit({ updateStatus }).updateStatus).toBeNull();
    expect(serviceFromDocker({ UpdateStatus: { State: '' } }).updateStatus).toBeNull();
  });

  it('is the same from both when proto3 leaves everything out', () => {
    expect(serviceFromSwarmkit({ spec: { replicated: {} } })).toEqual({
      ...serviceFromDocker({ Spec: { Mode: { Replicated: { Replicas: 0 } } } }),
      specVersion: 0,
    });
  });
});

describe('a network', () => {
  it('is the same from swarmkit as from the Engine API, which does not say its version', () => {
    expect(networkFromSwarmkit(networkMessage())).toEqual({
      ...networkFromDocker(dockerNetwork()),
      version: 17,
    });
  });

  it('is the same from both when proto3 leaves everything out', () => {
    const message = {
      spec: { annotations: { name: 'ingress' }, ingress: true },
      driverState: { name: 'overlay' },
    };
    const { options: _, ...network } = networkFromSwarmkit(message);
    const { options: __, ...expected } = networkFromDocker({
      Name: 'ingress',
      Driver: 'overlay',
      Ingress: true,
      Options: {},
      IPAM: { Config: [] },
    });
    expect(network).toEqual(expected);
  });

  it('has no driver and no subnets, as in Docker’s own lists, until Swarm has set it up', () => {
    const { ipam: _, driverState: __, ...fresh } = networkMessage();
    expect(networkFromSwarmkit(fresh)).toMatchObject({
      allocated: false,
      driver: '',
      options: {},
      encrypted: false,
      subnets: [],
    });
  });

  it.each([
    [{ 'com.docker.swarm.predefined': 'true' }, true],
    [{ 'com.docker.swarm.predefined': 'false' }, false],
    [{}, false],
  ])('with the labels %j is hidden: %s', (labels, hidden) => {
    expect(isPredefined(networkMessage({ spec: { annotations: { name: 'host', labels } } }))).toBe(hidden);
  });

  it('is not hidden when it has no labels at all', () => {
    expect(isPredefined({})).toBe(false);
  });
});

describe('a task', () => {
  it('is the same from swarmkit as from the Engine API with the name of its service', () => {
    expect(taskFromSwarmkit(taskMessage())).toEqual({
      ...taskFromDocker(dockerTask(), 'web'),
      specVersion: 15,
    });
  });

  const states: [number, TaskState][] = [
    [0, 'new'],
    [64, 'pending'],
    [192, 'assigned'],
    [256, 'accepted'],
    [320, 'preparing'],
    [384, 'ready'],
    [448, 'starting'],
    [512, 'running'],
    [576, 'complete'],
    [640, 'shutdown'],
    [704, 'failed'],
    [768, 'rejected'],
    [800, 'remove'],
    [832, 'orphaned'],
  ];

  it.each(states)('is, by state %i: %s', (state, word) => {
    const container = { containerId: 'c1', exitCode: 137 };
    const message = taskMessage({ status: { state, err: 'e', container }, desiredState: state });
    const document = dockerTask({
      Status: { State: word, Err: 'e', ContainerStatus: { ContainerID: 'c1', PID: 0, ExitCode: 137 } },
      DesiredState: word,
    });
    expect(taskFromSwarmkit(message)).toEqual({ ...taskFromDocker(document, 'web'), specVersion: 15 });
    expect(taskFromSwarmkit(message)).toMatchObject({ state: word, desiredState: word });
  });

  it('that ended well has the exit code 0, which proto3 leaves out', () => {
    const message = taskMessage({ status: { state: 576, container: { containerId: 'c1' } } });
    expect(taskFromSwarmkit(message).exitCode).toBe(0);
    expect(taskFromSwarmkit(taskMessage({ status: { state: 768 } })).exitCode).toBeNull();
  });

  it('of a global service, or without a place yet, is the same from both', () => {
    const message = {
      id: 't',
      serviceId: 's',
      serviceAnnotations: { name: 'web' },
      status: {},
      networks: [{}],
    };
    const document = { ID: 't', ServiceID: 's', Status: { State: 'new' }, DesiredState: 'new' };
    expect(taskFromSwarmkit(message)).toEqual({ ...taskFromDocker(document, 'web'), specVersion: 0 });
    expect(taskFromSwarmkit({ id: 't' })).toEqual({ ...taskFromDocker({ ID: 't' }, null), specVersion: 0 });
  });
});

describe('a container that joined a network by hand', () => {
  it('is the same from both: a task without a service', () => {
    const message = {
      id: 't',
      nodeId: 'node1',
      spec: { attachment: { containerId: 'c1' } },
      status: { state: 512 },
      desiredState: 512,
      networks: [{ network: { id: 'n1' }, addresses: ['10.0.9.5/24'] }],
    };
    const document = {
      ID: 't',
      NodeID: 'node1',
      Spec: { NetworkAttachmentSpec: { ContainerID: 'c1' } },
      Status: { State: 'running' },
      DesiredState: 'running',
      NetworksAttachments: [{ Network: { ID: 'n1' }, Addresses: ['10.0.9.5/24'] }],
    };
    expect(taskFromSwarmkit(message)).toEqual({ ...taskFromDocker(document, null), specVersion: 0 });
    expect(taskFromSwarmkit(message)).toMatchObject({ serviceId: null, containerId: 'c1' });
  });
});

describe('a node', () => {
  /** What Docker's API says of it, too. */
  const said = (message: NodeMessage): Node => {
    const { attachments: _, ...node } = nodeFromSwarmkit(message);
    return node;
  };

  it('is the same from swarmkit as from the Engine API', () => {
    expect(said(nodeMessage())).toEqual(nodeFromDocker(dockerNode()));
  });

  it.each<[NodeMessage, Document]>([
    [{}, {}],
    [
      { spec: { availability: 1 }, status: { state: 1 } },
      { Spec: { Role: 'worker', Availability: 'pause' }, Status: { State: 'down' } },
    ],
    [
      { status: { state: 3 }, managerStatus: { reachability: 1 } },
      { Status: { State: 'disconnected' }, ManagerStatus: { Reachability: 'unreachable' } },
    ],
    [
      { spec: { desiredRole: 1 }, managerStatus: {} },
      { Spec: { Role: 'manager', Availability: 'active' }, ManagerStatus: { Reachability: 'unknown' } },
    ],
  ])('is the same from both: %j', (message, document) => {
    expect(said(message)).toEqual(nodeFromDocker(document));
  });

  it('has its addresses only from swarmkit', () => {
    const attachments = [
      { network: { id: 'n1' }, addresses: ['10.0.9.4/24'] },
      { network: { id: 'n2' }, addresses: [] },
      {},
    ];
    expect(nodeFromSwarmkit(nodeMessage({ attachments })).attachments).toEqual([
      { networkId: 'n1', address: '10.0.9.4' },
    ]);
    expect(nodeFromSwarmkit({}).attachments).toEqual([]);
    expect(nodeFromDocker(dockerNode())).not.toHaveProperty('attachments');
  });
});

describe('a config', () => {
  it('is the same from swarmkit as from the Engine API', () => {
    expect(configFromSwarmkit(configMessage())).toEqual(configFromDocker(dockerConfig()));
    expect(configFromSwarmkit({})).toEqual(configFromDocker({}));
  });
});
