import type { ContainerSettings, Driver, GenericResource, Platform } from './container.ts';
import type { StringMap, SwarmObject } from './object.ts';

export type ServiceMode = 'replicated' | 'global' | 'replicated-job' | 'global-job';
export type EndpointMode = 'vip' | 'dnsrr';
export type PortProtocol = 'tcp' | 'udp' | 'sctp';
export type PublishMode = 'ingress' | 'host';

/** Whether its tasks are to end, once they have done their work. */
export function isJob({ mode }: { readonly mode: ServiceMode }): boolean {
  return mode.endsWith('-job');
}
export type RestartCondition = 'none' | 'on-failure' | 'any';
export type FailureAction = 'pause' | 'continue' | 'rollback';
export type UpdateOrder = 'stop-first' | 'start-first';
export type UpdateState =
  'updating' | 'paused' | 'completed' | 'rollback_started' | 'rollback_paused' | 'rollback_completed';

/** One network that the tasks of a service join, and the extra names they answer to there. */
export interface NetworkAttachment {
  readonly networkId: string;
  readonly aliases: readonly string[];
  readonly driverOptions: StringMap;
}

/** A port as asked for (`publishedPort: null` lets Swarm choose) or, in `publishedPorts`, as given. */
export interface PublishedPort {
  readonly targetPort: number;
  readonly publishedPort: number | null;
  readonly protocol: PortProtocol;
  readonly publishMode: PublishMode;
}

export interface Placement {
  readonly constraints: readonly string[];
  readonly preferences: readonly { readonly spread: string }[];
  /** At most this many tasks on one node; null means no limit. */
  readonly maxReplicas: number | null;
  /** The machines that the image is for; empty means any. */
  readonly platforms: readonly Platform[];
}

/** CPU in billionths of a core, memory in bytes; null means none set. */
export interface ResourceAmounts {
  readonly nanoCpus: number | null;
  readonly memoryBytes: number | null;
}

/** `pids` is the most processes and threads of one container. */
export interface ResourceLimits extends ResourceAmounts {
  readonly pids: number | null;
}

export interface ResourceReservations extends ResourceAmounts {
  readonly genericResources: readonly GenericResource[];
}

export interface Resources {
  readonly limits: ResourceLimits;
  readonly reservations: ResourceReservations;
}

/** Durations in milliseconds; null leaves Swarm's default. */
export interface RestartPolicy {
  readonly condition: RestartCondition | null;
  readonly delay: number | null;
  readonly maxAttempts: number | null;
  readonly window: number | null;
}

/** Durations in milliseconds; `parallelism` 0 means all at once. */
export interface UpdateConfig {
  readonly parallelism: number;
  readonly delay: number | null;
  readonly failureAction: FailureAction | null;
  readonly monitor: number | null;
  readonly maxFailureRatio: number;
  readonly order: UpdateOrder | null;
}

/** The part of a service that a client can write. Every field is always there: null or empty means unset. */
export interface ServiceSpec extends ContainerSettings {
  readonly name: string;
  readonly labels: StringMap;
  readonly mode: ServiceMode;
  /** Only of mode `replicated`. */
  readonly replicas: number | null;
  /** Only of mode `replicated-job`. */
  readonly maxConcurrent: number | null;
  /** Only of mode `replicated-job`. */
  readonly totalCompletions: number | null;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: StringMap;
  readonly dir: string | null;
  readonly user: string | null;
  readonly hostname: string | null;
  readonly containerLabels: StringMap;
  /** Milliseconds between the stop signal and the kill; null leaves Swarm's default of 10,000. */
  readonly stopGracePeriod: number | null;
  readonly networks: readonly NetworkAttachment[];
  readonly endpointMode: EndpointMode;
  readonly ports: readonly PublishedPort[];
  readonly placement: Placement;
  readonly resources: Resources;
  readonly restartPolicy: RestartPolicy | null;
  readonly updateConfig: UpdateConfig | null;
  readonly rollbackConfig: UpdateConfig | null;
  /** Null leaves it to the engine. */
  readonly logDriver: Driver | null;
  /** A counter; raising it replaces every task even when nothing else changed. */
  readonly forceUpdate: number;
}

export interface UpdateStatus {
  readonly state: UpdateState;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly message: string;
}

/** A service of the swarm, flat: what can be written and what Swarm reports about it. */
export interface Service extends ServiceSpec, SwarmObject {
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly virtualIps: readonly { readonly networkId: string; readonly address: string }[];
  /** Ports as Swarm gave them out: an unasked `publishedPort` is filled in here. */
  readonly publishedPorts: readonly PublishedPort[];
  readonly updateStatus: UpdateStatus | null;
  readonly previousSpec: ServiceSpec | null;
  /**
   * swarmkit's mark of the spec (`Service.spec_version`): another spec, another mark. A rollback brings the old
   * mark back. Null where the source does not say it.
   */
  readonly specVersion: number | null;
  /** Which run of a job this is: every write of its spec begins another, from 0. Null for what is no job. */
  readonly jobIteration: number | null;
}
