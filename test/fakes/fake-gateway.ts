import { randomBytes } from 'node:crypto';
import type { ObjectOf } from '../../src/domain/change.ts';
import { DomainError, type ErrorKind } from '../../src/domain/errors.ts';
import type { LocalNetwork, SubnetCount } from '../../src/domain/ipam.ts';
import type { NetworkSpec } from '../../src/domain/network.ts';
import type { Kind, StringMap } from '../../src/domain/object.ts';
import type { LogLine, LogRequest } from '../../src/domain/log-line.ts';
import type { Node, NodeRole } from '../../src/domain/node.ts';
import { isSamePort } from '../../src/domain/ports.ts';
import { quorumOf } from '../../src/domain/quorum.ts';
import type { Secret, StoredConfig, StoredFileKind, StoredFileSpec } from '../../src/domain/stored-file.ts';
import type { Service, ServiceSpec, UpdateConfig } from '../../src/domain/service.ts';
import { completeSpec } from '../../src/domain/service-defaults.ts';
import type { JoinTokens, Swarm } from '../../src/domain/swarm.ts';
import { TASK_STATES, type Task } from '../../src/domain/task.ts';
import { registryAuth } from '../../src/swarm/registry-credentials.ts';
import {
  SwarmGateway,
  type ImageInRegistry,
  type NodeEdit,
  type ReadRollback,
  type ReadSpec,
  type RollbackCheck,
  type SpecEdit,
  type UpToDateTasks,
} from '../../src/swarm/swarm-gateway.ts';
import { RESOURCE_NAME_PREFIX } from '../../src/swarm/store/resource-name.ts';
import type { CallEffect } from '../../src/swarm/docker/docker-errors.ts';
import { REFUSALS, trouble } from './engine-refusals.ts';
import type { FakeIds } from './fake-ids.ts';
import { FakeLogs } from './fake-logs.ts';
import { now, type FakeStore } from './fake-store.ts';

interface Trouble {
  readonly failure: ErrorKind | DomainError;
  readonly effect: CallEffect | 'any';
  readonly applied: boolean;
}

/** Which calls fail, and whether a write that fails was made all the same. */
export interface TroubleOptions {
  readonly effect?: CallEffect | 'any';
  readonly applied?: boolean;
}

/** What every engine in a swarm has. */
const LOCAL_NETWORKS: readonly LocalNetwork[] = [
  { id: 'f'.repeat(64), name: 'bridge', subnets: ['172.17.0.0/16'] },
  { id: 'e'.repeat(64), name: 'docker_gwbridge', subnets: ['172.18.0.0/16'] },
  { id: 'd'.repeat(64), name: 'host', subnets: [] },
];

/** The Engine API of a fake swarm. */
export class FakeGateway extends SwarmGateway {
  /** The names of the calls that were made, for tests that nothing was asked of the engine. */
  readonly calls: string[] = [];
  /** What tasks have written. */
  readonly logs = new FakeLogs();
  /** What an engine of API 1.52 says of the addresses of a network, by its id; an older one says nothing. */
  readonly counts = new Map<string, readonly SubnetCount[]>();
  /** The version of the Engine API that it speaks. */
  api = '1.41';
  /** What the registry says of an image, by the reference that was asked for. */
  readonly registry = new Map<string, ImageInRegistry>();
  /** The credentials that writes of services, and questions to the registry, came with. */
  readonly credentials: (string | undefined)[] = [];
  /** What the swarm keeps to be files in containers, by its id. */
  readonly files: Record<StoredFileKind, Map<string, StoredConfig>> = {
    secret: new Map(),
    config: new Map(),
  };
  private trouble: Trouble | null = null;
  private settings: Swarm;
  private readonly tokens: Record<NodeRole, string> = { worker: newJoinToken(), manager: newJoinToken() };
  /** Swarm keeps this version beside the previous spec and shows it to nobody. */
  private readonly previousSpecVersions = new Map<string, number | null>();

  constructor(
    private readonly store: FakeStore,
    private readonly ids: FakeIds,
    settings: Swarm,
    private readonly changed: () => void,
    private readonly isUpToDate: (task: Task, service: Service) => boolean,
    private readonly templateOf: (task: Task) => Partial<ServiceSpec> | undefined,
  ) {
    super();
    this.settings = settings;
  }

  /** Lets calls fail, as if the engine were in trouble of this kind, until `recover`. */
  fail(failure: ErrorKind | DomainError, { effect = 'any', applied = false }: TroubleOptions = {}): void {
    this.trouble = { failure, effect, applied };
  }

  /** Ends what `fail` began. */
  recover(): void {
    this.trouble = null;
  }

  async swarm(): Promise<Swarm> {
    return this.read('swarm', () => this.settings);
  }

  /** The swarm gets other settings, as by `docker swarm update`. */
  changeSettings(change: Partial<Swarm>): void {
    this.settings = { ...this.settings, ...change, version: this.settings.version + 1 };
  }

  async joinTokens(): Promise<JoinTokens> {
    return this.read('joinTokens', () => ({ ...this.tokens }));
  }

  async rotateJoinToken(role: NodeRole): Promise<void> {
    const { version } = await this.read('swarm', () => this.settings);
    return this.write('rotateJoinToken', () => {
      if (this.settings.version !== version) throw REFUSALS.outOfSequence();
      this.tokens[role] = newJoinToken();
      this.changeSettings({});
    });
  }

  async updateNode(id: string, edit: NodeEdit): Promise<number> {
    const { version, spec } = await this.read('readNode', () => {
      const { version, role, availability, labels } = this.node(id);
      return { version, spec: { role, availability, labels: { ...labels } } };
    });
    const wanted = await edit({ version, spec });
    if (wanted === null) return version;
    return this.write('updateNode', () => {
      const node = this.node(id);
      if (node.version !== version) throw REFUSALS.outOfSequence();
      if (node.role === 'manager' && wanted.role === 'worker') {
        // Raft's members, those among them that are on their way out included.
        const rest = quorumOf(this.store.all('node').filter((other) => other.id !== id));
        if (rest.managers === 0) throw REFUSALS.lastManager();
        if (!rest.healthy) throw REFUSALS.lossOfQuorum();
      }
      this.store.commit((transaction) => transaction.put('node', { ...node, ...wanted }));
      return version;
    });
  }

  async list<K extends Kind>(kind: K): Promise<ObjectOf[K][]> {
    return this.read('list', () => {
      const objects = structuredClone(this.store.all(kind));
      return objects.map((object) => withoutUnsaid(kind, object)).filter(isOurs(kind));
    });
  }

  async createNetwork(spec: NetworkSpec): Promise<string> {
    return this.write('createNetwork', () => {
      if (this.store.all('network').some((network) => network.name === spec.name)) {
        throw REFUSALS.networkNameTaken(spec.name);
      }
      const id = this.ids.next();
      const { encrypted, options, ...rest } = structuredClone(spec);
      this.store.commit((transaction) =>
        transaction.put('network', {
          ...rest,
          id,
          version: 0,
          scope: 'swarm',
          createdAt: now(),
          options: encrypted ? { ...options, encrypted: '' } : options,
          encrypted,
          ingress: false,
          allocated: false,
        }),
      );
      return id;
    });
  }

  async removeNetwork(id: string): Promise<void> {
    return this.write('removeNetwork', () => {
      if (!this.store.get('network', id)) throw REFUSALS.notFound('network', id);
      const service = this.store
        .all('service')
        .find(({ networks }) => networks.some((attachment) => attachment.networkId === id));
      if (service) throw REFUSALS.networkInUse(id, `service ${service.id}`);
      const running = TASK_STATES.indexOf('running');
      const task = this.store
        .all('task')
        .find(
          ({ addresses, state, desiredState }) =>
            TASK_STATES.indexOf(state) <= running &&
            TASK_STATES.indexOf(desiredState) <= running &&
            addresses.some((address) => address.networkId === id),
        );
      if (task) throw REFUSALS.networkInUse(id, `task ${task.id}`);
      this.store.commit((transaction) => transaction.remove('network', id));
    });
  }

  async networkCounts(id: string): Promise<readonly SubnetCount[] | null> {
    return this.read('networkCounts', () => {
      if (!this.store.get('network', id)) throw REFUSALS.notFound('network', id);
      return this.counts.get(id) ?? null;
    });
  }

  async localNetworks(): Promise<readonly LocalNetwork[]> {
    return this.read('localNetworks', () => LOCAL_NETWORKS);
  }

  async createService(spec: ServiceSpec): Promise<string> {
    this.credentials.push(registryAuth());
    return this.write('createService', () => {
      this.assertFiles(spec);
      this.assertNetworks(spec);
      if (this.store.all('service').some((service) => service.name === spec.name)) {
        throw REFUSALS.nameTaken('service', spec.name);
      }
      this.assertPorts(spec, null);
      const id = this.ids.next();
      this.previousSpecVersions.set(id, null);
      this.store.commit((transaction) =>
        transaction.put('service', {
          ...withDefaults(spec),
          id,
          version: 0,
          createdAt: now(),
          updatedAt: now(),
          virtualIps: [],
          publishedPorts: [],
          updateStatus: null,
          previousSpec: null,
          specVersion: 0,
          jobIteration: null,
        }),
      );
      return id;
    });
  }

  async updateService(id: string, edit: SpecEdit, from?: ReadSpec): Promise<number> {
    const read =
      from ??
      (await this.read('readService', () => {
        const service = this.service(id);
        return { version: service.version, spec: structuredClone(specOf(service)) };
      }));
    const { version } = read;
    const wanted = await edit(read);
    if (wanted === null) return version;
    this.credentials.push(registryAuth());
    return this.write('updateService', () => {
      const service = this.service(id);
      this.assertNetworks(wanted);
      this.assertFiles(wanted);
      this.assertPorts(wanted, id);
      if (service.version !== version) throw REFUSALS.outOfSequence();
      if (service.mode !== wanted.mode) throw REFUSALS.changeOfMode();
      if (service.name !== wanted.name) throw REFUSALS.rename();
      this.previousSpecVersions.set(id, service.specVersion);
      this.store.commit((transaction) =>
        transaction.put('service', {
          ...service,
          ...withDefaults(wanted),
          previousSpec: specOf(service),
          specVersion: service.version,
          updateStatus: null,
        }),
      );
      return version;
    });
  }

  async rollbackService(id: string, check: RollbackCheck, from?: ReadRollback): Promise<number> {
    const read =
      from ??
      (await this.read('readService', () => {
        const service = this.service(id);
        const { version, previousSpec } = service;
        return { version, spec: specOf(service), previousSpec, unknownChanges: [] };
      }));
    const { version } = read;
    if (!(await check(read))) return version;
    return this.write('rollbackService', () => {
      const service = this.service(id);
      if (service.version !== version) throw REFUSALS.outOfSequence();
      if (service.previousSpec === null) throw REFUSALS.noPreviousSpec(id);
      const { previousSpec, specVersion } = service;
      // swarmkit swaps the versions along with the specs: this one goes back.
      const restored = this.previousSpecVersions.get(id) ?? 0;
      this.previousSpecVersions.set(id, specVersion);
      this.store.commit((transaction) =>
        transaction.put('service', {
          ...service,
          ...previousSpec,
          previousSpec: specOf(service),
          specVersion: restored,
          updateStatus: {
            state: 'rollback_started',
            startedAt: now(),
            completedAt: null,
            message: 'manually requested rollback',
          },
        }),
      );
      return version;
    });
  }

  async removeService(id: string): Promise<void> {
    return this.write('removeService', () => {
      this.service(id);
      this.store.commit((transaction) => transaction.remove('service', id));
    });
  }

  async upToDateTasks(serviceId: string): Promise<UpToDateTasks> {
    return this.read('upToDateTasks', () => {
      const service = this.service(serviceId);
      const tasks = this.store
        .all('task')
        .filter((task) => task.serviceId === serviceId && this.isUpToDate(task, service));
      return { version: service.version, tasks: new Set(tasks.map(({ id }) => id)) };
    });
  }

  async taskTemplates(serviceId: string): Promise<ReadonlyMap<string, ServiceSpec>> {
    return this.read('taskTemplates', () => {
      const tasks = this.store.all('task').filter((task) => task.serviceId === serviceId);
      return new Map(
        tasks.map((task) => [task.id, completeSpec(structuredClone(this.templateOf(task) ?? {}))]),
      );
    });
  }

  async serviceLogs(
    serviceId: string,
    request: LogRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<LogLine>> {
    return this.read('serviceLogs', () => this.logs.read(this.service(serviceId).id, request, signal));
  }

  async createConfig(name: string, labels: StringMap): Promise<string> {
    return this.write('createConfig', () => {
      if (this.store.all('config').some((config) => config.name === name)) {
        throw REFUSALS.nameTaken('config', name);
      }
      const id = this.ids.next();
      this.store.commit((transaction) =>
        transaction.put('config', {
          id,
          version: 0,
          name,
          labels: { ...labels },
          createdAt: now(),
          updatedAt: now(),
        }),
      );
      return id;
    });
  }

  async updateConfig(id: string, version: number, labels: StringMap): Promise<void> {
    return this.write('updateConfig', () => {
      const config = this.store.get('config', id);
      if (!config) throw REFUSALS.notFound('config', id);
      if (config.version !== version) throw REFUSALS.outOfSequence();
      this.store.commit((transaction) => transaction.put('config', { ...config, labels: { ...labels } }));
    });
  }

  async removeConfig(id: string): Promise<void> {
    return this.write('removeConfig', () => {
      if (!this.store.get('config', id)) throw REFUSALS.notFound('config', id);
      this.store.commit((transaction) => transaction.remove('config', id));
    });
  }

  async apiVersion(): Promise<string> {
    return this.read('apiVersion', () => this.api);
  }

  async listSecrets(): Promise<readonly Secret[]> {
    return this.read('listSecrets', () =>
      [...this.files.secret.values()].map(({ data: _data, ...secret }) => secret),
    );
  }

  async listStoredConfigs(): Promise<readonly StoredConfig[]> {
    return this.read('listStoredConfigs', () => [...this.files.config.values()]);
  }

  async createStoredFile(kind: StoredFileKind, spec: StoredFileSpec): Promise<string> {
    return this.write('createStoredFile', () => {
      const there: { name: string }[] = [...this.files[kind].values()];
      if (kind === 'config') there.push(...this.store.all('config'));
      if (there.some(({ name }) => name === spec.name)) throw REFUSALS.nameTaken(kind, spec.name);
      const id = this.ids.next();
      this.files[kind].set(id, {
        ...structuredClone(spec),
        id,
        version: this.files.secret.size + this.files.config.size + 1,
        createdAt: now(),
        updatedAt: now(),
      });
      return id;
    });
  }

  async removeStoredFile(kind: StoredFileKind, id: string): Promise<void> {
    return this.write('removeStoredFile', () => {
      const file = this.files[kind].get(id);
      if (!file) throw REFUSALS.notFound(kind, id);
      const users = this.store
        .all('service')
        .filter(({ secrets, configs }) =>
          kind === 'secret'
            ? secrets.some(({ secretId }) => secretId === id)
            : configs.some(({ configId }) => configId === id),
        );
      if (users.length > 0) {
        throw REFUSALS.fileInUse(
          kind,
          file.name,
          users.map(({ name }) => name),
        );
      }
      this.files[kind].delete(id);
    });
  }

  async imageInRegistry(image: string): Promise<ImageInRegistry> {
    this.credentials.push(registryAuth());
    return this.read('imageInRegistry', () => {
      const found = this.registry.get(image);
      if (!found) throw REFUSALS.noSuchImage(image);
      return found;
    });
  }

  private assertFiles({ secrets, configs }: ServiceSpec): void {
    for (const { secretId, secretName } of secrets) {
      if (!this.files.secret.has(secretId)) throw REFUSALS.fileNotFound('secret', secretName);
    }
    for (const { configId, configName } of configs) {
      if (!this.files.config.has(configId)) throw REFUSALS.fileNotFound('config', configName);
    }
  }

  private node(id: string): Node {
    const node = this.store.get('node', id);
    if (!node) throw REFUSALS.notFound('node', id);
    return node;
  }

  private service(id: string): Service {
    const service = this.store.get('service', id);
    if (!service) throw REFUSALS.notFound('service', id);
    return service;
  }

  private assertNetworks(spec: ServiceSpec): void {
    for (const { networkId } of spec.networks) {
      if (!this.store.get('network', networkId)) throw REFUSALS.notFound('network', networkId);
    }
  }

  /** A port in ingress mode is one service's alone; in host mode it may be shared with others in host mode. */
  private assertPorts(spec: ServiceSpec, ownId: string | null): void {
    for (const other of this.store.all('service').filter(({ id }) => id !== ownId)) {
      for (const theirs of other.ports) {
        const own = spec.ports.find((port) => isSamePort(port, theirs));
        if (!own || (own.publishMode === 'host' && theirs.publishMode === 'host')) continue;
        const how = theirs.publishMode === 'host' ? 'a host-published' : 'an ingress';
        throw REFUSALS.portTaken(theirs.publishedPort ?? 0, `'${other.name}' (${other.id})`, how);
      }
    }
  }

  private read<T>(name: string, answer: () => T): Promise<T> {
    return this.call(name, 'read', answer);
  }

  private async write<T>(name: string, answer: () => T): Promise<T> {
    return this.call(name, 'write', () => {
      const result = answer();
      this.changed();
      return result;
    });
  }

  /** One call over the socket: it takes a moment each way, and other calls come in between. */
  private async call<T>(name: string, effect: CallEffect, answer: () => T): Promise<T> {
    this.calls.push(name);
    await new Promise((resolve) => setImmediate(resolve));
    const { trouble } = this;
    const fails = trouble !== null && (trouble.effect === 'any' || trouble.effect === effect);
    if (fails && !trouble.applied) throw failureOf(trouble, effect);
    const result = answer();
    await new Promise((resolve) => setImmediate(resolve));
    if (fails) throw failureOf(trouble, effect);
    return result;
  }
}

function newJoinToken(): string {
  return `SWMTKN-1-${randomBytes(25).toString('hex')}-${randomBytes(12).toString('hex')}`;
}

function failureOf({ failure }: Trouble, effect: CallEffect): DomainError {
  return failure instanceof DomainError ? failure : trouble(failure, effect);
}

/** The Engine API says neither the version of a network nor that of a service's spec, nor a node's addresses. */
function withoutUnsaid<K extends Kind>(kind: K, object: ObjectOf[K]): ObjectOf[K] {
  if (kind === 'node') {
    const { attachments: _, ...said } = object as ObjectOf['node'];
    return said as ObjectOf[K];
  }
  if (kind === 'network') return { ...object, version: 0 };
  return kind === 'service' || kind === 'task' ? { ...object, specVersion: null } : object;
}

const isOurs =
  (kind: Kind) =>
  (object: object): boolean =>
    kind !== 'config' || (object as { name: string }).name.startsWith(RESOURCE_NAME_PREFIX);

/** What Swarm fills in of a spec that says less. */
function withDefaults(spec: ServiceSpec): ServiceSpec {
  const policy = (config: UpdateConfig | null): UpdateConfig | null =>
    config && {
      ...config,
      delay: config.delay || null,
      monitor: config.monitor || null,
      failureAction: config.failureAction ?? 'pause',
      order: config.order ?? 'stop-first',
    };
  return {
    ...structuredClone(spec),
    replicas: spec.mode === 'replicated' ? (spec.replicas ?? 1) : null,
    restartPolicy: spec.restartPolicy && {
      ...spec.restartPolicy,
      condition: spec.restartPolicy.condition ?? 'any',
      maxAttempts: spec.restartPolicy.maxAttempts ?? 0,
    },
    updateConfig: policy(spec.updateConfig),
    rollbackConfig: policy(spec.rollbackConfig),
  };
}

function specOf(service: Service): ServiceSpec {
  const { id: _id, version: _version, createdAt: _created, updatedAt: _updated, ...rest } = service;
  const { virtualIps: _ips, publishedPorts: _ports, updateStatus: _status, ...more } = rest;
  const { previousSpec: _previous, specVersion: _specVersion, jobIteration: _jobIteration, ...spec } = more;
  return spec;
}
