import type { ObjectOf } from '../../src/domain/change.ts';
import type { DomainError, ErrorKind } from '../../src/domain/errors.ts';
import type { Node } from '../../src/domain/node.ts';
import type { Kind } from '../../src/domain/object.ts';
import { FakeAllocator } from './fake-allocator.ts';
import { FakeGateway, type TroubleOptions } from './fake-gateway.ts';
import { FakeIds } from './fake-ids.ts';
import { FakeNodes } from './fake-nodes.ts';
import { FakeOrchestrator } from './fake-orchestrator.ts';
import { FakeProbes } from './fake-probes.ts';
import { FakeSource } from './fake-source.ts';
import { FakeStore, now } from './fake-store.ts';

const MANAGEMENT_PORT = 2377;
const GIBIBYTE = 2 ** 30;

/** What a node of the fake swarm can differ in. */
export type FakeNodeOptions = Partial<
  Pick<
    Node,
    'hostname' | 'role' | 'availability' | 'labels' | 'engineLabels' | 'state' | 'manager' | 'engineVersion'
  >
>;

/**
 * A swarm in memory, behind both ports. Like a real one it answers a write first and does what follows from it
 * afterwards, in many commits: addresses are given out, tasks are made, placed and run. The conformance suite
 * holds it to what a real engine does.
 */
export class FakeSwarm {
  readonly gateway: FakeGateway;
  readonly source: FakeSource;
  readonly ids = new FakeIds();
  private readonly store = new FakeStore();
  private readonly allocator = new FakeAllocator(this.store);
  private readonly orchestrator = new FakeOrchestrator(this.store, this.ids);
  private readonly nodes = new FakeNodes(this.store);
  /** The containers of probes. */
  readonly probes: FakeProbes;
  private isAllocating = true;
  private isRunningTasks = true;
  private isWorking = false;
  private readonly waiting: (() => void)[] = [];

  /** @param nodes the machines of the swarm; the first one leads it */
  constructor(nodes: readonly FakeNodeOptions[] = [{}]) {
    const createdAt = now();
    this.gateway = new FakeGateway(
      this.store,
      this.ids,
      {
        id: this.ids.next(),
        version: 10,
        createdAt,
        updatedAt: createdAt,
        defaultAddressPools: ['10.0.0.0/8'],
        subnetSize: 24,
        dataPathPort: 4789,
        taskHistoryRetentionLimit: 5,
        autoLockManagers: false,
        certificates: {
          nodeValidity: 90 * 24 * 60 * 60 * 1000,
          authorityExpiresAt: '2046-01-01T00:00:00.000Z',
          rotating: false,
        },
      },
      () => this.work(),
      (task, service) => this.orchestrator.isUpToDate(task, service),
      (task) => this.orchestrator.madeOf(task),
    );
    this.source = new FakeSource(this.store);
    this.probes = new FakeProbes(this.store, this.gateway.logs);
    for (const node of nodes) this.addNode(node);
    this.store.commit((transaction) =>
      transaction.put('network', {
        id: this.ids.next(),
        version: 0,
        name: 'ingress',
        driver: 'overlay',
        scope: 'swarm',
        createdAt,
        labels: {},
        options: { 'com.docker.network.driver.overlay.vxlanid_list': '4096' },
        subnets: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.1', ipRange: null, auxAddresses: {} }],
        encrypted: false,
        attachable: false,
        internal: false,
        ingress: true,
        ipv6: false,
        allocated: true,
      }),
    );
  }

  /** Both ports, as the application takes them. */
  get ports(): { gateway: FakeGateway; source: FakeSource } {
    return { gateway: this.gateway, source: this.source };
  }

  /** All objects of a kind, as they are in the store. */
  all<K extends Kind>(kind: K): ObjectOf[K][] {
    return this.store.all(kind);
  }

  /** Lets the gateway's calls fail as if the engine were in trouble of this kind, until `recover`. */
  fail(failure: ErrorKind | DomainError, options?: TroubleOptions): void {
    this.gateway.fail(failure, options);
  }

  /** Ends what `fail` began. */
  recover(): void {
    this.gateway.recover();
  }

  /** Gives no addresses out until `releaseAllocator`. */
  holdAllocator(): void {
    this.isAllocating = false;
  }

  releaseAllocator(): void {
    this.isAllocating = true;
    this.work();
  }

  /** No node does anything with its tasks until `releaseTasks`. */
  holdTasks(): void {
    this.isRunningTasks = false;
  }

  releaseTasks(): void {
    this.isRunningTasks = true;
    this.work();
  }

  /** A machine joins. Answers its id. */
  addNode(options: FakeNodeOptions = {}): string {
    const id = this.ids.next();
    const number = this.store.all('node').length + 1;
    const role = options.role ?? (number === 1 ? 'manager' : 'worker');
    const address = `192.0.2.${number}`;
    this.store.commit((transaction) =>
      transaction.put('node', {
        hostname: `node-${number}`,
        availability: 'active',
        labels: {},
        engineLabels: {},
        state: 'ready',
        engineVersion: '20.10.24',
        manager:
          role === 'manager'
            ? { leader: number === 1, reachability: 'reachable', address: `${address}:${MANAGEMENT_PORT}` }
            : null,
        ...options,
        id,
        version: 0,
        role,
        message: '',
        address,
        os: 'linux',
        architecture: 'x86_64',
        nanoCpus: 2e9,
        memoryBytes: 4 * GIBIBYTE,
        createdAt: now(),
        updatedAt: now(),
      }),
    );
    this.work();
    return id;
  }

  /** A machine changes: it is drained, labelled, or goes down. */
  changeNode(id: string, change: FakeNodeOptions): void {
    const node = this.store.get('node', id);
    if (!node) throw new Error(`The fake swarm has no node ${id}.`);
    this.store.commit((transaction) => transaction.put('node', { ...node, ...change }));
    this.work();
  }

  /** The container of a running task ends by itself with this exit code. */
  crashTask(id: string, exitCode = 1): void {
    const task = this.store.get('task', id);
    if (task?.state !== 'running') throw new Error(`The fake swarm runs no task ${id}.`);
    this.store.commit((transaction) =>
      transaction.put('task', {
        ...task,
        state: exitCode === 0 ? 'complete' : 'failed',
        message: exitCode === 0 ? 'finished' : 'started',
        error: exitCode === 0 ? null : `task: non-zero exit (${exitCode})`,
        exitCode,
      }),
    );
    this.work();
  }

  /** A container of the first node joins a network by hand, as `docker run --network` does. It is a task of no service. */
  joinByHand(networkId: string): { taskId: string; containerId: string } {
    const [taskId, containerId] = [this.ids.next(), `${this.ids.next()}${this.ids.next()}`];
    const address = this.allocator.freeAddressOf(networkId);
    if (address === undefined) throw new Error(`The network ${networkId} has no address left.`);
    this.store.commit((transaction) =>
      transaction.put('task', {
        id: taskId,
        version: 0,
        serviceId: null,
        serviceName: null,
        slot: null,
        nodeId: this.store.all('node')[0]?.id ?? null,
        state: 'running',
        desiredState: 'running',
        message: 'started',
        error: null,
        exitCode: null,
        containerId,
        addresses: [{ networkId, address }],
        openPorts: [],
        image: '',
        specVersion: 0,
        jobIteration: null,
        createdAt: now(),
        updatedAt: now(),
      }),
    );
    this.work();
    return { taskId, containerId };
  }

  /** That container leaves the network, or ends. */
  leaveByHand(taskId: string): void {
    this.store.commit((transaction) => transaction.remove('task', taskId));
    this.work();
  }

  /** Resolves once the swarm has done all that follows from what it was told. */
  async settled(): Promise<void> {
    if (this.isWorking) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Goes on in the background, one commit at a time, until nothing is left to do. */
  private work(): void {
    if (this.isWorking) return;
    this.isWorking = true;
    const step = (): void => {
      const didSomething =
        (this.isAllocating && this.allocator.step()) ||
        this.orchestrator.step() ||
        (this.isRunningTasks && (this.nodes.step() || this.probes.step()));
      if (didSomething) return void setImmediate(step);
      this.isWorking = false;
      for (const resolve of this.waiting.splice(0)) resolve();
    };
    setImmediate(step);
  }
}
