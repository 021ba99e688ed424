import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './command.ts';
import { EngineClient } from './engine/engine-client.ts';
import { removePackages } from './engine/install-engine.ts';
import { isRunning, signalProcess } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { pause, say } from './progress.ts';
import { removeRouter } from './remove-router.ts';
import { dataDirectory, UpRecord } from './up-record.ts';
import type { UpState } from './up-record.ts';

const STOP_DEADLINE_MS = 30_000;
/** How far a swarm's own time of birth may lie from ours when its id was never noted. */
const BIRTH_TOLERANCE_MS = 60_000;

// `npm run down`: undoes exactly what `up` noted in up.json, last first. Every step is forgotten when done, so that an
// interrupted `down` can be run again.
try {
  await down(UpRecord.open(dataDirectory()));
} catch (error) {
  console.error(`\n${(error as Error).message}\nWhat is undone so far is noted; run this again to go on.`);
  process.exitCode = 1;
}

async function down(record: UpRecord): Promise<void> {
  if (record.isEmpty) {
    say('There is nothing to undo: `npm run up` has set up nothing on this machine.');
    record.remove();
    return;
  }
  const { state } = record;
  if (state.server) {
    await stopProcess('the server', state.server);
    record.update({ server: undefined });
  }
  if (state.router) {
    say(`Removing the router (${state.router.service}) …`);
    await removeRouter(new EngineClient(state.router.endpoint), state.router.service);
    record.update({ router: undefined });
  }
  if (state.swarm) {
    await leaveSwarm(state.swarm);
    record.update({ swarm: undefined });
  }
  if (state.engine) {
    await stopEngine(state.engine);
    record.update({ engine: undefined });
  }
  if (state.packages) {
    const removed = await removePackages(state.packages, join(record.directory, 'apt.log'));
    record.update({ packages: undefined });
    say(removed.length > 0 ? 'Removed the packages' : 'The packages are gone already');
    say(
      "  Images, containers and volumes stay in Docker's data. To delete them too: rm -rf /var/lib/docker /var/lib/containerd",
    );
  }
  const files = ['dockerd.log', 'dockerd.pid', 'apt.log', ...(state.madeAdminToken ? ['admin-token'] : [])];
  for (const name of files) rmSync(join(record.directory, name), { force: true });
  rmSync(join(record.directory, 'run'), { recursive: true, force: true });
  record.remove();
  say('Everything that `npm run up` set up is undone');
  if (existsSync(record.directory)) say(`  The server's own data stays in ${record.directory}`);
}

async function stopProcess(what: string, identity: ProcessIdentity): Promise<void> {
  if (!signalProcess(identity, 'SIGTERM')) return say(`${capitalised(what)} runs no more`);
  say(`Stopping ${what} (pid ${identity.pid}) …`);
  for (const deadline = performance.now() + STOP_DEADLINE_MS; isRunning(identity); await pause(50)) {
    if (performance.now() > deadline) {
      throw new Error(
        `${capitalised(what)} (pid ${identity.pid}) does not stop. Look at it, or type: kill -9 ${identity.pid}`,
      );
    }
  }
}

async function leaveSwarm({ endpoint, startedAt, clusterId }: NonNullable<UpState['swarm']>): Promise<void> {
  const client = new EngineClient(endpoint);
  let swarm;
  try {
    ({ Swarm: swarm } = await client.info());
  } catch (error) {
    throw new Error(
      `The swarm that \`up\` made cannot be left, because its engine does not answer: ${(error as Error).message}\nStart the engine first.`,
      { cause: error },
    );
  }
  if (swarm.LocalNodeState !== 'active' || !swarm.Cluster) return say('The engine is in no swarm any more');
  const age = Math.abs(Date.parse(swarm.Cluster.CreatedAt) - Date.parse(startedAt));
  const ours = clusterId ? swarm.Cluster.ID === clusterId : age < BIRTH_TOLERANCE_MS;
  if (!ours) return say('The engine is in another swarm by now; it stays there');
  const services = await client.call<unknown[]>('GET', '/services');
  say(
    services.length > 0
      ? `Leaving the swarm that \`up\` made; its ${services.length} service(s) go away with it …`
      : 'Leaving the swarm that `up` made …',
  );
  await client.swarmLeave(true);
}

async function stopEngine(engine: NonNullable<UpState['engine']>): Promise<void> {
  if (engine.startedBy === 'systemd') {
    say('Stopping Docker (systemctl stop docker.socket docker) …');
    await mustRun('systemctl', ['stop', 'docker.socket', 'docker'], { timeoutMs: 120_000 });
  } else if (engine.process) {
    await stopProcess('Docker', engine.process);
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
