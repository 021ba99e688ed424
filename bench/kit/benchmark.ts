import type { Row } from './row.ts';
import type { Swarm, SwarmShape } from './swarm.ts';
import type { OurServer, ServedSwarm, ServerOptions } from './our-server.ts';

/**
 * One benchmark: a file `bench/<name>.ts` with this function as its default export. `npm run bench` finds it by its
 * place, runs it after those before it in the alphabet, and writes its rows under its name to `bench/results.md`;
 * `npm run bench -- <name> …` runs some. It may fail: the others run all the same.
 *
 * Rules that make rows comparable:
 * - ours and the reference are measured in the same run, taking turns (`takeTurns`), and the row has the medians of
 *   at least five rounds;
 * - whoever measures has a process of its own, so that it does not slow down what it measures;
 * - a row tells what was measured, also when it misses its goal: nothing here is an assertion.
 */
export type Benchmark = (bench: Bench) => Promise<readonly Row[]>;

/** What every benchmark is given. Whatever it starts is stopped when it ends. */
export interface Bench {
  /**
   * A swarm of this shape on a private engine, 1,000 services of 10 tasks unless told otherwise. It is the same for all
   * benchmarks that ask for the same shape, so leave it as it was found. There is one engine at a time: asking for
   * another shape removes the one before.
   */
  swarm(shape?: SwarmShape): Promise<Swarm>;
  /** Our server (`dist/main.js`) in front of a swarm, in a process of its own, ready. */
  server(swarm: ServedSwarm, options?: ServerOptions): Promise<OurServer>;
  /** Called when the benchmark ends, however it does; what comes last is called first. */
  atEnd(undo: () => unknown): void;
}
