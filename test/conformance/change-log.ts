import type { Change } from '../../src/domain/change.ts';
import { TASK_STATES } from '../../src/domain/task.ts';
import type { ClusterState } from '../../src/swarm/cluster-state.ts';

/** Everything a state has told of, in order. */
export class ChangeLog {
  private readonly changes: Change[] = [];

  /** @param versioned whether the source says the versions of networks */
  constructor(
    state: ClusterState,
    private readonly versioned = true,
  ) {
    state.subscribe((changes) => this.changes.push(...changes));
  }

  /** What was told of one object. */
  of(id: string): Change[] {
    return this.changes.filter((change) => change.object.id === id);
  }

  /** How often the object was told REMOVED. */
  removals(id: string): number {
    return this.of(id).filter((change) => change.type === 'REMOVED').length;
  }

  /** How many changes there are in all. */
  get length(): number {
    return this.changes.length;
  }

  /** Everything that breaks the promises of the state; empty when they were kept. */
  broken(): string[] {
    const objects = Map.groupBy(this.changes, (change) => `${change.kind} ${change.object.id}`);
    return [...objects].flatMap(([object, changes]) =>
      changes.slice(1).flatMap((change, index) => {
        const before = changes[index] as Change;
        const at = `${object}: ${before.type} ${before.object.version}, then ${change.type} ${change.object.version}`;
        if (before.type === 'REMOVED') return [`${at}: told of after it was gone`];
        if (change.type === 'ADDED') return [`${at}: added twice`];
        if (change.type === 'UPDATED' && !this.isNewer(change, before)) return [`${at}: older`];
        if (change.previous !== before.object) return [`${at}: not what was told before`];
        if (change.kind === 'task' && before.kind === 'task') {
          const [from, to] = [before.object.state, change.object.state];
          if (TASK_STATES.indexOf(to) < TASK_STATES.indexOf(from)) return [`${at}: ${from} to ${to}`];
        }
        return [];
      }),
    );
  }

  private isNewer(change: Change, before: Change): boolean {
    if (change.kind === 'network' && !this.versioned) return change.object.version === before.object.version;
    return change.object.version > before.object.version;
  }
}
