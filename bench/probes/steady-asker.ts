import { ask, keptConnections } from '../kit/ask.ts';
import { now } from '../kit/clock.ts';
import { percentile } from '../kit/figures.ts';
import { answer } from '../kit/probe.ts';

/** What is asked, in turn, and how often. */
export interface Round {
  readonly host: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
}

const CONNECTIONS = 32;
const EVERY_MS = 1;

answer({
  /**
   * Asks at a rate that does not wait for answers, as many clients together do. Answers the 99th percentile of how long
   * an answer took, in milliseconds.
   */
  p99: async ({ host, port, headers, paths, perSecond, seconds }: Round): Promise<number> => {
    const agent = keptConnections(CONNECTIONS);
    const took: number[] = [];
    const under: Promise<void>[] = [];
    const startedAt = now();
    const count = perSecond * seconds;
    while (under.length < count) {
      const due = Math.min(count, Math.floor(((now() - startedAt) * perSecond) / 1_000));
      while (under.length < due) {
        const path = paths[under.length % paths.length] ?? '';
        const sentAt = now();
        under.push(ask({ host, port, path, headers }, agent).then(() => void took.push(now() - sentAt)));
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    await Promise.all(under);
    agent.destroy();
    return percentile(took, 0.99);
  },
});
