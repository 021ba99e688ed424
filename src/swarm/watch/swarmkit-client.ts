import { setImmediate } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { Client, credentials, type ChannelCredentials, type ClientReadableStream } from '@grpc/grpc-js';
import type { ObjectOf } from '../../domain/change.ts';
import type { Kind } from '../../domain/object.ts';
import type { Node } from '../../domain/node.ts';
import type { SourceEvent } from '../change-source.ts';
import { RESOURCE_NAME_PREFIX } from '../store/resource-name.ts';
import { configFromSwarmkit } from './convert-config.ts';
import { isPredefined, networkFromSwarmkit } from './convert-network.ts';
import { nodeFromSwarmkit } from './convert-node.ts';
import { serviceFromSwarmkit } from './convert-service.ts';
import { taskFromSwarmkit } from './convert-task.ts';
import type { ConfigMessage, NetworkMessage, NodeMessage, ServiceMessage, TaskMessage } from './messages.ts';
import { inPortions, PORTION_BYTES } from './portions.ts';
import { decoderOf, encode, methodPath, type Decoder } from './protocol.ts';
import { ACTIONS_ALL, changesFrom } from './swarmkit-changes.ts';

/** gRPC's own limit is 4 MiB; of the objects with one first character there can be more. */
const MAX_MESSAGE_BYTES = 512 * 1024 * 1024;
const LIST_DEADLINE_MS = 60_000;
/** Decoding pauses this often, in milliseconds, so that whoever asks the server meanwhile gets an answer. */
const BREATHE_EVERY_MS = 10;

/** swarmkit answers with the name it has in the swarm's own PKI, whatever the socket is called. */
const AUTHORITY = 'swarm-manager';

const WATCHED = [
  ...['node', 'network', 'service', 'task'].map((kind) => ({ kind, action: ACTIONS_ALL })),
  // The stream redacts nothing, so of configs only our own are asked for; secrets and clusters never.
  { kind: 'config', action: ACTIONS_ALL, filters: [{ namePrefix: RESOURCE_NAME_PREFIX }] },
];

/** How a kind is listed: swarmkit's method and request, what is in the answer, and what we make of it. */
interface Listing<T, M> {
  readonly method: string;
  readonly request: string;
  readonly filters?: object;
  /** Whether the list may be long, so that it is asked for in portions. */
  readonly long?: boolean;
  readonly decoder: Decoder<M>;
  /** Null for what is not shown. */
  readonly convert: (message: M) => T | null;
}
const listing = <T, M>(of: Listing<T, M>): Listing<T, unknown> => of as Listing<T, unknown>;

const LISTINGS: { readonly [K in Kind]: Listing<ObjectOf[K], unknown> } = {
  node: listing({
    method: 'ListNodes',
    request: 'ListRequest',
    decoder: decoderOf<NodeMessage>('Node'),
    convert: nodeFromSwarmkit,
  }),
  network: listing({
    method: 'ListNetworks',
    request: 'ListRequest',
    decoder: decoderOf<NetworkMessage>('Network'),
    convert: (network) => (isPredefined(network) ? null : networkFromSwarmkit(network)),
  }),
  service: listing({
    method: 'ListServices',
    request: 'ListByIdRequest',
    long: true,
    decoder: decoderOf<ServiceMessage>('Service'),
    convert: serviceFromSwarmkit,
  }),
  task: listing({
    method: 'ListTasks',
    request: 'ListByIdRequest',
    long: true,
    decoder: decoderOf<TaskMessage>('Task'),
    convert: taskFromSwarmkit,
  }),
  config: listing({
    method: 'ListConfigs',
    request: 'ListConfigsRequest',
    filters: { namePrefixes: [RESOURCE_NAME_PREFIX] },
    decoder: decoderOf<ConfigMessage>('Config'),
    convert: configFromSwarmkit,
  }),
};

/** Requests are encoded, and answers decoded, outside of gRPC. */
const asIs = (bytes: Buffer): Buffer => bytes;

/** swarmkit's services on the control socket of a manager, answering in the project's own types. */
export class SwarmkitClient {
  private readonly client: Client;

  /**
   * @param target as gRPC names a socket: `unix:///run/docker/swarm/control.sock`
   * @param portionBytes how long the answers should be in which long lists come
   */
  constructor(
    target: string,
    private readonly portionBytes = PORTION_BYTES,
  ) {
    this.client = new Client(target, socketCredentials(), {
      'grpc.ssl_target_name_override': AUTHORITY,
      'grpc.default_authority': AUTHORITY,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      // No keepalive: swarmkit's server ends a connection that pings more often than every five minutes.
    });
  }

  /**
   * Opens the Watch stream. Its first message is empty and says that it is established. With `resumeFrom` all
   * changes from this version on (inclusive) are told first.
   */
  watch(resumeFrom: number | null): ClientReadableStream<SourceEvent[]> {
    const request = {
      entries: WATCHED,
      ...(resumeFrom === null ? {} : { resumeFrom: { index: resumeFrom } }),
    };
    return this.client.makeServerStreamRequest(
      methodPath('Watch', 'Watch'),
      asIs,
      changesFrom,
      encode('WatchRequest', request),
    );
  }

  /**
   * All objects of a kind, as the leader has them, in parts. They are not of one moment: what changes meanwhile is
   * told by a stream that was opened before.
   */
  async *list<K extends Kind>(kind: K): AsyncGenerator<readonly ObjectOf[K][], void> {
    const { method, request, filters, long, decoder, convert } = LISTINGS[kind];
    const ask = (filter: object | undefined): Promise<Buffer> =>
      this.call('Control', method, encode(request, filter ? { filters: filter } : {}), LIST_DEADLINE_MS);
    const answers = long
      ? inPortions((idPrefixes) => ask({ idPrefixes }), this.portionBytes)
      : [await ask(filters)];
    for await (const answer of answers) yield* decoded(answer, decoder, convert);
  }

  /** All nodes, as the leader has them: with who manages and who leads. */
  async listNodes(): Promise<readonly Node[]> {
    const nodes: Node[] = [];
    for await (const portion of this.list('node')) nodes.push(...portion);
    return nodes;
  }

  /** Asks the manager behind the socket, which needs no leader for it, whether it lives. Rejects when it does not. */
  async check(timeoutMs: number): Promise<void> {
    await this.call('Health', 'Check', encode('HealthCheckRequest', {}), timeoutMs);
  }

  close(): void {
    this.client.close();
  }

  private call(
    service: 'Control' | 'Health',
    method: string,
    request: Buffer,
    timeoutMs: number,
  ): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        methodPath(service, method),
        asIs,
        asIs,
        request,
        { deadline: Date.now() + timeoutMs },
        (error, answer) => {
          if (error) reject(error);
          else resolve(answer ?? Buffer.alloc(0));
        },
      );
    });
  }
}

/** Makes our objects of a list's answer one by one, and hands over what it has before each pause. */
async function* decoded<T, M>(
  answer: Buffer,
  decoder: Decoder<M>,
  convert: (message: M) => T | null,
): AsyncGenerator<readonly T[], void> {
  let objects: T[] = [];
  let since = performance.now();
  for (const message of decoder.elements(answer)) {
    const object = convert(message);
    if (object !== null) objects.push(object);
    if (performance.now() - since < BREATHE_EVERY_MS) continue;
    yield objects;
    objects = [];
    await setImmediate();
    since = performance.now();
  }
  yield objects;
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
