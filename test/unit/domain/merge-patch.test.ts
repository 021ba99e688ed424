import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from '../../../src/domain/merge-patch.ts';

const json = (text: string): unknown => JSON.parse(text) as unknown;

describe('mergePatch', () => {
  // The test cases of RFC 7396, appendix A.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('makes of %s with %s: see RFC 7396', (target, patch, expected) => {
    expect(mergePatch(json(target), json(patch))).toEqual(json(expected));
  });

  it('takes undefined as not said', () => {
    expect(mergePatch({ a: 1, b: 2 }, { a: undefined, b: 3 })).toEqual({ a: 1, b: 3 });
  });

  it.each(['__proto__', 'constructor', 'toString'])('treats the key "%s" as any other', (key) => {
    const patch = json(`{"labels":{"${key}":"x"}}`);
    const result = mergePatch({ labels: { a: '1' } }, patch) as { labels: object };
    expect(JSON.stringify(result)).toBe(`{"labels":{"a":"1","${key}":"x"}}`);
    expect(Object.getPrototypeOf(result.labels)).toBe(Object.prototype);
    const nested = json(`{"${key}":{"polluted":true}}`);
    expect(JSON.stringify(mergePatch({}, nested))).toBe(JSON.stringify(nested));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const removed = mergePatch(json(`{"${key}":"x","a":1}`), json(`{"${key}":null}`));
    expect(JSON.stringify(removed)).toBe('{"a":1}');
  });

  const value = fc.jsonValue({ maxDepth: 3 });

  it('is idempotent', () => {
    fc.assert(
      fc.property(value, value, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });

  it('changes nothing with an empty patch of an object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (target) => {
        expect(JSON.stringify(mergePatch(target, {}))).toBe(JSON.stringify(target));
      }),
    );
  });

  it('leaves target and patch as they are', () => {
    fc.assert(
      fc.property(value, value, (target, patch) => {
        const before = [structuredClone(target), structuredClone(patch)];
        mergePatch(target, patch);
        expect([target, patch]).toEqual(before);
      }),
    );
  });
});
