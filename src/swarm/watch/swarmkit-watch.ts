import type { ClientReadableStream } from '@grpc/grpc-js';
import { DomainError } from '../../domain/errors.ts';
import type { ObjectOf } from '../../domain/change.ts';
import type { Node } from '../../domain/node.ts';
import type { Kind } from '../../domain/object.ts';
import { ChangeSource, ResumeRefused, type SourceEvent } from '../change-source.ts';
import { Inbox } from './inbox.ts';
import { Managers } from './managers.ts';
import { SwarmkitClient } from './swarmkit-client.ts';

const STREAM_START_DEADLINE_MS = 10_000;
/** Without a leader lists hang; a stream that is resumed does not wait for one longer than this. */
const LEADER_DEADLINE_MS = 2_000;
/** A manager that hangs is noticed after twice this at most: well within ten seconds. */
const CHECK_EVERY_MS = 3_000;
/** Messages that may wait while a list is made: some minutes of a busy swarm, some tens of megabytes. */
const MAX_WAITING_MESSAGES = 100_000;

/** What is referred to comes before what refers to it, and the longest list last. */
const LIST_ORDER: readonly Kind[] = ['node', 'network', 'config', 'service', 'task'];

/** What swarmkit says when it no longer has the changes since a version (`manager/state/store/memory.go`). */
const TOO_FAR_BACK = /compaction|out of order/;

/** What arrives while the stream is open: its messages, and nodes whose manager status has changed. */
type Arrival = { readonly events: SourceEvent[] } | { readonly nodes: readonly Node[] };

/**
 * Changes from swarmkit's own Watch stream, on the control socket of a manager: each commit of the swarm's
 * Raft store within milliseconds, no polling. Lists come from the Control service of the same socket, because
 * it says the version of every object (the Engine API leaves out that of networks) and decodes the same way.
 */
export class SwarmkitWatch extends ChangeSource {
  readonly name = 'swarmkit';
  private readonly target: string;
  /** The nodes last listed, by which a swarm is told from another one made in its place. */
  private nodeIds: ReadonlySet<string> = new Set();

  /**
   * @param socketPath the control socket, normally `/run/docker/swarm/control.sock`; root only, managers only
   * @param portionBytes how long the answers should be in which long lists come; tests make them short
   */
  constructor(
    socketPath: string,
    private readonly portionBytes?: number,
  ) {
    super();
    this.target = `unix://${socketPath}`;
  }

  async *open(signal: AbortSignal, resumeFrom: number | null): AsyncIterable<readonly SourceEvent[]> {
    const client = new SwarmkitClient(this.target, this.portionBytes);
    const stream = client.watch(resumeFrom);
    const inbox = inboxOf(stream);
    const arrivals = inbox[Symbol.asyncIterator]();
    const managers = new Managers(
      () => client.listNodes(),
      (nodes) => inbox.push({ nodes }),
    );
    const stopChecking = checkRegularly(client, inbox);
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      // swarmkit sends one empty message once the stream is established; a list made before it can miss changes.
      await within(STREAM_START_DEADLINE_MS, arrivals.next());
      if (resumeFrom === null) yield* this.listed(client, managers);
      else yield await this.resumed(client, managers);
      for await (const arrival of arrivals) {
        const events =
          'nodes' in arrival
            ? arrival.nodes.map(nodeEvent)
            : arrival.events.map((event) => managers.complete(event));
        if (events.length > 0) yield events;
      }
    } catch (error) {
      if (error instanceof ResumeRefused) throw error;
      if (resumeFrom !== null && TOO_FAR_BACK.test(String(error))) {
        throw new ResumeRefused('swarmkit no longer has these changes', { cause: error });
      }
      throw unreachable(this.target, error);
    } finally {
      stopChecking();
      managers.stop();
      signal.removeEventListener('abort', cancel);
      stream.cancel();
      client.close();
    }
  }

  /** Tells of each part as soon as it is there, and in the end says that this was all. */
  private async *listed(client: SwarmkitClient, managers: Managers): AsyncGenerator<readonly SourceEvent[]> {
    const snapshot: { [K in Kind]: ObjectOf[K][] } = {
      node: [],
      network: [],
      config: [],
      service: [],
      task: [],
    };
    for (const kind of LIST_ORDER) {
      for await (const objects of client.list(kind)) {
        for (const object of objects) (snapshot[kind] as ObjectOf[Kind][]).push(object);
        yield [{ type: 'listed', kind, objects } as SourceEvent];
      }
    }
    managers.start(snapshot.node);
    this.nodeIds = new Set(snapshot.node.map((node) => node.id));
    yield [{ type: 'snapshot', snapshot, told: true }];
  }

  /**
   * Versions of another swarm mean nothing here: without one node in common nothing is resumed. While no leader
   * answers, nobody can have made another swarm, and the stream goes on without the list.
   */
  private async resumed(client: SwarmkitClient, managers: Managers): Promise<SourceEvent[]> {
    const nodes = await within(LEADER_DEADLINE_MS, client.listNodes()).catch(() => null);
    if (nodes !== null) {
      if (!nodes.some((node) => this.nodeIds.has(node.id))) {
        throw new ResumeRefused('the socket now belongs to another swarm');
      }
      this.nodeIds = new Set(nodes.map((node) => node.id));
    }
    managers.start(nodes ?? []);
    return [{ type: 'resumed' }, ...(nodes ?? []).map(nodeEvent)];
  }
}

const nodeEvent = (object: Node): SourceEvent => ({ type: 'upsert', kind: 'node', object });

/** Takes in the stream's messages from the first moment on, so that a list can be made meanwhile. */
function inboxOf(stream: ClientReadableStream<SourceEvent[]>): Inbox<Arrival> {
  const inbox = new Inbox<Arrival>(MAX_WAITING_MESSAGES);
  stream.on('data', (events: SourceEvent[]) => inbox.push({ events }));
  stream.on('error', (error) => inbox.fail(error));
  stream.on('end', () => inbox.fail(new Error('swarmkit ended the stream')));
  return inbox;
}

/** A stream of a manager that hangs is silent like that of a quiet swarm, so the manager is asked now and then. */
function checkRegularly(client: SwarmkitClient, inbox: Inbox<Arrival>): () => void {
  const timer = setInterval(() => {
    client.check(CHECK_EVERY_MS).catch((error: unknown) => inbox.fail(error));
  }, CHECK_EVERY_MS);
  return () => clearInterval(timer);
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable(target: string, cause: unknown): DomainError {
  return new DomainError(
    'engine-unreachable',
    `The swarm's change stream at ${target} is not available. It is served by the Docker engine of a swarm manager; check that the engine runs and that SWARMPLANE_CONTROL_SOCKET names its socket.`,
    { cause },
  );
}
