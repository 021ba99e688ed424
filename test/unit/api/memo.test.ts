import { describe, expect, it } from 'vitest';
import { Memo } from '../../../src/api/memo.ts';

describe('Memo', () => {
  it('makes a value once for an object and what else it depends on', () => {
    const memo = new Memo<object, { readonly count: number }>();
    const object = {};
    let made = 0;
    const make = (): { count: number } => ({ count: ++made });
    const first = memo.of(object, 'a', make);
    expect(memo.of(object, 'a', make)).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(memo.of(object, 'b', make)).toEqual({ count: 2 });
    expect(memo.of({}, 'b', make)).toEqual({ count: 3 });
    expect(made).toBe(3);
  });
});
