import { createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import {
  credentials,
  loadPackageDefinition,
  type ChannelCredentials,
  type Client,
  type ClientReadableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Node } from '../../domain/node.ts';
import type { Snapshot } from '../change-source.ts';
import { RESOURCE_NAME_PREFIX } from '../store/resource-name.ts';
import { configFromSwarmkit } from './convert-config.ts';
import { isPredefined, networkFromSwarmkit } from './convert-network.ts';
import { nodeFromSwarmkit } from './convert-node.ts';
import { serviceFromSwarmkit } from './convert-service.ts';
import { taskFromSwarmkit } from './convert-task.ts';
import type {
  ConfigMessage,
  NetworkMessage,
  NodeMessage,
  ServiceMessage,
  TaskMessage,
  WatchMessage,
} from './messages.ts';

/** swarmkit's `WatchActionKind`: create, update and remove are bits. */
export const ACTION_REMOVE = 4;
const ACTIONS_ALL = 1 | 2 | ACTION_REMOVE;

/** A list is one message: 100,000 tasks are tens of megabytes. gRPC's own limit is 4 MiB. */
const MAX_MESSAGE_BYTES = 512 * 1024 * 1024;
const LIST_DEADLINE_MS = 60_000;

/** swarmkit answers with the name it has in the swarm's own PKI, whatever the socket is called. */
const AUTHORITY = 'swarm-manager';

const OWN_CONFIGS_ONLY = { namePrefix: RESOURCE_NAME_PREFIX };
const WATCHED = [
  ...['node', 'network', 'service', 'task'].map((kind) => ({ kind, action: ACTIONS_ALL })),
  // The stream redacts nothing, so of configs only our own are asked for; secrets and clusters never.
  { kind: 'config', action: ACTIONS_ALL, filters: [OWN_CONFIGS_ONLY] },
];

type Service = 'Watch' | 'Control' | 'Health';
type Unary = (
  request: object,
  options: object,
  callback: (error: ServiceError | null, answer: object) => void,
) => void;

/** swarmkit's services on the control socket of a manager, answering in the project's own types. */
export class SwarmkitClient {
  private readonly clients: Readonly<Record<Service, Client>>;

  /** @param target as gRPC names a socket: `unix:///run/docker/swarm/control.sock` */
  constructor(target: string) {
    this.clients = connect(target);
  }

  /**
   * Opens the Watch stream. Its first message is empty and says that it is established. With `resumeFrom` all
   * changes from this version on (inclusive) are told first.
   */
  watch(resumeFrom: number | null): ClientReadableStream<WatchMessage> {
    const client = this.clients.Watch as Client & {
      watch(request: object): ClientReadableStream<WatchMessage>;
    };
    return client.watch({
      entries: WATCHED,
      ...(resumeFrom === null ? {} : { resumeFrom: { index: resumeFrom } }),
    });
  }

  /** Everything there is, as the leader has it. */
  async listAll(): Promise<Snapshot> {
    const [node, networks, services, tasks, configs] = await Promise.all([
      this.listNodes(),
      this.list<{ networks?: NetworkMessage[] }>('ListNetworks'),
      this.list<{ services?: ServiceMessage[] }>('ListServices'),
      this.list<{ tasks?: TaskMessage[] }>('ListTasks'),
      this.list<{ configs?: ConfigMessage[] }>('ListConfigs', {
        filters: { namePrefixes: [RESOURCE_NAME_PREFIX] },
      }),
    ]);
    return {
      node,
      network: (networks.networks ?? []).filter((network) => !isPredefined(network)).map(networkFromSwarmkit),
      service: (services.services ?? []).map(serviceFromSwarmkit),
      task: (tasks.tasks ?? []).map(taskFromSwarmkit),
      config: (configs.configs ?? []).map(configFromSwarmkit),
    };
  }

  /** All nodes, as the leader has them: with who manages and who leads. */
  async listNodes(): Promise<readonly Node[]> {
    return ((await this.list<{ nodes?: NodeMessage[] }>('ListNodes')).nodes ?? []).map(nodeFromSwarmkit);
  }

  /** Asks the manager behind the socket, which needs no leader for it, whether it lives. Rejects when it does not. */
  async check(timeoutMs: number): Promise<void> {
    await this.call('Health', 'Check', {}, timeoutMs);
  }

  close(): void {
    for (const client of Object.values(this.clients)) client.close();
  }

  private list<T extends object>(method: string, request: object = {}): Promise<T> {
    return this.call('Control', method, request, LIST_DEADLINE_MS) as Promise<T>;
  }

  private call(service: Service, method: string, request: object, timeoutMs: number): Promise<object> {
    const client = this.clients[service];
    const call = (client as unknown as Record<string, Unary>)[method]?.bind(client);
    return new Promise((resolve, reject) => {
      call?.(request, { deadline: Date.now() + timeoutMs }, (error, answer) => {
        if (error) reject(error);
        else resolve(answer);
      });
    });
  }
}

function connect(target: string): Record<Service, Client> {
  const definition = loadSync(fileURLToPath(new URL('./swarmkit.proto', import.meta.url)), {
    longs: Number,
    enums: Number,
    oneofs: false,
  });
  const { Watch, Control, Health } = (
    loadPackageDefinition(definition) as unknown as {
      docker: { swarmkit: { v1: Record<Service, new (...args: unknown[]) => Client> } };
    }
  ).docker.swarmkit.v1;
  const options = {
    'grpc.ssl_target_name_override': AUTHORITY,
    'grpc.default_authority': AUTHORITY,
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    // No keepalive: swarmkit's server ends a connection that pings more often than every five minutes.
  };
  const open = (service: new (...args: unknown[]) => Client): Client =>
    new service(target, socketCredentials(), options);
  return { Watch: open(Watch), Control: open(Control), Health: open(Health) };
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
