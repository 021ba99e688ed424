import type { Platform } from './container.ts';
import { completeContainer, NO_CONTAINER_SETTINGS } from './container-defaults.ts';
import { fill, fillEach, type Partly } from './partly.ts';
import type {
  NetworkAttachment,
  Placement,
  PublishedPort,
  ResourceLimits,
  ResourceReservations,
  RestartPolicy,
  ServiceSpec,
  UpdateConfig,
} from './service.ts';

export type { Partly } from './partly.ts';

const NO_LIMITS: ResourceLimits = { nanoCpus: null, memoryBytes: null, pids: null };
const NO_RESERVATIONS: ResourceReservations = { nanoCpus: null, memoryBytes: null, genericResources: [] };
const ANYWHERE: Placement = { constraints: [], preferences: [], maxReplicas: null, platforms: [] };
const ANY_PLATFORM: Platform = { os: null, architecture: null };
const RESTART: RestartPolicy = { condition: null, delay: null, maxAttempts: null, window: null };
/** One task at a time, as Swarm does when nothing is said. */
const UPDATE: UpdateConfig = {
  parallelism: 1,
  delay: null,
  failureAction: null,
  monitor: null,
  maxFailureRatio: 0,
  order: null,
};
const PORT: PublishedPort = { targetPort: 0, publishedPort: null, protocol: 'tcp', publishMode: 'ingress' };
const ATTACHMENT: NetworkAttachment = { networkId: '', aliases: [], driverOptions: {} };

const UNSET: ServiceSpec = {
  ...NO_CONTAINER_SETTINGS,
  name: '',
  labels: {},
  mode: 'replicated',
  replicas: null,
  maxConcurrent: null,
  totalCompletions: null,
  image: '',
  command: [],
  args: [],
  env: {},
  dir: null,
  user: null,
  hostname: null,
  containerLabels: {},
  stopGracePeriod: null,
  networks: [],
  endpointMode: 'vip',
  ports: [],
  placement: ANYWHERE,
  resources: { limits: NO_LIMITS, reservations: NO_RESERVATIONS },
  restartPolicy: null,
  updateConfig: null,
  rollbackConfig: null,
  logDriver: null,
  forceUpdate: 0,
};

/** A whole spec from part of one: what is not said is unset, or Swarm's own default where it must be said. */
export function completeSpec(partial: Partly<ServiceSpec>): ServiceSpec {
  const { placement, resources, restartPolicy, updateConfig, rollbackConfig, logDriver } = partial;
  const reservations = fill(NO_RESERVATIONS, resources?.reservations);
  const where = fill(ANYWHERE, placement);
  return {
    ...fill(UNSET, partial),
    ...completeContainer(partial),
    networks: fillEach(ATTACHMENT, partial.networks),
    ports: fillEach(PORT, partial.ports),
    placement: { ...where, platforms: fillEach(ANY_PLATFORM, where.platforms) },
    resources: {
      limits: fill(NO_LIMITS, resources?.limits),
      reservations: {
        ...reservations,
        genericResources: fillEach({ kind: '', value: 0 }, reservations.genericResources),
      },
    },
    restartPolicy: restartPolicy ? fill(RESTART, restartPolicy) : null,
    updateConfig: updateConfig ? fill(UPDATE, updateConfig) : null,
    rollbackConfig: rollbackConfig ? fill(UPDATE, rollbackConfig) : null,
    logDriver: logDriver ? fill({ name: '', options: {} }, logDriver) : null,
  };
}
