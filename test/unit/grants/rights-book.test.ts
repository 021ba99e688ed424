import { beforeEach, describe, expect, it } from 'vitest';
import { BUILT_IN } from '../../../src/domain/access/access-role.ts';
import type { Subject } from '../../../src/domain/access/grant.ts';
import { THE_SWARM } from '../../../src/domain/access/resource-kind.ts';
import { NO_RIGHTS, rightsOfRole, type Rights } from '../../../src/domain/access/rights.ts';
import { EVERYTHING, NOTHING, type Scope } from '../../../src/domain/access/scope.ts';
import { GrantStore, type GrantRecord } from '../../../src/grants/grant-store.ts';
import { RightsBook } from '../../../src/grants/rights-book.ts';
import { MemoryStore } from '../auth/memory-store.ts';

const ANNE = 'user:corp:anne';
const PAY: Scope = { ...NOTHING, stacks: ['pay'] };
const PAY_WEB = { name: 'web', labels: { 'com.docker.stack.namespace': 'pay' } };
const SHOP_WEB = { name: 'web', labels: { 'com.docker.stack.namespace': 'shop' } };
const ORIGIN = { createdBy: 'admin', labels: {} };
const CUSTOM = { name: 'deployer', rules: [{ kinds: ['service'], verbs: ['update'] }], ...ORIGIN } as const;

let memory: MemoryStore;
let store: GrantStore;
let book: RightsBook;
beforeEach(() => {
  memory = new MemoryStore();
  store = new GrantStore(memory);
  book = new RightsBook(store);
});

const grant = (name: string, subject: Subject, role: string, scope: Scope): Promise<GrantRecord> =>
  store.keepGrant({ name, subject, role, scope, ...ORIGIN });
const rightsOf = (...subjects: Subject[]): Rights => book.of(subjects, null);
const mayUpdate = (target: typeof PAY_WEB): boolean => rightsOf(ANNE).may('update', 'service', target);

describe('the book of rights', () => {
  it('has no rights for who was granted nothing', async () => {
    expect(rightsOf(ANNE)).toBe(NO_RIGHTS);
    await grant('other', 'user:corp:bob', 'admin', EVERYTHING);
    await grant('issuer', 'user:other:anne', 'admin', EVERYTHING);
    await grant('group', 'group:corp:anne', 'admin', EVERYTHING);
    expect(rightsOf(ANNE)).toBe(NO_RIGHTS);
    expect(rightsOf()).toBe(NO_RIGHTS);
  });

  it('has a grant in force at once, until it is taken back', async () => {
    expect(mayUpdate(PAY_WEB)).toBe(false);
    const given = await grant('pay', ANNE, 'operator', PAY);
    expect([mayUpdate(PAY_WEB), mayUpdate(SHOP_WEB)]).toEqual([true, false]);
    const changed = await store.replaceGrant(given, {
      ...(given.document as NonNullable<typeof given.document>),
      scope: { ...NOTHING, stacks: ['shop'] },
    });
    expect([mayUpdate(PAY_WEB), mayUpdate(SHOP_WEB)]).toEqual([false, true]);
    await store.removeGrant(changed.id);
    expect(rightsOf(ANNE)).toBe(NO_RIGHTS);
  });

  it('adds up what somebody, their groups and their proof have', async () => {
    await grant('mine', ANNE, 'viewer', PAY);
    await grant('ours', 'group:corp:ops', 'operator', { ...NOTHING, stacks: ['shop'] });
    const own = { through: 'the role of the token', role: BUILT_IN.router, scope: EVERYTHING };
    const rights = book.of([ANNE, 'group:corp:ops'], own);
    expect(rights.through('view', 'service', PAY_WEB)?.through).toBe('the grant "mine"');
    expect(rights.may('update', 'service', PAY_WEB)).toBe(false);
    expect(rights.through('update', 'service', SHOP_WEB)?.through).toBe('the grant "ours"');
    expect(rights.through('use', 'routing-table', PAY_WEB)?.through).toBe('the role of the token');
    expect(rights.role).toBe('router');
  });

  it('has nothing by the grant of a role that is gone, and all of it again when the role is there again', async () => {
    await grant('deploy', ANNE, CUSTOM.name, PAY);
    expect(rightsOf(ANNE)).toBe(NO_RIGHTS);
    const role = await store.keepRole(CUSTOM);
    expect([mayUpdate(PAY_WEB), mayUpdate(SHOP_WEB)]).toEqual([true, false]);
    await store.replaceRole(role, { ...CUSTOM, rules: [{ kinds: ['service'], verbs: ['view'] }] });
    expect(mayUpdate(PAY_WEB)).toBe(false);
    await store.removeRole(CUSTOM.name);
    expect(rightsOf(ANNE)).toBe(NO_RIGHTS);
  });

  it('does not take a role that is kept under the name of a built-in one for that', async () => {
    memory.put('role', 'viewer', { name: 'viewer', rules: BUILT_IN.admin.rules });
    await grant('look', ANNE, 'viewer', EVERYTHING);
    expect(rightsOf(ANNE).role).toBe('viewer');
    expect(mayUpdate(PAY_WEB)).toBe(false);
  });

  it.each([
    {},
    [],
    'text',
    7,
    { name: 'x', subject: ANNE, role: 'admin' },
    { subject: ANNE, scope: EVERYTHING },
  ])('grants nothing by what somebody else has put there, such as %j', (document) => {
    memory.put('grant', 'bad', document);
    memory.put('role', 'bad', document);
    expect(rightsOf(ANNE)).toBe(NO_RIGHTS);
  });

  it('has the same key for those who may do the same, and another for those who may not', async () => {
    await grant('a', ANNE, 'viewer', PAY);
    await grant('b', 'user:corp:bob', 'viewer', PAY);
    await grant('c', 'user:corp:eve', 'viewer', { ...NOTHING, stacks: ['shop'] });
    expect(rightsOf(ANNE).key).toBe(rightsOf('user:corp:bob').key);
    expect(rightsOf(ANNE).key).not.toBe(rightsOf('user:corp:eve').key);
  });

  it('has rights of the same key for all who have a built-in role for everything, and says through what', () => {
    const own = { through: 'the role of the token', role: BUILT_IN.operator, scope: EVERYTHING };
    const rights = book.of(['token:a'], own);
    expect(rights.key).toBe(rightsOfRole('operator').key);
    expect(rights.through('use', 'swarm', THE_SWARM)?.through).toBe('the role of the token');
  });

  it('keeps rights while nothing is granted, whatever else changes in the swarm', async () => {
    await grant('a', ANNE, 'viewer', PAY);
    const before = rightsOf(ANNE);
    memory.put('token', 't1', {});
    expect(rightsOf(ANNE)).toBe(before);
    await grant('b', 'user:corp:bob', 'viewer', PAY);
    expect(rightsOf(ANNE)).toEqual(before);
  });
});
