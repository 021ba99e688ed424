import type { Silence } from './names.ts';
import type { Service } from './service.ts';
import { isWanted, type Task, type TaskState } from './task.ts';

const WAITING: readonly TaskState[] = ['new', 'allocated', 'pending'];
const FAILED: readonly TaskState[] = ['failed', 'rejected'];

/**
 * Why a name of a service has nothing behind it: what its tasks are at. Only of one whose tasks do not answer.
 * @param tasks all of the service, those that have ended too
 */
export function silenceOf(service: Service, tasks: readonly Task[], name: string): Silence {
  const { name: of } = service;
  const wanted = tasks.filter(isWanted);
  const subject = `"${name}" does not answer`;
  if (wanted.some(({ state }) => state === 'starting') && hasHealthCheck(service)) {
    return {
      kind: 'health-check',
      detail: `${subject}: the health check of ${countOf(wanted, of)} has not passed yet. Until it has, Docker keeps them out of the DNS; GET /v1/services/${of}/logs may say why it takes so long.`,
    };
  }
  // The scheduler says so when it finds no node; without a word of it, a task is only on its way.
  const waiting = wanted.filter(({ state }) => WAITING.includes(state));
  const stuck = waiting.find(({ error }) => error !== null);
  if (stuck) return notPlaced(subject, service, waiting, stuck);
  const failed = latest(tasks.filter(({ state }) => FAILED.includes(state)));
  const runs = wanted.some(({ state }) => state === 'running');
  if (failed && !runs && service.replicas !== 0) {
    return {
      kind: 'failing',
      detail: `${subject}: the tasks of "${of}" fail (${failed.error ?? failed.message}). GET /v1/services/${of}/logs has what they said.`,
    };
  }
  if (runs) {
    return {
      kind: 'outdated',
      detail: `${subject}: the tasks of "${of}" that run are of an earlier spec${updateOf(service)}. GET /v1/services/${of}/rollout says how far they are.`,
    };
  }
  if (waiting[0]) return notPlaced(subject, service, waiting, waiting[0]);
  if (wanted.some(({ state }) => state !== 'complete')) {
    return {
      kind: 'starting',
      detail: `${subject}: ${countOf(wanted, of)} are being started. An image with a health check of its own counts as starting until that has passed.`,
    };
  }
  if (tasks.some(({ state }) => state === 'running')) {
    return { kind: 'stopping', detail: `${subject}: the tasks of "${of}" are being stopped.` };
  }
  return { kind: 'no-tasks', detail: `${subject}: ${emptiness(service)}` };
}

function notPlaced(subject: string, { name }: Service, waiting: readonly Task[], one: Task): Silence {
  return {
    kind: 'not-placed',
    detail: `${subject}: ${countOf(waiting, name)} wait for a node, or for an address (${one.error ?? one.message}).`,
  };
}

function updateOf({ updateStatus }: Service): string {
  return updateStatus === null ? '' : `, and the update is ${updateStatus.state} (${updateStatus.message})`;
}

function emptiness({ name, mode, replicas }: Service): string {
  if (mode === 'replicated' && replicas === 0) {
    return `"${name}" has 0 replicas. POST /v1/services/${name}/scale gives it some.`;
  }
  if (mode.endsWith('job')) return `no task of the job "${name}" runs.`;
  return mode === 'global'
    ? `no node fits "${name}", which is to have a task on each that does. Its placement constraints say which fit.`
    : `"${name}" has no tasks yet.`;
}

/** Whether the spec has a check. That of an image is not known to managers. */
export function hasHealthCheck({ healthcheck }: Pick<Service, 'healthcheck'>): boolean {
  const [first] = healthcheck?.test ?? [];
  return first !== undefined && first !== 'NONE';
}

function countOf(tasks: readonly Task[], of: string): string {
  return tasks.length === 1 ? `the task of "${of}"` : `the ${tasks.length} tasks of "${of}"`;
}

function latest(tasks: readonly Task[]): Task | undefined {
  return tasks.reduce<Task | undefined>(
    (newest, task) => (newest === undefined || task.updatedAt > newest.updatedAt ? task : newest),
    undefined,
  );
}
