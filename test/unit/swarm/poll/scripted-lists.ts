import type { ObjectOf } from '../../../../src/domain/change.ts';
import { DomainError } from '../../../../src/domain/errors.ts';
import { KINDS, type Kind } from '../../../../src/domain/object.ts';

type World = { readonly [K in Kind]: Map<string, ObjectOf[K]> };

/** The lists of an engine, made of what a test puts into them; each takes a moment, and fails when told to. */
export class ScriptedLists {
  /** When each list was asked for, and of which kind. */
  readonly calls: { readonly kind: Kind; readonly at: number }[] = [];
  /** The most lists that were under way at once. */
  atOnce = 0;
  /** How long a list takes, in milliseconds. */
  tookMs = 1;
  /** Whether the next list of a kind fails. */
  fails: (kind: Kind) => boolean = () => false;
  private underWay = 0;
  private readonly world: World = {
    node: new Map(),
    network: new Map(),
    service: new Map(),
    task: new Map(),
    config: new Map(),
  };

  put<K extends Kind>(kind: K, ...objects: ObjectOf[K][]): this {
    const map: Map<string, ObjectOf[K]> = this.world[kind];
    for (const object of objects) map.set(object.id, object);
    return this;
  }

  remove(kind: Kind, id: string): void {
    this.world[kind].delete(id);
  }

  has(kind: Kind, id: string): boolean {
    return this.world[kind].has(id);
  }

  all<K extends Kind>(kind: K): ObjectOf[K][] {
    return [...(this.world[kind] as Map<string, ObjectOf[K]>).values()];
  }

  /** How often a kind was listed since the last call of this. */
  counted(): { readonly [K in Kind]: number } {
    const calls = this.calls.splice(0);
    return Object.fromEntries(
      KINDS.map((kind) => [kind, calls.filter((call) => call.kind === kind).length]),
    ) as { [K in Kind]: number };
  }

  async list<K extends Kind>(kind: K): Promise<ObjectOf[K][]> {
    this.calls.push({ kind, at: performance.now() });
    this.atOnce = Math.max(this.atOnce, ++this.underWay);
    try {
      const answer = structuredClone(this.all(kind));
      const failed = this.fails(kind);
      await new Promise((resolve) => setTimeout(resolve, this.tookMs));
      if (failed) throw new DomainError('engine-unreachable', `The list of ${kind}s failed.`);
      return answer;
    } finally {
      this.underWay--;
    }
  }
}
