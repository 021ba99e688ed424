import { describe, expect, it } from 'vitest';
import { reachableAddress } from '../../../src/domain/node.ts';

const manager = (address: string) => ({ leader: true, reachability: 'reachable' as const, address });

describe('where a node is reached', () => {
  it.each([
    ['192.0.2.1', null, '192.0.2.1'],
    [null, null, null],
    ['0.0.0.0', manager('192.0.2.1:2377'), '192.0.2.1'],
    ['127.0.0.1', manager('[2001:db8::1]:2377'), '2001:db8::1'],
    ['192.0.2.1', manager(''), '192.0.2.1'],
  ])('%s, manager %j: %s', (address, managing, expected) => {
    expect(reachableAddress({ address, manager: managing })).toBe(expected);
  });
});
