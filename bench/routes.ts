import { say } from '../scripts/progress.ts';
import type { Benchmark } from './kit/benchmark.ts';
import { Probe } from './kit/probe.ts';

const ROUTES = 2_000;
const TASKS_EACH = 5;
const milliseconds = (ms: number): string => `${ms.toFixed(2)} ms`;

interface List {
  readonly items: readonly object[];
}

/** What a change of one task costs among many routes. */
const routes: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const { url, headers } = await bench.server(swarm);
  const first = async (path: string): Promise<object | undefined> => {
    const { items } = (await (await fetch(`${url}${path}?limit=1`, { headers })).json()) as List;
    return items[0];
  };
  say(`A change of a task among ${ROUTES} routes …`);
  const sample = {
    service: await first('/v1/services'),
    task: await first('/v1/tasks'),
    routes: ROUTES,
    tasksEach: TASKS_EACH,
  };
  const probe = Probe.start(bench, 'route-book');
  const { changeMs, makeMs, servers } = await probe.ask<{
    changeMs: number;
    makeMs: number;
    servers: number;
  }>('measure', sample);
  return [
    {
      benchmark: `a change of one task, taken into ${ROUTES} routes of ${servers} servers`,
      ours: milliseconds(changeMs),
      reference: 'all of them made anew',
      theirs: milliseconds(makeMs),
      figure: changeMs,
      unit: 'ms',
      goal: { atMost: 2 },
    },
    {
      benchmark: `${ROUTES} routes of ${servers} servers, read from labels for the first time`,
      ours: milliseconds(makeMs),
      reference: '',
      theirs: '',
      figure: makeMs,
      unit: 'ms',
      goal: { atMost: 1_000 },
    },
  ];
};
export default routes;
