import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { engineApi } from '../support/engine-api.ts';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const dataDir = mkdtempSync(join(tmpdir(), 'swarmplane-walkthrough-'));
const NAMES = ['my-web', 'my-busybox', 'my-dnsrr', 'my-site', 'swarmplane-router'];
/** The first run on a machine makes the image of the router. */
const UP_WITHIN_MS = 5 * 60_000;
let environment: NodeJS.ProcessEnv;
let server: ChildProcess | undefined;
/** What `npm run up` has printed so far. */
let output = '';

interface Task {
  readonly name: string;
  readonly state: string;
  readonly addresses: readonly { readonly address: string }[];
}

/** The README's commands, by the name in the comment before each block, in order. */
const blocks = new Map(
  [...readFileSync('README.md', 'utf8').matchAll(/<!-- walkthrough: (\w+) -->\s+```sh\n([\s\S]*?)```/g)].map(
    ([, name = '', commands = '']) => [name, commands],
  ),
);

const block = (name: string): string => {
  const commands = blocks.get(name);
  if (commands === undefined) throw new Error(`README.md has no walkthrough block "${name}".`);
  return commands;
};

/** Runs a block as a reader would: in a shell in which the setup block was typed before. Answers what it prints. */
function type(name: string): Promise<string> {
  const script = `set -e\n${name === 'setup' ? '' : block('setup').replace(/^npm run .*$/m, '')}\n${block(name)}`;
  // The ports of a private engine are open in its own network only.
  const entered = name === 'ask' && engine.netnsPid > 0 ? ['nsenter', '-t', `${engine.netnsPid}`, '-n'] : [];
  const [program = '', ...args] = [...entered, 'bash', '-c', script];
  return run(program, args, name);
}

/** Runs a command to its end, and answers what it prints. */
function run(program: string, args: readonly string[], name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const shell = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    let complained = '';
    shell.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    shell.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
    shell.on('close', (code) =>
      code === 0
        ? resolve(printed)
        : reject(new Error(`${name} ended with ${code}: ${printed}${complained}`)),
    );
  });
}

/** Types a command that stays, in a process group of its own, as a terminal gives it. */
function start(name: string): ChildProcessByStdio<null, Readable, Readable> {
  return spawn('bash', ['-c', block(name)], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

/** Ctrl-C: the terminal signals the whole group. Resolves when all of it is gone. */
async function interrupt(command: ChildProcess): Promise<void> {
  if (command.exitCode !== null || command.signalCode !== null || command.pid === undefined) return;
  const gone = new Promise((resolve) => command.once('close', resolve));
  process.kill(-command.pid, 'SIGINT');
  await gone;
}

const documents = (printed: string): Record<string, unknown>[] =>
  printed
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** The addresses that nslookup prints for a name; those of the server itself carry a port. */
const answers = (printed: string): string[] =>
  [...printed.matchAll(/^Name:\s+\S+\s+Address(?: \d+)?: (\d[\d.]+)$/gm)]
    .map(([, address = '']) => address)
    .sort();

async function eventually<T>(
  look: () => Promise<T | undefined>,
  what: string,
  withinMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const running = (
  service: string,
  count: number,
): Promise<readonly { NetworksAttachments: { Addresses: string[] }[] }[]> =>
  eventually(async () => {
    const filters = JSON.stringify({ service: [service], 'desired-state': ['running'] });
    const tasks = (await docker.get(`/tasks?filters=${encodeURIComponent(filters)}`)) as {
      Status: { State: string };
      NetworksAttachments: { Addresses: string[] }[];
    }[];
    const up = tasks.filter((task) => task.Status.State === 'running');
    return up.length === count ? up : undefined;
  }, `${count} running tasks of ${service}`);

const addressesOf = (tasks: readonly { NetworksAttachments: { Addresses: string[] }[] }[]): string[] =>
  tasks
    .flatMap((task) =>
      task.NetworksAttachments.flatMap((one) => one.Addresses.map((cidr) => cidr.split('/')[0] ?? '')),
    )
    .sort();

/** DNS follows the tasks within moments: asks again until it answers as many addresses as expected. */
const asked = (name: string, wanted: readonly string[][]): Promise<string[][]> =>
  eventually(
    async () => {
      const lookups = (await type(name))
        .split(/^Server:/m)
        .slice(1)
        .map(answers);
      return JSON.stringify(lookups) === JSON.stringify(wanted) ? lookups : undefined;
    },
    `nslookup answering ${JSON.stringify(wanted)}`,
  );

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

beforeAll(async () => {
  const taken = ((await docker.get('/services')) as { Spec: { Name: string } }[])
    .map((service) => service.Spec.Name)
    .filter((name) => NAMES.includes(name));
  if (taken.length > 0) {
    // On an engine that is shared they are somebody's own, and the walkthrough would delete them.
    throw new Error(
      `The engine has services of the walkthrough's names already: ${taken.join(', ')}. Rename them.`,
    );
  }
  environment = {
    ...process.env,
    DOCKER_HOST: engine.dockerHost,
    SWARMPLANE_CONTROL_SOCKET: engine.controlSocket,
    SWARMPLANE_PORT: String(await freePort()),
    SWARMPLANE_ROUTER_HTTP_PORT: String(await freePort()),
    SWARMPLANE_ROUTER_HTTPS_PORT: String(await freePort()),
    SWARMPLANE_DATA_DIR: dataDir,
  };
});

afterAll(async () => {
  if (server) await interrupt(server);
  rmSync(dataDir, { recursive: true, force: true });
});

describe("the README's walkthrough", () => {
  it(
    'starts the server and says where it is and where the token is',
    async () => {
      const up = start('up');
      server = up;
      up.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      up.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await eventually(
        async () => {
          if (up.exitCode !== null) throw new Error(`up ended with ${up.exitCode}: ${output}`);
          return output.includes('Ctrl-C stops the server') || undefined;
        },
        'up saying that it is ready',
        UP_WITHIN_MS,
      );
      expect(output).toContain(`http://127.0.0.1:${environment.SWARMPLANE_PORT}`);
      expect(output).toContain(join(dataDir, 'admin-token'));
      expect(output).toContain(`A router takes HTTP on port ${environment.SWARMPLANE_ROUTER_HTTP_PORT}`);
      expect(output).not.toContain(readFileSync(join(dataDir, 'admin-token'), 'utf8').trim());
      await type('setup');
    },
    UP_WITHIN_MS,
  );

  it('creates the network as Docker shows it', async () => {
    const [network] = documents(await type('network'));
    expect(network).toMatchObject({ name: 'my-network', driver: 'overlay', attachable: true });
    const [seen] = (await docker.get('/networks?filters={"name":["my-network"]}')) as Record<
      string,
      unknown
    >[];
    expect(seen).toMatchObject({ Id: network?.['id'], Attachable: true, Scope: 'swarm' });
    expect(seen?.['IPAM']).toMatchObject({ Config: [{ Subnet: '10.0.9.0/24', Gateway: '10.0.9.1' }] });
  });

  it('runs the services, and shows their virtual IP and the addresses of their tasks', async () => {
    const [web] = documents(await type('services'));
    const inDocker = (await docker.get('/services/my-web')) as {
      Endpoint: { VirtualIPs: { Addr: string }[] };
    };
    const virtualIp = inDocker.Endpoint.VirtualIPs[0]?.Addr.split('/')[0];
    expect(web).toMatchObject({ name: 'my-web', replicas: 3, virtualIps: [{ address: virtualIp }] });

    const tasks = await running('my-web', 3);
    const [page] = documents(await type('page'));
    const { service } = page?.['data'] as {
      service: { networks: unknown; tasks: Task[]; runningTasks: number };
    };
    expect(service).toMatchObject({ runningTasks: 3, desiredTasks: 3 });
    expect(service.networks).toEqual([{ network: { name: 'my-network' }, virtualIp }]);
    expect(service.tasks.map((task) => task.name)).toEqual(['my-web.1', 'my-web.2', 'my-web.3']);
    expect(service.tasks.flatMap((task) => task.addresses.map((each) => each.address)).sort()).toEqual(
      addressesOf(tasks),
    );

    await running('my-busybox', 1);
    await asked('dns', [[virtualIp ?? ''], addressesOf(tasks)]);
  });

  it('runs a service without a virtual IP, whose name answers the addresses of its tasks', async () => {
    const [created] = documents(
      await type('dnsrr').catch((error: Error) => error.message.replace(/^[^{]*/, '')),
    );
    expect(created).toMatchObject({ name: 'my-dnsrr', endpointMode: 'dnsrr', virtualIps: [] });
    const addresses = addressesOf(await running('my-dnsrr', 2));
    // The block creates the service, too; a second time it is told so, and asks the DNS again.
    await asked('dnsrr', [addresses]);
  });

  it('pushes each step of the tasks that scaling adds', async () => {
    const subscription = start('subscribe');
    const subscribed = new Promise((resolve) => subscription.stderr.once('data', resolve));
    const events: { type: string; object: Task }[] = [];
    subscription.stdout.on('data', (chunk: Buffer) => {
      for (const event of documents(chunk.toString())) {
        events.push(event['taskChanged'] as (typeof events)[number]);
      }
    });
    try {
      await subscribed;
      await type('scale');
      const tasks = await running('my-web', 5);
      const states = await eventually(async () => {
        const seen = events.filter((event) => /^my-web\.[45]$/.test(event.object.name));
        return seen.filter((event) => event.object.state === 'RUNNING').length >= 2 ? seen : undefined;
      }, 'both new tasks running');
      const last = states.findLast((event) => event.object.state === 'RUNNING')?.object.addresses[0]?.address;
      expect(addressesOf(tasks)).toContain(last);
    } finally {
      await interrupt(subscription);
    }
  });

  it('routes a host to a service by its labels', async () => {
    const [created, list] = documents(await type('route'));
    expect(created).toMatchObject({ name: 'my-site', replicas: 2 });
    expect(list).toMatchObject({ items: [{ name: 'site', hosts: ['site.example.com'] }] });
    const addresses = addressesOf(await running('my-site', 2));
    const served = await eventually(async () => {
      const page = await type('ask');
      return /at (\S+) for/.exec(page)?.[1];
    }, 'a task answering through the router');
    expect(addresses).toContain(served);
  });

  it('cleans up, and stops at Ctrl-C', async () => {
    await type('cleanup');
    const names = ((await docker.get('/services')) as { Spec: { Name: string } }[]).map(
      (each) => each.Spec.Name,
    );
    expect(names.filter((name) => name.startsWith('my-'))).toEqual([]);
    const left = (await docker.get('/networks?filters={"name":["my-network"]}')) as unknown[];
    expect(left).toEqual([]);
    expect(server).toBeDefined();
    if (server) await interrupt(server);
    expect(output).toContain('Stopping the server');
    await expect(fetch(`http://127.0.0.1:${environment.SWARMPLANE_PORT}/livez`)).rejects.toThrow();
  });

  it('undoes with `down` what `up` has made on the engine', async () => {
    const printed = await run('npm', ['run', '--silent', 'down'], 'down');
    expect(printed).toContain('Everything that `npm run up` set up is undone');
    for (const path of ['/services', '/secrets', '/configs', '/networks']) {
      const left = JSON.stringify(await docker.get(path));
      expect(left, path).not.toMatch(/"swarmplane-router|"swarmplane\.token|"my-/);
    }
  });
});
