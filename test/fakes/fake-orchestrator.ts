import { isDeepStrictEqual } from 'node:util';
import { meetsConstraints } from '../../src/domain/placement.ts';
import type { Service, UpdateConfig } from '../../src/domain/service.ts';
import { specOf } from '../../src/domain/service-spec.ts';
import { isWanted, TASK_STATES, type Task, type TaskState } from '../../src/domain/task.ts';
import type { FakeIds } from './fake-ids.ts';
import { now, type FakeStore, type Transaction } from './fake-store.ts';
import { isClosed, isOpen } from './placement.ts';

/** What a service does when its spec says nothing of updates (swarmkit `api/defaults/service.go`). */
const DEFAULT_UPDATE: Pick<UpdateConfig, 'parallelism' | 'order'> = { parallelism: 1, order: 'stop-first' };
const KEPT_PER_SLOT = 5;

/** The part of a spec whose change replaces the tasks. */
type Template = Readonly<Record<string, unknown>>;

/** Makes, replaces and removes the tasks of services, and keeps the status of updates. */
export class FakeOrchestrator {
  /** Swarm keeps in a task what it was made from; clients are not shown it. */
  private readonly templates = new Map<string, Template>();
  /** The tasks that an update has made; it waits for them to run. */
  private readonly rolledOut = new Set<string>();

  constructor(
    private readonly store: FakeStore,
    private readonly ids: FakeIds,
  ) {}

  /** Does one commit's worth of what there is to do; false when there was nothing. */
  step(): boolean {
    return this.store.commit((transaction) => {
      // One of no service is a container that joined a network by hand.
      const ofServices = this.store.all('task').filter((task) => task.serviceId !== null);
      const tasks = Map.groupBy(ofServices, (task) => task.serviceId ?? '');
      for (const service of this.store.all('service')) {
        this.reconcile(service, tasks.get(service.id) ?? [], transaction);
        tasks.delete(service.id);
      }
      for (const task of [...tasks.values()].flat()) this.wish(task, 'remove', transaction);
    });
  }

  /** What the task was made of. */
  madeOf(task: Task): Template | undefined {
    return this.templates.get(task.id);
  }

  /**
   * Whether Swarm leaves the task alone: it was made from what the service's spec says now, or from what differs in its
   * placement only, and its node still fits. The ports are looked at after that (`IsTaskDirty` of swarmkit).
   */
  isUpToDate(task: Task, service: Service): boolean {
    const { placement: wanted, ports, endpointMode, ...template } = templateOf(service);
    const { placement, ports: had, endpointMode: mode, ...made } = this.templates.get(task.id) ?? {};
    if (!isDeepStrictEqual(made, template)) return false;
    if (isDeepStrictEqual(placement, wanted)) return isDeepStrictEqual([had, mode], [ports, endpointMode]);
    const node = task.nodeId === null ? undefined : this.store.get('node', task.nodeId);
    return node !== undefined && meetsConstraints(node, service.placement.constraints);
  }

  private reconcile(service: Service, tasks: readonly Task[], transaction: Transaction): void {
    for (const task of tasks) {
      const isLost = task.nodeId !== null && isClosed(this.store.get('node', task.nodeId));
      if (isWanted(task) && (isLost || hasEnded(task))) this.wish(task, 'shutdown', transaction);
    }
    const live = tasks.filter(
      (task) =>
        isWanted(task) &&
        !hasEnded(task) &&
        (task.nodeId === null || !isClosed(this.store.get('node', task.nodeId))),
    );
    const ended = tasks.filter((task) => !live.includes(task));
    this.fit(service, live, ended, transaction);
    this.rollOut(service, live, ended, transaction);
    this.forget(ended, transaction);
  }

  /** Makes missing tasks and takes back those too many. */
  private fit(
    service: Service,
    live: readonly Task[],
    ended: readonly Task[],
    transaction: Transaction,
  ): void {
    const there = new Set(live.map(placeOf));
    const wanted = this.placesOf(service);
    for (const place of wanted) {
      if (there.has(place)) continue;
      const before = ended.filter((task) => placeOf(task) === place);
      if (before.some((task) => hasEnded(task)) && !mayRestart(service, before)) continue;
      this.create(service, place, 'running', transaction);
    }
    for (const task of live) {
      if (wanted.includes(placeOf(task))) continue;
      this.wish(task, service.mode === 'global' ? 'shutdown' : 'remove', transaction);
    }
  }

  private placesOf(service: Service): (number | string)[] {
    switch (service.mode) {
      case 'replicated':
        return Array.from({ length: service.replicas ?? 0 }, (_, index) => index + 1);
      case 'global':
        return this.store
          .all('node')
          .filter((node) => isOpen(node) && meetsConstraints(node, service.placement.constraints))
          .map((node) => node.id);
      default:
        throw new Error(`The fake swarm runs no services of mode "${service.mode}".`);
    }
  }

  /** Replaces tasks of an older spec, as many at a time as the service's policy says. */
  private rollOut(
    service: Service,
    live: readonly Task[],
    ended: readonly Task[],
    transaction: Transaction,
  ): void {
    const state = service.updateStatus?.state;
    const policy =
      (state?.startsWith('rollback') ? service.rollbackConfig : service.updateConfig) ?? DEFAULT_UPDATE;
    const isClean = (task: Task): boolean => this.isUpToDate(task, service);
    const places = Map.groupBy(
      live.filter((task) => this.placesOf(service).includes(placeOf(task))),
      placeOf,
    );
    const dirty = [...places.values()].filter((tasks) => !tasks.some(isClean));
    const underWay = live.filter(
      (task) => this.rolledOut.has(task.id) && isClean(task) && task.state !== 'running',
    );

    for (const tasks of places.values()) {
      const fresh = tasks.find(isClean);
      if (!fresh) continue;
      // `start-first` leaves the old task alone until the new one runs.
      const old = tasks.filter((task) => task !== fresh);
      if (fresh.state === 'running') for (const task of old) this.wish(task, 'shutdown', transaction);
      const stopping = ended.some(
        (task) => placeOf(task) === placeOf(fresh) && isAssigned(task) && !hasEnded(task),
      );
      if (fresh.desiredState === 'ready' && !stopping) this.wish(fresh, 'running', transaction);
    }

    const atOnce = policy.parallelism === 0 ? dirty.length : policy.parallelism - underWay.length;
    for (const tasks of state === 'paused' ? [] : dirty.slice(0, Math.max(0, atOnce))) {
      const [first] = tasks as [Task];
      this.rolledOut.add(this.create(service, placeOf(first), 'ready', transaction));
      if (policy.order === 'start-first') continue;
      for (const task of tasks) this.wish(task, 'shutdown', transaction);
    }
    this.noteStatus(service, dirty.length + underWay.length > 0, transaction);
  }

  private noteStatus(service: Service, isUpdating: boolean, transaction: Transaction): void {
    const status = service.updateStatus;
    if (isUpdating && !status) {
      transaction.put('service', {
        ...service,
        updateStatus: {
          state: 'updating',
          startedAt: now(),
          completedAt: null,
          message: 'update in progress',
        },
      });
    }
    if (!isUpdating && (status?.state === 'updating' || status?.state === 'rollback_started')) {
      const isRollback = status.state === 'rollback_started';
      transaction.put('service', {
        ...service,
        updateStatus: {
          ...status,
          state: isRollback ? 'rollback_completed' : 'completed',
          completedAt: now(),
          message: isRollback ? 'rollback completed' : 'update completed',
        },
      });
    }
  }

  /** Keeps the last few ended tasks of each place. */
  private forget(ended: readonly Task[], transaction: Transaction): void {
    const over = ended.filter(
      (task) => task.desiredState === 'shutdown' && (hasEnded(task) || !isAssigned(task)),
    );
    for (const tasks of Map.groupBy(over, placeOf).values()) {
      for (const task of tasks.slice(0, Math.max(0, tasks.length - KEPT_PER_SLOT))) {
        this.templates.delete(task.id);
        transaction.remove('task', task.id);
      }
    }
  }

  private create(
    service: Service,
    place: number | string,
    desiredState: TaskState,
    transaction: Transaction,
  ): string {
    const id = this.ids.next();
    this.templates.set(id, templateOf(service));
    transaction.put('task', {
      id,
      version: 0,
      serviceId: service.id,
      serviceName: service.name,
      slot: typeof place === 'number' ? place : null,
      nodeId: typeof place === 'string' ? place : null,
      state: 'new',
      desiredState,
      message: 'created',
      error: null,
      exitCode: null,
      containerId: null,
      addresses: [],
      openPorts: [],
      image: service.image,
      specVersion: service.specVersion,
      jobIteration: null,
      createdAt: now(),
      updatedAt: now(),
    });
    return id;
  }

  private wish(task: Task, desiredState: TaskState, transaction: Transaction): void {
    if (task.desiredState !== desiredState) transaction.put('task', { ...task, desiredState });
  }
}

/** Where a task belongs in its service: its slot, or for a global service its node. */
const placeOf = (task: Task): number | string => task.slot ?? task.nodeId ?? '';
const rank = (state: TaskState): number => TASK_STATES.indexOf(state);
const hasEnded = (task: Task): boolean => rank(task.state) > rank('running');
const isAssigned = (task: Task): boolean => rank(task.state) >= rank('assigned');

/** By the restart policy; a task that an update or a drain has ended is always replaced. */
function mayRestart(service: Service, before: readonly Task[]): boolean {
  const last = before.at(-1);
  const condition = service.restartPolicy?.condition ?? 'any';
  if (!last || last.state === 'shutdown' || condition === 'any') return true;
  return condition === 'on-failure' && last.state !== 'complete';
}

function templateOf(service: Service): Template {
  const { name: _name, labels: _labels, mode: _mode, ...spec } = specOf(service);
  const { replicas: _replicas, maxConcurrent: _concurrent, totalCompletions: _completions, ...rest } = spec;
  const { updateConfig: _update, rollbackConfig: _rollback, ...template } = rest;
  return template;
}
