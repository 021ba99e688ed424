import { describe, expect, it } from 'vitest';
import { extensionsOf } from '../../../src/api/error-table.ts';
import { formatGraphqlError, toGraphqlError } from '../../../src/api/graphql-format.ts';
import { DomainError, invalid } from '../../../src/domain/errors.ts';

const place = { locations: [{ line: 1, column: 3 }], path: ['service'] };

describe('formatGraphqlError', () => {
  it('passes an error of ours on, with its place', () => {
    const errors = [{ pointer: '/name', detail: 'No.' }];
    const extensions = extensionsOf(invalid(errors), 'r1');
    expect(formatGraphqlError({ message: 'No.', ...place, extensions }, 'other')).toEqual({
      message: 'No.',
      ...place,
      extensions,
    });
  });

  it('adds the id of the request where it was not known, and drops what is not for clients', () => {
    const extensions = {
      ...extensionsOf(new DomainError('stale', 'Read.'), ''),
      http: { status: 412 },
      stacktrace: ['SECRET'],
    };
    const formatted = formatGraphqlError({ message: 'Read.', extensions }, 'r1');
    expect(formatted.extensions).toEqual(extensionsOf(new DomainError('stale', ''), 'r1'));
  });

  it.each(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'BAD_REQUEST'])(
    'says what is wrong with the document: %s',
    (code) => {
      const formatted = formatGraphqlError(
        { message: 'Cannot query field "x".', ...place, extensions: { code } },
        'r1',
      );
      expect(formatted).toMatchObject({
        message: 'Cannot query field "x".',
        ...place,
        extensions: {
          code: 'INVALID',
          status: 400,
          requestId: 'r1',
          errors: [{ pointer: '', detail: 'Cannot query field "x".' }],
        },
      });
    },
  );

  it.each([undefined, {}, { code: 'INTERNAL_SERVER_ERROR', stacktrace: ['SECRET'] }])(
    'hides the text of a bug: %j',
    (extensions) => {
      const formatted = formatGraphqlError(
        { message: 'SECRET', ...(extensions ? { extensions } : {}) },
        'r1',
      );
      expect(JSON.stringify(formatted)).not.toContain('SECRET');
      expect(formatted.extensions).toMatchObject({ code: 'INTERNAL', status: 500, requestId: 'r1' });
    },
  );
});

describe('toGraphqlError', () => {
  it('carries the status of the HTTP answer', () => {
    const error = toGraphqlError(new DomainError('unauthenticated', 'Send a token.'), 'r1');
    expect(error.message).toBe('Send a token.');
    expect(error.extensions).toMatchObject({ code: 'UNAUTHENTICATED', http: { status: 401 } });
  });
});
