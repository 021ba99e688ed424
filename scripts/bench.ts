import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, load, median, type LoadResult, type Target } from '../bench/load.ts';
import { table, writeResults, type Row } from '../bench/report.ts';
import { buildIfNeeded } from './build.ts';
import { startPrivateEngine, type PrivateEngine } from './engine/private-engine.ts';
import { say } from './progress.ts';
import { unreadiness } from './server-address.ts';

// `npm run bench`: ratios against references measured side by side in one run, on a real engine of its own.
const SERVICES = 1_000;
const TASKS_EACH = 10;
const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 8;
const PORT = 7499;
const TOKEN = 'bench';
const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
const PAGE =
  '{ services(first: 100) { nodes { id name runningTasks desiredTasks networks { virtualIp network { name } } tasks { id state slot addresses { address } } } } }';

/** Services that no node suits hold real tasks with addresses, and no containers. */
async function fill({ client }: PrivateEngine): Promise<void> {
  say(`Creating ${SERVICES} services with ${TASKS_EACH} tasks each …`);
  const network = await client.call<{ Id: string }>('POST', '/networks/create', {
    body: { Name: 'bench', Driver: 'overlay', IPAM: { Config: [{ Subnet: '10.64.0.0/16' }] } },
  });
  for (let index = 0; index < SERVICES; index++) {
    await client.call('POST', '/services/create', {
      body: {
        Name: `service-${String(index).padStart(4, '0')}`,
        TaskTemplate: {
          ContainerSpec: { Image: 'busybox' },
          Placement: { Constraints: ['node.labels.none==yes'] },
          Networks: [{ Target: network.Id }],
        },
        Mode: { Replicated: { Replicas: TASKS_EACH } },
      },
    });
  }
  // Tasks get their addresses one after the other.
  for (let waited = 0; waited < 120; waited++) {
    const tasks = await client.call<{ NetworksAttachments?: unknown[] }[]>('GET', '/tasks', {
      timeoutMs: 60_000,
    });
    const ready = tasks.filter((task) => task.NetworksAttachments?.length).length;
    if (ready >= SERVICES * TASKS_EACH) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error('The tasks did not get their addresses.');
}

async function startServer(
  { dockerHost, controlSocket }: PrivateEngine,
  directory: string,
): Promise<() => Promise<void>> {
  const server = spawn(process.execPath, ['dist/main.js'], {
    env: {
      ...process.env,
      DOCKER_HOST: dockerHost,
      SWARMPLANE_CONTROL_SOCKET: controlSocket,
      SWARMPLANE_PORT: String(PORT),
      SWARMPLANE_DATA_DIR: directory,
      SWARMPLANE_ADMIN_TOKEN: TOKEN,
      SWARMPLANE_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const address = { host: '127.0.0.1', port: PORT, url: `http://127.0.0.1:${PORT}` };
  for (let waited = 0; (await unreadiness(address)) !== undefined; waited++) {
    if (waited > 200) throw new Error('The server did not become ready.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return async () => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await gone;
  };
}

async function takeTurns(
  ours: () => Promise<LoadResult>,
  theirs: () => Promise<LoadResult>,
): Promise<[number, number]> {
  const figures: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    figures[0].push((await ours()).perSecond);
    figures[1].push((await theirs()).perSecond);
  }
  return [median(figures[0]), median(figures[1])];
}

const loadOf =
  (target: Target): (() => Promise<LoadResult>) =>
  () =>
    load(target, CONNECTIONS, SECONDS);
const OURS: Target = { host: '127.0.0.1', port: PORT, path: '/v1/services?limit=1000', headers };
const rate = (perSecond: number): string => `${perSecond.toFixed(1)}/s`;

async function services({ dockerHost }: PrivateEngine): Promise<Row> {
  say('GET /v1/services against the engine …');
  const socketPath = dockerHost.replace('unix://', '');
  const [ours, theirs] = await takeTurns(loadOf(OURS), loadOf({ socketPath, path: '/services' }));
  return {
    benchmark: `\`GET /v1/services\` of ${SERVICES} services`,
    reference: '`GET /services` of the engine',
    ours: rate(ours),
    theirs: rate(theirs),
    ratio: ours / theirs,
    reach: 10,
  };
}

async function bareNode(): Promise<Row> {
  say('GET /v1/services against a bare server that sends the same bytes …');
  const body = await ask(OURS);
  // In a process of its own, as ours is.
  const bare = spawn(
    process.execPath,
    [
      '-e',
      `let b=[];process.stdin.on('data',c=>b.push(c)).on('end',()=>{b=Buffer.concat(b);require('http').createServer((q,r)=>{r.setHeader('content-type','application/json');r.setHeader('content-length',b.length);r.end(b)}).listen(0,'127.0.0.1',function(){console.log(this.address().port)})})`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  bare.stdin.end(body);
  const port = Number(
    await new Promise((resolve) => bare.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))),
  );
  const [ours, theirs] = await takeTurns(loadOf(OURS), loadOf({ host: '127.0.0.1', port, path: '/' }));
  bare.kill();
  return {
    benchmark: 'the same',
    reference: 'a bare `node:http` server sending the same bytes',
    ours: rate(ours),
    theirs: rate(theirs),
    ratio: ours / theirs,
    reach: 0.7,
  };
}

/** The page as a portal would make it without us: the services, then the tasks of each, four calls at a time. */
async function portalPage({ dockerHost }: PrivateEngine): Promise<Row> {
  say('A portal page in GraphQL against the calls it stands for …');
  const socketPath = dockerHost.replace('unix://', '');
  const pages = async (): Promise<LoadResult> => {
    const end = performance.now() + SECONDS * 1000;
    const startedAt = performance.now();
    let made = 0;
    while (performance.now() < end) {
      const listed = JSON.parse((await ask({ socketPath, path: '/services' })).toString()) as {
        ID: string;
      }[];
      await ask({ socketPath, path: '/networks' });
      const queue = listed.slice(0, 100);
      const caller = async (): Promise<void> => {
        for (let next = queue.pop(); next; next = queue.pop()) {
          const filters = encodeURIComponent(JSON.stringify({ service: [next.ID] }));
          JSON.parse((await ask({ socketPath, path: `/tasks?filters=${filters}` })).toString());
        }
      };
      await Promise.all([caller(), caller(), caller(), caller()]);
      made++;
    }
    return { perSecond: made / ((performance.now() - startedAt) / 1000), bytes: 0 };
  };
  const query: Target = {
    host: '127.0.0.1',
    port: PORT,
    path: '/graphql',
    method: 'POST',
    headers,
    body: JSON.stringify({ query: PAGE }),
  };
  const [ours, theirs] = await takeTurns(loadOf(query), pages);
  return {
    benchmark: `portal page: 100 of ${SERVICES} services, ${TASKS_EACH} tasks each, networks, virtual IPs`,
    reference: 'Engine API calls, 4 in parallel',
    ours: `${ours.toFixed(1)} pages/s`,
    theirs: `${theirs.toFixed(2)} pages/s`,
    ratio: ours / theirs,
    reach: 40,
  };
}

await buildIfNeeded();
const engine = await startPrivateEngine({ allowShared: false });
const dataDir = mkdtempSync(join(tmpdir(), 'swarmplane-bench-'));
try {
  await fill(engine);
  const stop = await startServer(engine, dataDir);
  try {
    const rows = [await services(engine), await bareNode(), await portalPage(engine)];
    const { ServerVersion } = await engine.client.info();
    writeResults(rows, ServerVersion);
    say(`\n${table(rows)}\n\nWritten to bench/results.md`);
  } finally {
    await stop();
  }
} finally {
  await engine.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
