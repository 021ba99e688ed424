import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { pause, say } from '../scripts/progress.ts';
import { median, takeTurns } from './kit/figures.ts';
import { ratioRow, type Row } from './kit/row.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import type { ProcessMemory } from './kit/our-server.ts';
import type { Swarm } from './kit/swarm.ts';

const SHAPE = { services: 10_000, tasksEach: 10 };
const LISTS = ['/services', '/tasks', '/networks', '/nodes', '/configs'];
/** Memory is read this long after the list is in: what it left to be collected is part of what an operator sees. */
const SETTLED_AFTER_MS = 5_000;
const MEGABYTE = 1e6;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(0)} MB`;

/** How soon a server is ready in front of a very large swarm, and what memory that takes. */
const bigSwarm: Benchmark = async (bench) => {
  const swarm = await bench.swarm(SHAPE);
  const memory: ProcessMemory[] = [];
  say('From the start of the server until it is ready, against the engine’s own lists …');
  const [ours, theirs] = await takeTurns(
    () => untilReady(bench, swarm, memory),
    () => engineLists(swarm),
  );
  const tasks = SHAPE.services * SHAPE.tasksEach;
  const daemon = megabytes(await daemonMemory(swarm));
  return [
    ratioRow(
      {
        benchmark: `${SHAPE.services} services, ${tasks} tasks: from the start of the process to ready`,
        reference: 'the engine’s own list calls, one after the other, not parsed',
        goal: { atMost: 1.3 },
        format: seconds,
      },
      ours,
      theirs,
    ),
    memoryRow(
      'the same: resident memory 5 s after',
      median(memory.map((each) => each.resident)),
      daemon,
      700,
    ),
    memoryRow('the same: its peak', median(memory.map((each) => each.peak)), daemon, 1_200),
  ];
};
export default bigSwarm;

/** Milliseconds from the start of a server's process until it is ready. */
async function untilReady(bench: Bench, swarm: Swarm, memory: ProcessMemory[]): Promise<number> {
  const server = await bench.server(swarm, { readyWithinMs: 120_000 });
  await pause(SETTLED_AFTER_MS);
  memory.push(server.memory());
  await server.stop();
  return server.readyAfterMs;
}

/** Milliseconds that the engine takes for its lists, one after the other; their bytes are read, not parsed. */
async function engineLists({ engine }: Swarm): Promise<number> {
  const socketPath = engine.dockerHost.replace('unix://', '');
  const startedAt = performance.now();
  for (const path of LISTS) {
    await new Promise<void>((resolve, reject) => {
      const outgoing = request({ socketPath, path }, (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`${path} answered ${answer.statusCode}`));
        answer.on('error', reject).on('end', resolve).resume();
      });
      outgoing.on('error', reject).end();
    });
  }
  return performance.now() - startedAt;
}

/** What dockerd has in memory, in bytes (proc(5)). */
async function daemonMemory({ engine }: Swarm): Promise<number> {
  const pidFile = join(dirname(engine.dockerHost.replace('unix://', '')), 'dockerd.pid');
  const { stdout } = await engine.exec(['sh', '-c', `cat "/proc/$(cat ${pidFile})/status"`]);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(stdout)?.[1]) * 1024;
}

function memoryRow(benchmark: string, ours: number, theirs: string, atMost: number): Row {
  return {
    benchmark,
    ours: megabytes(ours),
    reference: 'dockerd’s own, at the end',
    theirs,
    figure: ours / MEGABYTE,
    unit: 'MB',
    goal: { atMost },
  };
}
