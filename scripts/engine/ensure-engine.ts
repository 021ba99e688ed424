import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { findProgram, mustRun } from '../command.ts';
import { identifyProcess } from '../process-identity.ts';
import { pause, say, withProgress } from '../progress.ts';
import type { UpRecord } from '../up-record.ts';
import { EngineClient, EngineError } from './engine-client.ts';
import type { EngineInfo } from './engine-client.ts';
import { resolveEndpoint } from './engine-endpoint.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';
import { installEngine, installObstacle } from './install-engine.ts';

const START_DEADLINE_MS = 60_000;

/** There is no usable engine; the message says what was tried, why it failed, and what to type. */
export class NoEngineError extends Error {
  override name = 'NoEngineError';
}

/**
 * Answers an engine that is a swarm manager: the one the Docker CLI would use, started and put into a swarm when need be.
 * An engine the user chose explicitly is never replaced. What it changes is noted in the record. Rejects with
 * `NoEngineError`.
 */
export async function ensureEngine(record: UpRecord): Promise<{ client: EngineClient; info: EngineInfo }> {
  const endpoint = resolveEndpoint();
  const client = new EngineClient(endpoint);
  try {
    await client.ping(endpoint.source === 'default' ? 3_000 : 10_000);
  } catch (error) {
    const failure = error as EngineError;
    if (endpoint.source !== 'default') throw new NoEngineError(explainChosen(endpoint, failure));
    if (isDenied(failure)) throw new NoEngineError(permissionAdvice(endpoint));
    await startEngine(client, record);
  }
  await ensureSwarm(client, record);
  return { client, info: await client.info() };
}

function isDenied(failure: EngineError): boolean {
  return failure.code === 'EACCES' || failure.code === 'EPERM';
}

function permissionAdvice(endpoint: EngineEndpoint): string {
  return [
    `Docker is there, but this user may not use ${endpoint.host.slice('unix://'.length)}. Type one of:`,
    '  sudo usermod -aG docker $USER    (then log in again and run this again)',
    '  sudo npm run up',
  ].join('\n');
}

function explainChosen(endpoint: EngineEndpoint, failure: EngineError): string {
  if (isDenied(failure)) return permissionAdvice(endpoint);
  const by = endpoint.source === 'context' ? `the Docker context "${endpoint.contextName}"` : 'DOCKER_HOST';
  const undo = endpoint.source === 'context' ? 'docker context use default' : 'unset DOCKER_HOST';
  return [
    `No Docker engine answers at ${endpoint.host}, which ${by} names (${failure.message.slice(endpoint.host.length + 2)}).`,
    `Start that engine, or type \`${undo}\` to use the engine of this machine, and run this again.`,
  ].join('\n');
}

async function startEngine(client: EngineClient, record: UpRecord): Promise<void> {
  say('No Docker engine answers on /var/run/docker.sock.');
  if (!findProgram('dockerd')) {
    const obstacle = installObstacle();
    if (obstacle) throw new NoEngineError(`Docker is not installed, and ${obstacle}.`);
    // Makes the data directory, for apt's log.
    record.update({});
    await installEngine({
      logFile: join(record.directory, 'apt.log'),
      onPlan: (packages) => record.addPackages(packages),
    });
  }
  // The package may have started its service, or the machine is just booting: one that comes up is not ours to start.
  if (isStarting() || (await answers(client))) {
    return withProgress('Docker is starting by itself; waiting for it', () =>
      untilAnswers(client, 'Look at its log: journalctl -u docker, or /var/log/docker.log', () => undefined),
    );
  }
  if (process.getuid?.() !== 0) {
    throw new NoEngineError(
      'Docker is installed but not running, and starting it needs root. Type: sudo systemctl start docker',
    );
  }
  await (existsSync('/run/systemd/system')
    ? startWithSystemd(client, record)
    : startInBackground(client, record));
}

function isStarting(): boolean {
  try {
    const pid = Number(readFileSync('/var/run/docker.pid', 'utf8'));
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'dockerd';
  } catch {
    return false;
  }
}

async function startWithSystemd(client: EngineClient, record: UpRecord): Promise<void> {
  record.update({ engine: { startedBy: 'systemd' } });
  await withProgress('Starting Docker (systemctl start docker)', async () => {
    await mustRun('systemctl', ['start', 'docker'], { timeoutMs: START_DEADLINE_MS });
    await untilAnswers(client, 'Look at its log: journalctl -u docker', () => undefined);
  });
}

async function startInBackground(client: EngineClient, record: UpRecord): Promise<void> {
  record.update({ engine: { startedBy: 'background' } });
  const logFile = join(record.directory, 'dockerd.log');
  await withProgress(`Starting Docker in the background (log: ${logFile})`, async () => {
    const log = openSync(logFile, 'a');
    const child = spawn(findProgram('dockerd') ?? 'dockerd', [], {
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    let ended = false;
    child.on('error', () => (ended = true));
    child.on('exit', () => (ended = true));
    child.unref();
    const identity = child.pid ? identifyProcess(child.pid) : undefined;
    if (identity) {
      record.update({ engine: { startedBy: 'background', process: identity } });
      writeFileSync(join(record.directory, 'dockerd.pid'), `${identity.pid}\n`);
    }
    await untilAnswers(client, `The log is ${logFile}`, () =>
      ended ? `dockerd ended. The end of ${logFile}:\n${tailOf(logFile)}` : undefined,
    );
  });
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-15).join('\n');
}

async function answers(client: EngineClient): Promise<boolean> {
  try {
    await client.ping(1_000);
    return true;
  } catch {
    return false;
  }
}

async function untilAnswers(
  client: EngineClient,
  advice: string,
  failure: () => string | undefined,
): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await answers(client))) {
    const reason = failure();
    if (reason) throw new NoEngineError(reason);
    if (performance.now() > deadline) {
      throw new NoEngineError(
        `Docker does not answer ${START_DEADLINE_MS / 1000} s after its start. ${advice}`,
      );
    }
    await pause(100);
  }
}

/** Puts an engine that is in no swarm into a new one of its own. Rejects for workers and locked managers, saying what to do. */
async function ensureSwarm(client: EngineClient, record: UpRecord): Promise<void> {
  const { Swarm: swarm } = await client.info();
  if (swarm.LocalNodeState === 'locked') {
    throw new NoEngineError(
      'This swarm manager is locked. Type `docker swarm unlock`, give the key, and run this again.',
    );
  }
  if (swarm.LocalNodeState === 'active' || swarm.LocalNodeState === 'pending') {
    if (swarm.ControlAvailable) return;
    throw new NoEngineError(
      swarm.LocalNodeState === 'pending'
        ? 'This engine is still joining a swarm. Wait until `docker info` says "Swarm: active", and run this again.'
        : 'This engine is a swarm worker, and only managers know the swarm. Run this on a manager, or point DOCKER_HOST at one; `docker node promote <node>` on a manager makes this one a manager.',
    );
  }
  if (swarm.LocalNodeState === 'error') {
    throw new NoEngineError(
      `This engine's swarm is broken: ${swarm.Error}. \`docker swarm leave --force\` gives it up.`,
    );
  }
  const noted = { endpoint: client.endpoint, startedAt: new Date().toISOString() };
  record.update({ swarm: noted });
  await withProgress('The engine is in no swarm; making one of its own (docker swarm init)', () =>
    initSwarm(client),
  );
  const { Swarm: made } = await client.info();
  record.update({ swarm: { ...noted, clusterId: made.Cluster?.ID ?? '' } });
  say(`  manager ${made.NodeID} at ${made.NodeAddr}`);
}

async function initSwarm(client: EngineClient): Promise<void> {
  try {
    await client.swarmInit();
  } catch (error) {
    // With several addresses, or none, the engine wants to be told which one other nodes would use.
    if (!(error instanceof EngineError) || !/advertise|IP address/i.test(error.message)) throw error;
    await client.swarmInit(defaultRouteAddress() ?? '127.0.0.1');
  }
}

/** The IPv4 address of the interface that the default route goes through. */
function defaultRouteAddress(): string | undefined {
  let routes: string;
  try {
    routes = readFileSync('/proc/net/route', 'utf8');
  } catch {
    return undefined;
  }
  const name = defaultRouteInterface(routes);
  return name ? networkInterfaces()[name]?.find((entry) => entry.family === 'IPv4')?.address : undefined;
}

/** The interface of the default route with the lowest metric in /proc/net/route. */
export function defaultRouteInterface(routes: string): string | undefined {
  return routes
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields[1] === '00000000' && fields[7] === '00000000')
    .sort((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0];
}
