import type { ObjectOf } from '../domain/change.ts';
import type { LocalNetwork, SubnetCount } from '../domain/ipam.ts';
import type { NetworkSpec } from '../domain/network.ts';
import type { LogLine, LogRequest } from '../domain/log-line.ts';
import type { Kind, StringMap } from '../domain/object.ts';
import type { NodeRole, NodeSpec } from '../domain/node.ts';
import type { ServiceSpec } from '../domain/service.ts';
import type { Secret, StoredConfig, StoredFileKind, StoredFileSpec } from '../domain/stored-file.ts';
import type { JoinTokens, Swarm } from '../domain/swarm.ts';
import type { Platform } from '../domain/container.ts';

/** The spec of a service, as it was read for a write. Handed to another one, that begins with it and reads nothing. */
export interface ReadSpec {
  readonly version: number;
  readonly spec: ServiceSpec;
}

/** The same for a rollback: what it replaces, and what it puts in force, null where there is nothing to go back to. */
export interface ReadRollback extends ReadSpec {
  readonly previousSpec: ServiceSpec | null;
  /** Changes of parts that we know nothing of, as JSON pointers into the engine's own document. */
  readonly unknownChanges: readonly string[];
}

/** Makes the new spec from the current one, or null to write nothing. May throw; is called once per attempt. */
export type SpecEdit = (current: ReadSpec) => ServiceSpec | null | Promise<ServiceSpec | null>;

/** Sees what a rollback would do, and answers whether to go on; may throw. */
export type RollbackCheck = (rollback: ReadRollback) => boolean | Promise<boolean>;

/** What `SpecEdit` is of a service, for a node. */
export type NodeEdit = (current: {
  readonly version: number;
  readonly spec: NodeSpec;
}) => NodeSpec | null | Promise<NodeSpec | null>;

/** The tasks that Swarm itself counts as made from a service's spec, as of this version of the service. */
export interface UpToDateTasks {
  readonly version: number;
  readonly tasks: ReadonlySet<string>;
}

/** What a registry says of an image. */
export interface ImageInRegistry {
  /** `sha256:…` */
  readonly digest: string;
  readonly platforms: readonly Platform[];
}

/**
 * Commands to the swarm, and lists straight from the engine. Every call has a deadline and fails with a
 * `DomainError`: `engine-unreachable`, `not-a-manager` or `no-leader` when the swarm cannot be asked, `timeout`
 * for a read and `unknown-outcome` for a write that did not answer in time.
 */
export abstract class SwarmGateway {
  /** The settings of the swarm. */
  abstract swarm(): Promise<Swarm>;

  /** The join tokens. Their text must go nowhere but to who asks for it. */
  abstract joinTokens(): Promise<JoinTokens>;

  /**
   * Replaces the join token of a role: the old one lets nobody in any more, and who is in stays. One attempt: fails
   * `conflict` when somebody wrote the swarm in between.
   */
  abstract rotateJoinToken(role: NodeRole): Promise<void>;

  /**
   * Reads the node's spec, lets `edit` change it and writes it back, keeping what we do not know of it. One attempt:
   * fails `conflict` when somebody wrote in between, and when Swarm would lose its quorum by a change of role; fails
   * `not-found`. Answers the version that was replaced.
   */
  abstract updateNode(id: string, edit: NodeEdit): Promise<number>;

  /** All objects of a kind as the engine lists them. Of configs, only our own. */
  abstract list<K extends Kind>(kind: K): Promise<ObjectOf[K][]>;

  /** Creates a network and answers its id. Fails `name-taken`, `invalid`, `conflict`. */
  abstract createNetwork(spec: NetworkSpec): Promise<string>;

  /** Removes a network. Fails `not-found`, and `in-use` while services or tasks are attached. */
  abstract removeNetwork(id: string): Promise<void>;

  /**
   * How many addresses of each subnet of a network the engine itself counts; null for an engine that does not (older
   * than API 1.52, Docker 29). Fails `not-found`.
   */
  abstract networkCounts(id: string): Promise<readonly SubnetCount[] | null>;

  /** The networks that only the engine's own machine has, `bridge` among them. Those of other machines nobody lists. */
  abstract localNetworks(): Promise<readonly LocalNetwork[]>;

  /** Creates a service and answers its id. Fails `name-taken`, `invalid`, `conflict`. */
  abstract createService(spec: ServiceSpec): Promise<string>;

  /**
   * Reads the service's spec, lets `edit` change it and writes it back, keeping what we do not know of it.
   * One attempt: fails `conflict` when somebody wrote in between. Answers the version that was read, and replaced
   * if anything was written.
   * @param from what another call has read of this service before; without it, it is read now
   */
  abstract updateService(id: string, edit: SpecEdit, from?: ReadSpec): Promise<number>;

  /**
   * Puts the previous spec back in force, if `check` says so. Answers the version that was read, and replaced.
   * @param from as of `updateService`
   */
  abstract rollbackService(id: string, check: RollbackCheck, from?: ReadRollback): Promise<number>;

  /** Removes a service. Fails `not-found`. */
  abstract removeService(id: string): Promise<void>;

  /**
   * Which tasks of a service Swarm counts as of its spec: the same that its own updates leave alone. Fails
   * `not-found`.
   */
  abstract upToDateTasks(serviceId: string): Promise<UpToDateTasks>;

  /**
   * What each task of a service was made of, by its id, as far as a spec says it of tasks; all other fields are unset,
   * those of the endpoint among them. A task keeps the placement that it was made with when that alone changes.
   */
  abstract taskTemplates(serviceId: string): Promise<ReadonlyMap<string, ServiceSpec>>;

  /**
   * The lines that the tasks of a service have written, of each task in order; resolves once the engine has begun to
   * answer. Read slowly, it reads slowly from the engine. Ends when all is told, or when `signal` aborts. Fails
   * `not-found`, and `conflict` when the log driver keeps nothing to read; while read, also when the stream breaks.
   */
  abstract serviceLogs(
    serviceId: string,
    request: LogRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<LogLine>>;

  /** Creates a config of ours with these labels and answers its id. Fails `name-taken`. */
  abstract createConfig(name: string, labels: StringMap): Promise<string>;

  /** Replaces the labels of a config, if it still has `version`. Fails `conflict` otherwise, or `not-found`. */
  abstract updateConfig(id: string, version: number, labels: StringMap): Promise<void>;

  /** Removes a config. Fails `not-found`. */
  abstract removeConfig(id: string): Promise<void>;

  /** The version of the Engine API that is spoken. */
  abstract apiVersion(): Promise<string>;

  /** All secrets; what is in them nobody is told, not even by the engine. */
  abstract listSecrets(): Promise<readonly Secret[]>;

  /** All configs but our own. */
  abstract listStoredConfigs(): Promise<readonly StoredConfig[]>;

  /** Creates a secret or a config and answers its id. Fails `name-taken`, `invalid`. */
  abstract createStoredFile(kind: StoredFileKind, spec: StoredFileSpec): Promise<string>;

  /** Removes a secret or a config. Fails `not-found`, and `in-use` while a service refers to it. */
  abstract removeStoredFile(kind: StoredFileKind, id: string): Promise<void>;

  /**
   * Lets the engine ask the registry for an image, with the credentials of the request. Fails `not-found` or
   * `forbidden` as the registry does, and otherwise as any read.
   */
  abstract imageInRegistry(image: string): Promise<ImageInRegistry>;
}
