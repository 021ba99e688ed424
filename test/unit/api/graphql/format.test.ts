import { GraphQLError, parse, Source } from 'graphql';
import { describe, expect, it } from 'vitest';
import { extensionsOf } from '../../../../src/api/error-table.ts';
import { formatGraphqlError, formatResult, toGraphqlError } from '../../../../src/api/graphql/format.ts';
import { DomainError, invalid } from '../../../../src/domain/errors.ts';

const source = new Source('{ service { id } }');
const place = { source, positions: [2], path: ['service'] };
const formattedPlace = { locations: [{ line: 1, column: 3 }], path: ['service'] };

describe('formatGraphqlError', () => {
  it('passes an error of ours on, with its place', () => {
    const extensions = extensionsOf(invalid([{ pointer: '/name', detail: 'No.' }]), 'r1');
    expect(formatGraphqlError(new GraphQLError('No.', { ...place, extensions }), 'other')).toEqual({
      message: 'No.',
      ...formattedPlace,
      extensions,
    });
  });

  it('adds the id of the request where it was not known, and drops what is not for clients', () => {
    const extensions = { ...extensionsOf(new DomainError('stale', 'Read.'), ''), stacktrace: ['SECRET'] };
    const formatted = formatGraphqlError(new GraphQLError('Read.', { extensions }), 'r1');
    expect(formatted.extensions).toEqual(extensionsOf(new DomainError('stale', ''), 'r1'));
  });

  it.each(['{ me { id }', '{ me(', ''])('says what is wrong with the document %j', (document) => {
    let error: GraphQLError | undefined;
    try {
      parse(document);
    } catch (thrown) {
      error = thrown as GraphQLError;
    }
    expect(formatGraphqlError(error as GraphQLError, 'r1')).toMatchObject({
      message: error?.message,
      extensions: {
        code: 'INVALID',
        status: 400,
        requestId: 'r1',
        errors: [{ pointer: '', detail: error?.message }],
      },
    });
  });

  it('recognises what a nested field threw', () => {
    const originalError = new DomainError('not-found', 'There is no such thing.');
    const formatted = formatGraphqlError(new GraphQLError('wrapped', { ...place, originalError }), 'r1');
    expect(formatted).toEqual({
      message: 'There is no such thing.',
      ...formattedPlace,
      extensions: extensionsOf(originalError, 'r1'),
    });
  });

  it.each([
    ['of a resolver', new GraphQLError('SECRET', { ...place, originalError: new Error('SECRET') })],
    ['of graphql-js in the middle of an answer', new GraphQLError('SECRET', place)],
    [
      'with a code that is not of the table',
      new GraphQLError('SECRET', { ...place, extensions: { code: 'X' } }),
    ],
  ])('hides the text of a bug %s', (_, error) => {
    const formatted = formatGraphqlError(error, 'r1');
    expect(JSON.stringify(formatted)).not.toContain('SECRET');
    expect(formatted.extensions).toMatchObject({ code: 'INTERNAL', status: 500, requestId: 'r1' });
  });
});

describe('formatResult', () => {
  it('leaves out data where nothing was executed', () => {
    expect(formatResult({ errors: [new GraphQLError('No.')] }, 'r1')).not.toHaveProperty('data');
  });

  it('keeps data beside errors, and leaves out errors where there are none', () => {
    const partly = formatResult({ data: { a: null }, errors: [new GraphQLError('No.', place)] }, 'r1');
    expect(partly).toMatchObject({ data: { a: null }, errors: [{ path: ['service'] }] });
    expect(formatResult({ data: { a: 1 } }, 'r1')).toEqual({ data: { a: 1 } });
  });
});

describe('toGraphqlError', () => {
  it('says what the problem document says', () => {
    const error = toGraphqlError(new DomainError('unauthenticated', 'Send a token.'), 'r1');
    expect(error.message).toBe('Send a token.');
    expect(error.extensions).toMatchObject({ code: 'UNAUTHENTICATED', status: 401, requestId: 'r1' });
  });
});
