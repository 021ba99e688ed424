import { randomBytes } from 'node:crypto';
import { DomainError, isKind, type ErrorKind } from '../../src/domain/errors.ts';
import type { Network, NetworkSpec } from '../../src/domain/network.ts';
import type { Node } from '../../src/domain/node.ts';
import { completeSpec, type Partly } from '../../src/domain/service-defaults.ts';
import type { Service, ServiceSpec } from '../../src/domain/service.ts';
import type { Secret, StoredFileKind } from '../../src/domain/stored-file.ts';
import type { Task } from '../../src/domain/task.ts';
import type { ChangeSource } from '../../src/swarm/change-source.ts';
import { ClusterState } from '../../src/swarm/cluster-state.ts';
import { feed } from '../../src/swarm/feed.ts';
import { RESOURCE_NAME_PREFIX } from '../../src/swarm/store/resource-name.ts';
import type { SwarmGateway } from '../../src/swarm/swarm-gateway.ts';
import { ChangeLog } from './change-log.ts';

/** What the suite runs against. */
export interface ConformanceTarget {
  readonly gateway: SwarmGateway;
  readonly source: ChangeSource;
  /** An image with a `sleep` in it. */
  readonly image: string;
  /**
   * False for a source that lists now and then: it misses what lasts less than that, and its lists say the versions
   * of neither networks nor the specs of services. Everything else is asked of it all the same. Default true.
   */
  readonly seesEveryState?: boolean;
  /** Whether the swarm is ours alone, so that its nodes and join tokens may be changed. Default true. */
  readonly isOurs?: boolean;
  close(): Promise<void>;
}

/** Far longer than anything here takes on a slow machine. */
const WITHIN_MS = 30_000;
const CONFIG_KIND = `${RESOURCE_NAME_PREFIX}conformance`;

/** The label that everything made by tests carries, so that it can be told from what is not theirs. */
const TEST_LABEL = 'swarmplane.test';

/** No node has this label: such tasks stay pending, with addresses and without containers. */
export const NOWHERE: Partly<ServiceSpec> = { placement: { constraints: ['node.labels.none==yes'] } };

type MadeKind = 'network' | 'service' | 'config' | `stored ${StoredFileKind}`;

/** A swarm, a state that follows it, and what was made on it, to be taken away again. */
export class Workbench {
  readonly state = new ClusterState();
  readonly log: ChangeLog;
  readonly gateway: SwarmGateway;
  /** Whether the source tells of every state there was, with its version. */
  readonly seesEveryState: boolean;
  readonly isOurs: boolean;
  private readonly suffix = randomBytes(4).toString('hex');
  /** Of 10.128.0.0/9, which engines do not take subnets from by themselves while there is room below. */
  private nextSubnet = 0x80_00 + (randomBytes(2).readUInt16BE() & 0x7f_00);
  private nextPort = 20_000 + (randomBytes(2).readUInt16BE() % 9_000);
  private names = 0;
  private stopFeed = async (): Promise<void> => {};
  private readonly made: { kind: MadeKind; id: string }[] = [];

  constructor(private readonly target: ConformanceTarget) {
    this.gateway = target.gateway;
    this.seesEveryState = target.seesEveryState ?? true;
    this.isOurs = target.isOurs ?? true;
    this.log = new ChangeLog(this.state, this.seesEveryState);
  }

  async open(): Promise<void> {
    this.stopFeed = this.follow(this.state);
    await this.eventually('the first snapshot', () => this.state.hasSynced || undefined);
  }

  async close(): Promise<void> {
    for (const kind of ['service', 'config', 'stored secret', 'stored config', 'network'] as const) {
      for (const { id } of this.made.filter((object) => object.kind === kind)) await this.remove(kind, id);
    }
    await this.stopFeed();
    await this.target.close();
  }

  /** Feeds a state from the source. Returns the way to stop it. */
  follow(state: ClusterState): () => Promise<void> {
    const stop = new AbortController();
    const diagnose = (failure: unknown): Promise<DomainError> =>
      Promise.resolve(
        failure instanceof DomainError ? failure : new DomainError('internal', String(failure)),
      );
    const silent = { log: () => undefined, warn: () => undefined };
    const done = feed(state, this.target.source, diagnose, stop.signal, silent);
    return async () => {
      stop.abort();
      await done;
    };
  }

  /** What `find` finds, now or after a change; a failure that says what never came otherwise. */
  async eventually<T>(what: string, find: () => T | undefined): Promise<T> {
    const found = await this.state.until(find, WITHIN_MS);
    if (found === undefined) throw new Error(`Not within ${WITHIN_MS} ms: ${what}.`);
    return found;
  }

  /** A name that nothing else has. */
  name(stem: string): string {
    return `test-${stem}-${this.suffix}-${++this.names}`;
  }

  /** The name of a config of ours that nothing else has. */
  configName(): string {
    return `${CONFIG_KIND}.${this.suffix}-${++this.names}`;
  }

  /** A subnet that nothing else has: its first three numbers, as in `10.200.7`. */
  subnet(): string {
    const number = this.nextSubnet++;
    return `10.${number >> 8}.${number & 0xff}`;
  }

  /** A port that nothing else publishes, and that Swarm does not choose by itself. */
  port(): number {
    return this.nextPort++;
  }

  labels(more: Record<string, string> = {}): Record<string, string> {
    return { [TEST_LABEL]: this.suffix, ...more };
  }

  networkSpec(spec: Partial<NetworkSpec> = {}): NetworkSpec {
    return {
      name: this.name('network'),
      driver: 'overlay',
      labels: this.labels(),
      options: {},
      subnets: [],
      encrypted: false,
      attachable: false,
      internal: false,
      ipv6: false,
      ...spec,
    };
  }

  /** Creates a network and waits until it has its addresses. */
  async network(spec: Partial<NetworkSpec> = {}): Promise<Network> {
    const id = this.note('network', await this.gateway.createNetwork(this.networkSpec(spec)));
    return this.eventually(`the addresses of the network ${id}`, () => {
      const network = this.state.networks.get(id);
      return network?.allocated ? network : undefined;
    });
  }

  serviceSpec(spec: Partly<ServiceSpec> = {}): ServiceSpec {
    return completeSpec({
      name: this.name('service'),
      labels: this.labels(),
      image: this.target.image,
      command: ['sleep', '3600'],
      // `sleep` as the first process of a container ignores signals.
      stopGracePeriod: 100,
      ...spec,
    });
  }

  /** Creates a service and waits until it is told of. */
  async service(spec: Partly<ServiceSpec> = {}): Promise<Service> {
    const id = this.note('service', await this.gateway.createService(this.serviceSpec(spec)));
    return this.eventually(`the service ${id}`, () => this.state.services.get(id));
  }

  /** Creates a secret or a config and answers it as the engine lists it. */
  async storedFile(kind: StoredFileKind, name = this.name(kind)): Promise<Secret> {
    const spec = { name, labels: this.labels(), data: 'a2VlcCBpdA==', templating: null };
    const id = this.note(`stored ${kind}`, await this.gateway.createStoredFile(kind, spec));
    const found = (await this.storedFiles(kind)).find((file) => file.id === id);
    if (!found) throw new Error(`The ${kind} ${id} is not listed.`);
    return found;
  }

  storedFiles(kind: StoredFileKind): Promise<readonly Secret[]> {
    return kind === 'secret' ? this.gateway.listSecrets() : this.gateway.listStoredConfigs();
  }

  /** Changes a service, however often Swarm itself gets in between. Answers the version that was replaced. */
  async update(id: string, change: Partial<ServiceSpec>): Promise<number> {
    const deadline = Date.now() + WITHIN_MS;
    for (;;) {
      try {
        return await this.gateway.updateService(id, ({ spec }) => ({ ...spec, ...change }));
      } catch (error) {
        if (!isKind(error, 'conflict') || Date.now() > deadline) throw error;
      }
    }
  }

  /** The service once it fits. */
  serviceThat(id: string, what: string, fits: (service: Service) => boolean): Promise<Service> {
    return this.eventually(`the service ${id} ${what}`, () => {
      const service = this.state.services.get(id);
      return service && fits(service) ? service : undefined;
    });
  }

  /** The node that leads the managers. */
  leader(): Node {
    const leader = this.state.nodes.all().find((node) => node.manager?.leader);
    if (!leader) throw new Error('The swarm has no leader.');
    return leader;
  }

  /** The node once it fits. */
  nodeThat(id: string, what: string, fits: (node: Node) => boolean): Promise<Node> {
    return this.eventually(`the node ${id} ${what}`, () => {
      const node = this.state.nodes.get(id);
      return node && fits(node) ? node : undefined;
    });
  }

  /** A version of a spec as the source says it: null from one that does not. */
  specVersion(version: number): number | null {
    return this.seesEveryState ? version : null;
  }

  tasksOf(serviceId: string): readonly Task[] {
    return this.state.tasks.by('service', serviceId);
  }

  /** The tasks of a service once they are so many and all fit. */
  tasksThat(
    serviceId: string,
    count: number,
    what: string,
    fits: (task: Task) => boolean,
  ): Promise<readonly Task[]> {
    return this.eventually(`${count} tasks of ${serviceId} that ${what}`, () => {
      const tasks = this.tasksOf(serviceId).filter(fits);
      return tasks.length === count ? tasks : undefined;
    });
  }

  /** Notes what a test made, so that it goes away at the end. */
  note(kind: MadeKind, id: string): string {
    this.made.push({ kind, id });
    return id;
  }

  /** Removes what may be gone already; a network as soon as the last task has left it. */
  async remove(kind: MadeKind, id: string): Promise<void> {
    const remove = {
      network: () => this.gateway.removeNetwork(id),
      service: () => this.gateway.removeService(id),
      config: () => this.gateway.removeConfig(id),
      'stored secret': () => this.gateway.removeStoredFile('secret', id),
      'stored config': () => this.gateway.removeStoredFile('config', id),
    }[kind];
    const deadline = Date.now() + WITHIN_MS;
    for (;;) {
      try {
        await remove();
        break;
      } catch (error) {
        if (isKind(error, 'not-found')) break;
        if (!isKind(error, 'in-use') || Date.now() > deadline) throw error;
        await this.nextChange();
      }
    }
    // The state does not hold those.
    if (kind === 'stored secret' || kind === 'stored config') return;
    await this.eventually(`the end of the ${kind} ${id}`, () =>
      this.state.of(kind).get(id) ? undefined : true,
    );
  }

  /** Waits for something to change, for a moment at most. */
  async nextChange(): Promise<void> {
    const { length } = this.log;
    await this.state.until(() => this.log.length > length || undefined, 200);
  }
}

/** The kind of error that a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<ErrorKind | 'none'> {
  try {
    await call;
  } catch (error) {
    if (error instanceof DomainError) return error.kind;
    throw error;
  }
  return 'none';
}
