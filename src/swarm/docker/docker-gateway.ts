import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import type { ObjectOf } from '../../domain/change.ts';
import { DomainError, isKind } from '../../domain/errors.ts';
import { unixTime, type LogLine, type LogRequest } from '../../domain/log-line.ts';
import type { NetworkSpec } from '../../domain/network.ts';
import type { Kind, StringMap } from '../../domain/object.ts';
import type { NodeRole } from '../../domain/node.ts';
import type { ServiceSpec } from '../../domain/service.ts';
import type { JoinTokens, Swarm } from '../../domain/swarm.ts';
import { RESOURCE_NAME_PREFIX } from '../store/resource-name.ts';
import { SwarmGateway, type NodeEdit, type SpecEdit, type UpToDateTasks } from '../swarm-gateway.ts';
import { isLeftover, networkFromDocker, networkSpecToDocker, PREDEFINED_LABEL } from './convert-network.ts';
import { linesFromDocker } from './convert-log.ts';
import { nodeFromDocker, nodeSpecFromDocker, nodeSpecToDocker } from './convert-node.ts';
import { serviceFromDocker, serviceSpecFromDocker, serviceSpecToDocker } from './convert-service.ts';
import { configFromDocker, joinTokensFromDocker, swarmFromDocker } from './convert-swarm.ts';
import { taskFromDocker } from './convert-task.ts';
import { engineError, type CallEffect } from './docker-errors.ts';
import { at, flag, text, textMap, version, type Document } from './document.ts';
import { jsonLines } from './json-lines.ts';
import { logFrames, terminalFrames } from './log-frames.ts';

/** Docker 20.10, the oldest engine that this project is tested with. */
const OLDEST_API = '1.41';
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
}

/**
 * The Engine API over dockerode. The API version is negotiated on first use: the newest that both sides know.
 */
export class DockerGateway extends SwarmGateway {
  private readonly docker: Docker;
  private apiVersion: string | undefined;

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

  async createService(spec: ServiceSpec): Promise<string> {
    const answer = await this.write({
      method: 'POST',
      path: '/services/create',
      body: serviceSpecToDocker(spec),
    });
    return text(answer, 'ID') ?? '';
  }

  async updateService(id: string, edit: SpecEdit): Promise<number> {
    const service = await this.get(`/services/${id}`);
    const base = (at(service, 'Spec') ?? {}) as Document;
    const current = version(service);
    const spec = await edit({ version: current, spec: serviceSpecFromDocker(base) });
    await this.write({
      method: 'POST',
      path: `/services/${id}/update`,
      query: { version: String(current) },
      body: serviceSpecToDocker(spec, base),
    });
    return current;
  }

  async rollbackService(id: string, check: (version: number) => void | Promise<void>): Promise<number> {
    const service = await this.get(`/services/${id}`);
    const current = version(service);
    await check(current);
    await this.write({
      method: 'POST',
      path: `/services/${id}/update`,
      query: { version: String(current), rollback: 'previous' },
      // The engine ignores the spec of a rollback, but wants one.
      body: at(service, 'Spec'),
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

  async upToDateTasks(serviceId: string): Promise<UpToDateTasks> {
    // The filter is what Docker's CLI waits for a service by (moby, `daemon/cluster/filters.go`).
    const filters = { service: [serviceId], '_up-to-date': ['true'] };
    const tasks = await this.getList('/tasks', { filters: JSON.stringify(filters) });
    // Read last: a version that is still the one that a caller knows was so when the tasks were listed.
    const service = await this.get(`/services/${serviceId}`);
    return { version: version(service), tasks: new Set(tasks.map((task) => text(task, 'ID') ?? '')) };
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
      const [tasks, services] = await Promise.all([this.getList('/tasks'), this.getList('/services')]);
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

  private async get(path: string): Promise<Document> {
    return (await this.call({ method: 'GET', path }, 'read')) as Document;
  }

  private async getList(path: string, query: Query = {}): Promise<Document[]> {
    return ((await this.call({ method: 'GET', path, query }, 'read')) ?? []) as Document[];
  }

  /** The body of an answer that has no end of its own. Only its beginning has a deadline. */
  private async stream(path: string, query: Query, signal: AbortSignal): Promise<Readable> {
    this.apiVersion ??= await this.negotiate();
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
            path: `/v${this.apiVersion}${path}?`,
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
    this.apiVersion ??= await this.negotiate();
    try {
      return await this.dial(call, `/v${this.apiVersion}`);
    } catch (error) {
      const failure = engineError(error, effect);
      // A restarted engine may be another version: ask again next time.
      if (isKind(failure, 'engine-unreachable')) this.apiVersion = undefined;
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
    const answer = await new Promise((resolve, reject) => {
      // docker-modem has no deadline of its own, and an engine without a leader hangs.
      const deadline = AbortSignal.timeout(timeoutMs);
      // It also says nothing at all when a connection breaks in the middle of an answer.
      deadline.addEventListener('abort', () => reject(new DOMException('no answer in time', 'AbortError')));
      this.docker.modem.dial(
        {
          // docker-modem appends the query when the path ends in "?", and takes query and body apart.
          path: `${prefix}${call.path}?`,
          method: call.method,
          options: { _query: call.query ?? {}, _body: call.body },
          abortSignal: deadline,
          statusCodes: { 200: true, 201: true, 204: true },
        },
        (error: unknown, answered: unknown) => {
          if (error) reject(error instanceof Error ? error : new Error('The call failed.', { cause: error }));
          else resolve(answered);
        },
      );
    });
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
