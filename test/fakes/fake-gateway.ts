import type { ObjectOf } from '../../src/domain/change.ts';
import { DomainError, type ErrorKind } from '../../src/domain/errors.ts';
import type { NetworkSpec } from '../../src/domain/network.ts';
import type { Kind, StringMap } from '../../src/domain/object.ts';
import type { LogLine, LogRequest } from '../../src/domain/log-line.ts';
import type { Service, ServiceSpec, UpdateConfig } from '../../src/domain/service.ts';
import type { Swarm } from '../../src/domain/swarm.ts';
import { TASK_STATES, type Task } from '../../src/domain/task.ts';
import { SwarmGateway, type SpecEdit, type UpToDateTasks } from '../../src/swarm/swarm-gateway.ts';
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

/** The Engine API of a fake swarm. */
export class FakeGateway extends SwarmGateway {
  /** The names of the calls that were made, for tests that nothing was asked of the engine. */
  readonly calls: string[] = [];
  /** What tasks have written. */
  readonly logs = new FakeLogs();
  private trouble: Trouble | null = null;
  /** Swarm keeps this version beside the previous spec and shows it to nobody. */
  private readonly previousSpecVersions = new Map<string, number | null>();

  constructor(
    private readonly store: FakeStore,
    private readonly ids: FakeIds,
    private readonly settings: Swarm,
    private readonly changed: () => void,
    private readonly isUpToDate: (task: Task, service: Service) => boolean,
  ) {
    super();
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

  async createService(spec: ServiceSpec): Promise<string> {
    return this.write('createService', () => {
      this.assertNetworks(spec);
      if (this.store.all('service').some((service) => service.name === spec.name)) {
        throw REFUSALS.nameTaken('service', spec.name);
      }
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

  async updateService(id: string, edit: SpecEdit): Promise<number> {
    const { version, spec } = await this.read('readService', () => {
      const service = this.service(id);
      return { version: service.version, spec: structuredClone(specOf(service)) };
    });
    const wanted = await edit({ version, spec });
    return this.write('updateService', () => {
      const service = this.service(id);
      this.assertNetworks(wanted);
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

  async rollbackService(id: string, check: (version: number) => void | Promise<void>): Promise<number> {
    const { version } = await this.read('readService', () => this.service(id));
    await check(version);
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

function failureOf({ failure }: Trouble, effect: CallEffect): DomainError {
  return failure instanceof DomainError ? failure : trouble(failure, effect);
}

/** The Engine API says neither the version of a network nor that of a service's spec. */
function withoutUnsaid<K extends Kind>(kind: K, object: ObjectOf[K]): ObjectOf[K] {
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
