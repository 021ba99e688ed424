import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import type { Page } from '../../src/api/page.ts';
import { BUILT_IN, ROLES } from '../../src/domain/access/access-role.ts';
import type { AccessRole } from '../../src/grants/roles.types.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';
import { grant, makeRole, member } from '../support/team.ts';

const PATH = '/v1/access/roles';
const ROLE = '{ name version builtIn rules { kinds verbs } problem createdAt updatedAt createdBy }';
const RULES = [{ kinds: ['service', 'routing-table'], verbs: ['view', 'update'] }];

let surface: Surface;
beforeEach(async () => {
  surface = await startSurface();
});
afterEach(() => surface.close());

const create = async (name = 'deployer'): Promise<AccessRole> =>
  bodyOf<AccessRole>(await surface.rest.post(PATH).send({ name, rules: RULES }).expect(201));

describe('a role', () => {
  it('is built in or made, and shown the same over both surfaces', async () => {
    const made = await create();
    expect(made).toMatchObject({
      name: 'deployer',
      builtIn: false,
      rules: RULES,
      problem: null,
      createdBy: 'admin',
    });
    const list = bodyOf<Page<AccessRole>>(await surface.rest.get(PATH).expect(200));
    expect(list.items.map(({ name }) => name)).toEqual([...ROLES, 'deployer'].sort());
    for (const name of ROLES) {
      const shown = bodyOf<AccessRole>(await surface.rest.get(`${PATH}/${name}`).expect(200));
      expect(shown).toMatchObject({
        name,
        version: 0,
        builtIn: true,
        rules: BUILT_IN[name].rules,
        createdAt: null,
      });
    }
    const graphql = await surface.data<{ role: AccessRole; roles: { totalCount: number } }>(
      `{ role(id: "deployer") ${ROLE} roles(first: 2) { totalCount nodes ${ROLE} } }`,
    );
    expect(graphql.role).toEqual({
      ...made,
      rules: [{ kinds: ['SERVICE', 'ROUTING_TABLE'], verbs: ['VIEW', 'UPDATE'] }],
    });
    expect(graphql.roles.totalCount).toBe(5);
    expect(bodyOf<Problem>(await surface.rest.get(`${PATH}/none`).expect(404)).detail).toContain(PATH);
  });

  it('is changed for all who are granted it, at once', async () => {
    const made = await create();
    const ann = await member(surface);
    await grant(surface, 'ann', ann, 'deployer');
    await ann.rest.get('/v1/services').expect(200);
    const rules = [{ kinds: ['network'], verbs: ['view'] }];
    const plan = await surface.rest.put(`${PATH}/deployer?dryRun=true`).send({ rules }).expect(200);
    expect(plan.body).toMatchObject({
      action: 'update',
      kind: 'role',
      name: 'deployer',
      changes: [{ pointer: '/rules', before: RULES, after: rules }],
    });
    const put = (body: object) =>
      surface.rest.put(`${PATH}/deployer`).set('If-Match', `"${made.version}"`).send(body);
    expect(bodyOf<AccessRole>(await put({ rules: RULES }).expect(200))).toEqual(made);
    await put({ rules }).expect(200);
    await ann.rest.get('/v1/services').expect(403);
    await ann.rest.get('/v1/networks').expect(200);
    await put({ rules: RULES }).expect(412);
  });

  it('is written by GraphQL, too', async () => {
    const { createRole } = await surface.data<{ createRole: unknown }>(
      'mutation { createRole(input: { name: "seer", rules: [{ kinds: [LOG], verbs: [VIEW] }] }) { name rules { kinds } } }',
    );
    expect(createRole).toEqual({ name: 'seer', rules: [{ kinds: ['LOG'] }] });
    const { updateRole } = await surface.data<{ updateRole: unknown }>(
      'mutation { updateRole(id: "seer", input: { rules: [{ kinds: [TASK], verbs: [VIEW] }] }) { rules { kinds } } }',
    );
    expect(updateRole).toEqual({ rules: [{ kinds: ['TASK'] }] });
    expect(await surface.data('mutation { deleteRole(id: "seer") }')).toEqual({ deleteRole: 'seer' });
    await surface.rest.get(`${PATH}/seer`).expect(404);
  });

  it('is not removed while grants give it, and the refusal names them', async () => {
    await create();
    const ann = await member(surface);
    for (let count = 1; count <= 6; count++) await grant(surface, `g${count}`, ann, 'deployer');
    const refused = bodyOf<Problem>(await surface.rest.delete(`${PATH}/deployer`).expect(409));
    expect(refused.code).toBe('IN_USE');
    expect(refused.detail).toMatch(/"g\d".* and 1 more\./);
    for (let count = 1; count <= 6; count++) {
      await surface.rest.delete(`/v1/access/grants/g${count}`).expect(204);
    }
    await surface.rest.delete(`${PATH}/deployer`).expect(204);
  });

  it.each(ROLES)('"%s" is built in: it cannot be made, changed or removed', async (name) => {
    for (const [call, code] of [
      [surface.rest.post(PATH).send({ name, rules: RULES }), 'NAME_TAKEN'],
      [surface.rest.put(`${PATH}/${name}`).send({ rules: RULES }), 'CONFLICT'],
      [surface.rest.delete(`${PATH}/${name}`), 'CONFLICT'],
    ] as const) {
      expect(bodyOf<Problem>(await call).code).toBe(code);
    }
  });

  it('is made once by a create that is repeated', async () => {
    const send = () =>
      surface.rest.post(PATH).set('Idempotency-Key', 'k').send({ name: 'deployer', rules: RULES });
    const first = await send().expect(201);
    const again = await send().expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    await makeRole(surface, 'other', { kinds: ['log'], verbs: ['view'] });
    expect(bodyOf<Problem>(await surface.rest.post(PATH).send({ name: 'other', rules: RULES })).code).toBe(
      'NAME_TAKEN',
    );
  });

  it.each([
    [{ rules: [] }, '/rules'],
    [{ rules: [{ kinds: [], verbs: ['view'] }] }, '/rules/0/kinds'],
    [{ rules: [{ kinds: ['service'], verbs: ['fly'] }] }, '/rules/0/verbs'],
    [{ rules: [{ kinds: ['volume'], verbs: ['view'] }] }, '/rules/0/kinds'],
    [{ name: 'Deployer' }, '/name'],
    [{ name: 'a.b' }, '/name'],
    [{ name: 'x'.repeat(49) }, '/name'],
  ])('is not made from %j', async (more, pointer) => {
    const response = await surface.rest.post(PATH).send({ name: 'deployer', rules: RULES, ...more });
    const { status, errors } = bodyOf<Problem>(response);
    expect(status).toBe(400);
    expect(errors?.map((error) => error.pointer)).toContain(pointer);
  });
});
