import { createServer } from 'node:net';
import { join } from 'node:path';
import { askServer } from './ask-server.ts';
import type { EngineClient } from './engine/engine-client.ts';
import { EngineError } from './engine/engine-client.ts';
import { ensureSwarmplaneImage } from './engine/swarmplane-image.ts';
import { pause, withProgress } from './progress.ts';
import type { ServerAddress } from './server-address.ts';
import { UpError } from './up-error.ts';
import type { UpRecord } from './up-record.ts';

/** The router service of `up`. */
export const ROUTER_SERVICE = 'swarmplane-router';
/** For how long a request waits for a rollout, in seconds, and for how long any may take, in milliseconds. */
const PATIENCE_S = 90;
const CALL_DEADLINE_MS = (PATIENCE_S + 10) * 1000;
/** With many programs at their start the engine takes its time. */
const HEALTHY_DEADLINE_MS = 60_000;
/** In bytes: what Linux has room for (unix(7)). */
const MAX_SOCKET_PATH = 107;
const WITHOUT = 'SWARMPLANE_ROUTER=off npm run up';

/** How the router of `up` is to be. */
export interface RouterWish {
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** What the environment says of the router; undefined when there is to be none. Throws `UpError`. */
export function routerWish(env: NodeJS.ProcessEnv = process.env): RouterWish | undefined {
  const choice = env.SWARMPLANE_ROUTER || 'on';
  if (choice === 'off') return undefined;
  if (choice !== 'on') throw new UpError('SWARMPLANE_ROUTER must be on or off.');
  const port = (name: string, fallback: string): number => {
    const text = env[name] || fallback;
    if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text);
    throw new UpError(`${name} must be a port number, 1 to 65535.`);
  };
  return {
    httpPort: port('SWARMPLANE_ROUTER_HTTP_PORT', '8080'),
    httpsPort: port('SWARMPLANE_ROUTER_HTTPS_PORT', '8443'),
  };
}

/**
 * The socket on which the server is asked by a router on its machine: a container does not reach the loopback. The
 * folder around it is mounted; the one around that keeps others on the machine out.
 */
export function routerSocket(dataDirectory: string): string {
  return join(dataDirectory, 'run', 'router', 'server.sock');
}

/**
 * Looks for what would keep a router from starting that `up` has not started before: a port that another program has, a
 * path that is too long. Rejects with `UpError`.
 */
export async function checkRouter({ httpPort, httpsPort }: RouterWish, record: UpRecord): Promise<void> {
  if (Buffer.byteLength(routerSocket(record.directory)) > MAX_SOCKET_PATH) {
    throw new UpError(
      `The path of ${record.directory} is too long for a socket in it. Choose another, or leave the router out:\n  SWARMPLANE_DATA_DIR=/var/lib/swarmplane npm run up\n  ${WITHOUT}`,
    );
  }
  if (record.state.router) return;
  const ports = { SWARMPLANE_ROUTER_HTTP_PORT: httpPort, SWARMPLANE_ROUTER_HTTPS_PORT: httpsPort };
  for (const [variable, port] of Object.entries(ports)) {
    if (!(await isTaken(port))) continue;
    throw new UpError(
      `Another program has port ${port}, which the router is to have. Give the router another, or leave it out:\n  ${variable}=${port + 1} npm run up\n  ${WITHOUT}`,
    );
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    probe.listen(port, () => probe.close(() => resolve(false)));
  });
}

/** A way to the API of the server that `up` has started. */
export interface ApiAccess {
  readonly address: ServerAddress;
  readonly token: string;
}

/**
 * Deploys a router on the engine, or brings the one of an earlier `up` up to date, and waits until it serves. Rejects
 * with `UpError` when it does not come to that.
 * @param nodeId where the server is
 */
export async function ensureRouter(
  api: ApiAccess,
  wish: RouterWish,
  { client, nodeId, record }: { client: EngineClient; nodeId: string; record: UpRecord },
): Promise<void> {
  const isThere = await hasService(client, ROUTER_SERVICE);
  if (isThere && !record.state.router) {
    throw new UpError(
      `There is a service ${ROUTER_SERVICE} already, which \`up\` has not made. Use it as it is (SWARMPLANE_ROUTER=off), or remove it.`,
    );
  }
  record.update({ router: { endpoint: client.endpoint, service: ROUTER_SERVICE } });
  const image = await ensureSwarmplaneImage(client);
  await withProgress(`Starting a router on the ports ${wish.httpPort} and ${wish.httpsPort}`, async () => {
    const deployment = {
      name: ROUTER_SERVICE,
      image,
      server: `unix:${routerSocket(record.directory)}`,
      ...wish,
      constraints: [`node.id==${nodeId}`],
    };
    // A new router tells by itself when it serves, sooner than Swarm does; an old one does so already.
    await call(api, 'POST', '/v1/routers', deployment, isThere ? PATIENCE_S : 0);
    // The name of the image is the same as before, so that Swarm sees no change.
    if (isThere && (await isOutdated(client, image))) {
      await call(api, 'POST', `/v1/services/${ROUTER_SERVICE}/restart`, {}, PATIENCE_S);
    }
    await untilHealthy(api);
  });
}

async function untilHealthy(api: ApiAccess): Promise<void> {
  let reason = 'no router has reported';
  for (let waitedMs = 0; waitedMs < HEALTHY_DEADLINE_MS; waitedMs += 200) {
    const { items } = (await call(api, 'GET', `/v1/routers?service=${ROUTER_SERVICE}`)) as {
      items: { state: string; reason: string | null }[];
    };
    if (items.some(({ state }) => state === 'ok')) return;
    reason = items.map((router) => `${router.state}: ${router.reason ?? ''}`).join('; ') || reason;
    await pause(200);
  }
  throw new UpError(`The router does not serve: ${reason}`);
}

/** Whether the router runs on another image than the one that has this name now. */
async function isOutdated(client: EngineClient, image: string): Promise<boolean> {
  const { Id } = await client.call<{ Id: string }>('GET', `/images/${image}/json`);
  const filters = JSON.stringify({ label: [`com.docker.swarm.service.name=${ROUTER_SERVICE}`] });
  const containers = await client.call<{ ImageID: string }[]>('GET', '/containers/json', {
    query: { filters },
  });
  return containers.some(({ ImageID }) => ImageID !== Id);
}

async function hasService(client: EngineClient, name: string): Promise<boolean> {
  try {
    await client.call('GET', `/services/${name}`);
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false;
    throw error;
  }
}

/** @param patienceS for how long to wait for the rollout, in seconds; 0 for not at all */
async function call(
  { address, token }: ApiAccess,
  method: string,
  path: string,
  body?: object,
  patienceS = 0,
): Promise<unknown> {
  const { status, text } = await askServer(address, path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(patienceS > 0 ? { prefer: `wait=${patienceS}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    deadlineMs: CALL_DEADLINE_MS,
  });
  const answer = JSON.parse(text) as { detail?: string };
  if (status >= 200 && status < 300) return answer;
  throw new UpError(`${method} ${path} was refused: ${answer.detail ?? status}`);
}
