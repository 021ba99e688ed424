import type { EngineClient } from './engine/engine-client.ts';
import { EngineError } from './engine/engine-client.ts';
import { pause, say } from './progress.ts';

/** On what belongs to a router service, as the server labels it. */
const LABEL = 'io.swarmplane.router';
const NETWORK = 'swarmplane-router';
/** Longer than a router may take to end what it has begun. */
const GONE_DEADLINE_MS = 60_000;

interface Named {
  readonly ID: string;
  readonly Spec: { readonly Name: string };
}

/**
 * Removes a router service with all that was made for it: its secrets, its token, its network, and what it kept. By the
 * engine alone, since the server may be gone. What is gone already is passed over, and a network that is used stays.
 */
export async function removeRouter(client: EngineClient, service: string): Promise<void> {
  await unlessGone(client.call('DELETE', `/services/${service}`));
  await untilStopped(client, service);
  const filters = JSON.stringify({ label: [`${LABEL}=${service}`] });
  for (const { ID, Spec } of await client.call<Named[]>('GET', '/secrets', { query: { filters } })) {
    const token = new RegExp(`^${service}-token-([\\da-f]{16})$`).exec(Spec.Name)?.[1];
    // Tokens are kept in configs of the swarm.
    if (token !== undefined) await unlessGone(client.call('DELETE', `/configs/swarmplane.token.${token}`));
    await unlessGone(client.call('DELETE', `/secrets/${ID}`));
  }
  await unlessGone(client.call('DELETE', `/volumes/${service}-state`));
  await removeNetwork(client);
}

/** Secrets, volumes and networks are in use until the last container is gone. */
async function untilStopped(client: EngineClient, service: string): Promise<void> {
  const query = {
    all: 'true',
    filters: JSON.stringify({ label: [`com.docker.swarm.service.name=${service}`] }),
  };
  for (let waitedMs = 0; waitedMs < GONE_DEADLINE_MS; waitedMs += 200) {
    if ((await client.call<unknown[]>('GET', '/containers/json', { query })).length === 0) return;
    await pause(200);
  }
  throw new Error(
    `The containers of ${service} do not stop. Look at them: docker ps --filter name=${service}`,
  );
}

async function removeNetwork(client: EngineClient): Promise<void> {
  try {
    await unlessGone(client.call('DELETE', `/networks/${NETWORK}`));
  } catch (error) {
    if (!(error instanceof EngineError) || error.status === 0) throw error;
    say(`  The network ${NETWORK} is in use, and stays. When it is not: docker network rm ${NETWORK}`);
  }
}

async function unlessGone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!(error instanceof EngineError) || error.status !== 404) throw error;
  }
}
