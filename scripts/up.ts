import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BuildError, buildIfNeeded } from './build.ts';
import type { EngineClient } from './engine/engine-client.ts';
import { endpointEnvironment, EndpointError } from './engine/engine-endpoint.ts';
import type { EngineEndpoint } from './engine/engine-endpoint.ts';
import { ensureEngine, NoEngineError } from './engine/ensure-engine.ts';
import { identifyProcess, isRunning } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { say } from './progress.ts';
import { occupant, serverAddress } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';
import { ServerProcess } from './server-process.ts';
import { UpError } from './up-error.ts';
import { dataDirectory, UpRecord } from './up-record.ts';
import { checkRouter, ensureRouter, routerSocket, routerWish } from './up-router.ts';
import type { RouterWish } from './up-router.ts';

const BESIDE = 'SWARMPLANE_PORT=7401 SWARMPLANE_DATA_DIR=data-2 npm run up';

// `npm run up`: from a fresh clone to a running server: an engine, a swarm, the build, the server in the foreground.
try {
  // Whatever is still under way for the router is of no use any more.
  process.exit(await up());
} catch (error) {
  const expected = [UpError, BuildError, EndpointError, NoEngineError].some((kind) => error instanceof kind);
  console.error(`\n${expected ? (error as Error).message : ((error as Error).stack ?? String(error))}`);
  process.exitCode = 1;
}

async function up(): Promise<number> {
  const reached = serverAddress();
  const wanted = routerWish();
  await refuseOccupied(reached);
  const record = UpRecord.open(dataDirectory());
  if (record.state.server && isRunning(record.state.server)) {
    throw new UpError(
      `A server already runs on the data in ${record.directory} (pid ${record.state.server.pid}). Stop it first (Ctrl-C where it runs, or npm run down), or give the new one its own data: ${BESIDE}`,
    );
  }
  if (wanted) await checkRouter(wanted, record);
  await buildIfNeeded();
  const { client, info } = await ensureEngine(record);
  say(
    `Docker ${info.ServerVersion} at ${client.endpoint.host}, manager of a swarm of ${info.Swarm.Nodes ?? 1}`,
  );
  const wish = isLocal(client.endpoint) ? wanted : undefined;
  const socket = wish ? routerSocket(record.directory) : process.env.SWARMPLANE_SOCKET;
  // Over TLS it may want certificates that there are none of here, and show one that nobody here vouches for.
  const address = reached.url.startsWith('https:') ? { ...reached, socket } : reached;

  if (!existsSync(join(record.directory, 'admin-token'))) record.update({ madeAdminToken: true });
  say('Starting the server …');
  const server = new ServerProcess({
    ...endpointEnvironment(client.endpoint),
    ...(socket ? { SWARMPLANE_SOCKET: socket } : {}),
  });
  const identity = server.pid ? identifyProcess(server.pid) : undefined;
  record.update({ server: identity });

  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // npm and the terminal may both deliver it; one stop is enough.
    process.on(signal, () => {
      if (!stopping) {
        say('\nStopping the server; the engine and its swarm stay (npm run down undoes the rest) …');
      }
      stopping = true;
      void server.stop();
    });
  }

  const failure = await server.failureToBecomeReady(address);
  if (failure !== undefined && !stopping) {
    await server.stop();
    forgetServer(record.directory, identity);
    throw new UpError(failure);
  }
  if (!stopping) {
    say(`\nSwarmplane is ready at ${address.url}    (API: ${address.url}/docs)\n`);
    const router = wish && startRouter(address, wish, { client, nodeId: info.Swarm.NodeID, record });
    // Whoever does not want to wait for it presses Ctrl-C.
    const routed = await Promise.race([router, server.ended.then(() => undefined)]);
    if (!stopping) say(howTo(address, record.directory, routed ?? undefined));
  }
  const exitCode = await server.ended;
  forgetServer(record.directory, identity);
  if (!stopping) {
    say(exitCode === 0 ? 'The server was stopped' : `The server ended by itself with ${exitCode}`);
  }
  return stopping ? 0 : exitCode;
}

/** Reads the record again first: when `down` has stopped the server it may have undone everything else by now. */
function forgetServer(directory: string, server: ProcessIdentity | undefined): void {
  const record = UpRecord.open(directory);
  if (server && record.state.server?.pid === server.pid) record.update({ server: undefined });
}

async function refuseOccupied(address: ServerAddress): Promise<void> {
  const found = await occupant(address);
  if (found === 'nothing') return;
  throw new UpError(
    found === 'swarmplane'
      ? `A Swarmplane already answers at ${address.url}. Use it, or stop it (Ctrl-C where it runs, or npm run down), or start another beside it: ${BESIDE}`
      : `Another program listens on port ${address.port} of ${address.host}. Take another port: SWARMPLANE_PORT=7401 npm run up`,
  );
}

function isLocal({ host }: EngineEndpoint): boolean {
  return host.startsWith('unix://') && process.platform === 'linux';
}

/** Brings the router up. Without it the server is as good as before, so that a failure is told and no more. */
async function startRouter(
  address: ServerAddress,
  wish: RouterWish,
  where: { client: EngineClient; nodeId: string; record: UpRecord },
): Promise<RouterWish | undefined> {
  try {
    await ensureRouter({ address, token: readToken(where.record.directory) }, wish, where);
    return wish;
  } catch (error) {
    say(`There is no router: ${(error as Error).message}`);
    return undefined;
  }
}

function howTo({ url }: ServerAddress, directory: string, router: RouterWish | undefined): string {
  const token = tokenSource(directory);
  const auth = '-H "Authorization: Bearer $TOKEN"';
  const json = "-H 'Content-Type: application/json'";
  const query = '{ services { nodes { name runningTasks desiredTasks } } }';
  const network = {
    name: 'my-network',
    driver: 'overlay',
    attachable: true,
    subnets: [{ subnet: '10.0.9.0/24' }],
  };
  return `
The admin token is ${token.where}. To try it:

  export TOKEN=${token.shell}
  curl -s ${auth} ${url}/v1/networks
  curl -s ${auth} ${json} ${url}/graphql \\
    -d '${JSON.stringify({ query })}'
  curl -s ${auth} ${json} ${url}/v1/networks \\
    -d '${JSON.stringify(network)}'
${router ? routing(router, `curl -s ${auth} ${json} ${url}`) : ''}
${url.startsWith('https:') ? 'curl has to trust the authority of the certificate: --cacert ca.pem; npm run subscribe: NODE_EXTRA_CA_CERTS=ca.pem.\n' : ''}Ctrl-C stops the server; npm run down undoes what this command set up on the machine.
`;
}

function routing({ httpPort, httpsPort }: RouterWish, curl: string): string {
  const service = {
    name: 'my-site',
    image: 'nginx',
    networks: [{ network: 'swarmplane-router' }],
    labels: { 'swarmplane.http.site.host': 'site.example.com', 'swarmplane.http.site.port': '80' },
  };
  return `
A router takes HTTP on port ${httpPort} and HTTPS on port ${httpsPort}. To route a host to a service:

  npm run --silent images
  ${curl}/v1/services \\
    -d '${JSON.stringify(service)}'
  curl -s -H 'Host: site.example.com' http://127.0.0.1:${httpPort}/
`;
}

function readToken(directory: string): string {
  const { SWARMPLANE_ADMIN_TOKEN: given, SWARMPLANE_ADMIN_TOKEN_FILE: file } = process.env;
  return given ?? readFileSync(file ?? join(directory, 'admin-token'), 'utf8').trim();
}

function tokenSource(directory: string): { where: string; shell: string } {
  if (process.env.SWARMPLANE_ADMIN_TOKEN) {
    return { where: 'the value of SWARMPLANE_ADMIN_TOKEN', shell: '$SWARMPLANE_ADMIN_TOKEN' };
  }
  const given = process.env.SWARMPLANE_ADMIN_TOKEN_FILE;
  const file = given ?? join(directory, 'admin-token');
  const path = relative(process.cwd(), file);
  const shown = path.startsWith('..') ? file : path;
  return { where: `in ${shown}`, shell: `$(cat ${/[^\w./-]/.test(shown) ? `'${shown}'` : shown})` };
}
