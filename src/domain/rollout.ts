import type { Node } from './node.ts';
import { meetsConstraints } from './placement.ts';
import { isJob, type Service, type UpdateState } from './service.ts';
import { isWanted, TASK_STATES, type Task, type TaskState } from './task.ts';

/**
 * Where a rollout is. `converging`: Swarm is at it. `converged`: Swarm has nothing left to do, and every task that is
 * wanted runs from the present spec, or has completed, for a job. `paused`, `rollback-paused`: Swarm has stopped after
 * failures and waits for somebody to act. `rolling-back`, `rolled-back`: the same two for the spec of before.
 * `failed`: tasks have ended for good, by the restart policy, so that what is wanted will not be reached.
 */
export const ROLLOUT_STATES = [
  'converging',
  'converged',
  'paused',
  'rolling-back',
  'rolled-back',
  'rollback-paused',
  'failed',
] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/** How far the tasks of a service are with its present spec. All counts are of tasks. */
export interface Rollout {
  readonly serviceId: string;
  readonly serviceName: string;
  readonly state: RolloutState;
  /** True when it does not go on by itself. */
  readonly over: boolean;
  readonly updateStatus: UpdateState | null;
  readonly desiredTasks: number;
  /** Live and of the present spec, wherever they are on their way; of a job, also those that have completed. */
  readonly updatedTasks: number;
  /** Of those, the running ones. */
  readonly runningTasks: number;
  /** Only of jobs: those that have done their work. */
  readonly completedTasks: number;
  /** Of the updated ones, those that wait for an address, a node, an image or the task before them. */
  readonly pendingTasks: number;
  /** Of the present spec and failed, as far as Swarm still remembers them. */
  readonly failedTasks: number;
  /** Live and on their way out: of another spec, or too many. */
  readonly outdatedTasks: number;
  /** Of the way to the goal, 0 to 100; 100 only when it is reached. */
  readonly percent: number;
  /** What keeps it from converging, or else what Swarm says of it. */
  readonly message: string | null;
  /** When Swarm began with it, or, where it does not say, when the service last changed. */
  readonly startedAt: string;
}

/** Whether a task is of the present spec of its service; undefined where it cannot be known from the two alone. */
export type IsOfPresentSpec = (task: Task) => boolean | undefined;

const OVER: ReadonlySet<RolloutState> = new Set([
  'converged',
  'paused',
  'rolled-back',
  'rollback-paused',
  'failed',
]);
const ALMOST = 99;
const WATCHING =
  'Every task runs; whether they stay up is watched for a while before this counts as converged.';
/** How long new tasks are watched where the spec does not say, in milliseconds (swarmkit `api/defaults/service.go`). */
const DEFAULT_MONITOR_MS = 5_000;

const rank = (state: TaskState): number => TASK_STATES.indexOf(state);
const hasEnded = (task: Task): boolean => rank(task.state) > rank('running');
const hasFailed = (task: Task): boolean => ['failed', 'rejected', 'orphaned'].includes(task.state);
const isGlobal = (service: Service): boolean => service.mode.startsWith('global');
/** Where a task belongs in its service: its slot, or for a global service its node. */
const placeOf = (service: Service, task: Task): number | string =>
  isGlobal(service) ? (task.nodeId ?? '') : (task.slot ?? 0);

/**
 * Whether a task is of the present spec of its service, as far as the two tell. A run of a job is known by its
 * number. A task that carries the mark of the spec is of it; one with another mark may be all the same, because a
 * write that changes nothing of the tasks, as scaling does, makes a new mark too (swarmkit,
 * `manager/orchestrator/task.go`). Before the first update, and once Swarm says that the update is complete, every
 * live task is.
 */
export function isOfPresentSpec(service: Service, task: Task): boolean | undefined {
  if (isJob(service)) return task.jobIteration === service.jobIteration;
  if (service.previousSpec === null) return true;
  if (task.specVersion !== null && task.specVersion === service.specVersion) return true;
  const { state } = service.updateStatus ?? {};
  return isWanted(task) && (state === 'completed' || state === 'rollback_completed') ? true : undefined;
}

/**
 * How far the tasks of a service are with its present spec. What is not known to be of it counts as outdated.
 * @param tasks all of the service, those that have ended too
 * @param nodes all of the swarm
 * @param now milliseconds since 1970
 */
export function rolloutOf(
  service: Service,
  tasks: readonly Task[],
  nodes: readonly Node[],
  isPresent: IsOfPresentSpec,
  now: number,
): Rollout {
  const down = new Set(nodes.filter(({ state }) => state === 'down').map(({ id }) => id));
  const isAway = (task: Task): boolean => task.nodeId !== null && down.has(task.nodeId);
  // Told to go, it still lives as long as a node has it; nobody can say when it ends on one that is down.
  const live = tasks.filter(
    (task) => !hasEnded(task) && (isWanted(task) || (rank(task.state) >= rank('assigned') && !isAway(task))),
  );
  const present = tasks.filter((task) => isPresent(task) === true);
  const nodeIds = isGlobal(service) ? placesOf(service, nodes, present) : null;
  const updated = live.filter(
    (task) => isWanted(task) && isPresent(task) === true && (nodeIds?.has(task.nodeId ?? '') ?? true),
  );
  const placesOfThese = (these: readonly Task[]): number =>
    new Set(these.map((task) => placeOf(service, task))).size;
  const completed = isJob(service) ? placesOfThese(present.filter(({ state }) => state === 'complete')) : 0;
  const desired = nodeIds?.size ?? countOf(service);

  // When it was scaled down a moment ago, a service has more than it wants.
  const room = Math.max(0, desired - completed);
  const running = Math.min(room, placesOfThese(updated.filter(({ state }) => state === 'running')));
  const current = Math.min(room, placesOfThese(updated));
  const outdated = live.length - current;
  const isDone = running + completed === desired && outdated === 0 && (!isJob(service) || running === 0);
  const gaveUp = !isDone && outdated === 0 && running === current && endedForGood(service, present) > 0;
  const state = stateOf(
    service.updateStatus?.state ?? null,
    isDone && watchedUntil(service, tasks, now) === null,
    gaveUp,
  );

  const reached = isJob(service) ? completed : running;
  const way = Math.max(desired, reached + outdated);
  return {
    serviceId: service.id,
    serviceName: service.name,
    state,
    over: OVER.has(state),
    updateStatus: service.updateStatus?.state ?? null,
    desiredTasks: desired,
    updatedTasks: current + completed,
    runningTasks: running,
    completedTasks: completed,
    pendingTasks: current - running,
    failedTasks: present.filter(hasFailed).length,
    outdatedTasks: outdated,
    percent:
      state === 'converged' || state === 'rolled-back'
        ? 100
        : Math.min(ALMOST, way === 0 ? ALMOST : Math.floor((100 * reached) / way)),
    message: messageOf(service, state, updated, present, isDone),
    startedAt: service.updateStatus?.startedAt ?? service.updatedAt,
  };
}

/**
 * Until when the newest running tasks are watched, in milliseconds since 1970; null when they have been long enough. One
 * that always crashes would seem fine whenever it runs: as with Docker's CLI, a task counts once it has not changed for
 * the `monitor` of the policy. While an update is under way Swarm watches its tasks itself.
 */
export function watchedUntil(service: Service, tasks: readonly Task[], now: number): number | null {
  const state = service.updateStatus?.state ?? 'completed';
  if (isJob(service) || (state !== 'completed' && state !== 'rollback_completed')) return null;
  const policy = state === 'completed' ? service.updateConfig : service.rollbackConfig;
  const monitor = policy?.monitor ?? DEFAULT_MONITOR_MS;
  const since = tasks
    .filter((task) => isWanted(task) && task.state === 'running')
    .reduce((latest, task) => Math.max(latest, Date.parse(task.updatedAt) || 0), 0);
  const until = since + monitor;
  // A manager's clock that is far ahead says nothing.
  return until > now && since <= now + monitor ? until : null;
}

function stateOf(status: UpdateState | null, isDone: boolean, gaveUp: boolean): RolloutState {
  switch (status) {
    case 'updating':
      return 'converging';
    case 'paused':
      return 'paused';
    case 'rollback_started':
      return 'rolling-back';
    case 'rollback_paused':
      return 'rollback-paused';
    case 'rollback_completed':
      return isDone ? 'rolled-back' : gaveUp ? 'failed' : 'rolling-back';
    default:
      return isDone ? 'converged' : gaveUp ? 'failed' : 'converging';
  }
}

/** How many tasks a service that is not global is to have; of a job, to have completed. */
function countOf(service: Service): number {
  if (service.mode === 'replicated') return service.replicas ?? 0;
  // Swarm's default for a job is to do at once all there is to do.
  return service.totalCompletions ?? service.maxConcurrent ?? 0;
}

/** The nodes on which a global service is to have a task. */
function placesOf(service: Service, nodes: readonly Node[], present: readonly Task[]): ReadonlySet<string> {
  const taken = new Set(present.filter((task) => isWanted(task)).map(({ nodeId }) => nodeId));
  return new Set(nodes.filter((node) => isPlaceFor(service, node, taken.has(node.id))).map(({ id }) => id));
}

/**
 * Whether a global service is to have a task on the node, by swarmkit's rules (`orchestrator/global`): a paused node
 * keeps the task that it has and gets no other, and what a job has done on a node stays done.
 */
function isPlaceFor(service: Service, node: Node, isTaken: boolean): boolean {
  if (isJob(service) && isTaken) return true;
  if (node.state === 'down' || node.availability === 'drain') return false;
  if (!meetsConstraints(node, service.placement.constraints)) return false;
  return node.availability === 'active' || isTaken;
}

/**
 * In how many places a task has ended and nothing comes after it. Swarm makes the next task in the same commit in
 * which it gives up the one before, so that a place without one is not merely waiting.
 */
function endedForGood(service: Service, present: readonly Task[]): number {
  // Seen on 20.10: Swarm starts the tasks of a job anew for ever, whatever the policy says.
  if (isJob(service)) return 0;
  const { condition = 'any', maxAttempts = 0 } = service.restartPolicy ?? {};
  if ((condition ?? 'any') === 'any' && !maxAttempts) return 0;
  let places = 0;
  for (const tasks of Map.groupBy(present, (task) => placeOf(service, task)).values()) {
    if (tasks.some((task) => isWanted(task))) continue;
    const last = tasks.reduce((a, b) => (a.createdAt < b.createdAt ? b : a));
    if (hasEnded(last) && last.state !== 'shutdown' && last.desiredState === 'shutdown') places += 1;
  }
  return places;
}

function messageOf(
  service: Service,
  state: RolloutState,
  updated: readonly Task[],
  present: readonly Task[],
  isDone: boolean,
): string | null {
  const said = service.updateStatus?.message || null;
  const blocked = newest(updated.filter(({ error }) => error !== null))?.error ?? null;
  const failure = newest(present.filter((task) => hasFailed(task) && task.error !== null))?.error ?? null;
  switch (state) {
    case 'converging':
      if (isDone) return WATCHING;
      return blocked ?? failure ?? said;
    case 'paused':
    case 'rollback-paused':
      return [said, blocked ?? failure].filter((part) => part !== null).join(': ') || null;
    case 'rolling-back':
      return blocked ?? said;
    case 'failed':
      return failure ?? 'Its tasks have ended, and the restart policy starts no others.';
    default:
      return said;
  }
}

/** Of times as RFC 3339 in UTC, which sort as text down to the second. */
function newest(tasks: readonly Task[]): Task | undefined {
  return tasks.reduce<Task | undefined>(
    (best, task) => (best === undefined || task.updatedAt >= best.updatedAt ? task : best),
    undefined,
  );
}
