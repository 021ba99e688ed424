import { join } from 'node:path';
import { say } from '../scripts/progress.ts';
import { PROJECT } from '../scripts/project.ts';
import { takeTurns } from './kit/figures.ts';
import { ratioRow } from './kit/row.ts';
import type { Benchmark } from './kit/benchmark.ts';
import type * as App from '../src/app.ts';
import type * as Prepared from '../src/api/graphql/operations.ts';
import type * as State from '../src/swarm/cluster-state.ts';
import type * as Gateway from '../src/swarm/docker/docker-gateway.ts';
import type * as Endpoint from '../src/swarm/docker/docker-endpoint.ts';
import type * as Watch from '../src/swarm/watch/swarmkit-watch.ts';

const MILLISECONDS = 1_000;
const READY_WITHIN_MS = 60_000;

const LEAVES = [
  'id',
  'name',
  'image',
  'mode',
  'version',
  'runningTasks',
  'desiredTasks',
  'createdAt',
  'labels',
];
const TASK = ['id', 'state', 'desiredState', 'slot', 'message', 'image', 'addresses { address networkId }'];

/** Sixty documents that differ in what they select, how they nest and what they are asked with. */
function documents(): { readonly query: string; readonly variables: Record<string, unknown> }[] {
  return Array.from({ length: 60 }, (_, index) => {
    const some = <T>(list: readonly T[], step: number): readonly T[] =>
      list.filter((_item, place) => (index * step + place) % 3 !== 0);
    const service = some(LEAVES, 1).join(' ');
    const tasks = index % 2 ? `tasks(filter: $filter) { ${some(TASK, 2).join(' ')} }` : '';
    const networks = index % 3 ? 'networks { virtualIp network { name subnets { subnet } } }' : '';
    const filter = index % 2 ? ', $filter: TasksOfServiceFilter' : '';
    return {
      query: `query Q${index}($first: Int${filter}) { services(first: $first) { totalCount nodes { ${service} ${tasks} ${networks} } } }`,
      variables: { first: 10 + ((index * 7) % 90), filter: index % 4 ? null : { desiredState: ['RUNNING'] } },
    };
  });
}

/** Our execution of GraphQL against graphql-js, in one process, over the same schema, resolvers and objects. */
const graphql: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const { prepare, stop } = await application(swarm.engine);
  bench.atEnd(stop);
  const context = { requestId: 'bench', principal: { id: 'bench', name: 'bench', role: 'viewer' } } as const;
  const operations = documents().map(({ query, variables }) => ({ variables, prepared: prepare(query) }));

  const perSecond = async (answer: (operation: (typeof operations)[number]) => Promise<unknown>) => {
    const startedAt = performance.now();
    let answers = 0;
    while (performance.now() - startedAt < MILLISECONDS) {
      const operation = operations[answers % operations.length];
      if (operation) await answer(operation);
      answers++;
    }
    return answers / ((performance.now() - startedAt) / 1000);
  };
  say('Varied GraphQL documents against graphql-js …');
  const figures = await takeTurns(
    () =>
      perSecond(async ({ prepared, variables }) => {
        const text = await prepared.write({ variables }, context);
        if (text === undefined) throw new Error('A document was not compiled.');
      }),
    () =>
      perSecond(async ({ prepared, variables }) => {
        const { data, errors } = await prepared.execute({ variables }, context);
        if (errors) throw new Error(errors[0]?.message);
        return JSON.stringify({ data });
      }),
  );
  return [
    ratioRow(
      {
        benchmark: `GraphQL to JSON: ${operations.length} varied documents, parsed and validated before, no answer reused`,
        reference: 'graphql-js and `JSON.stringify`, the same schema, resolvers and objects',
        goal: { atLeast: 5 },
        format: (rate) => `${rate.toFixed(0)}/s`,
      },
      ...figures,
    ),
  ];
};
export default graphql;

/** Our application in this process, from `dist`: Node alone cannot run decorators. */
async function application({ dockerHost, controlSocket }: { dockerHost: string; controlSocket: string }) {
  const load = async <T>(file: string): Promise<T> => (await import(join(PROJECT, 'dist', file))) as T;
  const { createApp } = await load<typeof App>('app.js');
  const { Operations, PreparedDocument } = await load<typeof Prepared>('api/graphql/operations.js');
  const { ClusterState } = await load<typeof State>('swarm/cluster-state.js');
  const { DockerGateway } = await load<typeof Gateway>('swarm/docker/docker-gateway.js');
  const { dockerOptions } = await load<typeof Endpoint>('swarm/docker/docker-endpoint.js');
  const { SwarmkitWatch } = await load<typeof Watch>('swarm/watch/swarmkit-watch.js');
  const { default: pino } = await import('pino');
  const ports = {
    gateway: new DockerGateway(
      dockerOptions({ host: dockerHost, tlsVerify: false, certPath: null }),
      READY_WITHIN_MS,
    ),
    source: new SwarmkitWatch(controlSocket),
  };
  const app = await createApp(ports, { adminToken: 'bench' }, pino({ level: 'silent' }));
  await app.init();
  const state = app.get(ClusterState, { strict: false });
  if (!(await state.until(() => state.hasSynced || undefined, READY_WITHIN_MS))) {
    throw new Error('The state was not read.');
  }
  const operations = app.get(Operations, { strict: false });
  return {
    stop: () => app.close(),
    prepare: (query: string) => {
      const prepared = operations.prepare(query);
      if (prepared instanceof PreparedDocument) return prepared;
      throw new Error(prepared[0]?.message);
    },
  };
}
