import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/domain/errors.ts';
import type { Network } from '../../../src/domain/network.ts';
import { resolve, type Directory } from '../../../src/domain/reference.ts';
import { network } from '../../factories/domain.ts';

const directoryOf = (...objects: Network[]): Directory<Network> => ({
  get: (id) => objects.find((object) => object.id === id),
  named: (name) => objects.filter((object) => object.name === name),
  withIdPrefix: (prefix) => objects.filter((object) => object.id.startsWith(prefix)),
});

const failure = (directory: Directory<Network>, reference: string): DomainError => {
  try {
    resolve('network', directory, reference);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error(`"${reference}" was resolved`);
};

describe('resolve', () => {
  const front = network({ id: 'abc1', name: 'front' });
  const back = network({ id: 'abd2', name: 'back' });
  const directory = directoryOf(front, back);

  it('finds an object by its id', () => {
    expect(resolve('network', directory, 'abd2')).toBe(back);
  });

  it('finds an object by its name', () => {
    expect(resolve('network', directory, 'front')).toBe(front);
  });

  it('finds an object by a prefix of its id that no other has', () => {
    expect(resolve('network', directory, 'abc')).toBe(front);
  });

  it('prefers an id to a name, and a name to a prefix', () => {
    const namedLikeAnId = network({ id: 'xyz', name: 'abc1' });
    const namedLikeAPrefix = network({ id: 'uvw', name: 'abc' });
    const both = directoryOf(namedLikeAnId, namedLikeAPrefix, front);
    expect(resolve('network', both, 'abc1')).toBe(front);
    expect(resolve('network', both, 'abc')).toBe(namedLikeAPrefix);
  });

  it('does not guess which of several objects of one name is meant', () => {
    const twins = directoryOf(network({ id: 'p1', name: 'twin' }), network({ id: 'q2', name: 'twin' }));
    const { kind, message } = failure(twins, 'twin');
    expect(kind).toBe('ambiguous');
    expect(message).toContain('p1, q2');
  });

  it('does not guess between several ids of one prefix', () => {
    expect(failure(directory, 'ab')).toMatchObject({ kind: 'ambiguous' });
  });

  it('names some candidates only', () => {
    const many = directoryOf(...Array.from({ length: 7 }, (_, index) => network({ id: `a${index}` })));
    expect(failure(many, 'a').message).toMatch(/7 networks \(a0, a1, a2, a3, a4, …\)/);
  });

  it('says where to look when there is none', () => {
    const { kind, message } = failure(directory, 'nope');
    expect(kind).toBe('not-found');
    expect(message).toContain('GET /v1/networks');
  });

  it('takes an empty reference for none, never for every object', () => {
    expect(failure(directory, '')).toMatchObject({ kind: 'not-found' });
    expect(failure(directoryOf(front), '')).toMatchObject({ kind: 'not-found' });
  });
});
