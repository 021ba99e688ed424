import { isWanted, type Task } from '../domain/task.ts';

/** How many tasks of a service run, and how many Swarm wants to. */
export interface TaskCount {
  readonly running: number;
  readonly wanted: number;
}

/** The counts of every service, kept with each change of a task, so that nobody has to count. */
export class TaskCounts {
  /** Changed in place: counted with every change of a task, asked for much less often. */
  private readonly counts = new Map<string, { running: number; wanted: number }>();

  of(serviceId: string): TaskCount {
    const { running = 0, wanted = 0 } = this.counts.get(serviceId) ?? {};
    return { running, wanted };
  }

  /** A task was added (`previous` is null), changed, or removed (`next` is null). */
  change(previous: Task | null, next: Task | null): void {
    if (previous && next && countsAlike(previous, next)) return;
    if (previous) this.add(previous, -1);
    if (next) this.add(next, 1);
  }

  private add(task: Task, sign: 1 | -1): void {
    if (task.serviceId === null || !isWanted(task)) return;
    let count = this.counts.get(task.serviceId);
    if (!count) this.counts.set(task.serviceId, (count = { running: 0, wanted: 0 }));
    count.wanted += sign;
    if (task.state === 'running') count.running += sign;
    if (count.wanted === 0) this.counts.delete(task.serviceId);
  }
}

function countsAlike(a: Task, b: Task): boolean {
  return a.serviceId === b.serviceId && a.state === b.state && a.desiredState === b.desiredState;
}
