import type { GenericResource } from '../../domain/container.ts';
import type {
  EndpointMode,
  FailureAction,
  PortProtocol,
  PublishedPort,
  PublishMode,
  ResourceAmounts,
  RestartCondition,
  Service,
  ServiceSpec,
  UpdateConfig,
  UpdateOrder,
  UpdateState,
  UpdateStatus,
} from '../../domain/service.ts';
import { envFromEntries } from '../docker/convert-service.ts';
import { plainAddress } from '../docker/document.ts';
import { containerFromSwarmkit, driverFromSwarmkit } from './convert-container.ts';
import { durationFromSwarmkit, metaFromSwarmkit, timeFromSwarmkit, wordFor } from './convert-common.ts';
import type {
  PortMessage,
  ResourcesMessage,
  ServiceMessage,
  ServiceSpecMessage,
  UpdateConfigMessage,
} from './messages.ts';
import { sharedText } from './shared-text.ts';

// Each list is in the order of the enum's numbers in swarmkit's types.proto and specs.proto.
const PROTOCOLS: readonly PortProtocol[] = ['tcp', 'udp', 'sctp'];
const PUBLISH_MODES: readonly PublishMode[] = ['ingress', 'host'];
const ENDPOINT_MODES: readonly EndpointMode[] = ['vip', 'dnsrr'];
const CONDITIONS: readonly RestartCondition[] = ['none', 'on-failure', 'any'];
const FAILURE_ACTIONS: readonly FailureAction[] = ['pause', 'continue', 'rollback'];
const ORDERS: readonly UpdateOrder[] = ['stop-first', 'start-first'];
const UPDATE_STATES: readonly (UpdateState | null)[] = [
  null,
  'updating',
  'paused',
  'completed',
  'rollback_started',
  'rollback_paused',
  'rollback_completed',
];

/** swarmkit's service as ours; the same as `serviceFromDocker` makes of the Engine's answer, and `specVersion`. */
export function serviceFromSwarmkit(service: ServiceMessage): Service {
  return {
    ...specFromSwarmkit(service.spec ?? {}),
    id: sharedText(service.id ?? ''),
    ...metaFromSwarmkit(service.meta),
    virtualIps:
      service.endpoint?.virtualIps
        ?.filter((vip) => vip.addr)
        .map((vip) => ({
          networkId: sharedText(vip.networkId ?? ''),
          address: plainAddress(vip.addr ?? ''),
        })) ?? [],
    publishedPorts: service.endpoint?.ports?.map(portFromSwarmkit) ?? [],
    updateStatus: updateStatusFromSwarmkit(service.updateStatus),
    previousSpec: service.previousSpec ? specFromSwarmkit(service.previousSpec) : null,
    specVersion: service.specVersion?.index ?? 0,
    jobIteration: service.jobStatus ? (service.jobStatus.jobIteration?.index ?? 0) : null,
  };
}

function specFromSwarmkit(spec: ServiceSpecMessage): ServiceSpec {
  const task = spec.task;
  const container = task?.container;
  const networks = task?.networks?.length ? task.networks : (spec.networks ?? []);
  return {
    ...containerFromSwarmkit(container),
    name: sharedText(spec.annotations?.name ?? ''),
    labels: spec.annotations?.labels ?? {},
    ...modeFromSwarmkit(spec),
    image: sharedText(container?.image ?? ''),
    command: container?.command ?? [],
    args: container?.args ?? [],
    env: envFromEntries(container?.env ?? []),
    dir: container?.dir || null,
    user: container?.user || null,
    hostname: container?.hostname || null,
    containerLabels: container?.labels ?? {},
    stopGracePeriod: durationFromSwarmkit(container?.stopGracePeriod),
    networks: networks.map((network) => ({
      networkId: sharedText(network.target ?? ''),
      aliases: network.aliases ?? [],
      driverOptions: network.driverAttachmentOpts ?? {},
    })),
    endpointMode: wordFor(ENDPOINT_MODES, spec.endpoint?.mode, 'vip'),
    ports: spec.endpoint?.ports?.map(portFromSwarmkit) ?? [],
    placement: {
      constraints: task?.placement?.constraints ?? [],
      preferences:
        task?.placement?.preferences?.map((preference) => ({
          spread: preference.spread?.spreadDescriptor ?? '',
        })) ?? [],
      maxReplicas: task?.placement?.maxReplicas || null,
      platforms:
        task?.placement?.platforms?.map((platform) => ({
          os: platform.os || null,
          architecture: platform.architecture || null,
        })) ?? [],
    },
    resources: {
      // swarmkit keeps this limit with the container (moby, `daemon/cluster/convert/service.go`).
      limits: { ...amountsFromSwarmkit(task?.resources?.limits), pids: container?.pidsLimit || null },
      reservations: {
        ...amountsFromSwarmkit(task?.resources?.reservations),
        genericResources: genericFromSwarmkit(task?.resources?.reservations),
      },
    },
    restartPolicy: task?.restart
      ? {
          condition: wordFor(CONDITIONS, task.restart.condition, 'any'),
          delay: durationFromSwarmkit(task.restart.delay),
          maxAttempts: task.restart.maxAttempts ?? 0,
          window: durationFromSwarmkit(task.restart.window),
        }
      : null,
    updateConfig: updateConfigFromSwarmkit(spec.update),
    rollbackConfig: updateConfigFromSwarmkit(spec.rollback),
    logDriver: task?.logDriver ? driverFromSwarmkit(task.logDriver) : null,
    forceUpdate: task?.forceUpdate ?? 0,
  };
}

function modeFromSwarmkit(
  spec: ServiceSpecMessage,
): Pick<ServiceSpec, 'mode' | 'replicas' | 'maxConcurrent' | 'totalCompletions'> {
  const none = { replicas: null, maxConcurrent: null, totalCompletions: null };
  if (spec.global) return { ...none, mode: 'global' };
  if (spec.globalJob) return { ...none, mode: 'global-job' };
  if (spec.replicatedJob) {
    return {
      ...none,
      mode: 'replicated-job',
      maxConcurrent: spec.replicatedJob.maxConcurrent ?? 0,
      totalCompletions: spec.replicatedJob.totalCompletions ?? 0,
    };
  }
  return { ...none, mode: 'replicated', replicas: spec.replicated?.replicas ?? 0 };
}

/** swarmkit's `PortConfig` as ours. */
export function portFromSwarmkit(port: PortMessage): PublishedPort {
  return {
    targetPort: port.targetPort ?? 0,
    publishedPort: port.publishedPort || null,
    protocol: wordFor(PROTOCOLS, port.protocol, 'tcp'),
    publishMode: wordFor(PUBLISH_MODES, port.publishMode, 'ingress'),
  };
}

function amountsFromSwarmkit(resources: ResourcesMessage | null | undefined): ResourceAmounts {
  return { nanoCpus: resources?.nanoCpus || null, memoryBytes: resources?.memoryBytes || null };
}

function genericFromSwarmkit(resources: ResourcesMessage | null | undefined): readonly GenericResource[] {
  return (resources?.generic ?? []).flatMap(({ discreteResourceSpec: counted }) =>
    counted ? [{ kind: counted.kind ?? '', value: counted.value ?? 0 }] : [],
  );
}

function updateConfigFromSwarmkit(config: UpdateConfigMessage | null | undefined): UpdateConfig | null {
  if (!config) return null;
  return {
    parallelism: config.parallelism ?? 0,
    // Docker leaves out a delay or monitor of zero, which is how it says "the default".
    delay: durationFromSwarmkit(config.delay) || null,
    failureAction: wordFor(FAILURE_ACTIONS, config.failureAction, 'pause'),
    monitor: durationFromSwarmkit(config.monitor) || null,
    // A 32-bit float there: seven digits are all it holds, and what Go prints.
    maxFailureRatio: Number((config.maxFailureRatio ?? 0).toPrecision(7)),
    order: wordFor(ORDERS, config.order, 'stop-first'),
  };
}

function updateStatusFromSwarmkit(status: ServiceMessage['updateStatus']): UpdateStatus | null {
  const state = UPDATE_STATES[status?.state ?? 0];
  if (!status || !state) return null;
  return {
    state,
    startedAt: timeFromSwarmkit(status.startedAt) || null,
    completedAt: timeFromSwarmkit(status.completedAt) || null,
    message: status.message ?? '',
  };
}
