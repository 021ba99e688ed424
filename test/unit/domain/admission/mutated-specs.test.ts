import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission } from '../../../../src/admission/admission.service.ts';
import { AdmissionPolicies } from '../../../../src/admission/admission-policies.ts';
import { isKind } from '../../../../src/domain/errors.ts';
import type { Partly } from '../../../../src/domain/partly.ts';
import { completeSpec } from '../../../../src/domain/service-defaults.ts';
import type { ServiceSpec } from '../../../../src/domain/service.ts';
import { ClusterState } from '../../../../src/swarm/cluster-state.ts';
import { service, serviceSpec, snapshot } from '../../../factories/domain.ts';
import { isOfProgram, privilegesOf, programOf } from '../../../support/admission-oracle.ts';
import { ADMIN, around, NETWORKS, OPERATOR } from '../../../support/admission-world.ts';
import { mutations } from '../../../support/fuzz/service-mutations.ts';
import { MemoryStore } from '../../auth/memory-store.ts';

/** Each has three specs that are judged: of a create, an update and a rollback. */
const RUNS = 34_000;

const { nodes, othersOn } = around();
const state = new ClusterState();
state.apply([
  {
    type: 'snapshot',
    snapshot: snapshot({
      node: [...nodes],
      network: Object.values(NETWORKS),
      service: [...othersOn('open')],
    }),
  },
]);
const admission = new Admission(state, new AdmissionPolicies(new MemoryStore()));

function isAllowed(judge: () => void): boolean {
  try {
    judge();
    return true;
  } catch (error) {
    if (!isKind(error, 'forbidden')) throw error;
    return false;
  }
}

const mutated = (spec: ServiceSpec, mutation: Partly<ServiceSpec>): ServiceSpec =>
  completeSpec({ ...spec, ...mutation });

describe(`${RUNS} services, created, updated and rolled back by who is no admin`, () => {
  it('have no privilege that an admin has not given them', () => {
    const verdicts = { allowed: 0, refused: 0 };
    const counted = (isIt: boolean): boolean => {
      verdicts[isIt ? 'allowed' : 'refused'] += 1;
      return isIt;
    };
    fc.assert(
      fc.property(mutations, mutations, mutations, (one, two, three) => {
        const previous = mutated(serviceSpec(), one);
        const current = mutated(previous, two);
        const next = mutated(current, three);
        const had = privilegesOf(current);
        const more = (spec: ServiceSpec): string[] =>
          [...privilegesOf(spec)].filter((what) => !had.has(what));

        if (
          counted(isAllowed(() => admission.assertService(OPERATOR, { id: null, before: null, after: next })))
        ) {
          expect([...privilegesOf(next)]).toEqual([]);
        }
        if (
          counted(
            isAllowed(() => admission.assertService(OPERATOR, { id: 'web', before: current, after: next })),
          )
        ) {
          expect(more(next)).toEqual([]);
          const isOther = programOf(next) !== programOf(current);
          if (isOther) expect([...privilegesOf(next)].filter(isOfProgram)).toEqual([]);
        }
        const rollback = { id: 'web', before: current, after: previous, unknownChanges: [] };
        if (counted(isAllowed(() => admission.assertRollback(OPERATOR, rollback)))) {
          expect(more(previous)).toEqual([]);
        }
      }),
      { numRuns: RUNS },
    );
    expect(verdicts.allowed).toBeGreaterThan(RUNS / 10);
    expect(verdicts.refused).toBeGreaterThan(RUNS / 10);
  }, 300_000);

  it('are refused nothing where there is no privilege', () => {
    fc.assert(
      fc.property(mutations, (one) => {
        const after = mutated(serviceSpec(), one);
        fc.pre(privilegesOf(after).size === 0);
        expect(isAllowed(() => admission.assertService(OPERATOR, { id: null, before: null, after }))).toBe(
          true,
        );
      }),
      { numRuns: 3_000 },
    );
  }, 60_000);

  it('are refused to no admin', () => {
    fc.assert(
      fc.property(mutations, (one) => {
        const after = mutated(serviceSpec(), one);
        expect(isAllowed(() => admission.assertService(ADMIN, { id: null, before: null, after }))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('may not be rolled back to what this version does not know', () => {
    const before = service();
    const rollback = { id: 'svc1', before, after: before, unknownChanges: ['/TaskTemplate/Runtime'] };
    expect(() => admission.assertRollback(OPERATOR, rollback)).toThrow(/"unknown".*\/TaskTemplate\/Runtime/);
    expect(isAllowed(() => admission.assertRollback(ADMIN, rollback))).toBe(true);
  });
});
