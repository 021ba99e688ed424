import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN, has, ROLES } from '../../../../src/domain/access/access-role.ts';
import { isSubject } from '../../../../src/domain/access/grant.ts';
import { Rights, rightsOfRole } from '../../../../src/domain/access/rights.ts';
import { EVERYTHING, isWithin } from '../../../../src/domain/access/scope.ts';
import { lackingFor, verdictOn } from '../../../../src/domain/access/verdict.ts';
import { anyBinding, anyBindings, anyKind, anyTarget, anyVerb } from '../../../factories/access.ts';

describe('a verdict', () => {
  it('is what the rights say, with what lets them or all that came near', () => {
    fc.assert(
      fc.property(anyBindings, anyVerb, anyKind, anyTarget, (bindings, verb, kind, target) => {
        const rights = new Rights(bindings);
        const verdict = verdictOn(rights, verb, kind, target);
        expect(verdict.allowed).toBe(rights.may(verb, kind, target));
        expect(verdict.through !== null).toBe(verdict.allowed);
        if (verdict.allowed) {
          expect(verdict.nearMisses).toEqual([]);
          return;
        }
        // Of a refusal, no binding has both; those with one of the two are named, in their order.
        const near = bindings.flatMap(({ role, scope, through }) => {
          const [fits, covers] = [has(role, verb, kind), isWithin(scope, kind, target)];
          return fits || covers ? [{ through, lacks: fits ? 'scope' : 'verb', role: role.name }] : [];
        });
        expect(verdict.nearMisses).toEqual(near);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what somebody lacks to give roles', () => {
  it('is nothing exactly where giving them adds nothing to what they have for everything', () => {
    fc.assert(
      fc.property(anyBindings, anyBinding, anyVerb, anyKind, (bindings, { role }, verb, kind) => {
        const rights = new Rights(bindings);
        const given = new Rights([{ through: 'given', role, scope: EVERYTHING }]);
        const lacking = lackingFor(rights, [role]);
        expect(lacking.includes(`${verb} ${kind}`)).toBe(
          given.everywhere(verb, kind) && !rights.everywhere(verb, kind),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(ROLES)('is nothing for an admin who gives "%s", and for nobody else to make an admin', (role) => {
    expect(lackingFor(rightsOfRole('admin'), [BUILT_IN[role]])).toEqual([]);
    expect(lackingFor(rightsOfRole(role), [BUILT_IN.admin]).length > 0).toBe(role !== 'admin');
  });
});

describe('a subject', () => {
  it.each([
    'token:0a1b',
    'user:corp:ben',
    'user:corp:ben:x',
    'group:corp:Pay – all',
    'group:certificate:pay',
  ])('can be %j', (text) => expect(isSubject(text)).toBe(true));
  it.each([
    '',
    'token:',
    'token:a:b',
    'token:a b',
    'user:ben',
    'user::ben',
    'role:admin',
    'user:corp:',
    7,
    null,
    'user:a:\n',
  ])('cannot be %j', (text) => expect(isSubject(text)).toBe(false));
});
