import fc from 'fast-check';
import type { Subject } from './subject.ts';
import type { Verdicts } from './verdicts.ts';
import type { Relations, Thing } from './world.ts';

/** What the model says of somebody. */
export interface Model {
  may(verb: string, it: Pick<Thing, 'calls' | 'labels' | 'hosts'> & { readonly kind: string }): boolean;
  /** Whether there can be an object of a kind with which they may do this. */
  mayAny(verb: string, kind: string): boolean;
  /** What they were granted. */
  toString(): string;
}

/** Somebody who asks in a world, and what the answers are held against. */
export class Asked {
  constructor(
    private readonly verdicts: Verdicts,
    readonly things: readonly Thing[],
    readonly relations: Relations,
    readonly subject: Subject,
    readonly model: Model,
    private readonly seed: number,
  ) {}

  /** Holds what was said of one object against the model. */
  readonly note = (surface: string, verb: string, it: Thing, said: unknown, expected: unknown): void => {
    const about = (): string =>
      `${verb} ${it.calls.join(' ')} ${JSON.stringify(it.labels)} ${it.hosts.join()} by ${String(this.model)}`;
    this.verdicts.note(surface, said, expected, about);
  };

  /** Holds something else against it, which is no case of an object. */
  check(what: string, said: unknown, expected: unknown): void {
    this.verdicts.check(what, said, expected, () => `by ${String(this.model)}`);
  }

  /** What asking for an object, or writing it, must answer: what is hidden is not there. */
  statusFor(verb: string, it: Thing): 200 | 403 | 404 {
    if (!this.model.mayAny(verb, it.kind)) return 403;
    if (!this.model.may('view', it)) return 404;
    return this.model.may(verb, it) ? 200 : 403;
  }

  /** Some of a list, the same each time. */
  some<T>(list: readonly T[], count: number): T[] {
    const length = Math.min(count, list.length);
    const subset = fc.shuffledSubarray([...list], { minLength: length, maxLength: length });
    return fc.sample(subset, { seed: this.seed, numRuns: 1 })[0] ?? [];
  }
}
