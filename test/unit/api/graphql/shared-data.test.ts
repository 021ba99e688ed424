import { describe, expect, it } from 'vitest';
import { SharedData } from '../../../../src/api/graphql/shared-data.ts';

const message = (id: string, data: unknown): string =>
  JSON.stringify({ id, type: 'next', payload: { data } });

describe('SharedData', () => {
  it.each([{ a: 1 }, null, [], { text: 'quotes " and ✓ and \u2028' }, '$&'])(
    'is sent as what it stands for: %j',
    (data) => {
      const sent = SharedData.insertedInto(message('"1"', new SharedData(data)));
      expect(sent.toString()).toBe(message('"1"', data));
    },
  );

  it('is the same for all who are told', () => {
    const shared = new SharedData({ a: 1 });
    for (const id of ['1', '2']) {
      expect(SharedData.insertedInto(message(id, shared)).toString()).toBe(message(id, { a: 1 }));
    }
  });

  it('leaves other messages as they are, after one that was never sent, too', () => {
    message('1', new SharedData({ a: 1 }));
    const other = message('2', { b: 2 });
    expect(SharedData.insertedInto(other)).toBe(other);
    expect(SharedData.insertedInto(other)).toBe(other);
  });
});
