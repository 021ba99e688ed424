import { isDeepStrictEqual } from 'node:util';
import type { Driver, GenericResource, Platform } from '../../domain/container.ts';
import type {
  EndpointMode,
  FailureAction,
  NetworkAttachment,
  Placement,
  PortProtocol,
  PublishedPort,
  PublishMode,
  ResourceLimits,
  ResourceReservations,
  RestartCondition,
  RestartPolicy,
  Resources,
  Service,
  ServiceMode,
  ServiceSpec,
  UpdateConfig,
  UpdateOrder,
  UpdateState,
  UpdateStatus,
} from '../../domain/service.ts';
import {
  count,
  duration,
  group,
  items,
  list,
  map,
  optionalGroup,
  optionalNumber,
  optionalText,
  positive,
  readFields,
  requiredText,
  textList,
  word,
  writeField,
  type Codec,
  type Fields,
} from './codec.ts';
import { CONTAINER_FIELDS } from './convert-container.ts';
import {
  at,
  documents,
  number,
  plainAddress,
  put,
  text,
  textMap,
  texts,
  version,
  type Document,
} from './document.ts';

/** Mode and its numbers share one place in Docker's spec, keyed by the mode: `{"Replicated":{"Replicas":3}}`. */
const MODES = [
  ['Replicated', 'replicated'],
  ['Global', 'global'],
  ['ReplicatedJob', 'replicated-job'],
  ['GlobalJob', 'global-job'],
] as const;

const mode: Codec<ServiceMode> = {
  read: (spec) => MODES.find(([key]) => at(spec, `Mode.${key}`))?.[1] ?? 'replicated',
  write: (spec, value) => {
    const key = MODES.find(([, name]) => name === value)?.[0] as string;
    put(spec, 'Mode', { [key]: at(spec, `Mode.${key}`) ?? {} });
  },
};

/** A number that belongs to one mode only: for any other mode there is nothing to write. */
const modeNumber = (key: string, field: string): Codec<number | null> => ({
  read: (spec) => number(spec, `Mode.${key}.${field}`),
  write: (spec, value) => {
    if (at(spec, `Mode.${key}`)) put(spec, `Mode.${key}.${field}`, value ?? undefined);
  },
});

/** `NAME=value` entries as a map; an entry without `=` reads as empty. */
export function envFromEntries(entries: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

const env: Codec<Readonly<Record<string, string>>> = {
  read: (spec) => envFromEntries(texts(spec, 'TaskTemplate.ContainerSpec.Env')),
  write: (spec, value) => {
    const entries = Object.entries(value).map(([name, content]) => `${name}=${content}`);
    put(spec, 'TaskTemplate.ContainerSpec.Env', entries.length === 0 ? undefined : entries);
  },
};

const TASK_NETWORKS = list<NetworkAttachment>(
  'TaskTemplate.Networks',
  (entry) => ({
    networkId: text(entry, 'Target') ?? '',
    aliases: texts(entry, 'Aliases'),
    driverOptions: textMap(entry, 'DriverOpts'),
  }),
  (attachment) => ({
    Target: attachment.networkId,
    Aliases: attachment.aliases.length === 0 ? undefined : [...attachment.aliases],
    DriverOpts:
      Object.keys(attachment.driverOptions).length === 0 ? undefined : { ...attachment.driverOptions },
  }),
  (entry) => String(entry['Target']),
);

/** Services of old clients keep their networks at the top of the spec; the place Swarm wants is the template. */
const networks: Codec<readonly NetworkAttachment[]> = {
  read: (spec) => {
    const own = TASK_NETWORKS.read(spec);
    return own.length > 0 ? own : TASK_NETWORKS.read({ TaskTemplate: { Networks: spec['Networks'] } });
  },
  write: (spec, value) => {
    delete spec['Networks'];
    TASK_NETWORKS.write(spec, value);
  },
};

/** Docker's `PortConfig` as ours. */
export const portFromDocker = (entry: Document): PublishedPort => ({
  targetPort: number(entry, 'TargetPort') ?? 0,
  publishedPort: number(entry, 'PublishedPort') || null,
  protocol: (text(entry, 'Protocol') ?? 'tcp') as PortProtocol,
  publishMode: (text(entry, 'PublishMode') ?? 'ingress') as PublishMode,
});

const ports = list<PublishedPort>(
  'EndpointSpec.Ports',
  portFromDocker,
  (port) => ({
    Protocol: port.protocol,
    TargetPort: port.targetPort,
    PublishedPort: port.publishedPort ?? undefined,
    PublishMode: port.publishMode,
  }),
  (entry) => {
    const { targetPort, protocol, publishedPort } = portFromDocker(entry);
    return `${targetPort}/${protocol}/${publishedPort}`;
  },
);

const endpointMode: Codec<EndpointMode> = {
  read: (spec) => (text(spec, 'EndpointSpec.Mode') === 'dnsrr' ? 'dnsrr' : 'vip'),
  write: (spec, value) => put(spec, 'EndpointSpec.Mode', value),
};

const preferences = list<{ readonly spread: string }>(
  'Preferences',
  (entry) => ({ spread: text(entry, 'Spread.SpreadDescriptor') ?? '' }),
  (preference) => ({ Spread: { SpreadDescriptor: preference.spread } }),
  (entry) => String(at(entry, 'Spread.SpreadDescriptor')),
);

const PLATFORM: Fields<Platform> = {
  os: optionalText('OS'),
  architecture: optionalText('Architecture'),
};

const PLACEMENT: Fields<Placement> = {
  constraints: textList('Constraints'),
  preferences,
  maxReplicas: positive('MaxReplicas'),
  platforms: items('Platforms', PLATFORM, ({ os, architecture }) => `${os}/${architecture}`),
};

const AMOUNTS = {
  nanoCpus: positive('NanoCPUs'),
  memoryBytes: positive('MemoryBytes'),
};

const LIMITS: Fields<ResourceLimits> = { ...AMOUNTS, pids: positive('Pids') };

const GENERIC_RESOURCE: Fields<GenericResource> = {
  kind: requiredText('DiscreteResourceSpec.Kind'),
  value: count('DiscreteResourceSpec.Value'),
};

/** Only counted resources: swarmkit takes named ones from nodes, not from services (`api/genericresource`). */
const RESERVATIONS: Fields<ResourceReservations> = {
  ...AMOUNTS,
  genericResources: items(
    'GenericResources',
    GENERIC_RESOURCE,
    ({ kind }) => kind,
    (entry) => at(entry, 'DiscreteResourceSpec') !== undefined,
  ),
};

const RESOURCES: Fields<Resources> = {
  limits: group('Limits', LIMITS),
  reservations: group('Reservations', RESERVATIONS),
};

const DRIVER: Fields<Driver> = { name: requiredText('Name'), options: map('Options') };

const RESTART_POLICY: Fields<RestartPolicy> = {
  condition: word<RestartCondition>('Condition'),
  delay: duration('Delay'),
  maxAttempts: optionalNumber('MaxAttempts'),
  window: duration('Window'),
};

const UPDATE_CONFIG: Fields<UpdateConfig> = {
  parallelism: count('Parallelism'),
  delay: duration('Delay'),
  failureAction: word<FailureAction>('FailureAction'),
  monitor: duration('Monitor'),
  maxFailureRatio: count('MaxFailureRatio'),
  order: word<UpdateOrder>('Order'),
};

/**
 * Where each field of ours lives in Docker's `ServiceSpec`, both ways. A new field is one line here and one in
 * `watch/convert-service.ts`.
 */
export const SERVICE_FIELDS: Fields<ServiceSpec> = {
  ...CONTAINER_FIELDS,
  name: requiredText('Name'),
  labels: map('Labels'),
  mode,
  replicas: modeNumber('Replicated', 'Replicas'),
  maxConcurrent: modeNumber('ReplicatedJob', 'MaxConcurrent'),
  totalCompletions: modeNumber('ReplicatedJob', 'TotalCompletions'),
  image: requiredText('TaskTemplate.ContainerSpec.Image'),
  command: textList('TaskTemplate.ContainerSpec.Command'),
  args: textList('TaskTemplate.ContainerSpec.Args'),
  env,
  dir: optionalText('TaskTemplate.ContainerSpec.Dir'),
  user: optionalText('TaskTemplate.ContainerSpec.User'),
  hostname: optionalText('TaskTemplate.ContainerSpec.Hostname'),
  containerLabels: map('TaskTemplate.ContainerSpec.Labels'),
  stopGracePeriod: duration('TaskTemplate.ContainerSpec.StopGracePeriod'),
  networks,
  endpointMode,
  ports,
  placement: group('TaskTemplate.Placement', PLACEMENT),
  resources: group('TaskTemplate.Resources', RESOURCES),
  restartPolicy: optionalGroup('TaskTemplate.RestartPolicy', RESTART_POLICY),
  updateConfig: optionalGroup('UpdateConfig', UPDATE_CONFIG),
  rollbackConfig: optionalGroup('RollbackConfig', UPDATE_CONFIG),
  logDriver: optionalGroup('TaskTemplate.LogDriver', DRIVER),
  forceUpdate: count('TaskTemplate.ForceUpdate'),
};

/** Docker's `ServiceSpec` as ours. Fields of Docker's that we do not know are not in it. */
export function serviceSpecFromDocker(spec: Document): ServiceSpec {
  return readFields(SERVICE_FIELDS, spec);
}

/**
 * What a new service says of its endpoint, as the Docker CLI has it. Of one that says nothing Swarm gives all virtual IPs
 * out anew whenever a network or a port comes (swarmkit, `allocateService` in `manager/allocator/network.go`).
 */
const NEW_SERVICE: Document = { EndpointSpec: { Mode: 'vip' } };

/**
 * Our spec as Docker's. Only fields that differ from what `base` holds are written, so everything else in
 * `base`, known to us or not, goes back as it came: an update must send the whole spec.
 */
export function serviceSpecToDocker(spec: ServiceSpec, base: Document = NEW_SERVICE): Document {
  const result = structuredClone(base);
  const before = serviceSpecFromDocker(base);
  for (const name of Object.keys(SERVICE_FIELDS) as (keyof ServiceSpec)[]) {
    // `mode` reads as replicated from an empty base, yet Docker wants it said.
    const unsaid = name === 'mode' && !result['Mode'];
    if (unsaid || !isDeepStrictEqual(spec[name], before[name])) {
      writeField(SERVICE_FIELDS, name, result, spec[name]);
    }
  }
  return result;
}

/** Docker's `Service` as ours. `specVersion` is unknown here: the Engine API does not carry it. */
export function serviceFromDocker(service: Document): Service {
  const spec = at(service, 'Spec') as Document | undefined;
  const previous = at(service, 'PreviousSpec') as Document | undefined;
  return {
    ...serviceSpecFromDocker(spec ?? {}),
    id: text(service, 'ID') ?? '',
    version: version(service),
    createdAt: text(service, 'CreatedAt') ?? '',
    updatedAt: text(service, 'UpdatedAt') ?? '',
    virtualIps: documents(service, 'Endpoint.VirtualIPs').flatMap((entry) => {
      const address = text(entry, 'Addr');
      return address === null
        ? []
        : [{ networkId: text(entry, 'NetworkID') ?? '', address: plainAddress(address) }];
    }),
    publishedPorts: documents(service, 'Endpoint.Ports').map(portFromDocker),
    updateStatus: updateStatusFromDocker(at(service, 'UpdateStatus')),
    previousSpec: previous ? serviceSpecFromDocker(previous) : null,
    specVersion: null,
    jobIteration: at(service, 'JobStatus') ? (number(service, 'JobStatus.JobIteration.Index') ?? 0) : null,
  };
}

function updateStatusFromDocker(status: unknown): UpdateStatus | null {
  const state = text(status, 'State');
  if (state === null) return null;
  return {
    state: state as UpdateState,
    startedAt: text(status, 'StartedAt'),
    completedAt: text(status, 'CompletedAt'),
    message: text(status, 'Message') ?? '',
  };
}
