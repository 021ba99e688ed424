import { say } from '../scripts/progress.ts';
import { takeTurns } from './kit/figures.ts';
import { built, ourApp } from './kit/our-app.ts';
import { ratioRow } from './kit/row.ts';
import type { Swarm } from './kit/swarm.ts';
import type { Benchmark } from './kit/benchmark.ts';
import type * as Asker from '../src/api/asker.ts';
import type * as Prepared from '../src/api/graphql/operations.ts';
import type * as Roles from '../src/domain/role.ts';

const MILLISECONDS = 1_000;

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
  const { prepare, stop, askedBy, principal } = await application(swarm.engine);
  bench.atEnd(stop);
  const context = { requestId: 'bench', principal };
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
        const text = await askedBy(principal, () => prepared.write({ variables }, context));
        if (text === undefined) throw new Error('A document was not compiled.');
      }),
    () =>
      perSecond(async ({ prepared, variables }) => {
        const { data, errors } = await askedBy(principal, () => prepared.execute({ variables }, context));
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

/** What executes operations in our application, in this process. */
async function application(engine: Swarm['engine']) {
  const { askedBy } = await built<typeof Asker>('api/asker.js');
  const { principalWith } = await built<typeof Roles>('domain/role.js');
  const { Operations, PreparedDocument } = await built<typeof Prepared>('api/graphql/operations.js');
  const { app } = await ourApp(engine);
  const operations = app.get(Operations, { strict: false });
  return {
    stop: () => app.close(),
    askedBy,
    principal: principalWith('viewer', { id: 'bench' }),
    prepare: (query: string) => {
      const prepared = operations.prepare(query);
      if (prepared instanceof PreparedDocument) return prepared;
      throw new Error(prepared[0]?.message);
    },
  };
}
