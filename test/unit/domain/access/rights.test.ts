import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN, type ROLES } from '../../../../src/domain/access/access-role.ts';
import { RESOURCE_KINDS, THE_SWARM, VERBS } from '../../../../src/domain/access/resource-kind.ts';
import { NO_RIGHTS, Rights, rightsOfRole } from '../../../../src/domain/access/rights.ts';
import { EVERYTHING, NOTHING } from '../../../../src/domain/access/scope.ts';
import { anyBinding, anyBindings, anyKind, anyTarget, anyVerb } from '../../../factories/access.ts';

const anyAct = fc.tuple(anyVerb, anyKind, anyTarget);
const runs = { numRuns: 1_000 };

describe('rights', () => {
  it('never become less by more grants, and do not depend on their order', () => {
    fc.assert(
      fc.property(anyBindings, anyBinding, fc.nat(4), anyAct, (bindings, more, at, act) => {
        const before = new Rights(bindings);
        const after = new Rights(bindings.toSpliced(at, 0, more));
        if (before.may(...act)) expect(after.may(...act)).toBe(true);
        expect(new Rights(bindings.toReversed()).may(...act)).toBe(before.may(...act));
      }),
      runs,
    );
  });

  it('are what one of the grants gives by itself, which is named', () => {
    fc.assert(
      fc.property(anyBindings, anyAct, (bindings, act) => {
        const rights = new Rights(bindings);
        const through = rights.through(...act);
        expect(rights.may(...act)).toBe(bindings.some((one) => new Rights([one]).may(...act)));
        expect(through !== null).toBe(rights.may(...act));
        if (through) expect(new Rights([through]).may(...act)).toBe(true);
      }),
      runs,
    );
  });

  it('with everything are rights with each, and those with one are rights with something', () => {
    fc.assert(
      fc.property(anyBindings, anyAct, (bindings, act) => {
        const [verb, kind] = act;
        const rights = new Rights(bindings);
        if (rights.everywhere(verb, kind)) expect(rights.may(...act)).toBe(true);
        if (rights.may(...act)) expect(rights.anywhere(verb, kind)).toBe(true);
        expect(rights.everywhere(verb, kind)).toBe(
          rights.may(verb, kind, { name: 'no name that a scope has' }),
        );
      }),
      runs,
    );
  });

  it('share a key only if they are the same', () => {
    fc.assert(
      fc.property(anyBindings, anyBindings, anyAct, (some, others, act) => {
        const renamed = some.map((one) => ({ ...one, through: 'the grant "renamed"' }));
        expect(new Rights(renamed).key).toBe(new Rights(some).key);
        const [a, b] = [new Rights(some), new Rights(others)];
        if (a.key === b.key) expect(a.may(...act)).toBe(b.may(...act));
      }),
      runs,
    );
  });

  it('bear the name of the strongest role that is there for everything', () => {
    const of = (name: (typeof ROLES)[number], scope = EVERYTHING) => ({
      through: '',
      role: BUILT_IN[name],
      scope,
    });
    const part = { ...NOTHING, stacks: ['pay'] };
    expect(new Rights([of('viewer'), of('admin'), of('operator')]).role).toBe('admin');
    expect(new Rights([of('admin', part), of('viewer')]).role).toBe('viewer');
    expect(new Rights([of('admin', part)]).role).toBeNull();
    expect(NO_RIGHTS.role).toBeNull();
  });

  it('of nobody are none', () => {
    fc.assert(fc.property(anyAct, (act) => void expect(NO_RIGHTS.may(...act)).toBe(false)));
  });
});

describe('the built-in roles', () => {
  const all = VERBS.flatMap((verb) => RESOURCE_KINDS.map((kind) => [verb, kind] as const));
  const listed = (role: (typeof ROLES)[number]): string[] =>
    all.filter(([verb, kind]) => rightsOfRole(role).may(verb, kind, THE_SWARM)).map((pair) => pair.join(' '));

  it('each may what those before it may, but for that of routers', () => {
    expect(listed('operator')).toEqual(expect.arrayContaining(listed('viewer')));
    expect(listed('admin')).toHaveLength(all.length);
    expect(listed('router')).toEqual(['use routing-table', 'update routing-table']);
  });

  it('of a viewer only views, and sees nothing that lets anybody in', () => {
    expect(listed('viewer').every((right) => right.startsWith('view '))).toBe(true);
    for (const role of ['viewer', 'operator'] as const) {
      for (const kind of ['token', 'join-token', 'grant', 'role', 'audit', 'routing-table'] as const) {
        expect(
          VERBS.filter((verb) => rightsOfRole(role).anywhere(verb, kind)),
          `${role}, ${kind}`,
        ).toEqual([]);
      }
    }
  });

  it('of an operator does not decide what others may do', () => {
    const writes = listed('operator').filter((right) => !/^(?:view|use) /.test(right));
    expect(new Set(writes.map((right) => right.split(' ')[1]))).toEqual(
      new Set(['network', 'service', 'secret', 'config', 'route', 'certificate', 'operation', 'node']),
    );
  });
});
