import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../../scripts/progress.ts';
import { startServer, type OurServer } from './our-server.ts';
import type { Swarm } from './swarm.ts';

const WRITERS = 4;
/** A server is killed at a random moment of its first writes: so many milliseconds after they begin at most. */
const KILLED_WITHIN_MS = 400;
/** Of so many starts, one can come at a bad moment. */
const READY_WITHIN_MS = 120_000;
const PREFIX = 'killed-';
const LABEL = 'swarmplane.test';

/** What was found after all kills. */
export interface Aftermath {
  /** How many writes were answered with success. */
  readonly acknowledged: number;
  /** Those of them that the audit trail does not have. */
  readonly missing: readonly string[];
  /** Objects in the swarm that no intent stands for. */
  readonly unexplained: readonly string[];
  /** Writes whose servers did not see the end of them. */
  readonly unknown: number;
  /** Writes that are still said to be under way. */
  readonly pending: number;
  readonly isIntact: boolean;
}

interface Entry {
  readonly requestId: string;
  readonly objectName: string | null;
  readonly outcome: string;
}

/** Kills a server that writes without end, again and again, and says what the audit trail then has. */
export async function killAtRandom(
  engine: Pick<Swarm['engine'], 'dockerHost' | 'controlSocket'>,
  kills: number,
  progress: (done: number) => void = () => undefined,
): Promise<Aftermath> {
  const directory = mkdtempSync(join(tmpdir(), 'swarmplane-kills-'));
  const start = (): Promise<OurServer> =>
    startServer(
      { engine },
      {
        env: { SWARMPLANE_DATA_DIR: directory, SWARMPLANE_LOG_LEVEL: 'fatal' },
        readyWithinMs: READY_WITHIN_MS,
      },
    );
  const acknowledged = new Set<string>();
  try {
    for (let kill = 0; kill < kills; kill++) {
      const server = await start();
      const writers = Array.from({ length: WRITERS }, () => write(server, acknowledged));
      await pause(Math.random() * KILLED_WITHIN_MS);
      process.kill(server.pid, 'SIGKILL');
      await Promise.all(writers);
      await server.stop();
      progress(kill + 1);
    }
    const survivor = await start();
    try {
      return await aftermath(survivor, acknowledged);
    } finally {
      await survivor.stop();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Creates configs and deletes every other one, until the server is gone. */
async function write({ url, headers }: OurServer, acknowledged: Set<string>): Promise<void> {
  const ask = async (method: string, path: string, body?: object): Promise<void> => {
    const requestId = randomUUID();
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: headers['authorization'] ?? '',
        'content-type': 'application/json',
        'x-request-id': requestId,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (response.ok) acknowledged.add(requestId);
    await response.arrayBuffer();
  };
  try {
    for (let count = 0; ; count++) {
      const name = `${PREFIX}${randomUUID()}`;
      await ask('POST', '/v1/configs', { name, text: 'x', labels: { [LABEL]: 'kill' } });
      if (count % 2 === 0) await ask('DELETE', `/v1/configs/${name}`);
    }
  } catch {
    // It was killed.
  }
}

async function aftermath(server: OurServer, acknowledged: ReadonlySet<string>): Promise<Aftermath> {
  const read = async (path: string, accept = 'application/json'): Promise<string> => {
    const response = await fetch(`${server.url}${path}`, { headers: { ...server.headers, accept } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.text();
  };
  await settled(async () => JSON.parse(await read('/v1/audit?outcome=pending&limit=1')) as { total: number });
  const entries = (await read('/v1/audit?kind=config', 'application/x-ndjson'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
  const known = new Set(entries.map(({ requestId }) => requestId));
  const explained = new Set(entries.map(({ objectName }) => objectName));
  const configs = JSON.parse(await read(`/v1/configs?limit=1000&label=${LABEL}=kill`)) as {
    items: { id: string; name: string }[];
  };
  for (const { id } of configs.items) {
    await fetch(`${server.url}/v1/configs/${id}`, {
      method: 'DELETE',
      headers: { authorization: server.headers['authorization'] ?? '' },
    });
  }
  const { intact } = JSON.parse(await read('/v1/audit/verify')) as { intact: boolean };
  const count = (outcome: string): number => entries.filter((entry) => entry.outcome === outcome).length;
  return {
    acknowledged: acknowledged.size,
    missing: [...acknowledged].filter((id) => !known.has(id)),
    unexplained: configs.items.map(({ name }) => name).filter((name) => !explained.has(name)),
    unknown: count('unknown'),
    pending: count('pending'),
    isIntact: intact,
  };
}

/** A server closes what its predecessor left open soon after its start. */
async function settled(pending: () => Promise<{ readonly total: number }>): Promise<void> {
  for (let tries = 0; tries < 100 && (await pending()).total > 0; tries++) await pause(100);
}
