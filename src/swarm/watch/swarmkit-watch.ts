import { createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import {
  type ChannelCredentials,
  credentials,
  loadPackageDefinition,
  type Client,
  type ClientReadableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { DomainError } from '../../domain/errors.ts';
import type { Node } from '../../domain/node.ts';
import { ChangeSource, type Snapshot, type SourceEvent } from '../change-source.ts';
import { RESOURCE_NAME_PREFIX } from '../store/resource-name.ts';
import { configFromSwarmkit } from './convert-config.ts';
import { isPredefined, networkFromSwarmkit } from './convert-network.ts';
import { nodeFromSwarmkit } from './convert-node.ts';
import { serviceFromSwarmkit } from './convert-service.ts';
import { taskFromSwarmkit } from './convert-task.ts';
import { Inbox } from './inbox.ts';
import { Managers } from './managers.ts';
import type {
  ConfigMessage,
  NetworkMessage,
  NodeMessage,
  ObjectMessage,
  ServiceMessage,
  TaskMessage,
  WatchMessage,
} from './messages.ts';

/** Bits of swarmkit's `WatchActionKind`. */
const ACTION_REMOVE = 4;
const ACTIONS_ALL = 1 | 2 | ACTION_REMOVE;

/** A list is one message: 100,000 tasks are tens of megabytes. gRPC's own limit is 4 MiB. */
const MAX_MESSAGE_BYTES = 512 * 1024 * 1024;
const LIST_DEADLINE_MS = 60_000;
const STREAM_START_DEADLINE_MS = 10_000;

/** swarmkit answers with the name it has in the swarm's own PKI, whatever the socket is called. */
const AUTHORITY = 'swarm-manager';

interface SwarmkitClient extends Client {
  watch(request: object): ClientReadableStream<WatchMessage>;
}
type List = 'ListNodes' | 'ListNetworks' | 'ListServices' | 'ListTasks' | 'ListConfigs';
type ListCall = (
  request: object,
  options: object,
  callback: (error: ServiceError | null, answer: object) => void,
) => void;

const OWN_CONFIGS_ONLY = { namePrefix: RESOURCE_NAME_PREFIX };
const WATCHED = {
  entries: [
    ...['node', 'network', 'service', 'task'].map((kind) => ({ kind, action: ACTIONS_ALL })),
    // The stream redacts nothing, so of configs only our own are asked for; secrets and clusters never.
    { kind: 'config', action: ACTIONS_ALL, filters: [OWN_CONFIGS_ONLY] },
  ],
};

/**
 * Changes from swarmkit's own Watch stream, on the control socket of a manager: each commit of the swarm's
 * Raft store within milliseconds, no polling. Lists come from the Control service of the same socket, because
 * it says the version of every object (the Engine API leaves out that of networks) and decodes the same way.
 */
export class SwarmkitWatch extends ChangeSource {
  readonly name = 'swarmkit';
  private readonly target: string;

  /** @param socketPath the control socket, normally `/run/docker/swarm/control.sock`; root only, managers only */
  constructor(socketPath: string) {
    super();
    this.target = `unix://${socketPath}`;
  }

  async *open(signal: AbortSignal): AsyncIterable<readonly SourceEvent[]> {
    const { watch, control } = connect(this.target);
    const stream = watch.watch(WATCHED);
    const inbox = inboxOf(stream);
    const messages = inbox[Symbol.asyncIterator]();
    const managers = new Managers(
      () => listNodes(control),
      (nodes) => inbox.push({ nodes }),
    );
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      // swarmkit sends one empty message once the stream is established; a list made before it can miss changes.
      await startOf(messages);
      const snapshot = await listAll(control);
      managers.start(snapshot.node);
      yield [{ type: 'snapshot', snapshot }];
      for await (const message of messages) {
        const events =
          'nodes' in message
            ? message.nodes.map((object): SourceEvent => ({ type: 'upsert', kind: 'node', object }))
            : (message.events ?? []).flatMap(eventFrom).map((event) => managers.complete(event));
        if (events.length > 0) yield events;
      }
    } catch (error) {
      throw unreachable(this.target, error);
    } finally {
      managers.stop();
      signal.removeEventListener('abort', cancel);
      stream.cancel();
      watch.close();
      control.close();
    }
  }
}

function connect(target: string): { watch: SwarmkitClient; control: Client } {
  const definition = loadSync(fileURLToPath(new URL('./swarmkit.proto', import.meta.url)), {
    longs: Number,
    enums: Number,
    oneofs: false,
  });
  const { Watch, Control } = (
    loadPackageDefinition(definition) as unknown as {
      docker: { swarmkit: { v1: Record<'Watch' | 'Control', new (...args: unknown[]) => Client> } };
    }
  ).docker.swarmkit.v1;
  const options = {
    'grpc.ssl_target_name_override': AUTHORITY,
    'grpc.default_authority': AUTHORITY,
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    // No keepalive: swarmkit's server ends a connection that pings more often than every five minutes.
  };
  return {
    watch: new Watch(target, socketCredentials(), options) as SwarmkitClient,
    control: new Control(target, socketCredentials(), options),
  };
}

/**
 * The socket speaks TLS but asks for no client certificate, and its own certificate is not meant to be
 * verified: who may open the socket is decided by the file's permissions.
 */
function socketCredentials(): ChannelCredentials {
  return credentials.createFromSecureContext(createSecureContext({}), {
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
}

/** What arrives while the stream is open: its messages, and nodes whose manager status has changed. */
type Arrival = WatchMessage | { readonly nodes: readonly Node[] };

/** Takes in the stream's messages from the first moment on, so that a list can be made meanwhile. */
function inboxOf(stream: ClientReadableStream<WatchMessage>): Inbox<Arrival> {
  const inbox = new Inbox<Arrival>();
  stream.on('data', (message: WatchMessage) => inbox.push(message));
  stream.on('error', (error) => inbox.fail(error));
  stream.on('end', () => inbox.fail(new Error('swarmkit ended the stream')));
  return inbox;
}

async function startOf(messages: AsyncIterator<Arrival>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no first message within ${STREAM_START_DEADLINE_MS} ms`)),
      STREAM_START_DEADLINE_MS,
    );
  });
  try {
    await Promise.race([messages.next(), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function listNodes(control: Client): Promise<readonly Node[]> {
  return ((await list<{ nodes?: NodeMessage[] }>(control, 'ListNodes')).nodes ?? []).map(nodeFromSwarmkit);
}

async function listAll(control: Client): Promise<Snapshot> {
  const [nodes, networks, services, tasks, configs] = await Promise.all([
    listNodes(control),
    list<{ networks?: NetworkMessage[] }>(control, 'ListNetworks'),
    list<{ services?: ServiceMessage[] }>(control, 'ListServices'),
    list<{ tasks?: TaskMessage[] }>(control, 'ListTasks'),
    list<{ configs?: ConfigMessage[] }>(control, 'ListConfigs', {
      filters: { namePrefixes: [RESOURCE_NAME_PREFIX] },
    }),
  ]);
  return {
    node: nodes,
    network: (networks.networks ?? []).filter((network) => !isPredefined(network)).map(networkFromSwarmkit),
    service: (services.services ?? []).map(serviceFromSwarmkit),
    task: (tasks.tasks ?? []).map(taskFromSwarmkit),
    config: (configs.configs ?? []).map(configFromSwarmkit),
  };
}

function list<T extends object>(control: Client, method: List, request: object = {}): Promise<T> {
  const call = (control as unknown as Record<List, ListCall>)[method].bind(control);
  return new Promise((resolve, reject) => {
    call(request, { deadline: Date.now() + LIST_DEADLINE_MS }, (error, answer) => {
      if (error) reject(error);
      else resolve(answer as T);
    });
  });
}

function eventFrom(event: { action?: number; object?: ObjectMessage }): SourceEvent[] {
  const { node, network, service, task, config } = event.object ?? {};
  const removed = event.action === ACTION_REMOVE;
  if (task) {
    return removed
      ? remove('task', task)
      : [{ type: 'upsert', kind: 'task', object: taskFromSwarmkit(task) }];
  }
  if (service) {
    return removed
      ? remove('service', service)
      : [{ type: 'upsert', kind: 'service', object: serviceFromSwarmkit(service) }];
  }
  if (node) {
    return removed
      ? remove('node', node)
      : [{ type: 'upsert', kind: 'node', object: nodeFromSwarmkit(node) }];
  }
  if (network) {
    if (isPredefined(network)) return [];
    return removed
      ? remove('network', network)
      : [{ type: 'upsert', kind: 'network', object: networkFromSwarmkit(network) }];
  }
  if (config) {
    return removed
      ? remove('config', config)
      : [{ type: 'upsert', kind: 'config', object: configFromSwarmkit(config) }];
  }
  return [];
}

function remove(
  kind: 'node' | 'network' | 'service' | 'task' | 'config',
  object: { id?: string },
): SourceEvent[] {
  return [{ type: 'remove', kind, id: object.id ?? '' }];
}

function unreachable(target: string, cause: unknown): DomainError {
  return new DomainError(
    'engine-unreachable',
    `The swarm's change stream at ${target} is not available. It is served by the Docker engine of a swarm manager; check that the engine runs and that SWARMPLANE_CONTROL_SOCKET names its socket.`,
    { cause },
  );
}
