import { startServer } from './our-server.ts';
import { startSwarm, USUAL, type Swarm, type SwarmShape } from './swarm.ts';
import type { Bench } from './benchmark.ts';

/** What the benchmarks of one run share, and the clearing up after each. */
export class BenchSession {
  private shared: Swarm | undefined;

  /** Docker Engine's version, once an engine was used. */
  get engineVersion(): string | null {
    return this.shared?.version ?? null;
  }

  /** Gives `work` a bench and clears up after it, whether it succeeds or not. */
  async run<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
    const undos: (() => unknown)[] = [];
    const bench: Bench = {
      swarm: (shape = USUAL) => this.swarm(shape),
      server: async (swarm, options) => {
        const server = await startServer(swarm, options);
        undos.push(() => server.stop());
        return server;
      },
      atEnd: (undo) => void undos.push(undo),
    };
    try {
      return await work(bench);
    } finally {
      for (const undo of undos.reverse()) await undo();
    }
  }

  /** Removes the engine. */
  async close(): Promise<void> {
    const { shared } = this;
    this.shared = undefined;
    await shared?.engine.stop();
  }

  private async swarm(shape: SwarmShape): Promise<Swarm> {
    const { shared } = this;
    if (shared?.shape.services === shape.services && shared.shape.tasksEach === shape.tasksEach) {
      return shared;
    }
    await this.close();
    return (this.shared = await startSwarm(shape));
  }
}
