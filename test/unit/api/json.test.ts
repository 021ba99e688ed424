import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toJson } from '../../../src/api/json.ts';
import { deepFreeze } from '../../../src/swarm/deep-freeze.ts';

describe('toJson', () => {
  it('says the same as JSON.stringify, of anything, frozen or not, the first time and again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, frozen) => {
        const answer: unknown = frozen ? deepFreeze(value) : value;
        const expected = JSON.parse(JSON.stringify(value)) as unknown;
        expect(JSON.parse(toJson(answer).toString())).toEqual(expected);
        expect(JSON.parse(toJson(answer).toString())).toEqual(expected);
      }),
    );
  });

  it('joins a page from its items', () => {
    const page = {
      items: [deepFreeze({ id: 'a', text: '",]}' }), { id: 'b' }],
      nextCursor: null,
      total: 2,
    };
    expect(toJson(page).toString()).toBe(JSON.stringify(page));
    expect(toJson({ items: [], nextCursor: 'x', total: 0 }).toString()).toBe(
      '{"items":[],"nextCursor":"x","total":0}',
    );
  });

  it('does not remember what can still change', () => {
    const answer = { status: 'one' };
    toJson(answer);
    answer.status = 'two';
    expect(toJson(answer).toString()).toBe('{"status":"two"}');
  });
});
