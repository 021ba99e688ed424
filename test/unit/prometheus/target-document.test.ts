import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StringMap } from '../../../src/domain/object.ts';
import { targetDocument } from '../../../src/prometheus/target-document.ts';

const part = fc
  .tuple(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), fc.boolean())
  .map(([labels, frozen]) => (frozen ? Object.freeze(labels) : labels));

describe('the document of targets', () => {
  it('is what JSON.stringify would write, for any labels, shared or not', () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 4 }),
        fc.array(fc.tuple(fc.string(), fc.subarray([0, 1, 2, 3])), { maxLength: 6 }),
        (parts, chosen) => {
          // Names are another in each part, as they are in ours.
          const distinct = parts.map((labels, index) => {
            const named = Object.entries(labels).map(([name, value]) => [`${index}${name}`, value]);
            const copy = Object.fromEntries(named) as Record<string, string>;
            return Object.isFrozen(labels) ? Object.freeze(copy) : copy;
          });
          const targets = chosen.map(([address, indexes]) => ({
            address,
            labels: indexes.flatMap((index): StringMap[] => distinct.slice(index, index + 1)),
          }));
          const expected = targets.map(({ address, labels }) => ({
            targets: [address],
            labels: Object.assign({}, ...labels) as object,
          }));
          const document = targetDocument(targets).toString();
          expect(JSON.parse(document)).toEqual(JSON.parse(JSON.stringify(expected)));
        },
      ),
    );
  });

  it('does not remember labels that can still change', () => {
    const labels = { a: '1' };
    const both = function* () {
      yield { address: 'x:1', labels: [labels] };
      labels.a = '2';
      yield { address: 'x:2', labels: [labels] };
    };
    expect(JSON.parse(targetDocument(both()).toString())).toEqual([
      { targets: ['x:1'], labels: { a: '1' } },
      { targets: ['x:2'], labels: { a: '2' } },
    ]);
  });
});
