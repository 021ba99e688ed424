import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause, say } from '../scripts/progress.ts';
import { PROJECT } from '../scripts/project.ts';
import { ask, keptConnections } from './kit/ask.ts';
import { now } from './kit/clock.ts';
import { startEngineClock, type EngineClock } from './kit/engine-clock.ts';
import { median, percentile, takeTurns } from './kit/figures.ts';
import { killAtRandom } from './kit/killed-server.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import type { OurServer } from './kit/our-server.ts';
import type { Row } from './kit/row.ts';
import { NOWHERE, type Swarm } from './kit/swarm.ts';
import type * as Queue from '../src/audit/audit-queue.ts';
import type * as Settings from '../src/audit/audit-settings.ts';
import type * as Store from '../src/audit/audit-store.ts';
import type * as Trail from '../src/audit/audit-trail.service.ts';
import type * as Roles from '../src/domain/role.ts';

/** Of each side, a round. */
const WRITES = 400;
const AT_ONCE = 16;
/** How many writes a second come from all clients together where they do not come as fast as they can. */
const A_SECOND = 100;
const KILLS = 200;
const GOAL = { atMost: 10 } as const;
const ms = (figure: number): string => `${figure.toFixed(2)} ms`;

/** Who writes, and how long each waits before its next write, in milliseconds on average. */
interface Load {
  readonly name: string;
  readonly writers: number;
  readonly pauseMs: number;
}

const LOADS: readonly Load[] = [
  { name: 'one client', writers: 1, pauseMs: 0 },
  {
    name: `${AT_ONCE} clients, ${A_SECOND} writes a second`,
    writers: AT_ONCE,
    pauseMs: (1_000 * AT_ONCE) / A_SECOND,
  },
  { name: `${AT_ONCE} clients, as fast as they can`, writers: AT_ONCE, pauseMs: 0 },
];

/** What a write costs besides the engine's own time, what of that is the audit trail, and what is left after kills. */
const audit: Benchmark = async (bench) => {
  const swarm = await bench.swarm({ services: 0, tasksEach: 0 });
  const clock = await startEngineClock(swarm);
  bench.atEnd(() => clock.stop());
  const server = await bench.server(clock.swarm);
  const services = await makeServices(swarm);
  const rows: Row[] = [];
  for (const load of LOADS) {
    say(`A label of a service changes, by ${load.name} …`);
    rows.push(await loadRow(load, services, clock, patcher(bench, server), updater(swarm)));
  }
  for (const writers of [1, AT_ONCE]) rows.push(await trailRow(bench, writers));
  rows.push(await killRow(swarm));
  return rows;
};
export default audit;

async function loadRow(
  load: Load,
  services: readonly string[],
  clock: EngineClock,
  ours: WriteLabel,
  theirs: WriteLabel,
): Promise<Row> {
  const whole: number[] = [];
  const [outside, alone] = await takeTurns(
    async () => {
      const writes = await writesOf(load, services, async (id, value) => {
        clock.take(id);
        const took = await timeOf(() => ours(id, value));
        return { took, outside: took - clock.take(id) };
      });
      whole.push(p99(writes.map(({ took }) => took)));
      return p99(writes.map((write) => write.outside));
    },
    async () => p99(await writesOf(load, services, (id, value) => timeOf(() => theirs(id, value)))),
  );
  return {
    benchmark: `a label of a service, ${load.name}: p99, and of the time besides the engine’s own`,
    ours: ms(median(whole)),
    reference: 'the engine alone: read, update',
    theirs: ms(alone),
    figure: outside,
    unit: 'ms',
    goal: GOAL,
  };
}

type WriteLabel = (id: string, value: string) => Promise<unknown>;

async function makeServices({ engine }: Swarm): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < AT_ONCE; index++) {
    const { ID } = await engine.client.call<{ ID: string }>('POST', '/services/create', {
      body: {
        Name: `bench-audit-${index}`,
        Mode: { Replicated: { Replicas: 0 } },
        TaskTemplate: { ContainerSpec: { Image: 'busybox' }, Placement: NOWHERE },
      },
    });
    ids.push(ID);
  }
  return ids;
}

function patcher(bench: Bench, { host, port, headers }: OurServer): WriteLabel {
  const agent = keptConnections(AT_ONCE);
  bench.atEnd(() => agent.destroy());
  return (id, value) =>
    ask(
      {
        host,
        port,
        path: `/v1/services/${id}`,
        method: 'PATCH',
        headers,
        body: JSON.stringify({ labels: { at: value } }),
      },
      agent,
    );
}

function updater({ engine: { client } }: Swarm): WriteLabel {
  return async (id, value) => {
    const { Version, Spec } = await client.call<{ Version: { Index: number }; Spec: object }>(
      'GET',
      `/services/${id}`,
    );
    await client.call('POST', `/services/${id}/update`, {
      query: { version: String(Version.Index) },
      body: { ...Spec, Labels: { at: value } },
    });
  };
}

const p99 = (figures: readonly number[]): number => percentile(figures, 0.99);

/** How long something takes, in milliseconds. */
async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const startedAt = now();
  await act();
  return now() - startedAt;
}

/** What all writes of a round come to; each service has one writer. */
async function writesOf<T>(
  { writers, pauseMs }: Pick<Load, 'writers' | 'pauseMs'>,
  services: readonly string[],
  write: (id: string, value: string) => Promise<T>,
): Promise<T[]> {
  const writes: T[] = [];
  await Promise.all(
    services.slice(0, writers).map(async (id) => {
      for (let count = 0; count < WRITES / writers; count++) {
        // As writes come that know nothing of each other.
        if (pauseMs > 0) await pause(-Math.log(1 - Math.random()) * pauseMs);
        writes.push(await write(id, String(now())));
      }
    }),
  );
  return writes;
}

/** An intent and a result, one after the other, on the disk of this machine. */
async function trailRow(bench: Bench, writers: number): Promise<Row> {
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-bench-'));
  bench.atEnd(() => rmSync(directory, { recursive: true, force: true }));
  // As it is built: Node runs no decorators from TypeScript.
  const load = async <T>(file: string): Promise<T> =>
    (await import(join(PROJECT, 'dist', 'audit', file))) as T;
  const { AuditQueue } = await load<typeof Queue>('audit-queue.js');
  const { KeptAudit } = await load<typeof Settings>('audit-settings.js');
  const { AuditStore } = await load<typeof Store>('audit-store.js');
  const { KeptAuditTrail } = await load<typeof Trail>('audit-trail.service.js');
  const settings = new KeptAudit({
    audit: { database: { kind: 'sqlite', file: join(directory, 'a.db') }, retentionDays: 1, server: 'bench' },
  });
  const { principalWith } = await load<typeof Roles>(join('..', 'domain', 'role.js'));
  const actor = principalWith('admin', { id: 'admin', name: 'Installation' });
  const store = new AuditStore(settings);
  const trail = new KeptAuditTrail(new AuditQueue(store), settings);
  bench.atEnd(() => store.close());
  const changes = [{ pointer: '/labels/at', before: '1', after: '2' }];
  const write: WriteLabel = async (id) => {
    const subject = { id, name: 'bench', changes, admission: null };
    const begun = await trail.begin({ ...ATTEMPT, actor }, subject);
    await begun.done(id);
  };
  const names = Array.from({ length: writers }, (_, index) => `service-${index}`);
  const round = async (): Promise<number> =>
    p99(await writesOf({ writers, pauseMs: 0 }, names, (name, value) => timeOf(() => write(name, value))));
  await round();
  const took = await round();
  return {
    benchmark: `an intent and a result on disk, ${writers} at once, p99`,
    ours: ms(took),
    reference: '',
    theirs: '',
    figure: took,
    unit: 'ms',
    goal: GOAL,
  };
}

const ATTEMPT = {
  requestId: 'bench',
  surface: 'rest',
  address: '127.0.0.1',
  userAgent: null,
  operation: 'PATCH /v1/services/:service',
  verb: 'update',
  kind: 'service',
  needs: 'update service',
} as const;

async function killRow({ engine }: Swarm): Promise<Row> {
  say(`${KILLS} servers are killed while they write …`);
  const found = await killAtRandom(engine, KILLS, (done) => {
    if (done % 20 === 0) say(`  ${done} killed`);
  });
  const { acknowledged, missing, unexplained, unknown, pending, isIntact } = found;
  if (unexplained.length > 0 || pending > 0 || !isIntact) {
    throw new Error(`Not as it should be: ${JSON.stringify(found)}`);
  }
  return {
    benchmark: `acknowledged writes that the trail does not have, after ${KILLS} × \`kill -9\``,
    ours: `${missing.length} of ${acknowledged}`,
    reference: 'writes of which nobody saw the end',
    theirs: `${unknown}, closed as unknown`,
    figure: missing.length,
    unit: '',
    goal: { atMost: 0 },
  };
}
