import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import type { ObjectOf } from '../../domain/change.ts';
import { DomainError, isKind } from '../../domain/errors.ts';
import { unixTime, type LogLine, type LogRequest } from '../../domain/log-line.ts';
import type { LocalNetwork, SubnetCount } from '../../domain/ipam.ts';
import type { NetworkSpec } from '../../domain/network.ts';
import type { Kind, StringMap } from '../../domain/object.ts';
import type { NodeRole } from '../../domain/node.ts';
import type { ServiceSpec } from '../../domain/service.ts';
import type { Secret, StoredConfig, StoredFileKind, StoredFileSpec } from '../../domain/stored-file.ts';
import type { JoinTokens, Swarm } from '../../domain/swarm.ts';
import { RESOURCE_NAME_PREFIX } from '../store/resource-name.ts';
import { registryAuth } from '../registry-credentials.ts';
import {
  SwarmGateway,
  type ImageInRegistry,
  type NodeEdit,
  type ReadRollback,
  type ReadSpec,
  type RollbackCheck,
  type SpecEdit,
  type UpToDateTasks,
} from '../swarm-gateway.ts';
import {
  isLeftover,
  localNetworkFromDocker,
  networkFromDocker,
  networkSpecToDocker,
  PREDEFINED_LABEL,
  subnetCountsFromDocker,
} from './convert-network.ts';
import { hideSecrets } from './call-secrets.ts';
import { linesFromDocker } from './convert-log.ts';
import { nodeFromDocker, nodeSpecFromDocker, nodeSpecToDocker } from './convert-node.ts';
import { serviceFromDocker, serviceSpecFromDocker, serviceSpecToDocker } from './convert-service.ts';
import {
  imageFromDocker,
  secretFromDocker,
  storedConfigFromDocker,
  storedFileToDocker,
} from './convert-stored-file.ts';
import { configFromDocker, joinTokensFromDocker, swarmFromDocker } from './convert-swarm.ts';
import { taskFromDocker } from './convert-task.ts';
import { engineError, type CallEffect } from './docker-errors.ts';
import { at, flag, text, textMap, version, type Document } from './document.ts';
import { jsonLines } from './json-lines.ts';
import { logFrames, terminalFrames } from './log-frames.ts';
import { unknownChanges } from './unknown-changes.ts';

/** Docker 20.10, the oldest engine that this project is tested with. */
const OLDEST_API = '1.41';
/** The first API whose networks say how many of their addresses are taken (`Status.IPAM`). */
const API_WITH_COUNTS = '1.52';
/** The newest API whose answers this code knows; a newer engine is asked to speak it. */
const NEWEST_API = '1.52';

const byVersion = new Intl.Collator('en', { numeric: true });

/** No config may be empty, and ours keep their content in a label: the payload is a note to people. */
const CONFIG_PAYLOAD = Buffer.from('Kept by Swarmplane; the content is in the labels.').toString('base64');

type Query = Readonly<Record<string, string>>;

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** Credentials for a registry, as the Engine API wants them; to be kept nowhere. */
  readonly registryAuth?: string | undefined;
}

/**
 * The Engine API over dockerode. The API version is negotiated on first use: the newest that both sides know.
 */
export class DockerGateway extends SwarmGateway {
  private readonly docker: Docker;
  private negotiated: string | undefined;
  /** The engine's own documents of services that were read for writes: what we do not know of them is sent back, too. */
  private readonly readOf = new WeakMap<ReadSpec, Document>();

  /** @param timeoutMs how long one call may take, in milliseconds */
  constructor(
    options: Docker.DockerOptions,
    private readonly timeoutMs: number,
  ) {
    super();
    this.docker = new Docker(options);
  }

  async swarm(): Promise<Swarm> {
    return swarmFromDocker(await this.get('/swarm'));
  }

  async joinTokens(): Promise<JoinTokens> {
    return joinTokensFromDocker(await this.get('/swarm'));
  }

  async rotateJoinToken(role: NodeRole): Promise<void> {
    const swarm = await this.get('/swarm');
    const rotate = { worker: 'rotateWorkerToken', manager: 'rotateManagerToken' }[role];
    await this.write({
      method: 'POST',
      path: '/swarm/update',
      query: { version: String(version(swarm)), [rotate]: 'true' },
      body: at(swarm, 'Spec'),
    });
  }

  async updateNode(id: string, edit: NodeEdit): Promise<number> {
    const node = await this.get(`/nodes/${id}`);
    const base = (at(node, 'Spec') ?? {}) as Document;
    const current = version(node);
    const spec = await edit({ version: current, spec: nodeSpecFromDocker(base) });
    if (spec === null) return current;
    await this.write({
      method: 'POST',
      path: `/nodes/${id}/update`,
      query: { version: String(current) },
      body: nodeSpecToDocker(spec, base),
    });
    return current;
  }

  async list<K extends Kind>(kind: K): Promise<ObjectOf[K][]> {
    return await this.lists[kind]();
  }

  async createNetwork(spec: NetworkSpec): Promise<string> {
    const answer = await this.write({
      method: 'POST',
      path: '/networks/create',
      body: networkSpecToDocker(spec),
    });
    return text(answer, 'Id') ?? '';
  }

  async removeNetwork(id: string): Promise<void> {
    await this.write({ method: 'DELETE', path: `/networks/${id}` });
  }

  async networkCounts(id: string): Promise<readonly SubnetCount[] | null> {
    this.negotiated ??= await this.negotiate();
    if (byVersion.compare(this.negotiated, API_WITH_COUNTS) < 0) return null;
    return subnetCountsFromDocker(await this.get(`/networks/${id}`));
  }

  async localNetworks(): Promise<readonly LocalNetwork[]> {
    const networks = await this.getList('/networks', { filters: JSON.stringify({ scope: ['local'] }) });
    return networks.map(localNetworkFromDocker);
  }

  async createService(spec: ServiceSpec): Promise<string> {
    const answer = await this.write({
      method: 'POST',
      path: '/services/create',
      body: serviceSpecToDocker(spec),
      registryAuth: registryAuth(),
    });
    return text(answer, 'ID') ?? '';
  }

  async updateService(id: string, edit: SpecEdit, from?: ReadSpec): Promise<number> {
    const service = (from && this.readOf.get(from)) ?? (await this.get(`/services/${id}`));
    const base = (at(service, 'Spec') ?? {}) as Document;
    const current = version(service);
    const read = from ?? { version: current, spec: serviceSpecFromDocker(base) };
    this.readOf.set(read, service);
    const spec = await edit(read);
    if (spec === null) return current;
    await this.write({
      method: 'POST',
      path: `/services/${id}/update`,
      query: { version: String(current) },
      body: serviceSpecToDocker(spec, base),
      // Without any, the engine goes on with those that the service was last written with.
      registryAuth: registryAuth(),
    });
    return current;
  }

  async rollbackService(id: string, check: RollbackCheck, from?: ReadRollback): Promise<number> {
    const service = (from && this.readOf.get(from)) ?? (await this.get(`/services/${id}`));
    const current = version(service);
    const base = (at(service, 'Spec') ?? {}) as Document;
    const previous = at(service, 'PreviousSpec') as Document | undefined;
    const read = from ?? {
      version: current,
      spec: serviceSpecFromDocker(base),
      previousSpec: previous ? serviceSpecFromDocker(previous) : null,
      unknownChanges: previous ? unknownChanges(base, previous) : [],
    };
    this.readOf.set(read, service);
    if (!(await check(read))) return current;
    await this.write({
      method: 'POST',
      path: `/services/${id}/update`,
      query: { version: String(current), rollback: 'previous' },
      // The engine ignores the spec of a rollback, but wants one.
      body: base,
    });
    return current;
  }

  async removeService(id: string): Promise<void> {
    await this.write({ method: 'DELETE', path: `/services/${id}` });
  }

  async createConfig(name: string, labels: StringMap): Promise<string> {
    const answer = await this.write({
      method: 'POST',
      path: '/configs/create',
      body: { Name: name, Labels: labels, Data: CONFIG_PAYLOAD },
    });
    return text(answer, 'ID') ?? '';
  }

  async updateConfig(id: string, expected: number, labels: StringMap): Promise<void> {
    const config = await this.get(`/configs/${id}`);
    await this.write({
      method: 'POST',
      path: `/configs/${id}/update`,
      query: { version: String(expected) },
      // Only labels may differ; everything else must be sent as it is.
      body: { ...(at(config, 'Spec') as Document), Labels: labels },
    });
  }

  async removeConfig(id: string): Promise<void> {
    await this.write({ method: 'DELETE', path: `/configs/${id}` });
  }

  async apiVersion(): Promise<string> {
    return (this.negotiated ??= await this.negotiate());
  }

  async listSecrets(): Promise<readonly Secret[]> {
    return (await this.getList('/secrets')).map(secretFromDocker);
  }

  async listStoredConfigs(): Promise<readonly StoredConfig[]> {
    return (await this.getList('/configs'))
      .map(storedConfigFromDocker)
      .filter((config) => !config.name.startsWith(RESOURCE_NAME_PREFIX));
  }

  async createStoredFile(kind: StoredFileKind, spec: StoredFileSpec): Promise<string> {
    const answer = await this.write({
      method: 'POST',
      path: `/${kind}s/create`,
      body: storedFileToDocker(spec),
    });
    return text(answer, 'ID') ?? '';
  }

  async removeStoredFile(kind: StoredFileKind, id: string): Promise<void> {
    await this.write({ method: 'DELETE', path: `/${kind}s/${id}` });
  }

  async imageInRegistry(image: string): Promise<ImageInRegistry> {
    const answer = await this.call(
      { method: 'GET', path: `/distribution/${image}/json`, registryAuth: registryAuth() },
      'read',
    );
    return imageFromDocker(answer as Document);
  }

  async upToDateTasks(serviceId: string): Promise<UpToDateTasks> {
    // The filter is what Docker's CLI waits for a service by (moby, `daemon/cluster/filters.go`).
    const filters = { service: [serviceId], '_up-to-date': ['true'] };
    const tasks = await this.getList('/tasks', { filters: JSON.stringify(filters) });
    // Read last: a version that is still the one that a caller knows was so when the tasks were listed.
    const service = await this.get(`/services/${serviceId}`);
    return { version: version(service), tasks: new Set(tasks.map((task) => text(task, 'ID') ?? '')) };
  }

  async taskTemplates(serviceId: string): Promise<ReadonlyMap<string, ServiceSpec>> {
    const tasks = await this.getList('/tasks', { filters: JSON.stringify({ service: [serviceId] }) });
    return new Map(
      tasks.map((task) => [
        text(task, 'ID') ?? '',
        serviceSpecFromDocker({ TaskTemplate: at(task, 'Spec') }),
      ]),
    );
  }

  async serviceLogs(
    serviceId: string,
    request: LogRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<LogLine>> {
    const service = await this.get(`/services/${serviceId}`);
    if (text(service, 'Spec.TaskTemplate.LogDriver.Name') === 'none') {
      // The engine answers as if nothing had been written.
      throw new DomainError(
        'conflict',
        'The log driver of the service is "none", which keeps nothing to read. Give it another one, such as "json-file" or "local".',
      );
    }
    const chunks = await this.stream(`/services/${serviceId}/logs`, logQuery(request), signal);
    const frames = flag(service, 'Spec.TaskTemplate.ContainerSpec.TTY')
      ? terminalFrames(chunks)
      : logFrames(chunks);
    return untilAborted(linesFromDocker(frames), signal);
  }

  /**
   * Asks the engine whether it answers at all. Fails `engine-unreachable`, or `timeout` when it does not in `timeoutMs`
   * milliseconds.
   */
  async ping(timeoutMs: number): Promise<void> {
    try {
      await this.dial({ method: 'GET', path: '/version' }, '', timeoutMs);
    } catch (error) {
      throw engineError(error, 'read');
    }
  }

  /**
   * Docker's own events from now on, narrowed by Docker's filters, until `signal` aborts; resolves once the engine
   * listens. Fails `engine-unreachable` or `timeout` when it does not, and throws while read when the stream breaks.
   */
  async events(
    filters: Readonly<Record<string, readonly string[]>>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Document>> {
    return jsonLines(await this.stream('/events', { filters: JSON.stringify(filters) }, signal));
  }

  private readonly lists: { readonly [K in Kind]: () => Promise<ObjectOf[K][]> } = {
    node: async () => (await this.getList('/nodes')).map(nodeFromDocker),
    network: async () => (await this.listNetworks()).map(networkFromDocker),
    service: async () => (await this.getList('/services')).map(serviceFromDocker),
    task: async () => {
      const [tasks, services] = await Promise.all([this.listTasks(), this.getList('/services')]);
      const names = new Map(services.map((service) => [text(service, 'ID'), text(service, 'Spec.Name')]));
      return tasks.map((task) => taskFromDocker(task, names.get(text(task, 'ServiceID')) ?? null));
    },
    config: async () =>
      (await this.getList('/configs'))
        .map(configFromDocker)
        .filter((config) => config.name.startsWith(RESOURCE_NAME_PREFIX)),
  };

  /**
   * The swarm's networks. When the swarm cannot be asked, the engine does not say so but lists only those that its
   * own node knows (moby, `network_routes.go`): a list without any of the swarm's is believed only when the swarm
   * answers right after it, and then says the same again.
   */
  private async listNetworks(): Promise<Document[]> {
    const list = async (): Promise<Document[]> =>
      (await this.getList('/networks', { filters: JSON.stringify({ scope: ['swarm'] }) })).filter(
        (network) => !isLeftover(network),
      );
    let networks = await list();
    if (networks.length === 0) {
      await this.get('/swarm');
      networks = await list();
    }
    return networks.filter((network) => textMap(network, 'Labels')[PREDEFINED_LABEL] !== 'true');
  }

  private listTasks(): Promise<Document[]> {
    // What is not asked for is left out: `attachment` is a container that joined a network by hand.
    const filters = { runtime: ['container', 'plugin', 'attachment'] };
    return this.getList('/tasks', { filters: JSON.stringify(filters) });
  }

  private async get(path: string): Promise<Document> {
    return (await this.call({ method: 'GET', path }, 'read')) as Document;
  }

  private async getList(path: string, query: Query = {}): Promise<Document[]> {
    return ((await this.call({ method: 'GET', path, query }, 'read')) ?? []) as Document[];
  }

  /** The body of an answer that has no end of its own. Only its beginning has a deadline. */
  private async stream(path: string, query: Query, signal: AbortSignal): Promise<Readable> {
    this.negotiated ??= await this.negotiate();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.timeoutMs);
    const ended = AbortSignal.any([signal, late.signal]);
    try {
      return await new Promise<Readable>((resolve, reject) => {
        const abort = (): void => reject(new DOMException('no answer in time', 'AbortError'));
        if (ended.aborted) return abort();
        ended.addEventListener('abort', abort, { once: true });
        this.docker.modem.dial(
          {
            path: `/v${this.negotiated}${path}?`,
            method: 'GET',
            options: { _query: query },
            abortSignal: ended,
            isStream: true,
            statusCodes: { 200: true },
          },
          (error: unknown, answered: unknown) => {
            if (!error) resolve(answered as Readable);
            else reject(error instanceof Error ? error : new Error('The call failed.', { cause: error }));
          },
        );
      });
    } catch (error) {
      throw engineError(error, 'read');
    } finally {
      clearTimeout(timer);
    }
  }

  private async write(call: Call): Promise<unknown> {
    return this.call(call, 'write');
  }

  private async call(call: Call, effect: CallEffect): Promise<unknown> {
    this.negotiated ??= await this.negotiate();
    try {
      return await this.dial(call, `/v${this.negotiated}`);
    } catch (error) {
      hideSecrets(error, call.body, call.registryAuth);
      const failure = engineError(error, effect);
      // A restarted engine may be another version: ask again next time.
      if (isKind(failure, 'engine-unreachable')) this.negotiated = undefined;
      throw failure;
    }
  }

  private async negotiate(): Promise<string> {
    let offered: string | undefined;
    try {
      const answer = await this.dial({ method: 'GET', path: '/version' }, '');
      offered = text(answer, 'ApiVersion') ?? undefined;
    } catch (error) {
      throw engineError(error, 'read');
    }
    if (offered === undefined || byVersion.compare(offered, OLDEST_API) < 0) {
      throw new DomainError(
        'engine-unreachable',
        `The Docker engine speaks API ${offered ?? '(none)'}; Swarmplane needs ${OLDEST_API} (Docker 20.10) or later. Update the engine.`,
      );
    }
    return byVersion.compare(offered, NEWEST_API) < 0 ? offered : NEWEST_API;
  }

  private async dial(call: Call, prefix: string, timeoutMs = this.timeoutMs): Promise<unknown> {
    const late = new AbortController();
    // docker-modem has no deadline of its own, and an engine without a leader hangs.
    const timer = setTimeout(() => late.abort(), timeoutMs).unref();
    const answer = await new Promise((resolve, reject) => {
      // It also says nothing at all when a connection breaks in the middle of an answer.
      late.signal.addEventListener('abort', () =>
        reject(new DOMException('no answer in time', 'AbortError')),
      );
      this.docker.modem.dial(
        {
          // docker-modem appends the query when the path ends in "?", and takes query and body apart.
          path: `${prefix}${call.path}?`,
          method: call.method,
          options: { _query: call.query ?? {}, _body: call.body },
          ...(call.registryAuth === undefined ? {} : { authconfig: { base64: call.registryAuth } }),
          abortSignal: late.signal,
          statusCodes: { 200: true, 201: true, 204: true },
        },
        (error: unknown, answered: unknown) => {
          if (error) reject(error instanceof Error ? error : new Error('The call failed.', { cause: error }));
          else resolve(answered);
        },
      );
    }).finally(() => clearTimeout(timer));
    // What is no JSON comes as bytes, and so does `null`, which Go writes for a list that was never made.
    return Buffer.isBuffer(answer) ? (JSON.parse(answer.toString() || 'null') as unknown) : answer;
  }
}

function logQuery({ follow, tail, since, stdout, stderr }: LogRequest): Query {
  return {
    follow: String(follow),
    tail: tail === null ? 'all' : String(tail),
    stdout: String(stdout),
    stderr: String(stderr),
    // Always: lines are told with when, and by whom.
    timestamps: 'true',
    details: 'true',
    // The engine takes no RFC 3339 here, as its CLI does.
    ...(since === null ? {} : { since: unixTime(since) }),
  };
}

/** The same, ended without an error by the signal, and with one of ours by anything else. */
async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    if (!signal.aborted) throw engineError(error, 'read');
  }
}
