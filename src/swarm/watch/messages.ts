/**
 * The messages of `swarmkit.proto` as they are decoded: camel case, numbers for integers and enums. protobuf 3 leaves
 * defaults out, so a field that was not sent is absent or reads as the default: zero, empty, and null for a message.
 */
export interface Timestamp {
  seconds?: number;
  nanos?: number;
}
export type Duration = Timestamp;

export interface Meta {
  version?: { index?: number } | null;
  createdAt?: Timestamp | null;
  updatedAt?: Timestamp | null;
}
export interface Annotations {
  name?: string;
  labels?: Record<string, string>;
}
export interface Driver {
  name?: string;
  options?: Record<string, string>;
}

export interface ConfigMessage {
  id?: string;
  meta?: Meta | null;
  spec?: { annotations?: Annotations | null } | null;
}

export interface IpamOptions {
  configs?: { subnet?: string; range?: string; gateway?: string; reserved?: Record<string, string> }[];
}
export interface NetworkMessage {
  id?: string;
  meta?: Meta | null;
  spec?: {
    annotations?: Annotations | null;
    ipv6Enabled?: boolean;
    internal?: boolean;
    attachable?: boolean;
    ingress?: boolean;
  } | null;
  driverState?: Driver | null;
  ipam?: IpamOptions | null;
}

export interface ResourcesMessage {
  nanoCpus?: number;
  memoryBytes?: number;
  generic?: { discreteResourceSpec?: { kind?: string; value?: number } | null }[];
}
export interface NodeMessage {
  id?: string;
  meta?: Meta | null;
  spec?: { annotations?: Annotations | null; desiredRole?: number; availability?: number } | null;
  description?: {
    hostname?: string;
    platform?: { architecture?: string; os?: string } | null;
    resources?: ResourcesMessage | null;
    engine?: { engineVersion?: string; labels?: Record<string, string> } | null;
  } | null;
  status?: { state?: number; message?: string; addr?: string } | null;
  managerStatus?: { addr?: string; leader?: boolean; reachability?: number } | null;
  attachments?: { network?: { id?: string } | null; addresses?: string[] }[];
}

export interface AttachmentConfigMessage {
  target?: string;
  aliases?: string[];
  driverAttachmentOpts?: Record<string, string>;
}
export interface UpdateConfigMessage {
  parallelism?: number;
  delay?: Duration | null;
  failureAction?: number;
  monitor?: Duration | null;
  maxFailureRatio?: number;
  order?: number;
}
export interface PortMessage {
  protocol?: number;
  targetPort?: number;
  publishedPort?: number;
  publishMode?: number;
}
export interface MountMessage {
  type?: number;
  source?: string;
  target?: string;
  readonly?: boolean;
  bindOptions?: {
    propagation?: number;
    nonrecursive?: boolean;
    readonlynonrecursive?: boolean;
    readonlyforcerecursive?: boolean;
  } | null;
  volumeOptions?: {
    nocopy?: boolean;
    labels?: Record<string, string>;
    driverConfig?: Driver | null;
    subpath?: string;
  } | null;
  tmpfsOptions?: { sizeBytes?: number; mode?: number } | null;
}
export interface FileTargetMessage {
  name?: string;
  uid?: string;
  gid?: string;
  mode?: number;
}
export interface SecretReferenceMessage {
  secretId?: string;
  secretName?: string;
  file?: FileTargetMessage | null;
}
export interface ConfigReferenceMessage {
  configId?: string;
  configName?: string;
  file?: FileTargetMessage | null;
}
export interface HealthMessage {
  test?: string[];
  interval?: Duration | null;
  timeout?: Duration | null;
  retries?: number;
  startPeriod?: Duration | null;
  startInterval?: Duration | null;
}
export interface PrivilegesMessage {
  credentialSpec?: { file?: string; registry?: string; config?: string } | null;
  selinuxContext?: { disable?: boolean; user?: string; role?: string; type?: string; level?: string } | null;
  seccomp?: { mode?: number; profile?: Uint8Array } | null;
  apparmor?: { mode?: number } | null;
  noNewPrivileges?: boolean;
}
export interface ContainerMessage {
  image?: string;
  labels?: Record<string, string>;
  command?: string[];
  args?: string[];
  env?: string[];
  dir?: string;
  user?: string;
  mounts?: MountMessage[];
  stopGracePeriod?: Duration | null;
  groups?: string[];
  secrets?: SecretReferenceMessage[];
  tty?: boolean;
  hostname?: string;
  dnsConfig?: { nameservers?: string[]; search?: string[]; options?: string[] } | null;
  healthcheck?: HealthMessage | null;
  hosts?: string[];
  openStdin?: boolean;
  readOnly?: boolean;
  stopSignal?: string;
  configs?: ConfigReferenceMessage[];
  privileges?: PrivilegesMessage | null;
  init?: { value?: boolean } | null;
  isolation?: number;
  pidsLimit?: number;
  sysctls?: Record<string, string>;
  capabilityAdd?: string[];
  capabilityDrop?: string[];
  ulimits?: { name?: string; soft?: number; hard?: number }[];
  oomScoreAdj?: number;
}
export interface ServiceSpecMessage {
  annotations?: Annotations | null;
  task?: {
    container?: ContainerMessage | null;
    resources?: { limits?: ResourcesMessage | null; reservations?: ResourcesMessage | null } | null;
    restart?: {
      condition?: number;
      delay?: Duration | null;
      maxAttempts?: number;
      window?: Duration | null;
    } | null;
    placement?: {
      constraints?: string[];
      preferences?: { spread?: { spreadDescriptor?: string } | null }[];
      platforms?: { architecture?: string; os?: string }[];
      maxReplicas?: number;
    } | null;
    networks?: AttachmentConfigMessage[];
    logDriver?: Driver | null;
    forceUpdate?: number;
  } | null;
  replicated?: { replicas?: number } | null;
  global?: object | null;
  replicatedJob?: { maxConcurrent?: number; totalCompletions?: number } | null;
  globalJob?: object | null;
  update?: UpdateConfigMessage | null;
  rollback?: UpdateConfigMessage | null;
  networks?: AttachmentConfigMessage[];
  endpoint?: { mode?: number; ports?: PortMessage[] } | null;
}
export interface ServiceMessage {
  id?: string;
  meta?: Meta | null;
  spec?: ServiceSpecMessage | null;
  endpoint?: { ports?: PortMessage[]; virtualIps?: { networkId?: string; addr?: string }[] } | null;
  updateStatus?: {
    state?: number;
    startedAt?: Timestamp | null;
    completedAt?: Timestamp | null;
    message?: string;
  } | null;
  previousSpec?: ServiceSpecMessage | null;
  specVersion?: { index?: number } | null;
  jobStatus?: { jobIteration?: { index?: number } | null } | null;
}

export interface TaskMessage {
  id?: string;
  meta?: Meta | null;
  spec?: { container?: { image?: string } | null; attachment?: { containerId?: string } | null } | null;
  serviceId?: string;
  slot?: number;
  nodeId?: string;
  serviceAnnotations?: { name?: string } | null;
  status?: {
    state?: number;
    message?: string;
    err?: string;
    container?: { containerId?: string; exitCode?: number } | null;
    portStatus?: { ports?: PortMessage[] } | null;
  } | null;
  desiredState?: number;
  networks?: { network?: { id?: string } | null; addresses?: string[] }[];
  specVersion?: { index?: number } | null;
  jobIteration?: { index?: number } | null;
}

export interface ObjectMessage {
  node?: NodeMessage | null;
  network?: NetworkMessage | null;
  service?: ServiceMessage | null;
  task?: TaskMessage | null;
  config?: ConfigMessage | null;
}
export interface WatchMessage {
  events?: { action?: number; object?: ObjectMessage | null }[];
}
