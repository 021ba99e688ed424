/**
 * The messages of `swarmkit.proto` as the loader hands them over: camel case, numbers for integers and
 * enums, and, as protobuf 3 leaves defaults out, every field possibly absent.
 */
export interface Timestamp {
  seconds?: number;
  nanos?: number;
}
export type Duration = Timestamp;

export interface Meta {
  version?: { index?: number };
  createdAt?: Timestamp;
  updatedAt?: Timestamp;
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
  meta?: Meta;
  spec?: { annotations?: Annotations };
}

export interface IpamOptions {
  configs?: { subnet?: string; range?: string; gateway?: string; reserved?: Record<string, string> }[];
}
export interface NetworkMessage {
  id?: string;
  meta?: Meta;
  spec?: {
    annotations?: Annotations;
    ipv6Enabled?: boolean;
    internal?: boolean;
    attachable?: boolean;
    ingress?: boolean;
  };
  driverState?: Driver;
  ipam?: IpamOptions;
}

export interface ResourcesMessage {
  nanoCpus?: number;
  memoryBytes?: number;
}
export interface NodeMessage {
  id?: string;
  meta?: Meta;
  spec?: { annotations?: Annotations; desiredRole?: number; availability?: number };
  description?: {
    hostname?: string;
    platform?: { architecture?: string; os?: string };
    resources?: ResourcesMessage;
    engine?: { engineVersion?: string; labels?: Record<string, string> };
  };
  status?: { state?: number; message?: string; addr?: string };
  managerStatus?: { addr?: string; leader?: boolean; reachability?: number };
}

export interface AttachmentConfigMessage {
  target?: string;
  aliases?: string[];
  driverAttachmentOpts?: Record<string, string>;
}
export interface UpdateConfigMessage {
  parallelism?: number;
  delay?: Duration;
  failureAction?: number;
  monitor?: Duration;
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
  annotations?: Annotations;
  task?: {
    container?: {
      image?: string;
      labels?: Record<string, string>;
      command?: string[];
      args?: string[];
      env?: string[];
      dir?: string;
      user?: string;
      stopGracePeriod?: Duration;
      hostname?: string;
    };
    resources?: { limits?: ResourcesMessage; reservations?: ResourcesMessage };
    restart?: { condition?: number; delay?: Duration; maxAttempts?: number; window?: Duration };
    placement?: {
      constraints?: string[];
      preferences?: { spread?: { spreadDescriptor?: string } }[];
      maxReplicas?: number;
    };
    networks?: AttachmentConfigMessage[];
    forceUpdate?: number;
  };
  replicated?: { replicas?: number };
  global?: object;
  replicatedJob?: { maxConcurrent?: number; totalCompletions?: number };
  globalJob?: object;
  update?: UpdateConfigMessage;
  rollback?: UpdateConfigMessage;
  networks?: AttachmentConfigMessage[];
  endpoint?: { mode?: number; ports?: PortMessage[] };
}
export interface ServiceMessage {
  id?: string;
  meta?: Meta;
  spec?: ServiceSpecMessage;
  endpoint?: { ports?: PortMessage[]; virtualIps?: { networkId?: string; addr?: string }[] };
  updateStatus?: { state?: number; startedAt?: Timestamp; completedAt?: Timestamp; message?: string };
  previousSpec?: ServiceSpecMessage;
  specVersion?: { index?: number };
}

export interface TaskMessage {
  id?: string;
  meta?: Meta;
  spec?: { container?: { image?: string } };
  serviceId?: string;
  slot?: number;
  nodeId?: string;
  serviceAnnotations?: { name?: string };
  status?: {
    state?: number;
    message?: string;
    err?: string;
    container?: { containerId?: string; exitCode?: number };
  };
  desiredState?: number;
  networks?: { network?: { id?: string }; addresses?: string[] }[];
}

export interface ObjectMessage {
  node?: NodeMessage;
  network?: NetworkMessage;
  service?: ServiceMessage;
  task?: TaskMessage;
  config?: ConfigMessage;
}
export interface WatchMessage {
  events?: { action?: number; object?: ObjectMessage }[];
}
