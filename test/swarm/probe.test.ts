import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Connectivity } from '../../src/probe/connectivity.types.ts';
import type { Prerequisites } from '../../src/probe/prerequisites.types.ts';
import { ProbeJobs } from '../../src/probe/probe-jobs.ts';
import { ProbeLeftovers } from '../../src/probe/probe-leftovers.ts';
import { ProbeRuns } from '../../src/probe/probe-runs.ts';
import { probeEnvironment, PROBE_SCRIPT } from '../../src/probe/probe-script.ts';
import type { ProbeResult } from '../../src/probe/probe.types.ts';
import { hasIpvs } from '../support/kernel.ts';
import { MortalGateway } from '../support/mortal-gateway.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { bodyOf } from '../support/surface.ts';

const engine = inject('engine');
const suffix = randomBytes(4).toString('hex');
const labels = { 'swarmplane.test': suffix };
const network = `test-probe-${suffix}`;
const web = `test-web-${suffix}`;
let server: RealServer;

beforeAll(async () => {
  server = await startRealServer(realPorts(engine));
  await server.rest.post('/v1/networks').send({ name: network, labels }).expect(201);
  await server.rest
    .post('/v1/services')
    .set('Prefer', 'wait=30')
    .send({ name: web, image: 'nginx', replicas: 2, labels, networks: [{ network }], stopGracePeriod: 100 })
    .expect(201);
});
afterAll(async () => {
  await server.rest.delete(`/v1/services/${web}`);
  await server.state.until(
    () => server.state.tasks.all().every(({ serviceName }) => serviceName !== web) || undefined,
    20_000,
  );
  await server.rest.delete(`/v1/networks/${network}`);
  await server.close();
});

const ask = (input: object, { rest }: RealServer = server) =>
  rest.post('/v1/discovery/probe').send({ network, name: web, ...input });
const probe = async (input: object): Promise<ProbeResult> =>
  bodyOf<ProbeResult>(await ask(input).expect(200));

/** Services and networks of probes that are there now. */
const ours = (): string[] =>
  [...server.state.services.all(), ...server.state.networks.all()]
    .map(({ name }) => name)
    .filter((name) => name.startsWith('swarmplane-'));

describe('a probe in a real network, to which no container can be attached by hand', () => {
  it('asks the DNS alone where no port is named', async () => {
    const { observations, differences, expectedAddresses } = await probe({});
    expect(observations).toMatchObject([{ addresses: expectedAddresses, connections: [], error: null }]);
    expect(differences).toEqual([]);
  });

  it('says what the kernel does with virtual IPs', async () => {
    const { differences } = await probe({ port: 80 });
    expect(differences.map(({ kind }) => kind)).toEqual(hasIpvs() ? [] : ['virtual-ip-unreachable']);
    expect((await probe({ name: `tasks.${web}`, port: 80 })).differences).toEqual([]);
  });

  it('finds the names of single tasks, too', async () => {
    const task = server.state.tasks
      .all()
      .find(({ serviceName, state }) => serviceName === web && state === 'running');
    const { observations, differences } = await probe({ name: `${web}.${task?.slot}.${task?.id}`, port: 80 });
    expect(observations[0]?.addresses).toEqual(task?.addresses.map(({ address }) => address));
    expect(differences).toEqual([]);
  });

  it('knows a name of which the DNS knows as little from a mistake', async () => {
    const response = await ask({ name: `nobody-${suffix}` }).expect(404);
    expect(bodyOf<Problem>(response).detail).toMatch(/knows none either/);
  });

  it('is refused where no node has its image', async () => {
    const other = await startRealServer(realPorts(engine), { probeImage: `nowhere-${suffix}:none` });
    const response = await ask({}, other).expect(409);
    expect(bodyOf<Problem>(response).detail).toContain(`"nowhere-${suffix}:none"`);
    await other.close();
  });

  it('runs nothing of what it is asked for, even unchecked', async () => {
    const jobs = server.app.get(ProbeJobs, { strict: false });
    const runs = server.app.get(ProbeRuns, { strict: false });
    const [node] = server.state.nodes.all();
    if (!node) throw new Error('The swarm has no node.');
    // Whatever of it is run says "pwned42"; what is only repeated does not.
    const command = 'echo pwned$((6 * 7))';
    const evil = [
      `$(${command})`,
      `\`${command}\``,
      `; ${command} #`,
      `" ; ${command} ; "`,
      `' ; ${command} ; '`,
      `| ${command}`,
      `x\n${command}`,
      '-debug',
      '*',
    ];
    for (const text of evil) {
      const networkId = server.state.resolve('network', network).id;
      const environment = { ...probeEnvironment({ name: text, port: null }, [text]), PROBE_PORT: text };
      const [report] = await runs.run(20_000, (run) =>
        jobs.run(run, {
          networkId,
          nodes: [node],
          script: PROBE_SCRIPT,
          environment: () => environment,
          serviceName: () => `${run.name}-0`,
          pings: false,
        }),
      );
      expect(report?.failure).toBeNull();
      expect(report?.lines.filter((line) => line.includes('pwned42'))).toEqual([]);
    }
  }, 120_000);

  it('leaves nothing behind', async () => {
    const gone = await server.state.until(() => ours().length === 0 || undefined, 20_000);
    expect(gone, ours().join()).toBe(true);
  });

  it.each([
    ['a probe', 1, '/v1/discovery/probe', { network, name: web }],
    ['a check of connectivity', 2, '/v1/swarm/connectivity', {}],
  ])('is cleared away when the server is killed during %s', async (_what, at, path, input) => {
    const { gateway, source } = realPorts(engine);
    const mortal = new MortalGateway(gateway, { at, side: 'after' });
    const killed = await startRealServer({ gateway: mortal.gateway, source });
    const answer = killed.rest
      .post(path)
      .send(input)
      .then(() => undefined);
    await mortal.died;
    await server.state.until(() => ours().length === at || undefined, 10_000);
    const left = ours();
    expect(left).toHaveLength(at);
    const leftovers = server.app.get(ProbeLeftovers, { strict: false });
    await leftovers.sweep();
    expect(ours()).toEqual(left);
    // Later, when no server can be at work with it any more. A network goes after its tasks.
    for (let tries = 0; tries < 40 && ours().length > 0; tries++) {
      await leftovers.sweep(Date.now() + 10 * 60_000);
      await server.state.until(() => ours().length === 0 || undefined, 500);
    }
    expect(ours()).toEqual([]);
    await answer;
    await killed.close();
  });
});

describe('the connectivity of a single node', () => {
  it('is its own with itself, plain and encrypted, and says nothing of ports that nobody needs', async () => {
    const [node] = server.state.nodes.all();
    const found = bodyOf<Connectivity>(
      await server.rest
        .post('/v1/swarm/connectivity')
        .send({ nodes: [node?.id], encrypted: true })
        .expect(200),
    );
    expect(found.failures).toEqual([]);
    for (const { pairs } of found.checks) {
      expect(pairs).toMatchObject([{ fromNodeId: node?.id, toNodeId: node?.id, status: 'ok', ports: [] }]);
    }
    if (server.state.nodes.size > 1) return;
    const { nodes } = bodyOf<Prerequisites>(await server.rest.get('/v1/swarm/prerequisites').expect(200));
    expect(nodes[0]?.prerequisites.map(({ status }) => status)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
  });
});
