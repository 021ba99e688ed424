import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import type { StringMap } from '../domain/object.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { isLeftover, runLabels, runOf } from './probe-label.ts';

/** How many runs there may be at once in the whole swarm. */
export const MOST_RUNS = 4;
const ID_BYTES = 4;

/** One probe or check, from its beginning until all that it made is removed. */
export interface ProbeRun {
  /** `swarmplane-` and some letters: the names of all that it makes begin with it. */
  readonly name: string;
  /** The labels of all that it makes. */
  readonly labels: StringMap;
  /** Aborts when its time is up. */
  readonly deadline: AbortSignal;
}

/** How many probes and checks there are, and whether there may be another. */
@Injectable()
export class ProbeRuns {
  /** How many this server has begun, by what came of them, for the metrics. */
  readonly ended = { answered: 0, failed: 0 };
  private readonly underWay = new Set<string>();

  constructor(private readonly state: ClusterState) {}

  /** How many this server is at. */
  get running(): number {
    return this.underWay.size;
  }

  /** Does something as a run that may take `withinMs` milliseconds. Fails `too-many`, and as `work` does. */
  async run<T>(withinMs: number, work: (run: ProbeRun) => Promise<T>): Promise<T> {
    this.assertRoom();
    const name = `swarmplane-${randomBytes(ID_BYTES).toString('hex')}`;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), withinMs);
    this.underWay.add(name);
    try {
      const answer = await work({
        name,
        labels: runLabels(name, Date.now() + withinMs),
        deadline: late.signal,
      });
      this.ended.answered += 1;
      return answer;
    } catch (error) {
      this.ended.failed += 1;
      throw error;
    } finally {
      clearTimeout(timer);
      this.underWay.delete(name);
    }
  }

  /** Other servers' runs show by what they have made. */
  private assertRoom(): void {
    this.state.assertSynced();
    const now = Date.now();
    const runs = new Set(this.underWay);
    for (const service of this.state.services.all()) {
      const run = runOf(service);
      if (run !== undefined && !isLeftover(service, now)) runs.add(run);
    }
    if (runs.size < MOST_RUNS) return;
    throw new DomainError(
      'too-many',
      `${runs.size} probes are under way in this swarm, and there may be ${MOST_RUNS} at once. Try again in a few seconds.`,
    );
  }
}
