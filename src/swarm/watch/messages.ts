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
export interface ServiceSpecMessage {
  annotations?: Annotations | null;
  task?: {
    container?: {
      image?: string;
      labels?: Record<string, string>;
      command?: string[];
      args?: string[];
      env?: string[];
      dir?: string;
      user?: string;
      stopGracePeriod?: Duration | null;
      hostname?: string;
    } | null;
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
      maxReplicas?: number;
    } | null;
    networks?: AttachmentConfigMessage[];
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
  spec?: { container?: { image?: string } | null } | null;
  serviceId?: string;
  slot?: number;
  nodeId?: string;
  serviceAnnotations?: { name?: string } | null;
  status?: {
    state?: number;
    message?: string;
    err?: string;
    container?: { containerId?: string; exitCode?: number } | null;
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
