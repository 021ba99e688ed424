import type { Node } from '../../domain/node.ts';
import type { SourceEvent } from '../change-source.ts';

/** A node's own events come first; what they say of managers is true a moment later. */
const SETTLE_MS = 200;
/** Leadership can move without any node's event. */
const REFRESH_MS = 15_000;

/**
 * Who manages and who leads. swarmkit keeps that outside of its store: lists of nodes have it, filled in by the
 * leader from its Raft membership (`controlapi/node.go`), objects of the Watch stream do not, and a change of it
 * is no event. So nodes from the stream are completed from the last list, and the list is asked again after
 * events of nodes and from time to time.
 */
export class Managers {
  private known = new Map<string, Node['manager']>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /**
   * @param list asks the leader for all nodes
   * @param report is told the nodes whose manager status has changed
   */
  constructor(
    private readonly list: () => Promise<readonly Node[]>,
    private readonly report: (nodes: readonly Node[]) => void,
  ) {}

  /** Begins with what a list has just said. */
  start(nodes: readonly Node[]): void {
    this.learn(nodes);
    this.refreshIn(REFRESH_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** An event of the stream with what it lacks. */
  complete(event: SourceEvent): SourceEvent {
    if (event.type !== 'upsert' || event.kind !== 'node') return event;
    this.refreshIn(SETTLE_MS);
    return { ...event, object: { ...event.object, manager: this.known.get(event.object.id) ?? null } };
  }

  private learn(nodes: readonly Node[]): Node[] {
    const changed = nodes.filter(
      ({ id, manager }) => JSON.stringify(this.known.get(id) ?? null) !== JSON.stringify(manager),
    );
    this.known = new Map(nodes.map(({ id, manager }) => [id, manager]));
    return changed;
  }

  private refreshIn(ms: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), ms);
  }

  private async refresh(): Promise<void> {
    this.timer = undefined;
    try {
      const changed = this.learn(await this.list());
      if (changed.length > 0 && !this.stopped) this.report(changed);
    } catch {
      // Without a leader nobody can say; the next refresh asks again.
    }
    // An event that came meanwhile has asked for an earlier one.
    if (this.timer === undefined) this.refreshIn(REFRESH_MS);
  }
}
