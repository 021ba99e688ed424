import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from '../scripts/progress.ts';
import { PROJECT } from '../scripts/project.ts';
import { ask, keptConnections } from './kit/ask.ts';
import { now } from './kit/clock.ts';
import { percentile, takeTurns } from './kit/figures.ts';
import { killAtRandom } from './kit/killed-server.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import type { OurServer } from './kit/our-server.ts';
import type { Row } from './kit/row.ts';
import { NOWHERE, type Swarm } from './kit/swarm.ts';
import type * as Queue from '../src/audit/audit-queue.ts';
import type * as Settings from '../src/audit/audit-settings.ts';
import type * as Store from '../src/audit/audit-store.ts';
import type * as Trail from '../src/audit/audit-trail.service.ts';

/** Of each side, a round. */
const WRITES = 200;
const AT_ONCE = 16;
const KILLS = 200;
const GOAL = { atMost: 10 } as const;
const ms = (figure: number): string => `${figure.toFixed(2)} ms`;

/** What a write costs over the engine's own time, what of that is the audit trail, and what is left after kills. */
const audit: Benchmark = async (bench) => {
  const swarm = await bench.swarm({ services: 0, tasksEach: 0 });
  const server = await bench.server(swarm);
  const services = await makeServices(swarm);
  const rows: Row[] = [];
  for (const [who, writers] of [
    ['one client', 1],
    [`${AT_ONCE} clients at once`, AT_ONCE],
  ] as const) {
    say(`A label of a service changes, by ${who} …`);
    const ours = patcher(bench, server);
    const theirs = updater(swarm);
    const [p99, reference] = await takeTurns(
      () => p99Of(services.slice(0, writers), ours),
      () => p99Of(services.slice(0, writers), theirs),
    );
    rows.push({
      benchmark: `a label of a service, by ${who}, p99`,
      ours: ms(p99),
      reference: 'the engine: read, update',
      theirs: ms(reference),
      figure: p99 - reference,
      unit: 'ms',
      goal: GOAL,
    });
  }
  for (const writers of [1, AT_ONCE]) rows.push(await trailRow(bench, writers));
  rows.push(await killRow(swarm));
  return rows;
};
export default audit;

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

/** The 99th percentile of what writes take, in milliseconds; each service has one writer. */
async function p99Of(ids: readonly string[], write: WriteLabel): Promise<number> {
  const took: number[] = [];
  const each = Math.ceil(WRITES / ids.length);
  await Promise.all(
    ids.map(async (id) => {
      for (let count = 0; count < each; count++) {
        const startedAt = now();
        await write(id, String(startedAt));
        took.push(now() - startedAt);
      }
    }),
  );
  return percentile(took, 0.99);
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
  const store = new AuditStore(settings);
  const trail = new KeptAuditTrail(new AuditQueue(store), settings);
  bench.atEnd(() => store.close());
  const changes = [{ pointer: '/labels/at', before: '1', after: '2' }];
  const write: WriteLabel = async (id) => {
    const begun = await trail.begin(ATTEMPT, { id, name: 'bench', changes });
    await begun.done(id);
  };
  const names = Array.from({ length: writers }, (_, index) => `service-${index}`);
  await p99Of(names, write);
  const p99 = await p99Of(names, write);
  return {
    benchmark: `an intent and a result on disk, ${writers} at once, p99`,
    ours: ms(p99),
    reference: '',
    theirs: '',
    figure: p99,
    unit: 'ms',
    goal: GOAL,
  };
}

const ATTEMPT = {
  requestId: 'bench',
  surface: 'rest',
  actor: { id: 'admin', name: 'Installation', role: 'admin' },
  address: '127.0.0.1',
  userAgent: null,
  operation: 'PATCH /v1/services/:service',
  verb: 'update',
  kind: 'service',
  needs: 'operator',
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
