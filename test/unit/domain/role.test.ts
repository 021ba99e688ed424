import { describe, expect, it } from 'vitest';
import { covers } from '../../../src/domain/role.ts';

describe('covers', () => {
  it.each([
    ['viewer', 'viewer', true],
    ['viewer', 'operator', false],
    ['viewer', 'admin', false],
    ['operator', 'viewer', true],
    ['operator', 'operator', true],
    ['operator', 'admin', false],
    ['admin', 'viewer', true],
    ['admin', 'operator', true],
    ['admin', 'admin', true],
  ] as const)('says of a %s whether it may do what a %s may', (role, needed, expected) => {
    expect(covers(role, needed)).toBe(expected);
  });
});
