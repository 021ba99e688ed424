import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Explanation } from '../../src/discovery/explain.types.ts';
import { EXPLAIN_STEPS, type ExplainStep } from '../../src/domain/explanation.ts';
import { runInside } from '../support/inside.ts';
import { matching } from '../support/matching.ts';
import { realPorts, startRealServer } from '../support/real-server.ts';
import { Setups } from '../support/setups.ts';

// Setups that are broken, each in its own way, on one engine; each must be diagnosed at the first step that fails.

const engine = inject('engine');
const server = await startRealServer(realPorts(engine));
const setups = new Setups(server, engine);
const named = (stem: string): string => setups.named(stem);
const FRONT = named('front');
const BACK = named('back');
const SMALL = named('small');
const on = (...networks: string[]) => ({ networks: networks.map((network) => ({ network })) });

async function explain(from: string, to: string, query: Record<string, unknown> = {}): Promise<Explanation> {
  const answer = await server.rest.get('/v1/discovery/explain').query({ from, to, ...query });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as Explanation;
}

const taskOf = (stem: string): string => setups.tasks(stem)[0]?.id ?? '';

/** Sends what an explanation says that would help. */
async function apply({ fix }: Explanation): Promise<unknown> {
  if (!fix) throw new Error('There is no fix.');
  const agent = server.rest;
  const request = {
    GET: () => agent.get(fix.path),
    POST: () => agent.post(fix.path),
    PUT: () => agent.put(fix.path),
    PATCH: () => agent.patch(fix.path),
  }[fix.method]();
  const answer = fix.body === null ? await request : await request.send(JSON.parse(fix.body) as object);
  expect(answer.status, `${fix.method} ${fix.path} ${fix.body}: ${JSON.stringify(answer.body)}`).toBeLessThan(
    300,
  );
  return answer.body;
}

beforeAll(async () => {
  await setups.network('front');
  await setups.network('back');
  // Network, gateway, broadcast, the node's own: what is left is for one service of two tasks.
  await setups.network('small', { subnets: [{ subnet: '10.213.77.0/29' }] });
  const service = (stem: string, input: Record<string, unknown> = {}): Promise<void> =>
    setups.service(stem, { ...on(FRONT), ...input });
  await service('api');
  await service('round', { endpointMode: 'dnsrr' });
  await service('inside', on(BACK));
  await service('both', on(FRONT, BACK));
  await service('alone', { networks: [] });
  await service('alone-too', { networks: [] });
  await service('published', { networks: [], ports: [{ targetPort: 80 }] });
  await service('published-too', { networks: [], ports: [{ targetPort: 80 }] });
  await service('none', { replicas: 0 });
  await service('nowhere', { placement: { constraints: ['node.labels.none==yes'] } });
  await service('nowhere-global', { mode: 'global', placement: { constraints: ['node.labels.none==yes'] } });
  await service('huge', { resources: { reservations: { memoryBytes: 2 ** 50 } } });
  await service('other-machine', {
    placement: { platforms: [{ os: 'linux', architecture: 's390x' }] },
    resolveImage: 'off',
  });
  await service('waiting', {
    healthcheck: { test: ['CMD', 'false'], interval: 1_000, retries: 100, startPeriod: 600_000 },
  });
  await service('crashing', { command: ['false'] });
  await service('crashed', { command: ['false'], restartPolicy: { condition: 'none' } });
  await service('imageless', {
    image: 'nowhere.invalid/nothing:1',
    resolveImage: 'off',
    restartPolicy: { condition: 'none' },
  });
  await service('commandless', { command: ['/no/such/command'], restartPolicy: { condition: 'none' } });
  await service('taker', {
    ports: [{ targetPort: 80, publishedPort: 18_080, publishMode: 'host' }],
    endpointMode: 'dnsrr',
  });
  await service('job', { mode: 'replicated-job', command: ['true'] });
  await service('filler', { ...on(SMALL), replicas: 2 });
  await service('slow', {
    stopGracePeriod: 60_000,
    command: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'],
  });
  await service('slow-round', {
    endpointMode: 'dnsrr',
    stopGracePeriod: 60_000,
    command: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'],
  });
  await service('moving', {
    replicas: 2,
    updateConfig: { parallelism: 1, failureAction: 'pause', monitor: 1_000 },
  });
  await service('listening', {
    command: ['httpd', '-f', '-p', '8080'],
    ports: [{ targetPort: 8080, publishedPort: 18_081 }],
  });
  await service('namesake', { networks: [{ network: FRONT, aliases: [named('shared-name')] }] });
  await service('shared-name');
  await service('listening-round', { command: ['httpd', '-f', '-p', '8080'], endpointMode: 'dnsrr' });
  for (const stem of [
    'api',
    'round',
    'inside',
    'both',
    'alone',
    'taker',
    'slow',
    'slow-round',
    'listening',
    'listening-round',
    'namesake',
    'shared-name',
  ]) {
    await setups.settled(stem, 'running', 1);
  }
  for (const stem of ['filler', 'moving']) await setups.settled(stem, 'running', 2);
  await setups.settled('waiting', 'starting', 1);
  // What we would refuse.
  await setups.serviceOfEngine(
    'late',
    { Networks: [{ Target: FRONT }] },
    {
      EndpointSpec: {
        Mode: 'dnsrr',
        Ports: [{ TargetPort: 80, PublishedPort: 18_080, PublishMode: 'host', Protocol: 'tcp' }],
      },
    },
  );
  await setups.serviceOfEngine('crowded', { Networks: [{ Target: SMALL }] });
  await setups.update('moving', {
    ...on(FRONT, BACK),
    image: 'nowhere.invalid/nothing:1',
    resolveImage: 'off',
  });
  await setups.update('slow', { replicas: 0 });
  await setups.update('slow-round', { replicas: 0 });
  await setups.until('the update is paused', () => setups.find('moving')?.updateStatus?.state === 'paused');
  await setups.until('all that fails has failed', () =>
    ['crashing', 'crashed', 'imageless', 'commandless'].every((stem) =>
      setups.tasks(stem).some(({ state }) => state === 'failed' || state === 'rejected'),
    ),
  );
}, 150_000);

afterAll(async () => {
  await setups.remove();
  await server.close();
}, 120_000);

interface Broken {
  readonly what: string;
  readonly from: () => string;
  readonly to: () => string;
  readonly step: ExplainStep;
  readonly evidence: RegExp;
  readonly fix: RegExp;
}
const broken = (
  what: string,
  from: () => string,
  to: () => string,
  step: ExplainStep,
  evidence: RegExp,
  fix: RegExp,
): Broken => ({ what, from, to, step, evidence, fix });
const of = (stem: string) => (): string => named(stem);

const TABLE: readonly Broken[] = [
  broken(
    'a service that there is not',
    of('api'),
    () => 'nobody',
    'exist',
    /no service with the id, id prefix or name "nobody"/,
    /GET \/v1\/services/,
  ),
  broken(
    'from a service that there is not',
    () => 'nobody',
    of('api'),
    'exist',
    /no service, network or task/,
    /GET \/v1\/services/,
  ),
  broken(
    'a network instead of a service',
    of('api'),
    () => BACK,
    'exist',
    /is a network/,
    /GET \/v1\/services\?network=/,
  ),
  broken(
    'from a service on no network',
    of('alone'),
    of('api'),
    'shared-network',
    /is on no network/,
    /PUT .*alone.*\/networks\/front/,
  ),
  broken(
    'a service on no network',
    of('api'),
    of('alone'),
    'shared-network',
    /is on "front.*on no network/,
    /PUT .*alone.*\/networks\/front/,
  ),
  broken(
    'services on no network',
    of('alone'),
    of('alone-too'),
    'shared-network',
    /no network/,
    /POST \/v1\/networks/,
  ),
  broken(
    'services on different networks',
    of('api'),
    of('inside'),
    'shared-network',
    /"front-\w+", .*"back/,
    /PUT .*inside.*\/networks\/front/,
  ),
  broken(
    'a service from a network that it is not on',
    () => FRONT,
    of('inside'),
    'shared-network',
    /"back/,
    /PUT .*inside.*\/networks\/front/,
  ),
  broken(
    'a service from a task on another network',
    () => taskOf('api'),
    of('inside'),
    'shared-network',
    /"back/,
    /PUT .*inside.*\/networks\/front/,
  ),
  broken(
    'services that only the routing mesh has in common',
    of('published'),
    of('published-too'),
    'shared-network',
    /routing mesh/,
    /POST \/v1\/networks/,
  ),
  broken(
    'a service from the network of the routing mesh',
    () => 'ingress',
    of('published'),
    'shared-network',
    /routing mesh/,
    /POST \/v1\/networks/,
  ),
  broken('no replicas', of('api'), of('none'), 'name', /has 0 replicas/, /POST .*\/scale {"replicas":1}/),
  broken(
    'a constraint that no node meets',
    of('api'),
    of('nowhere'),
    'name',
    /no suitable node \(scheduling constraints/,
    /PATCH .*{"placement":{"constraints":\[\]}}/,
  ),
  broken(
    'the same of a global service',
    of('api'),
    of('nowhere-global'),
    'name',
    /no node fits/,
    /PATCH .*constraints/,
  ),
  broken(
    'more memory than there is',
    of('api'),
    of('huge'),
    'name',
    /insufficient resources/,
    /PATCH .*reservations/,
  ),
  broken(
    'another kind of machine',
    of('api'),
    of('other-machine'),
    'name',
    /unsupported platform/,
    /GET .*\/tasks/,
  ),
  broken(
    'a health check that does not pass',
    of('api'),
    of('waiting'),
    'name',
    /health check .* has not passed/,
    /GET .*\/logs/,
  ),
  broken(
    'tasks that crash and are started again',
    of('api'),
    of('crashing'),
    'name',
    /fail \(task: non-zero exit/,
    /GET .*\/logs/,
  ),
  broken(
    'a task that crashed once',
    of('api'),
    of('crashed'),
    'name',
    /fail \(task: non-zero exit/,
    /GET .*\/logs/,
  ),
  broken(
    'an image that there is not',
    of('api'),
    of('imageless'),
    'name',
    /fail \(No such image/,
    /GET .*\/logs/,
  ),
  broken(
    'a command that there is not',
    of('api'),
    of('commandless'),
    'name',
    /fail \(.*no such file/i,
    /GET .*\/logs/,
  ),
  broken('a job that is done', of('api'), of('job'), 'name', /no task of the job/, /POST .*\/restart/),
  broken(
    'tasks that are being stopped, behind a virtual IP',
    of('api'),
    of('slow'),
    'tasks',
    /being stopped/,
    /GET .*\/rollout/,
  ),
  broken(
    'tasks that are being stopped, without one',
    of('api'),
    of('slow-round'),
    'name',
    /being stopped/,
    /GET .*\/rollout/,
  ),
  broken(
    'a port in host mode that another service has on every node',
    of('api'),
    of('late'),
    'name',
    /host-mode port already in use/,
    /PATCH .*"publishedPort":null/,
  ),
  broken(
    'a subnet without an address left',
    of('filler'),
    of('crowded'),
    'name',
    /wait for a node, or for an address/,
    /GET .*\/tasks/,
  ),
  broken(
    'an update that was to attach it, and has failed',
    of('inside'),
    of('moving'),
    'name',
    /of an earlier spec, and the update is paused/,
    /GET .*\/rollout/,
  ),
  broken(
    'from a service without replicas',
    of('none'),
    of('api'),
    'source',
    /Nothing of .* runs .* has 0 replicas/,
    /POST .*none.*\/scale/,
  ),
  broken(
    'from a service that waits for a node',
    of('nowhere'),
    of('round'),
    'source',
    /scheduling constraints/,
    /PATCH .*nowhere/,
  ),
  broken(
    'from a task that has crashed',
    () => taskOf('crashed'),
    of('round'),
    'source',
    /non-zero exit/,
    /GET .*crashed.*\/logs/,
  ),
  broken(
    'from a task that is not healthy yet',
    () => taskOf('waiting'),
    of('round'),
    'source',
    /has not passed/,
    /GET .*waiting.*\/logs/,
  ),
];

describe('why one thing cannot reach another', () => {
  it.each(TABLE)('$what', async ({ from, to, step, evidence, fix }) => {
    const explanation = await explain(from(), to());
    expect(explanation).toMatchObject({ verdict: 'unreachable', failedStep: step });
    const failed = explanation.steps.find(({ status }) => status === 'fail');
    expect(failed).toEqual({ step, status: 'fail', evidence: matching(evidence) });
    const { method, path, body } = explanation.fix ?? {};
    expect(`${method} ${path} ${body ?? ''}`).toMatch(fix);
  });
});

describe('what can be reached', () => {
  it('is known where connections go straight to tasks, and nothing is asked that no manager knows', async () => {
    const explanation = await explain(named('api'), named('round'));
    expect(explanation).toMatchObject({
      network: FRONT,
      verdict: 'reachable',
      failedStep: null,
      fix: null,
      probe: null,
    });
    expect(explanation.steps.map(({ step }) => step)).toEqual(
      EXPLAIN_STEPS.filter((step) => step !== 'port' && step !== 'probe'),
    );
    expect(await explain(taskOf('api'), named('round'))).toMatchObject({ verdict: 'reachable' });
    expect((await explain(FRONT, named('round'))).steps.map(({ step }) => step)).not.toContain('source');
  });

  it('is not known of a virtual IP, or of a port', async () => {
    const unknownOf = async (...question: Parameters<typeof explain>): Promise<Record<string, string>> => {
      const { verdict, steps } = await explain(...question);
      expect(verdict).toBe('unknown');
      const open = steps.filter(({ status }) => status !== 'pass');
      return Object.fromEntries(open.map(({ step, evidence }) => [step, evidence]));
    };
    expect(await unknownOf(named('api'), named('listening'))).toEqual({ path: matching(/needs IPVS/) });
    expect(await unknownOf(named('api'), named('round'), { port: 80 })).toEqual({
      port: matching(/no manager knows.*publishes no such port/),
    });
    expect(await unknownOf(named('api'), named('listening'), { port: 18_081 })).toMatchObject({
      port: matching(/outside of the swarm; inside of its networks it is 8080/),
    });
    expect(await unknownOf(named('api'), named('shared-name'))).toMatchObject({
      name: matching(/namesake-\w+ has the same name/),
    });
  });

  it('is what the one of several networks says that gets furthest', async () => {
    expect(await explain(named('both'), named('moving'))).toMatchObject({ network: FRONT, failedStep: null });
  });

  it('is so once the fix was made', async () => {
    for (const [from, to] of [
      ['api', 'none'],
      ['api', 'inside'],
      ['api', 'nowhere'],
      ['api', 'huge'],
      ['alone', 'round'],
    ] as const) {
      const before = await explain(named(from), named(to));
      await apply(before);
      for (const deadline = Date.now() + 30_000; ;) {
        const { failedStep } = await explain(named(from), named(to));
        if (failedStep === null) break;
        if (Date.now() > deadline) expect(`${from} to ${to}: ${failedStep}`).toBe('mended');
        await pass(100);
      }
    }
  }, 120_000);
});

describe('with a probe', () => {
  /** Whether the kernel here spreads connections to virtual IPs, as a container finds out. */
  async function hasIpvs(): Promise<boolean> {
    const [task] = setups.tasks('api');
    const said = await runInside(engine.dockerHost, task?.containerId ?? '', [
      'sh',
      '-c',
      `nc -z -w 2 ${named('listening')} 8080 && echo open`,
    ]);
    return said.includes('open');
  }

  it('a port is known to be open, or closed', async () => {
    const open = await explain(named('api'), named('listening-round'), { port: 8080, probe: true });
    expect(open).toMatchObject({ verdict: 'reachable', failedStep: null, probe: { differences: [] } });
    expect(open.steps.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(open.steps.map(({ step }) => step)).toEqual(EXPLAIN_STEPS);
    const closed = await explain(named('api'), named('listening-round'), { port: 9, probe: true });
    expect(closed).toMatchObject({ verdict: 'unreachable', failedStep: 'port', fix: { method: 'GET' } });
  }, 60_000);

  it('a virtual IP is what this kernel makes of it', async () => {
    const { verdict, failedStep, fix } = await explain(named('api'), named('listening'), {
      port: 8080,
      probe: true,
    });
    expect({ verdict, failedStep, fix: fix?.sentence ?? null }).toEqual(
      (await hasIpvs())
        ? { verdict: 'reachable', failedStep: null, fix: null }
        : {
            verdict: 'unreachable',
            failedStep: 'path',
            fix: matching(/connect to "tasks\.listening-\w+" instead/),
          },
    );
  }, 60_000);
});
