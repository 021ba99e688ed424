import { createClient } from 'graphql-ws';
import { pause, say } from '../scripts/progress.ts';
import { ask, keptConnections } from './kit/ask.ts';
import { now } from './kit/clock.ts';
import { takeTurns } from './kit/figures.ts';
import { ratioRow, type Row } from './kit/row.ts';
import { NOWHERE, type Swarm } from './kit/swarm.ts';
import type { Bench, Benchmark } from './kit/benchmark.ts';
import type { OurServer } from './kit/our-server.ts';

const POLL_EVERY_MS = 1_000;
const KNOWN_WITHIN_MS = 30_000;
/** Whoever polls is late by a random part of the interval: more rounds than usual. */
const ROUNDS = 15;
const SUBSCRIPTION = 'subscription { taskChanged { object { serviceId addresses { address } } } }';

interface Seen {
  readonly serviceId: string | null;
  readonly addresses: readonly unknown[];
}
/** Calls back for every task that is seen with an address, by the id of its service. Answers how to stop it. */
type Watch = (seen: (serviceId: string) => void) => Promise<() => Promise<void>>;

/** How soon somebody knows an address of a new service's task, against asking the engine every second. */
const address: Benchmark = async (bench) => {
  const swarm = await bench.swarm();
  const server = await bench.server(swarm);
  const rows: Row[] = [];
  for (const [surface, watch] of [
    ['SSE', byEvents(server)],
    ['GraphQL WS', bySubscription(server)],
  ] as const) {
    say(`The address of a new task, by ${surface} against polling …`);
    const [ours, theirs] = await takeTurns(
      () => untilKnown(bench, swarm, watch),
      () => untilKnown(bench, swarm, byPolling(swarm)),
      ROUNDS,
    );
    rows.push({
      ...ratioRow(
        {
          benchmark: `address of a new task known, from the request for its service, by ${surface}`,
          reference: 'polling `GET /tasks` every second',
          goal: { atLeast: 10 },
          format: (ms) => `${ms.toFixed(0)} ms`,
        },
        ours,
        theirs,
      ),
      figure: theirs / ours,
    });
  }
  return rows;
};
export default address;

/** Milliseconds from the request for a service until the watcher knows an address of its task. */
async function untilKnown(bench: Bench, { engine, networks }: Swarm, watch: Watch): Promise<number> {
  const known = new Map<string, number>();
  const stop = await watch((serviceId) => {
    if (!known.has(serviceId)) known.set(serviceId, now());
  });
  try {
    // Anywhere between two polls.
    await pause(POLL_EVERY_MS * (1 + Math.random()));
    const startedAt = now();
    const { ID } = await engine.client.call<{ ID: string }>('POST', '/services/create', {
      body: {
        Name: `address-${Math.random().toString(36).slice(2)}`,
        TaskTemplate: {
          ContainerSpec: { Image: 'busybox' },
          Placement: NOWHERE,
          Networks: [{ Target: networks[0] }],
        },
        Mode: { Replicated: { Replicas: 1 } },
      },
    });
    bench.atEnd(() => engine.client.call('DELETE', `/services/${ID}`));
    while (!known.has(ID)) {
      if (now() - startedAt > KNOWN_WITHIN_MS) throw new Error('Nobody has learnt of an address.');
      // The time is that of the sighting, not of this look.
      await pause(5);
    }
    return (known.get(ID) ?? NaN) - startedAt;
  } finally {
    await stop();
  }
}

function byEvents({ url, headers }: OurServer): Watch {
  return async (seen) => {
    const abort = new AbortController();
    const response = await fetch(`${url}/v1/events?kinds=task`, { headers, signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`/v1/events answered ${response.status}`);
    const reading = read(response.body, seen).catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
    });
    return async () => {
      abort.abort();
      await reading;
    };
  };
}

async function read(body: AsyncIterable<Uint8Array>, seen: (serviceId: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data) tell((JSON.parse(data) as { object: Seen }).object, seen);
    }
  }
}

function bySubscription({ host, port, token }: OurServer): Watch {
  return async (seen) => {
    const client = createClient({
      url: `ws://${host}:${port}/graphql`,
      connectionParams: { Authorization: `Bearer ${token}` },
      lazy: false,
    });
    client.subscribe<{ taskChanged: { object: Seen } }>(
      { query: SUBSCRIPTION },
      {
        next: ({ data }) => data && tell(data.taskChanged.object, seen),
        error: (error) => {
          throw error instanceof Error ? error : new Error(JSON.stringify(error));
        },
        complete: () => undefined,
      },
    );
    return async () => client.dispose();
  };
}

/** A poll begins every second, as tools that follow Swarm by polling do it. */
function byPolling({ engine }: Swarm): Watch {
  return async (seen) => {
    const socketPath = engine.dockerHost.replace('unix://', '');
    const agent = keptConnections(2);
    let polling: Promise<void> = Promise.resolve();
    const poll = async (): Promise<void> => {
      const body = await ask({ socketPath, path: '/tasks' }, agent);
      for (const task of JSON.parse(body.toString()) as {
        ServiceID: string;
        NetworksAttachments?: unknown[];
      }[]) {
        if (task.NetworksAttachments?.length) seen(task.ServiceID);
      }
    };
    const timer = setInterval(() => void (polling = polling.then(poll)), POLL_EVERY_MS);
    return async () => {
      clearInterval(timer);
      await polling;
      agent.destroy();
    };
  };
}

function tell({ serviceId, addresses }: Seen, seen: (serviceId: string) => void): void {
  if (serviceId !== null && addresses.length > 0) seen(serviceId);
}
