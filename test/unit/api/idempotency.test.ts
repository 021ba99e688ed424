import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, checkOwnLabels } from '../../../src/api/idempotency.ts';

describe('canonicalJson', () => {
  it('is the same for the same, whatever the order of keys', () => {
    const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    const turned = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, part]) => [key, turned(part)]),
          )
        : value;
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(turned(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('takes null for what is left out, and nothing else for the same', () => {
    expect(canonicalJson({ a: 1, b: null, c: undefined })).toBe(canonicalJson({ a: 1 }));
    expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [2, 1] }));
    expect(canonicalJson({ a: '1' })).not.toBe(canonicalJson({ a: 1 }));
  });
});

describe('checkOwnLabels', () => {
  it('leaves every other label alone', () => {
    expect(checkOwnLabels({ a: '1', 'swarmplane.other': '' })).toEqual([]);
    expect(checkOwnLabels({ 'swarmplane.idempotency': '' })).toHaveLength(1);
  });
});
