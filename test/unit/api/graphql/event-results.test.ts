import { buildSchema, getOperationAST, parse, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventResults } from '../../../../src/api/graphql/event-results.ts';
import { SharedData } from '../../../../src/api/graphql/shared-data.ts';

const schema = buildSchema(`
  type Query { a: Int }
  type Thing { id: ID, name(upper: Boolean): String }
  type Change { type: String, object: Thing }
  type Subscription { changed(id: ID): Change }
`);

let executed: number;
beforeEach(() => {
  executed = 0;
});

function subscription(query: string, variableValues: Record<string, unknown> = {}) {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('no operation');
  const args: ExecutionArgs = {
    schema,
    document,
    variableValues,
    fieldResolver(source: Record<string, unknown>, _args, _context, { fieldName, path }) {
      if (path.prev === undefined) {
        executed++;
        return source;
      }
      return source[fieldName];
    },
  };
  return { results: new EventResults(operation), args };
}

/** What a subscriber reads. */
const told = (result: ExecutionResult): unknown =>
  JSON.parse(String(SharedData.insertedInto(JSON.stringify(result))));

const PLAIN = 'subscription ($id: ID) { changed(id: $id) { type object { id } } }';
const object = { id: '1', name: 'n — ✓' };

describe('EventResults', () => {
  it('executes an event once for all who are told the same', async () => {
    const { results, args } = subscription(PLAIN);
    const first = await results.of({ type: 'ADDED', object }, 's', args);
    const second = await results.of({ type: 'ADDED', object }, 's', args);
    expect(told(first)).toEqual({ data: { changed: { type: 'ADDED', object: { id: '1' } } } });
    expect(second).toBe(first);
    expect(executed).toBe(1);
  });

  it('executes another event anew', async () => {
    const { results, args } = subscription(PLAIN);
    await results.of({ type: 'ADDED', object }, 's', args);
    const other = await results.of({ type: 'ADDED', object: { ...object, id: '2' } }, 's', args);
    expect(told(other)).toEqual({ data: { changed: { type: 'ADDED', object: { id: '2' } } } });
    expect(told(await results.of({ type: 'REMOVED', object }, 's', args))).toMatchObject({
      data: { changed: { type: 'REMOVED' } },
    });
    expect(executed).toBe(3);
  });

  it('keeps who is in another scope apart', async () => {
    const { results, args } = subscription(PLAIN);
    await results.of({ type: 'ADDED', object }, 'viewer', args);
    await results.of({ type: 'ADDED', object }, 'admin', args);
    expect(executed).toBe(2);
  });

  it('lets variables differ that only say which events there are', async () => {
    const { results, args } = subscription(PLAIN);
    await results.of({ type: 'ADDED', object }, 's', { ...args, variableValues: { id: '1' } });
    await results.of({ type: 'ADDED', object }, 's', { ...args, variableValues: { id: null } });
    expect(executed).toBe(1);
  });

  it.each([
    'subscription ($u: Boolean) { changed { object { name(upper: $u) } } }',
    'subscription ($u: Boolean!) { changed { type @skip(if: $u) object { id } } }',
    'subscription ($u: Boolean!) { changed { ...c } } fragment c on Change { type @skip(if: $u) object { id } }',
    'subscription ($u: Boolean!) { ...s } fragment s on Subscription { changed { type @skip(if: $u) object { id } } }',
  ])('tells variables apart that change what is told: %s', async (query) => {
    const { results, args } = subscription(query);
    for (const u of [true, false, false]) {
      await results.of({ type: 'ADDED', object }, 's', { ...args, variableValues: { u } });
    }
    expect(executed).toBe(2);
  });
});
