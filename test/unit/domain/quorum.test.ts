import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node, NodeRole, Reachability } from '../../../src/domain/node.ts';
import { checkDemotion, quorumOf } from '../../../src/domain/quorum.ts';
import { node } from '../../factories/domain.ts';

const LETTERS: Readonly<Record<string, readonly [NodeRole, Reachability | null]>> = {
  M: ['manager', 'reachable'],
  u: ['manager', 'unreachable'],
  '?': ['manager', 'unknown'],
  // On their way: to be a worker, and to be a manager.
  d: ['worker', 'reachable'],
  p: ['manager', null],
  w: ['worker', null],
};

/** A swarm of these nodes; each has its place as its id. */
const swarm = (letters: string): Node[] =>
  [...letters].map((letter, index) => {
    const [role, reachability] = LETTERS[letter] as readonly [NodeRole, Reachability | null];
    const manager = reachability && { leader: index === 0, reachability, address: '' };
    return node({ id: String(index), role, manager });
  });

describe('quorumOf', () => {
  it.each<[string, number, number, number, boolean, number]>([
    ['M', 1, 1, 1, true, 0],
    ['Mw', 1, 1, 1, true, 0],
    ['MM', 2, 2, 2, true, 0],
    ['Mu', 2, 1, 2, false, 0],
    ['MMM', 3, 3, 2, true, 1],
    ['MMu', 3, 2, 2, true, 0],
    ['M?u', 3, 1, 2, false, 0],
    ['MMMMM', 5, 5, 3, true, 2],
    ['MMMMu', 5, 4, 3, true, 1],
    ['MMMuu', 5, 3, 3, true, 0],
    ['MMMM', 4, 4, 3, true, 1],
    ['Mpw', 1, 1, 1, true, 0],
    ['MMd', 3, 3, 2, true, 1],
  ])('of %s', (letters, managers, reachable, needed, healthy, tolerates) => {
    expect(quorumOf(swarm(letters))).toEqual({ managers, reachable, needed, healthy, tolerates });
  });

  it('holds until more than it tolerates are lost', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('M', 'u'), { minLength: 1, maxLength: 9 }), (letters) => {
        const { healthy, tolerates } = quorumOf(swarm(letters.join('')));
        const without = (lost: number): boolean => {
          let left = lost;
          const after = letters.map((letter) => (letter === 'M' && left-- > 0 ? 'u' : letter));
          return quorumOf(swarm(after.join(''))).healthy;
        };
        expect(without(tolerates)).toBe(healthy);
        if (letters.filter((letter) => letter === 'M').length > tolerates) {
          expect(without(tolerates + 1)).toBe(false);
        }
      }),
    );
  });
});

describe('checkDemotion', () => {
  it.each<[string, number]>([
    ['MM', 0],
    ['MM', 1],
    ['Mu', 1],
    ['MMM', 0],
    ['MMu', 2],
    ['MMMM', 1],
    ['MMMuu', 4],
    ['Md', 1],
    ['MMd', 0],
  ])('lets one go: of %s number %i', (letters, index) => {
    expect(checkDemotion(swarm(letters), String(index))).toEqual([]);
  });

  it.each<[string, number, RegExp]>([
    ['M', 0, /last manager/],
    ['Mww', 0, /last manager/],
    ['Mp', 0, /last manager.*wait until it is reachable/],
    ['Md', 0, /last manager/],
    ['Mu', 0, /1 managers left.*0 reachable, 1 needed/],
    ['MMu', 0, /2 managers left.*1 reachable, 2 needed/],
    ['MMMuu', 2, /4 managers left.*2 reachable, 3 needed/],
  ])('keeps it: of %s number %i', (letters, index, detail) => {
    const errors = checkDemotion(swarm(letters), String(index));
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/role']);
    expect(errors[0]?.detail).toMatch(detail);
  });
});
