import { pause, say } from '../scripts/progress.ts';
import { median, ROUNDS } from './kit/figures.ts';
import type { Benchmark } from './kit/benchmark.ts';

const SETTLED_AFTER_MS = 5_000;
const MEGABYTE = 1e6;

/** How soon a server is ready in front of a usual swarm, and what memory that takes. */
const start: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  say('From the start of the server until it is ready …');
  const readyAfterMs: number[] = [];
  const resident: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const server = await bench.server(swarm);
    readyAfterMs.push(server.readyAfterMs);
    await pause(SETTLED_AFTER_MS);
    resident.push(server.memory().resident);
    await server.stop();
  }
  const seconds = median(readyAfterMs) / 1000;
  const megabytes = median(resident) / MEGABYTE;
  const alone = { reference: '', theirs: '' };
  return [
    {
      ...alone,
      benchmark: `${swarm.shape.services} services: from the start of the process to ready`,
      ours: `${seconds.toFixed(2)} s`,
      figure: seconds,
      unit: 's',
      goal: { atMost: 2 },
    },
    {
      ...alone,
      benchmark: 'the same: resident memory 5 s after',
      ours: `${megabytes.toFixed(0)} MB`,
      figure: megabytes,
      unit: 'MB',
      goal: { atMost: 200 },
    },
  ];
};
export default start;
