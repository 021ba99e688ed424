import fc from 'fast-check';
import { BUILT_IN, type AccessRole } from '../../src/domain/access/access-role.ts';
import { RESOURCE_KINDS, VERBS, type Target } from '../../src/domain/access/resource-kind.ts';
import type { Binding } from '../../src/domain/access/rights.ts';
import { EVERYTHING, NOTHING, type Scope } from '../../src/domain/access/scope.ts';
import { STACK_LABEL } from '../../src/domain/object.ts';

// Few of each, so that what is asked for and what there is often meet.
const stack = fc.constantFrom('pay', 'shop');
const name = fc.constantFrom('web', 'web-2', 'pay-db', 'edge');
const host = fc.constantFrom('a.pay.corp', 'pay.corp', '*.pay.corp', 'shop.corp');
const some = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 2 });

export const anyVerb = fc.constantFrom(...VERBS);
export const anyKind = fc.constantFrom(...RESOURCE_KINDS);

export const anyTarget: fc.Arbitrary<Target> = fc.record(
  {
    name,
    id: fc.constantFrom('id1', 'id2'),
    labels: fc.record(
      { [STACK_LABEL]: stack, team: fc.constantFrom('a', 'b'), tier: fc.constant('') },
      { requiredKeys: [] },
    ),
    hosts: some(host),
    port: fc.constantFrom(80, 8080, 9000),
  },
  { requiredKeys: ['name'] },
);

/** Of anything but everything. */
export const anyPart: fc.Arbitrary<Scope> = fc
  .record({
    stacks: some(stack),
    labels: some(fc.constantFrom('team=a', 'team', 'team=b,tier', 'tier=')),
    names: some(fc.constantFrom('network/edge', 'service/web*', 'task/web', 'secret/pay-*', 'node/id1')),
    hosts: some(host),
    ports: some(fc.constantFrom('80', '8000-8099')),
  })
  .map((parts) => ({ ...NOTHING, ...parts }));

export const anyScope: fc.Arbitrary<Scope> = fc.oneof(anyPart, anyPart, fc.constant(EVERYTHING));

const customRole: fc.Arbitrary<AccessRole> = fc.record({
  name: fc.constant('custom'),
  rules: fc.array(fc.record({ kinds: fc.subarray([...RESOURCE_KINDS]), verbs: fc.subarray([...VERBS]) }), {
    maxLength: 2,
  }),
});

export const anyRole = fc.oneof(fc.constantFrom(...Object.values(BUILT_IN)), customRole);

export const anyBinding: fc.Arbitrary<Binding> = fc.record({
  through: fc.constantFrom('the grant "a"', 'the grant "b"'),
  role: anyRole,
  scope: anyScope,
});

export const anyBindings = fc.array(anyBinding, { maxLength: 4 });
