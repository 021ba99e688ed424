import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BuildError, buildIfNeeded } from './build.ts';
import { endpointEnvironment, EndpointError } from './engine/engine-endpoint.ts';
import { ensureEngine, NoEngineError } from './engine/ensure-engine.ts';
import { identifyProcess, isRunning } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { say } from './progress.ts';
import { occupant, serverAddress } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';
import { ServerProcess } from './server-process.ts';
import { dataDirectory, UpRecord } from './up-record.ts';

/** A reason not to go on that the user can do something about; shown without a stack. */
class UpError extends Error {
  override name = 'UpError';
}

const BESIDE = 'SWARMPLANE_PORT=7401 SWARMPLANE_DATA_DIR=data-2 npm run up';

// `npm run up`: from a fresh clone to a running server: an engine, a swarm, the build, the server in the foreground.
try {
  process.exitCode = await up();
} catch (error) {
  const expected = [UpError, BuildError, EndpointError, NoEngineError].some((kind) => error instanceof kind);
  console.error(`\n${expected ? (error as Error).message : ((error as Error).stack ?? String(error))}`);
  process.exitCode = 1;
}

async function up(): Promise<number> {
  const address = serverAddress();
  await refuseOccupied(address);
  const record = UpRecord.open(dataDirectory());
  if (record.state.server && isRunning(record.state.server)) {
    throw new UpError(
      `A server already runs on the data in ${record.directory} (pid ${record.state.server.pid}). Stop it first (Ctrl-C where it runs, or npm run down), or give the new one its own data: ${BESIDE}`,
    );
  }
  await buildIfNeeded();
  const { client, info } = await ensureEngine(record);
  say(
    `Docker ${info.ServerVersion} at ${client.endpoint.host}, manager of a swarm of ${info.Swarm.Nodes ?? 1}`,
  );

  if (!existsSync(join(record.directory, 'admin-token'))) record.update({ madeAdminToken: true });
  say('Starting the server …');
  const server = new ServerProcess(endpointEnvironment(client.endpoint));
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
  if (!stopping) say(welcome(address, record.directory));
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

function welcome({ url }: ServerAddress, directory: string): string {
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
Swarmplane is ready at ${url}    (API: ${url}/docs)
The admin token is ${token.where}. To try it:

  export TOKEN=${token.shell}
  curl -s ${auth} ${url}/v1/networks
  curl -s ${auth} ${json} ${url}/graphql \\
    -d '${JSON.stringify({ query })}'
  curl -s ${auth} ${json} ${url}/v1/networks \\
    -d '${JSON.stringify(network)}'

Ctrl-C stops the server; npm run down undoes what this command set up on the machine.
`;
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
