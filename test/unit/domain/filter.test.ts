import { describe, expect, it } from 'vitest';
import { fits, fitsOneOf, hasLabels, isOfStack } from '../../../src/domain/filter.ts';

describe('hasLabels', () => {
  const labels = { tier: 'front', empty: '', formula: 'a=b' };

  it.each([
    [[], true],
    [['tier'], true],
    [['tier=front'], true],
    [['tier=back'], false],
    [['tier='], false],
    [['empty'], true],
    [['empty='], true],
    [['formula=a=b'], true],
    [['missing'], false],
    [['missing='], false],
    [['toString'], false],
    [['tier=front', 'missing'], false],
  ])('with %j is %s', (wanted, expected) => {
    expect(hasLabels(labels, wanted)).toBe(expected);
  });
});

describe('isOfStack', () => {
  it('goes by the label of docker stack deploy', () => {
    expect(isOfStack({ 'com.docker.stack.namespace': 'shop' }, 'shop')).toBe(true);
    expect(isOfStack({ 'com.docker.stack.namespace': 'shop' }, 'other')).toBe(false);
    expect(isOfStack({}, 'shop')).toBe(false);
  });
});

describe('fits and fitsOneOf', () => {
  it('let anything through when nothing is asked for', () => {
    expect([fits('a', undefined), fits('a', null), fitsOneOf('a', undefined), fitsOneOf('a', null)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('let through just what is asked for', () => {
    expect(fits('a', 'a')).toBe(true);
    expect(fits('a', 'b')).toBe(false);
    expect(fits(false, false)).toBe(true);
    expect(fitsOneOf('a', ['b', 'a'])).toBe(true);
    expect(fitsOneOf('a', ['b'])).toBe(false);
    expect(fitsOneOf('a', [])).toBe(false);
  });
});
