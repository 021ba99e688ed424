import { isWanted, type Task } from '../domain/task.ts';

/** How many tasks of a service run, and how many Swarm wants to. */
export interface TaskCount {
  readonly running: number;
  readonly wanted: number;
}

const NONE: TaskCount = { running: 0, wanted: 0 };

/** The counts of every service, kept with each change of a task, so that nobody has to count. */
export class TaskCounts {
  private readonly counts = new Map<string, TaskCount>();

  of(serviceId: string): TaskCount {
    return this.counts.get(serviceId) ?? NONE;
  }

  /** A task was added (`previous` is null), changed, or removed (`next` is null). */
  change(previous: Task | null, next: Task | null): void {
    if (previous && next && countsAlike(previous, next)) return;
    if (previous) this.add(previous, -1);
    if (next) this.add(next, 1);
  }

  private add(task: Task, sign: 1 | -1): void {
    if (task.serviceId === null || !isWanted(task)) return;
    const { running, wanted } = this.of(task.serviceId);
    const count = { running: running + (task.state === 'running' ? sign : 0), wanted: wanted + sign };
    if (count.wanted === 0) this.counts.delete(task.serviceId);
    else this.counts.set(task.serviceId, count);
  }
}

function countsAlike(a: Task, b: Task): boolean {
  return a.serviceId === b.serviceId && a.state === b.state && a.desiredState === b.desiredState;
}
