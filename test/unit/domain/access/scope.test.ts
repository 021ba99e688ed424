import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceKind, Target } from '../../../../src/domain/access/resource-kind.ts';
import {
  checkScope,
  coversHost,
  EVERYTHING,
  isWithin,
  NOTHING,
  scopeFrom,
  type Scope,
} from '../../../../src/domain/access/scope.ts';
import { STACK_LABEL } from '../../../../src/domain/object.ts';
import { anyKind, anyPart, anyScope, anyTarget } from '../../../factories/access.ts';

const SOMETHING: Target = {
  name: 'pay-web',
  id: 'id1',
  labels: { [STACK_LABEL]: 'pay', team: 'a', tier: '' },
  hosts: ['a.pay.corp', 'b.pay.corp'],
  port: 8080,
};

describe('isWithin', () => {
  it.each<[part: Partial<Scope>, kind: ResourceKind, expected: boolean]>([
    [{ stacks: ['pay'] }, 'service', true],
    [{ stacks: ['pa', 'pay2', 'PAY', '*', ''] }, 'service', false],
    [{ labels: ['team=a'] }, 'network', true],
    [{ labels: ['team'] }, 'network', true],
    [{ labels: ['tier'] }, 'network', true],
    [{ labels: ['tier='] }, 'network', true],
    [{ labels: ['team='] }, 'network', false],
    [{ labels: ['team=b'] }, 'network', false],
    [{ labels: ['toString', '__proto__', 'constructor'] }, 'network', false],
    [{ labels: ['team=a,tier'] }, 'network', true],
    [{ labels: ['team=a,tier=1'] }, 'network', false],
    [{ labels: ['team=b', 'team=a'] }, 'network', true],
    [{ names: ['service/pay-web'] }, 'service', true],
    [{ names: ['service/id1'] }, 'service', true],
    [{ names: ['service/pay-*'] }, 'service', true],
    [{ names: ['service/id*'] }, 'service', false],
    [{ names: ['service/pay'] }, 'service', false],
    [{ names: ['service/pay-*'] }, 'task', true],
    [{ names: ['service/pay-*'] }, 'log', true],
    [{ names: ['task/pay-*'] }, 'service', false],
    [{ names: ['task/pay-*'] }, 'log', false],
    [{ names: ['service/pay-*'] }, 'network', false],
    [{ names: ['network/pay-web'] }, 'service', false],
    [{ hosts: ['a.pay.corp', 'b.pay.corp'] }, 'route', true],
    [{ hosts: ['a.pay.corp'] }, 'route', false],
    [{ hosts: ['*.pay.corp'] }, 'route', true],
    [{ hosts: ['*.corp'] }, 'route', true],
    [{ hosts: ['*.shop.corp'] }, 'route', false],
    [{ ports: ['8080'] }, 'port', true],
    [{ ports: ['8000-8099'] }, 'port', true],
    [{ ports: ['8081-8099', '80'] }, 'port', false],
    [NOTHING, 'service', false],
    [EVERYTHING, 'swarm', true],
  ])('says of %j whether a %s is within', (part, kind, expected) => {
    expect(isWithin({ ...NOTHING, ...part }, kind, SOMETHING)).toBe(expected);
  });

  it('has whatever there is within everything, and nothing within nothing', () => {
    fc.assert(
      fc.property(anyKind, anyTarget, (kind, target) => {
        expect(isWithin(EVERYTHING, kind, target)).toBe(true);
        expect(isWithin(NOTHING, kind, target)).toBe(false);
      }),
    );
  });

  it('has within two scopes together what is within either', () => {
    fc.assert(
      fc.property(anyPart, anyPart, anyKind, anyTarget, (a, b, kind, target) => {
        const both = joined(a, b);
        const either = isWithin(a, kind, target) || isWithin(b, kind, target);
        if (either) expect(isWithin(both, kind, target)).toBe(true);
        // Of the hosts of one route, each scope can have some.
        const { hosts: _, ...rest } = target;
        expect(isWithin(both, kind, rest)).toBe(isWithin(a, kind, rest) || isWithin(b, kind, rest));
      }),
      { numRuns: 1_000 },
    );
  });

  it('has an object without labels, hosts and port within no scope of these', () => {
    fc.assert(
      fc.property(anyPart, anyKind, (scope, kind) => {
        expect(isWithin({ ...scope, names: [] }, kind, { name: 'pay', id: 'pay' })).toBe(false);
      }),
    );
  });
});

function joined(a: Scope, b: Scope): Scope {
  const both = (part: Exclude<keyof Scope, 'all'>): string[] => [...a[part], ...b[part]];
  return {
    all: a.all || b.all,
    stacks: both('stacks'),
    labels: both('labels'),
    names: both('names'),
    hosts: both('hosts'),
    ports: both('ports'),
  };
}

const label = fc.stringMatching(/^[a-z0-9]{1,4}$/);
const dotted = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const anyHost = fc.tuple(fc.boolean(), dotted).map(([wild, host]) => (wild ? `*.${host}` : host));

describe('coversHost', () => {
  it.each([
    ['shop.corp', 'shop.corp', true],
    ['shop.corp', 'a.shop.corp', false],
    ['*.shop.corp', 'a.shop.corp', true],
    ['*.shop.corp', 'b.a.shop.corp', true],
    ['*.shop.corp', '*.shop.corp', true],
    ['*.shop.corp', '*.a.shop.corp', true],
    ['*.shop.corp', 'shop.corp', false],
    ['*.shop.corp', '*.corp', false],
    ['*.shop.corp', 'evilshop.corp', false],
    ['*.shop.corp', 'a.shop.corp.evil', false],
    ['*.shop.corp', '.shop.corp', false],
    ['shop.corp', '*.shop.corp', false],
    ['shop.corp', 'shop.corp.evil', false],
  ])('says of %s whether it has %s', (pattern, host, expected) => {
    expect(coversHost(pattern, host)).toBe(expected);
  });

  it('is an order: each has itself, and what those have that it has', () => {
    fc.assert(
      fc.property(anyHost, dotted, dotted, (host, below, further) => {
        expect(coversHost(host, host)).toBe(true);
        const inner = host.startsWith('*.') ? `${below}.${host.slice(2)}` : host;
        expect(coversHost(host, inner)).toBe(true);
        if (host.startsWith('*.')) {
          expect(coversHost(host, `*.${inner}`)).toBe(true);
          expect(coversHost(host, `${further}.${inner}`)).toBe(true);
          expect(coversHost(inner, host)).toBe(false);
        }
      }),
    );
  });

  it('has only what ends as it does, behind a dot', () => {
    const near = fc.tuple(fc.constantFrom('', 'a.', '*.', 'evil', '.'), fc.constantFrom('', '.evil'));
    fc.assert(
      fc.property(dotted, near, (below, [before, behind]) => {
        const isBelow = ['a.', '*.'].includes(before) && behind === '';
        expect(coversHost(`*.${below}`, `${before}${below}${behind}`)).toBe(isBelow);
        expect(coversHost(below, `${before}${below}${behind}`)).toBe(before + behind === '');
      }),
    );
  });
});

describe('checkScope', () => {
  const pointers = (part: Partial<Scope>): string[] =>
    checkScope({ ...NOTHING, ...part }, '/scope').map(({ pointer }) => pointer);

  it.each<[Partial<Scope>, ...string[]]>([
    [{}, '/scope'],
    [{ all: true, stacks: ['a'] }, '/scope/all'],
    [{ stacks: ['pay', ''] }, '/scope/stacks/1'],
    [{ labels: ['', '=a', 'a,', 'a=b,=c'] }, ...[0, 1, 2, 3].map((at) => `/scope/labels/${at}`)],
    [{ names: ['web', 'pod/web', 'service/', '/web'] }, ...[0, 1, 2, 3].map((at) => `/scope/names/${at}`)],
    [
      { hosts: ['*', 'a b', 'Shop.corp', '*.*.a', '.a', 'a.'] },
      ...[0, 1, 2, 3, 4, 5].map((at) => `/scope/hosts/${at}`),
    ],
    [{ ports: ['0', '9-1', '65536', 'http'] }, ...[0, 1, 2, 3].map((at) => `/scope/ports/${at}`)],
  ])('says where %j is wrong', (part, ...expected) => {
    expect(pointers(part)).toEqual(expected);
  });

  it('finds nothing wrong with what means something', () => {
    fc.assert(
      fc.property(anyScope, (scope) => {
        const isEmpty = JSON.stringify(scope) === JSON.stringify(NOTHING);
        expect(checkScope(scope, '').length).toBe(isEmpty ? 1 : 0);
      }),
    );
  });

  it('is asked by scopeFrom', () => {
    expect(scopeFrom({ stacks: ['pay'] })).toEqual({ ...NOTHING, stacks: ['pay'] });
    expect(() => scopeFrom({})).toThrow(expect.objectContaining({ kind: 'invalid' }) as Error);
  });
});
