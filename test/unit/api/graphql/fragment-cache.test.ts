import { describe, expect, it } from 'vitest';
import { FragmentCache } from '../../../../src/api/graphql/fragment-cache.ts';

/** A maker that counts how often it makes. */
function counting(text: string) {
  const counter = { made: 0, make: (): string => `${text}${++counter.made}` };
  return counter;
}

describe('FragmentCache', () => {
  it('makes the text of an object once', () => {
    const { make } = counting('a');
    const recall = new FragmentCache().remembering('s', make);
    const object = {};
    expect([recall(object), recall(object), recall({})]).toEqual(['a1', 'a1', 'a2']);
  });

  it('shares text among operations that select the same, and only those', () => {
    const cache = new FragmentCache();
    const object = {};
    expect(cache.remembering('s', counting('a').make)(object)).toBe('a1');
    expect(cache.remembering('s', counting('b').make)(object)).toBe('a1');
    expect(cache.remembering('t', counting('c').make)(object)).toBe('c1');
  });

  it('forgets everything when the budget of all is used up', () => {
    const cache = new FragmentCache(10);
    const [first, second] = ['s', 't'].map((name) => cache.remembering(name, counting(`${name}---`).make));
    const object = {};
    expect(first?.(object)).toBe('s---1');
    expect(first?.(object)).toBe('s---1');
    // The eleventh character.
    expect(second?.(object)).toBe('t---1');
    expect(second?.({})).toBe('t---2');
    expect(first?.(object)).toBe('s---2');
    expect(second?.(object)).toBe('t---3');
  });
});
