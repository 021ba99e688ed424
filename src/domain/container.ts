import type { StringMap } from './object.ts';

export const MOUNT_TYPES = ['bind', 'volume', 'tmpfs', 'npipe', 'cluster'] as const;
export type MountType = (typeof MOUNT_TYPES)[number];
export const MOUNT_CONSISTENCIES = ['default', 'consistent', 'cached', 'delegated'] as const;
export type MountConsistency = (typeof MOUNT_CONSISTENCIES)[number];
/** In the order of the numbers that swarmkit gives them (`types.proto`). */
export const PROPAGATIONS = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave'] as const;
export type Propagation = (typeof PROPAGATIONS)[number];
/** In the order of swarmkit's numbers (`specs.proto`). */
export const ISOLATIONS = ['default', 'process', 'hyperv'] as const;
export type Isolation = (typeof ISOLATIONS)[number];
export const SECCOMP_MODES = ['default', 'unconfined', 'custom'] as const;
export type SeccompMode = (typeof SECCOMP_MODES)[number];
export const APPARMOR_MODES = ['default', 'disabled'] as const;
export type AppArmorMode = (typeof APPARMOR_MODES)[number];

/** A driver, of logs or volumes, by name, and what it is told. */
export interface Driver {
  readonly name: string;
  readonly options: StringMap;
}

/** What the containers have in `/etc/resolv.conf`. */
export interface DnsConfig {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** How a container is found to be well. Durations in milliseconds; null or empty inherits from the image. */
export interface Healthcheck {
  /** `["CMD", …]`, `["CMD-SHELL", command]`, `["NONE"]`; empty inherits. */
  readonly test: readonly string[];
  readonly interval: number | null;
  readonly timeout: number | null;
  readonly retries: number | null;
  readonly startPeriod: number | null;
  readonly startInterval: number | null;
}

export interface BindOptions {
  readonly propagation: Propagation | null;
  readonly nonRecursive: boolean;
  readonly readOnlyNonRecursive: boolean;
  readonly readOnlyForceRecursive: boolean;
}

export interface VolumeOptions {
  readonly noCopy: boolean;
  readonly labels: StringMap;
  readonly driver: Driver | null;
  readonly subpath: string | null;
}

/** `mode` are permission bits as a number: 0o1777 is 1023. */
export interface TmpfsOptions {
  readonly sizeBytes: number | null;
  readonly mode: number | null;
}

export interface Mount {
  readonly type: MountType;
  /** A path of the node, or the name of a volume; null makes an anonymous volume. */
  readonly source: string | null;
  readonly target: string;
  readonly readOnly: boolean;
  readonly consistency: MountConsistency | null;
  readonly bindOptions: BindOptions | null;
  readonly volumeOptions: VolumeOptions | null;
  readonly tmpfsOptions: TmpfsOptions | null;
}

/** The file that a secret or a config is in the container; `mode` are permission bits as a number: 0o444 is 292. */
export interface FileTarget {
  readonly target: string;
  readonly uid: string;
  readonly gid: string;
  readonly mode: number;
}

export interface SecretReference extends FileTarget {
  readonly secretId: string;
  readonly secretName: string;
}

export interface ConfigReference extends FileTarget {
  readonly configId: string;
  readonly configName: string;
}

/** A resource limit of the processes; -1 is without limit. */
export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** A managed service account of Windows, from one of three places. */
export interface CredentialSpec {
  readonly file: string | null;
  readonly registry: string | null;
  readonly configId: string | null;
  readonly configName: string | null;
}

export interface SeLinuxContext {
  readonly disable: boolean;
  readonly user: string | null;
  readonly role: string | null;
  readonly type: string | null;
  readonly level: string | null;
}

/** `profile` is the JSON of a profile of one's own, of mode `custom`. */
export interface Seccomp {
  readonly mode: SeccompMode;
  readonly profile: string | null;
}

export interface AppArmor {
  readonly mode: AppArmorMode;
}

export interface Privileges {
  readonly credentialSpec: CredentialSpec | null;
  readonly seLinuxContext: SeLinuxContext | null;
  readonly seccomp: Seccomp | null;
  readonly appArmor: AppArmor | null;
  readonly noNewPrivileges: boolean;
}

/** What kind of machine an image is for, in Docker's words: `linux`, `amd64`; null is any. */
export interface Platform {
  readonly os: string | null;
  readonly architecture: string | null;
}

/** So many of what the operators of nodes say that they have, such as `SSD`. */
export interface GenericResource {
  readonly kind: string;
  readonly value: number;
}

/** How the containers of a service are set up, besides what they run. Every field is always there. */
export interface ContainerSettings {
  readonly groups: readonly string[];
  /** Lines of `/etc/hosts`: `"192.0.2.9 backend"`. */
  readonly hosts: readonly string[];
  readonly dnsConfig: DnsConfig;
  /** Whether an init process runs in the container; null leaves it to the engine. */
  readonly init: boolean | null;
  readonly tty: boolean;
  readonly openStdin: boolean;
  readonly readOnly: boolean;
  readonly stopSignal: string | null;
  /** Null inherits that of the image. */
  readonly healthcheck: Healthcheck | null;
  readonly mounts: readonly Mount[];
  readonly secrets: readonly SecretReference[];
  readonly configs: readonly ConfigReference[];
  readonly sysctls: StringMap;
  readonly ulimits: readonly Ulimit[];
  readonly capabilityAdd: readonly string[];
  readonly capabilityDrop: readonly string[];
  readonly privileges: Privileges | null;
  readonly isolation: Isolation;
  /** -1000 to 1000. */
  readonly oomScoreAdj: number;
}
