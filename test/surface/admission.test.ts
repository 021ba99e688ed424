import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessPolicy } from '../../src/admission/policy.types.ts';
import type { AccessVerdict } from '../../src/admission/review.types.ts';
import type { Problem } from '../../src/api/error-table.ts';
import type { Plan } from '../../src/api/plan.types.ts';
import { DEFAULT_POLICY } from '../../src/domain/admission/policy.ts';
import { bodyOf, startSurface, type Rest, type Surface } from '../support/surface.ts';

const SOCKET = { type: 'bind', source: '/var/run/docker.sock', target: '/s' };
const POLICY = '/v1/access/policy';
/** GraphQL says rules in capitals. */
const graphqlPolicy = `{ version stored reservedPorts reservedLabels exceptions { name rule allow subject { role token } } }`;

let surface: Surface;
let operator: Rest;
let operatorId: string;
let operatorToken: string;

beforeEach(async () => {
  surface = await startSurface();
  const answer = await surface.rest.post('/v1/tokens').send({ name: 'ci', role: 'operator' }).expect(201);
  ({ id: operatorId, token: operatorToken } = bodyOf<{ id: string; token: string }>(answer));
  operator = surface.as(operatorToken);
});
afterEach(() => surface.close());

const policyOf = async (): Promise<AccessPolicy> => bodyOf(await operator.get(POLICY).expect(200));
const refusalOf = (answer: { status: number; body: unknown }): string[] => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(403);
  const { code, errors = [] } = bodyOf<Problem>(answer);
  expect(code).toBe('FORBIDDEN');
  return errors.map(({ pointer, detail }) => `${/"([^"]+)"/.exec(detail)?.[1]} ${pointer}`);
};
/** A service that an admin made. */
const given = (input: Record<string, unknown>): Promise<unknown> =>
  surface.rest
    .post('/v1/services')
    .send({ name: 'web', image: 'nginx', ...input })
    .expect(201);
const allow = async (rule: string, ...names: string[]): Promise<void> => {
  const exception = { name: 'more', subject: { token: operatorId }, rule, allow: names };
  const exceptions = [...DEFAULT_POLICY.exceptions, exception];
  await surface.rest
    .put(POLICY)
    .send({ ...DEFAULT_POLICY, exceptions })
    .expect(200);
};

describe('What an operator may not ask for is refused', () => {
  it('of a new service, by the rule and the field, and the plan says the same', async () => {
    const input = {
      name: 'web',
      image: 'nginx',
      mounts: [SOCKET],
      capabilityAdd: ['SYS_ADMIN'],
      labels: { 'io.swarmplane.router': '' },
    };
    const wanted = [
      'reserved-labels /labels/io.swarmplane.router',
      'mounts /mounts/0',
      'sensitive-mounts /mounts/0',
      'capabilities /capabilityAdd/0',
    ];
    expect(refusalOf(await operator.post('/v1/services').send(input)).toSorted()).toEqual(wanted.toSorted());
    expect(refusalOf(await operator.post('/v1/services?dryRun=true').send(input))).toHaveLength(4);
    expect(surface.swarm.all('service')).toEqual([]);
    await surface.rest.post('/v1/services').send(input).expect(201);
  });

  it('in GraphQL as in REST', async () => {
    const mutation = `mutation ($input: CreateServiceInput!) { createService(input: $input) { id } }`;
    const input = { name: 'web', image: 'nginx', user: 'root' };
    const { errors } = await surface.graphql(mutation, { input }, operatorToken);
    expect(errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', errors: [{ pointer: '/user' }] });
    await surface.data(mutation, { input });
    const update = `mutation { updateService(id: "web", input: { sysctls: { a: "1" } }) { id } }`;
    expect((await surface.graphql(update, {}, operatorToken)).errors[0]?.extensions['code']).toBe(
      'FORBIDDEN',
    );
    const scale = `mutation { scaleService(id: "web", replicas: 2) { replicas } }`;
    expect(await surface.data(scale, {}, operatorToken)).toEqual({ scaleService: { replicas: 2 } });
  });

  it('of a network', async () => {
    const input = {
      name: 'mine',
      options: {
        'com.docker.network.driver.overlay.vxlanid_list': '4097',
        'com.docker.network.driver.mtu': '1400',
      },
    };
    expect(refusalOf(await operator.post('/v1/networks').send(input))).toEqual([
      'driver-options /options/com.docker.network.driver.overlay.vxlanid_list',
    ]);
    await operator.post('/v1/networks').send({ name: 'mine', encrypted: true }).expect(201);
  });

  it('of a network that replaces another, but for what that one has', async () => {
    const labels = { 'com.docker.stack.namespace': 'pay' };
    await surface.rest.post('/v1/networks').send({ name: 'old', labels }).expect(201);
    const replace = operator.post('/v1/networks/old/replace?dryRun=true');
    await replace.send({ encrypted: true }).expect(200);
    const other = operator.post('/v1/networks/old/replace?dryRun=true');
    expect(refusalOf(await other.send({ labels: { 'io.swarmplane.router': '' } }))).toEqual([
      'reserved-labels /labels/io.swarmplane.router',
    ]);
  });

  it('when a network is attached with the name of another service', async () => {
    await surface.rest.post('/v1/networks').send({ name: 'front' }).expect(201);
    await given({ networks: [{ network: 'front', aliases: ['bank'] }] });
    await operator.post('/v1/services').send({ name: 'thief', image: 'nginx' }).expect(201);
    const attach = (aliases: string[]) => operator.put('/v1/services/thief/networks/front').send({ aliases });
    expect(refusalOf(await attach(['BANK']))).toEqual(['names /networks/0/aliases/0']);
    expect(refusalOf(await attach(['tasks.web']))).toEqual(['names /networks/0/aliases/0']);
    expect((await attach(['thief-2'])).status).toBe(200);
  });
});

describe('What an admin has given', () => {
  it('stays when an operator changes something else', async () => {
    await given({ mounts: [SOCKET], replicas: 1 });
    const scale = await operator.post('/v1/services/web/scale').send({ replicas: 3 });
    expect(scale.status).toBe(200);
    await operator
      .patch('/v1/services/web')
      .send({ labels: { a: 'b' } })
      .expect(200);
    await operator.post('/v1/services/web/restart').expect(200);
    expect(surface.swarm.all('service')[0]).toMatchObject({ replicas: 3, mounts: [SOCKET] });
  });

  it('goes to no other program, not even by an update of the image', async () => {
    await given({ mounts: [SOCKET] });
    for (const part of [{ image: 'evil' }, { args: ['x'] }, { env: { LD_PRELOAD: '/x' } }]) {
      expect(refusalOf(await operator.patch('/v1/services/web').send(part))).toEqual([
        'mounts /mounts/0',
        'sensitive-mounts /mounts/0',
      ]);
    }
    await operator.patch('/v1/services/web').send({ mounts: [], image: 'other' }).expect(200);
  });
});

describe('A rollback', () => {
  it('to a spec that has more is refused, one to a spec that has less is not', async () => {
    await given({ mounts: [SOCKET] });
    await surface.rest.patch('/v1/services/web').send({ mounts: [] }).expect(200);
    const back = (query = '') => operator.post(`/v1/services/web/rollback${query}`);
    for (const answer of [await back('?dryRun=true'), await back()]) {
      expect(refusalOf(answer)).toEqual(['mounts /mounts/0', 'sensitive-mounts /mounts/0']);
    }
    await surface.rest.post('/v1/services/web/rollback').expect(200);
    // Now the spec before is the one without.
    await back().expect(200);
    expect(surface.swarm.all('service')[0]?.mounts).toEqual([]);
  });

  it('to another program with what the service has is allowed: so it ran before', async () => {
    await given({ mounts: [SOCKET] });
    await surface.rest.patch('/v1/services/web').send({ image: 'nginx:2' }).expect(200);
    await operator.post('/v1/services/web/rollback').expect(200);
  });
});

describe('The access policy', () => {
  it('is the default until one is written, which is in force at once', async () => {
    expect(await policyOf()).toMatchObject({ version: 0, stored: false, updatedBy: null, ...shown() });
    const input = { name: 'web', image: 'nginx', mounts: [{ ...SOCKET, source: '/srv/pay/a' }] };
    expect(refusalOf(await operator.post('/v1/services').send(input))).toEqual(['mounts /mounts/0']);
    await allow('mounts', 'bind:/srv/pay/*');
    const kept = await policyOf();
    expect(kept).toMatchObject({ stored: true, updatedBy: 'admin', problem: null });
    expect(kept.exceptions.at(-1)).toMatchObject({
      name: 'more',
      subject: { role: null, token: operatorId },
    });
    await operator.post('/v1/services').send(input).expect(201);
    const escape = { ...input, name: 'two', mounts: [{ ...SOCKET, source: '/srv/pay/../../etc' }] };
    expect(refusalOf(await operator.post('/v1/services').send(escape))).toHaveLength(2);
    await surface.rest.put(POLICY).send(DEFAULT_POLICY).expect(200);
    expect(refusalOf(await operator.post('/v1/services').send({ ...input, name: 'three' }))).toHaveLength(1);
  });

  it('is written by admins only, by version, and planned', async () => {
    const body = { ...DEFAULT_POLICY, reservedPorts: ['9000-9010'] };
    await operator.put(POLICY).send(body).expect(403);
    const { headers } = await surface.rest.get(POLICY).expect(200);
    expect(headers['etag']).toBe('"0"');
    const plan = bodyOf<Plan>(await surface.rest.put(`${POLICY}?dryRun=true`).send(body).expect(200));
    expect(plan).toMatchObject({
      action: 'update',
      kind: 'policy',
      changes: [{ pointer: '/reservedPorts', before: DEFAULT_POLICY.reservedPorts, after: ['9000-9010'] }],
    });
    const written = await surface.rest.put(POLICY).set('If-Match', '"0"').send(body).expect(200);
    await surface.rest.put(POLICY).set('If-Match', '"0"').send(body).expect(412);
    const again = await surface.rest.put(POLICY).set('If-Match', String(written.headers['etag'])).send(body);
    expect(again.headers['etag']).toBe(written.headers['etag']);
    const port = { name: 'web', image: 'nginx', ports: [{ targetPort: 80, publishedPort: 9005 }] };
    expect(refusalOf(await operator.post('/v1/services').send(port))).toEqual(['reserved-ports /ports/0']);
  });

  it('is the same in GraphQL', async () => {
    const read = `{ accessPolicy ${graphqlPolicy} }`;
    const { accessPolicy } = await surface.data<{ accessPolicy: AccessPolicy }>(read, {}, operatorToken);
    expect(accessPolicy.exceptions[0]).toMatchObject({
      rule: 'IMAGES',
      subject: { role: 'OPERATOR', token: null },
    });
    const exception = { name: 'a', subject: { role: 'OPERATOR' }, rule: 'HOST_PORTS', allow: ['*'] };
    const input = { reservedPorts: [], reservedLabels: ['a.'], exceptions: [exception] };
    const write = `mutation ($input: UpdateAccessPolicyInput!) { updateAccessPolicy(input: $input) ${graphqlPolicy} }`;
    expect((await surface.graphql(write, { input }, operatorToken)).errors).toHaveLength(1);
    const written = await surface.data<{ updateAccessPolicy: AccessPolicy }>(write, { input });
    expect(written.updateAccessPolicy).toMatchObject({ stored: true, reservedLabels: ['a.'] });
    expect((await policyOf()).exceptions).toEqual([
      {
        name: 'a',
        subject: { role: 'operator', token: null, user: null, group: null, grant: null },
        rule: 'host-ports',
        allow: ['*'],
      },
    ]);
  });

  it('opens nothing when what is kept is no policy', async () => {
    await surface.swarm.gateway.createConfig('swarmplane.policy.admission', {
      'swarmplane.document': JSON.stringify({
        policy: { reservedPorts: [], reservedLabels: [], exceptions: 'all' },
      }),
    });
    await surface.state.until(() => surface.state.configs.named('swarmplane.policy.admission')[0], 5_000);
    const { stored, problem, exceptions } = await policyOf();
    expect([stored, exceptions]).toEqual([true, []]);
    expect(problem).toContain('is no policy');
    expect(refusalOf(await operator.post('/v1/services').send({ name: 'a', image: 'nginx' }))).toEqual([
      'images /image',
    ]);
    await allow('secrets', '*');
    await operator.post('/v1/services').send({ name: 'a', image: 'nginx' }).expect(201);
  });

  it.each<[string, object, string]>([
    ['no port', { reservedPorts: ['x'] }, '/reservedPorts/0'],
    ['no rule', { exceptions: [exceptionWith({ rule: 'all' })] }, '/exceptions/0/rule'],
    ['nobody', { exceptions: [exceptionWith({ subject: {} })] }, '/exceptions/0/subject'],
    [
      'two',
      { exceptions: [exceptionWith({ subject: { role: 'viewer', token: 't' } })] },
      '/exceptions/0/subject',
    ],
    ['a name twice', { exceptions: [exceptionWith({}), exceptionWith({})] }, '/exceptions/1/name'],
    ['a field that there is not', { allowAll: true }, '/allowAll'],
  ])('is refused with %s', async (_what, part, pointer) => {
    const answer = await surface.rest.put(POLICY).send({ ...DEFAULT_POLICY, ...part });
    expect([answer.status, bodyOf<Problem>(answer).errors?.[0]?.pointer]).toEqual([400, pointer]);
  });
});

describe('A review', () => {
  const review = async (rest: Rest, body: object): Promise<AccessVerdict> =>
    bodyOf(await rest.post('/v1/access/review').send(body).expect(200));
  const service = { name: 'web', image: 'nginx', mounts: [SOCKET] };

  it('says what would be refused to whom, and creates nothing', async () => {
    const own = await review(operator, { service });
    expect([own.allowed, own.rule, own.refusals.map(({ name }) => name)]).toEqual([
      false,
      'mounts',
      ['bind:/var/run/docker.sock', 'bind:/var/run/docker.sock'],
    ]);
    expect(await review(surface.rest, { service, subject: { token: operatorId } })).toEqual(own);
    expect(await review(surface.rest, { service, subject: { role: 'operator' } })).toEqual(own);
    expect(await review(surface.rest, { service })).toMatchObject({ allowed: true, rule: 'admin' });
    expect(await review(operator, { service: { name: 'web', image: 'nginx' } })).toMatchObject({
      allowed: true,
      rule: 'exceptions',
      exceptions: ['any-image'],
    });
    expect(await review(operator, { network: { name: 'mine' } })).toMatchObject({ rule: 'unprivileged' });
    expect(surface.swarm.all('service')).toEqual([]);
  });

  it('is the same in GraphQL', async () => {
    const query = `query ($input: ReviewAccessInput!) { reviewAccess(input: $input) { allowed rule refusals { rule pointer } } }`;
    const input = { service: { name: 'web', image: 'nginx', user: '0' } };
    expect(await surface.data(query, { input }, operatorToken)).toEqual({
      reviewAccess: {
        allowed: false,
        rule: 'root-user',
        refusals: [{ rule: 'ROOT_USER', pointer: '/user' }],
      },
    });
  });

  it('of others is for admins, and of both or neither for nobody', async () => {
    const ask = (rest: Rest, body: object) => rest.post('/v1/access/review').send(body);
    expect((await ask(operator, { service, subject: { role: 'admin' } })).status).toBe(403);
    expect((await ask(operator, { service, subject: { token: 'another' } })).status).toBe(403);
    expect((await ask(operator, { service, subject: { token: operatorId } })).status).toBe(200);
    expect((await ask(surface.rest, { service, subject: { token: 'nobody' } })).status).toBe(404);
    expect((await ask(surface.rest, { service, subject: {} })).status).toBe(400);
    expect((await ask(surface.rest, {})).status).toBe(400);
    expect((await ask(surface.rest, { service, network: { name: 'a' } })).status).toBe(400);
    expect((await ask(surface.as(await surface.tokenFor('viewer')), { service })).status).toBe(403);
  });
});

describe('Incidents that are public', () => {
  it('CVE-2026-44849: what a create refuses, an update refuses', async () => {
    await operator.post('/v1/services').send({ name: 'web', image: 'nginx' }).expect(201);
    const patch = { mounts: [{ type: 'bind', source: '/', target: '/host' }] };
    expect(refusalOf(await operator.patch('/v1/services/web').send(patch))).toEqual([
      'mounts /mounts/0',
      'sensitive-mounts /mounts/0',
    ]);
    expect(surface.swarm.all('service')[0]?.mounts).toEqual([]);
  });

  it('CVE-2026-44849: a volume with the option o=bind is no harmless volume', async () => {
    const driver = { name: 'local', options: { type: 'none', o: 'bind', device: '/' } };
    const mounts = [{ type: 'volume', source: 'data', target: '/host', volumeOptions: { driver } }];
    const at = (key: string) => `volume-drivers /mounts/0/volumeOptions/driver/options/${key}`;
    const wanted = [at('type'), at('o'), at('device')];
    const create = operator.post('/v1/services').send({ name: 'web', image: 'nginx', mounts });
    expect(refusalOf(await create)).toEqual(wanted);
    await operator.post('/v1/services').send({ name: 'web', image: 'nginx' }).expect(201);
    expect(refusalOf(await operator.patch('/v1/services/web').send({ mounts }))).toEqual(wanted);
  });

  it('CVE-2026-44848: a path that is not listed reaches no engine', async () => {
    for (const path of [
      '/containers/create',
      '/v1.41/services/create',
      '/v1/plugins/pull',
      '/v1/services/web/exec',
    ]) {
      const answer = await operator.post(path).send({ HostConfig: { Privileged: true } });
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  it('CVE-2026-44848: a field that is not listed is refused, not passed on', async () => {
    const fields = [
      'privileged',
      'runtime',
      'devices',
      'TaskTemplate',
      'pluginSpec',
      'networkAttachmentSpec',
    ];
    for (const field of fields) {
      const answer = await operator.post('/v1/services').send({ name: 'web', image: 'nginx', [field]: {} });
      expect([field, answer.status]).toEqual([field, 400]);
    }
    for (const field of ['ingress', 'configOnly', 'configFrom', 'scope']) {
      const answer = await operator.post('/v1/networks').send({ name: 'mine', [field]: true });
      expect([field, answer.status]).toEqual([field, 400]);
    }
  });
});

function exceptionWith(part: object): object {
  return { name: 'a', subject: { role: 'operator' }, rule: 'mounts', allow: ['*'], ...part };
}

function shown(): Partial<AccessPolicy> {
  const exceptions = DEFAULT_POLICY.exceptions.map((exception) => ({
    ...exception,
    subject: { role: 'operator', token: null },
  }));
  return { ...DEFAULT_POLICY, exceptions } as unknown as Partial<AccessPolicy>;
}
