import { graphql, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { describe, expect, it } from 'vitest';
import { isStringMap, StringMapScalar } from '../../../src/api/string-map.ts';

/** Answers the map that it was given, as JSON and as the scalar itself. */
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      json: {
        type: new GraphQLNonNull(GraphQLString),
        args: { map: { type: StringMapScalar } },
        resolve: (_, args: { map?: unknown }) => JSON.stringify(args.map ?? 'nothing'),
      },
      map: {
        type: StringMapScalar,
        args: { map: { type: StringMapScalar } },
        resolve: (_, args: { map?: unknown }) => args.map,
      },
    },
  }),
});

async function ask(source: string, variableValues: Record<string, unknown> = {}): Promise<unknown> {
  const { data, errors } = await graphql({ schema, source, variableValues });
  if (errors) throw errors[0] ?? new Error('no error');
  const [answer] = Object.values(data ?? {});
  return answer;
}
const echoed = async (source: string, variables?: Record<string, unknown>): Promise<unknown> =>
  JSON.parse((await ask(source, variables)) as string) as unknown;

describe('isStringMap', () => {
  it.each([{}, { a: '1' }, { a: '' }, { a: null }, Object.assign(Object.create(null) as object, { a: '1' })])(
    'takes %j',
    (value) => {
      expect(isStringMap(value)).toBe(true);
    },
  );

  it.each([
    null,
    undefined,
    'a',
    1,
    [],
    ['a'],
    { a: 1 },
    { a: true },
    { a: {} },
    { a: ['b'] },
    { a: undefined },
  ])('does not take %j', (value) => {
    expect(isStringMap(value)).toBe(false);
  });
});

describe('StringMap in GraphQL', () => {
  it('is taken as a literal', async () => {
    expect(await echoed('{ json(map: { a: "1", b: "", c: null }) }')).toEqual({ a: '1', b: '', c: null });
    expect(await echoed('{ json(map: {}) }')).toEqual({});
    expect(await echoed('{ json(map: null) }')).toBe('nothing');
    expect(await echoed('{ json }')).toBe('nothing');
  });

  it('is taken as a variable, whatever its keys are', async () => {
    const map = { 'com.docker.stack.namespace': 'shop', 'a/b c': '', constructor: 'x' };
    expect(await echoed('query ($m: StringMap) { json(map: $m) }', { m: map })).toEqual(map);
  });

  it('is taken as a literal with variables in it', async () => {
    const source = 'query ($v: String) { json(map: { a: $v, b: "2" }) }';
    expect(await echoed(source, { v: '1' })).toEqual({ a: '1', b: '2' });
    expect(await echoed(source, { v: null })).toEqual({ a: null, b: '2' });
  });

  it.each([
    '"text"',
    '1',
    'true',
    '[]',
    '{ a: 1 }',
    '{ a: true }',
    '{ a: WORD }',
    '{ a: { b: "c" } }',
    '{ a: ["b"] }',
  ])('refuses the literal %s', async (literal) => {
    await expect(ask(`{ json(map: ${literal}) }`)).rejects.toThrow(/StringMap/);
  });

  it.each(['text', 1, true, ['a'], { a: 1 }, { a: {} }])('refuses the variable %j', async (m) => {
    await expect(ask('query ($m: StringMap) { json(map: $m) }', { m })).rejects.toThrow(/StringMap/);
  });

  it('is answered as it is', async () => {
    expect(await ask('{ map(map: { a: "1" }) }')).toEqual({ a: '1' });
  });
});
