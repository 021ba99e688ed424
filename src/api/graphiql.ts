import type { FastifyInstance, FastifyPluginCallback } from 'fastify';
import { GRAPHQL_PATH } from './graphql/endpoint.ts';
import { pageHeaders } from './security-headers.ts';

/** Where the page is; what belongs to it is below. */
const PATH = '/docs/graphql';
const SCRIPT = 'text/javascript; charset=utf-8';

/** The page can load and ask nothing but this server. Its editor brings its own styles, and fonts as data. */
const PAGE_HEADERS = pageHeaders({
  'script-src': "'self'",
  'worker-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'font-src': 'data:',
  'img-src': "'self' data:",
  'connect-src': "'self'",
});

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Swarmplane: GraphQL</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="${PATH}/graphiql.css" />
  </head>
  <body>
    <noscript>This page is a program: let it run JavaScript.</noscript>
    <div id="root"></div>
    <script src="${PATH}/workers.js"></script>
    <script src="${PATH}/graphiql.js"></script>
    <script src="${PATH}/start.js"></script>
  </body>
</html>
`;

const WORKERS = `self.MonacoEnvironment = { getWorkerUrl: (_, label) => '${PATH}/' + label + '.worker.js' };
`;

/** What the Headers tab holds, a token above all, goes along with both HTTP and WebSockets, and is kept nowhere. */
const START = `let headers = {};
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  endpoint: '${GRAPHQL_PATH}',
  subscriptionsProtocol: 'WS',
  connectionParams: () => headers,
  headers: JSON.stringify({ Authorization: 'Bearer <token>' }, null, 2),
  onEditHeaders: (text) => {
    try {
      headers = JSON.parse(text);
    } catch {
      // Half typed.
    }
  },
  shouldPersistHeaders: false,
  title: 'Swarmplane',
  logo: '',
});
`;

interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** Serves GraphiQL at /docs/graphql, without a token: whoever uses it brings one. */
export function serveGraphiql(fastify: FastifyInstance): void {
  let assets: Promise<ReadonlyMap<string, Asset>> | undefined;
  const serve: FastifyPluginCallback = (scope, _, done) => {
    scope.addHook('onRequest', (_request, reply, next) => {
      void reply.headers(PAGE_HEADERS);
      next();
    });
    scope.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));
    scope.get<{ Params: { name: string } }>('/:name', async (request, reply) => {
      assets ??= loadAssets();
      const asset = (await assets).get(request.params.name);
      if (!asset) return reply.callNotFound();
      return reply.type(asset.type).send(asset.body);
    });
    done();
  };
  void fastify.register(serve, { prefix: PATH });
}

/** Several megabytes, which are read when somebody first opens the page. */
async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const { js, css, editorWorkerService, jsonWorker, graphqlWorker } =
    await import('@graphql-yoga/render-graphiql/graphiql');
  const asset = (type: string, text: string): Asset => ({ type, body: Buffer.from(text) });
  return new Map([
    ['graphiql.css', asset('text/css; charset=utf-8', css)],
    ['graphiql.js', asset(SCRIPT, js)],
    ['workers.js', asset(SCRIPT, WORKERS)],
    ['start.js', asset(SCRIPT, START)],
    ['editorWorkerService.worker.js', asset(SCRIPT, editorWorkerService)],
    ['json.worker.js', asset(SCRIPT, jsonWorker)],
    ['graphql.worker.js', asset(SCRIPT, graphqlWorker)],
  ]);
}
