import { Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { ResolvedFromState } from '../api/from-state.ts';
import { ConnectionOf, ListOf, Paged, Repeatable } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import { StringMapScalar } from '../api/string-map.ts';
import { ContainerInput, DriverInput, GenericResourceInput, PlatformInput } from './container-input.types.ts';
import { ContainerSettings, Driver, GenericResource, Platform } from './container.types.ts';
import { NetworkAddress } from '../tasks/tasks.types.ts';
import type { StringMap } from '../domain/object.ts';
import type * as domain from '../domain/service.ts';

export const ServiceMode = enumOf(
  'ServiceMode',
  ['replicated', 'global', 'replicated-job', 'global-job'],
  'How many tasks a service has: a number, one per node, or until so many have completed.',
);
export const EndpointMode = enumOf(
  'EndpointMode',
  ['vip', 'dnsrr'],
  'What the name of a service resolves to: one virtual IP, or the addresses of its tasks in turn.',
);
export const PortProtocol = enumOf('PortProtocol', ['tcp', 'udp', 'sctp'], 'The transport of a port.');
export const PublishMode = enumOf(
  'PublishMode',
  ['ingress', 'host'],
  'Where a port is open: on every node through the routing mesh, or only where a task runs.',
);
export const RestartCondition = enumOf(
  'RestartCondition',
  ['none', 'on-failure', 'any'],
  'When a task is replaced.',
);
export const FailureAction = enumOf(
  'FailureAction',
  ['pause', 'continue', 'rollback'],
  'What happens when too many tasks of an update fail.',
);
export const UpdateOrder = enumOf(
  'UpdateOrder',
  ['stop-first', 'start-first'],
  'Which comes first when a task is replaced.',
);
export const UpdateState = enumOf(
  'UpdateState',
  ['updating', 'paused', 'completed', 'rollback_started', 'rollback_paused', 'rollback_completed'],
  'How far an update is.',
);

@ObjectType({ description: 'A network that the tasks of a service join.' })
export class ServiceNetwork {
  @Prop(() => String)
  networkId: string;

  @Prop(() => [String], { description: 'More names that the service has on this network.' })
  aliases: readonly string[];

  @Prop(() => StringMapScalar)
  driverOptions: StringMap;
}

/** What `ServiceNetwork` needs to know of its service for its own GraphQL fields; not shown. */
export type ServiceNetworkParent = ServiceNetwork & { readonly virtualIp: string | null };

@ObjectType()
export class PublishedPort {
  @Prop(() => Int, { description: 'The port in the container.' })
  targetPort: number;

  @Prop(() => Int, { nullable: true, description: 'The port outside; null lets Swarm choose.' })
  publishedPort: number | null;

  @Prop(() => PortProtocol)
  protocol: domain.PortProtocol;

  @Prop(() => PublishMode)
  publishMode: domain.PublishMode;
}

@ObjectType()
export class PlacementPreference {
  @Prop(() => String, {
    description: 'Spread tasks evenly over the values of this.',
    example: 'node.labels.zone',
  })
  spread: string;
}

@ObjectType()
export class Placement {
  @Prop(() => [String], { example: ['node.role == worker'] })
  constraints: readonly string[];

  @Prop(() => [PlacementPreference])
  preferences: readonly PlacementPreference[];

  @Prop(() => Int, { nullable: true, description: 'At most this many tasks on one node.' })
  maxReplicas: number | null;

  @Prop(() => [Platform], { description: 'The machines that the image is for; empty means any.' })
  platforms: readonly Platform[];
}

@ObjectType({ isAbstract: true })
abstract class ResourceAmounts {
  @Prop(() => Integer, { nullable: true, description: 'Billionths of a core.' })
  nanoCpus: number | null;

  @Prop(() => Integer, { nullable: true })
  memoryBytes: number | null;
}

@ObjectType()
export class ResourceLimits extends ResourceAmounts {
  @Prop(() => Integer, { nullable: true, description: 'Processes and threads of one container.' })
  pids: number | null;
}

@ObjectType()
export class ResourceReservations extends ResourceAmounts {
  @Prop(() => [GenericResource])
  genericResources: readonly GenericResource[];
}

@ObjectType()
export class Resources {
  @Prop(() => ResourceLimits)
  limits: ResourceLimits;

  @Prop(() => ResourceReservations)
  reservations: ResourceReservations;
}

@ObjectType({
  description: 'When and how often a task is replaced. Durations in milliseconds; null is Swarm’s default.',
})
export class RestartPolicy {
  @Prop(() => RestartCondition, { nullable: true })
  condition: domain.RestartCondition | null;

  @Prop(() => Float, { nullable: true })
  delay: number | null;

  @Prop(() => Int, { nullable: true, description: '0 means without limit.' })
  maxAttempts: number | null;

  @Prop(() => Float, { nullable: true })
  window: number | null;
}

@ObjectType({
  description: 'How an update or rollback goes on. Durations in milliseconds; null is Swarm’s default.',
})
export class UpdateConfig {
  @Prop(() => Int, { description: 'How many tasks at a time; 0 means all.' })
  parallelism: number;

  @Prop(() => Float, { nullable: true })
  delay: number | null;

  @Prop(() => FailureAction, { nullable: true })
  failureAction: domain.FailureAction | null;

  @Prop(() => Float, { nullable: true })
  monitor: number | null;

  @Prop(() => Float, { description: '0 to 1.' })
  maxFailureRatio: number;

  @Prop(() => UpdateOrder, { nullable: true })
  order: domain.UpdateOrder | null;
}

@ObjectType({ description: 'What can be written of a service. Null or empty means unset.' })
export class ServiceSpec extends ContainerSettings {
  @Prop(() => String)
  name: string;

  @Prop(() => StringMapScalar)
  labels: StringMap;

  @Prop(() => ServiceMode)
  mode: domain.ServiceMode;

  @Prop(() => Int, { nullable: true, description: 'Only of mode `replicated`.' })
  replicas: number | null;

  @Prop(() => Int, { nullable: true, description: 'Only of mode `replicated-job`.' })
  maxConcurrent: number | null;

  @Prop(() => Int, { nullable: true, description: 'Only of mode `replicated-job`.' })
  totalCompletions: number | null;

  @Prop(() => String)
  image: string;

  @Prop(() => [String], { description: 'Replaces the entrypoint of the image.' })
  command: readonly string[];

  @Prop(() => [String])
  args: readonly string[];

  @Prop(() => StringMapScalar)
  env: StringMap;

  @Prop(() => String, { nullable: true, description: 'The working directory.' })
  dir: string | null;

  @Prop(() => String, { nullable: true })
  user: string | null;

  @Prop(() => String, { nullable: true })
  hostname: string | null;

  @Prop(() => StringMapScalar)
  containerLabels: StringMap;

  @Prop(() => Float, { nullable: true, description: 'Milliseconds between the stop signal and the kill.' })
  stopGracePeriod: number | null;

  @ResolvedFromState()
  @Prop(() => [ServiceNetwork])
  networks: readonly ServiceNetwork[];

  @Prop(() => EndpointMode)
  endpointMode: domain.EndpointMode;

  @Prop(() => [PublishedPort], { description: 'The ports asked for.' })
  ports: readonly PublishedPort[];

  @Prop(() => Placement)
  placement: Placement;

  @Prop(() => Resources)
  resources: Resources;

  @Prop(() => RestartPolicy, { nullable: true })
  restartPolicy: RestartPolicy | null;

  @Prop(() => UpdateConfig, { nullable: true })
  updateConfig: UpdateConfig | null;

  @Prop(() => UpdateConfig, { nullable: true })
  rollbackConfig: UpdateConfig | null;

  @Prop(() => Driver, { nullable: true, description: 'Where logs go; null leaves it to the engine.' })
  logDriver: Driver | null;

  @Prop(() => Int, { description: 'Raising it replaces every task.' })
  forceUpdate: number;
}

@ObjectType()
export class UpdateStatus {
  @Prop(() => UpdateState)
  state: domain.UpdateState;

  @Prop(() => String, { nullable: true, description: 'RFC 3339.' })
  startedAt: string | null;

  @Prop(() => String, { nullable: true, description: 'RFC 3339.' })
  completedAt: string | null;

  @Prop(() => String)
  message: string;
}

@ObjectType({ description: 'A service of the swarm: what can be written, and what Swarm says of it.' })
export class Service extends ServiceSpec {
  @Prop(() => ID)
  id: string;

  @Prop(() => Integer, {
    description: "Swarm's version index; the ETag. Swarm raises it by itself during a rollout.",
  })
  version: number;

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  updatedAt: string;

  @Prop(() => Int, { description: 'Tasks that run now.' })
  runningTasks: number;

  @Prop(() => Int, { description: 'Tasks that should run.' })
  desiredTasks: number;

  @Prop(() => [NetworkAddress])
  virtualIps: readonly NetworkAddress[];

  @Prop(() => [PublishedPort], { description: 'The ports that Swarm opened, with those it chose.' })
  publishedPorts: readonly PublishedPort[];

  @Prop(() => UpdateStatus, { nullable: true, description: 'Null before the first update.' })
  updateStatus: UpdateStatus | null;

  @Prop(() => ServiceSpec, { nullable: true, description: 'What a rollback goes back to.' })
  previousSpec: ServiceSpec | null;
}

@InputType()
export class ServiceNetworkInput {
  @Prop(() => String, { description: 'An id, a unique id prefix or a name.' })
  network: string;

  @Prop(() => [String], { optional: true })
  aliases?: string[] | null;

  @Prop(() => StringMapScalar, { optional: true })
  driverOptions?: StringMap | null;
}

@InputType()
export class PublishedPortInput {
  @Prop(() => Int)
  targetPort: number;

  @Prop(() => Int, { optional: true, description: 'Swarm chooses when left out.' })
  publishedPort?: number | null;

  @Prop(() => PortProtocol, { optional: true, description: '`tcp` when left out.' })
  protocol?: domain.PortProtocol | null;

  @Prop(() => PublishMode, { optional: true, description: '`ingress` when left out.' })
  publishMode?: domain.PublishMode | null;
}

@InputType()
export class PlacementPreferenceInput {
  @Prop(() => String)
  spread: string;
}

@InputType()
export class PlacementInput {
  @Prop(() => [String], { optional: true })
  constraints?: string[] | null;

  @Prop(() => [PlacementPreferenceInput], { optional: true })
  preferences?: PlacementPreferenceInput[] | null;

  @Prop(() => Int, { optional: true })
  maxReplicas?: number | null;

  @Prop(() => [PlatformInput], { optional: true })
  platforms?: PlatformInput[] | null;
}

@InputType({ isAbstract: true })
abstract class ResourceAmountsInput {
  @Prop(() => Integer, { optional: true })
  nanoCpus?: number | null;

  @Prop(() => Integer, { optional: true })
  memoryBytes?: number | null;
}

@InputType()
export class ResourceLimitsInput extends ResourceAmountsInput {
  @Prop(() => Integer, { optional: true })
  pids?: number | null;
}

@InputType()
export class ResourceReservationsInput extends ResourceAmountsInput {
  @Prop(() => [GenericResourceInput], { optional: true })
  genericResources?: GenericResourceInput[] | null;
}

@InputType()
export class ResourcesInput {
  @Prop(() => ResourceLimitsInput, { optional: true })
  limits?: ResourceLimitsInput | null;

  @Prop(() => ResourceReservationsInput, { optional: true })
  reservations?: ResourceReservationsInput | null;
}

@InputType()
export class RestartPolicyInput {
  @Prop(() => RestartCondition, { optional: true })
  condition?: domain.RestartCondition | null;

  @Prop(() => Float, { optional: true })
  delay?: number | null;

  @Prop(() => Int, { optional: true })
  maxAttempts?: number | null;

  @Prop(() => Float, { optional: true })
  window?: number | null;
}

@InputType()
export class UpdateConfigInput {
  @Prop(() => Int, { optional: true, description: '1 when left out.' })
  parallelism?: number | null;

  @Prop(() => Float, { optional: true })
  delay?: number | null;

  @Prop(() => FailureAction, { optional: true })
  failureAction?: domain.FailureAction | null;

  @Prop(() => Float, { optional: true })
  monitor?: number | null;

  @Prop(() => Float, { optional: true })
  maxFailureRatio?: number | null;

  @Prop(() => UpdateOrder, { optional: true })
  order?: domain.UpdateOrder | null;
}

export const ImageResolution = enumOf(
  'ImageResolution',
  ['off', 'try', 'require'],
  'Whether the registry is asked which image a tag means now.',
);
export type ImageResolution = 'off' | 'try' | 'require';

/** The writable fields besides the two that a new service must have. */
@InputType({ isAbstract: true })
abstract class ServiceInput extends ContainerInput {
  @Prop(() => StringMapScalar, { optional: true })
  labels?: StringMap | null;

  @Prop(() => ServiceMode, {
    optional: true,
    description: '`replicated` when left out. It cannot be changed later.',
  })
  mode?: domain.ServiceMode | null;

  @Prop(() => Int, { optional: true })
  replicas?: number | null;

  @Prop(() => Int, { optional: true })
  maxConcurrent?: number | null;

  @Prop(() => Int, { optional: true })
  totalCompletions?: number | null;

  @Prop(() => [String], { optional: true })
  command?: string[] | null;

  @Prop(() => [String], { optional: true })
  args?: string[] | null;

  @Prop(() => StringMapScalar, { optional: true })
  env?: StringMap | null;

  @Prop(() => String, { optional: true })
  dir?: string | null;

  @Prop(() => String, { optional: true })
  user?: string | null;

  @Prop(() => String, { optional: true })
  hostname?: string | null;

  @Prop(() => StringMapScalar, { optional: true })
  containerLabels?: StringMap | null;

  @Prop(() => Float, { optional: true, description: 'Milliseconds.' })
  stopGracePeriod?: number | null;

  @Prop(() => [ServiceNetworkInput], { optional: true })
  networks?: ServiceNetworkInput[] | null;

  @Prop(() => EndpointMode, { optional: true })
  endpointMode?: domain.EndpointMode | null;

  @Prop(() => [PublishedPortInput], { optional: true })
  ports?: PublishedPortInput[] | null;

  @Prop(() => PlacementInput, { optional: true })
  placement?: PlacementInput | null;

  @Prop(() => ResourcesInput, { optional: true })
  resources?: ResourcesInput | null;

  @Prop(() => RestartPolicyInput, { optional: true })
  restartPolicy?: RestartPolicyInput | null;

  @Prop(() => UpdateConfigInput, { optional: true })
  updateConfig?: UpdateConfigInput | null;

  @Prop(() => UpdateConfigInput, { optional: true })
  rollbackConfig?: UpdateConfigInput | null;

  @Prop(() => DriverInput, { optional: true })
  logDriver?: DriverInput | null;

  @Prop(() => Int, { optional: true })
  forceUpdate?: number | null;

  @Prop(() => ImageResolution, {
    optional: true,
    description:
      'No field of the service, but how `image` is written: with the digest that its tag has in the registry, and with its platforms. `off`, when left out: as it is given. `try`: as it is given where the registry does not say. `require`: fails there.',
  })
  resolveImage?: ImageResolution | null;
}

@InputType()
export class CreateServiceInput extends ServiceInput {
  @Prop(() => String, { example: 'my-web' })
  name: string;

  @Prop(() => String, { example: 'nginx' })
  image: string;
}

@InputType({
  description:
    'A JSON Merge Patch (RFC 7396): what is left out stays, null unsets, maps merge key by key, lists are replaced whole.',
})
export class UpdateServiceInput extends ServiceInput {
  @Prop(() => String, {
    optional: true,
    description: 'A service cannot be renamed: only the same name is taken.',
  })
  name?: string | null;

  @Prop(() => String, { optional: true })
  image?: string | null;
}

@InputType()
export class ScaleServiceInput {
  @Prop(() => Int, { example: 5 })
  replicas: number;
}

@InputType()
export class AttachServiceInput {
  @Prop(() => [String], { optional: true, description: 'More names that the service gets on this network.' })
  aliases?: string[] | null;

  @Prop(() => StringMapScalar, { optional: true })
  driverOptions?: StringMap | null;
}

@InputType({ description: 'All that are given must fit.' })
export class ServiceFilter {
  @Prop(() => String, { optional: true, description: 'The exact name.' })
  name?: string | null;

  @Repeatable()
  @Prop(() => [String], { optional: true, description: '`key` or `key=value`; all of them must fit.' })
  label?: string[] | null;

  @Prop(() => ServiceMode, { optional: true })
  mode?: domain.ServiceMode | null;

  @Prop(() => String, { optional: true, description: 'Attached to it: an id, a unique id prefix or a name.' })
  network?: string | null;

  @Prop(() => String, { optional: true, description: 'The stack that deployed it.' })
  stack?: string | null;
}

export class ServiceQuery extends Paged(ServiceFilter) {}
export const ServiceConnection = ConnectionOf(Service, 'ServiceConnection');
export const ServiceList = ListOf(Service, 'ServiceList');
