import type {
  NetworkAttachment,
  Placement,
  PublishedPort,
  ResourceAmounts,
  RestartPolicy,
  ServiceSpec,
  UpdateConfig,
} from './service.ts';

/** All parts optional, at every depth. */
export type Partly<T> = T extends readonly (infer I)[]
  ? readonly Partly<I>[]
  : T extends object
    ? { readonly [K in keyof T]?: Partly<T[K]> | undefined }
    : T;

const NO_AMOUNTS: ResourceAmounts = { nanoCpus: null, memoryBytes: null };
const ANYWHERE: Placement = { constraints: [], preferences: [], maxReplicas: null };
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
  resources: { limits: NO_AMOUNTS, reservations: NO_AMOUNTS },
  restartPolicy: null,
  updateConfig: null,
  rollbackConfig: null,
  forceUpdate: 0,
};

/** A whole spec from part of one: what is not said is unset, or Swarm's own default where it must be said. */
export function completeSpec(partial: Partly<ServiceSpec>): ServiceSpec {
  const { placement, resources, restartPolicy, updateConfig, rollbackConfig } = partial;
  return {
    ...fill(UNSET, partial as Partial<ServiceSpec>),
    networks: (partial.networks ?? []).map((network) =>
      fill(ATTACHMENT, network as Partial<NetworkAttachment>),
    ),
    ports: (partial.ports ?? []).map((port) => fill(PORT, port)),
    placement: fill(ANYWHERE, (placement ?? {}) as Partial<Placement>),
    resources: {
      limits: fill(NO_AMOUNTS, resources?.limits ?? {}),
      reservations: fill(NO_AMOUNTS, resources?.reservations ?? {}),
    },
    restartPolicy: restartPolicy ? fill(RESTART, restartPolicy) : null,
    updateConfig: updateConfig ? fill(UPDATE, updateConfig) : null,
    rollbackConfig: rollbackConfig ? fill(UPDATE, rollbackConfig) : null,
  };
}

/** Takes each field of `defaults` from `given` where it is neither undefined nor null. */
function fill<T extends object>(
  defaults: T,
  given: { readonly [K in keyof T]?: T[K] | null | undefined },
): T {
  const result = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    const value = given[key];
    if (value !== undefined && value !== null) result[key] = value;
  }
  return result;
}
