import { describe, expect, it } from 'vitest';
import { codeOf, ERROR_TABLE, extensionsOf, problemOf } from '../../../src/api/error-table.ts';
import { DomainError, ERROR_KINDS, invalid } from '../../../src/domain/errors.ts';

describe('ERROR_TABLE', () => {
  it('has a row for every kind, and no other', () => {
    expect(Object.keys(ERROR_TABLE).sort()).toEqual([...ERROR_KINDS].sort());
  });

  it.each(ERROR_KINDS)('has an error status, a title and a code of its own for %s', (kind) => {
    const { status, title } = ERROR_TABLE[kind];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(codeOf(kind)).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(ERROR_KINDS.filter((other) => codeOf(other) === codeOf(kind))).toEqual([kind]);
  });

  it('says for everything that passes by itself when to try again, and never after an unknown outcome', () => {
    for (const kind of ERROR_KINDS) {
      const { status, retryAfter } = ERROR_TABLE[kind];
      if (status === 503) expect(retryAfter, kind).toBeGreaterThan(0);
      if (status < 500 && kind !== 'in-progress') expect(retryAfter, kind).toBeUndefined();
    }
    expect(ERROR_TABLE['unknown-outcome'].retryAfter).toBeUndefined();
  });
});

describe('problemOf', () => {
  it('makes a problem document of a domain error', () => {
    expect(problemOf(new DomainError('name-taken', 'Choose another.'), 'r1')).toEqual({
      type: 'urn:swarmplane:problem:name-taken',
      title: 'The name is taken',
      status: 409,
      detail: 'Choose another.',
      code: 'NAME_TAKEN',
      requestId: 'r1',
    });
  });

  it('says which fields are wrong', () => {
    const errors = [{ pointer: '/name', detail: 'No.' }];
    expect(problemOf(invalid(errors), 'r1')).toMatchObject({ status: 400, errors });
  });

  it('leaves the cause to the log', () => {
    const error = new DomainError('internal', 'Sorry.', { cause: new Error('SECRET') });
    expect(JSON.stringify(problemOf(error, 'r1'))).not.toContain('SECRET');
  });

  it.each([
    new Error('SECRET'),
    new TypeError("Cannot read properties of undefined (reading 'SECRET')"),
    Object.assign(new Error('SECRET'), { kind: 'not-found', errors: [{ pointer: 'SECRET' }] }),
    'SECRET',
    { message: 'SECRET', kind: 'invalid' },
    undefined,
    null,
  ])('hides the text of what nobody expected: %s', (error) => {
    const problem = problemOf(error, 'r1');
    expect(problem).toMatchObject({ status: 500, code: 'INTERNAL', requestId: 'r1' });
    expect(JSON.stringify(problem)).not.toContain('SECRET');
  });
});

describe('extensionsOf', () => {
  it('has of the problem what GraphQL does not say elsewhere', () => {
    expect(extensionsOf(new DomainError('stale', 'Read it again.'), 'r1')).toEqual({
      code: 'STALE',
      type: 'urn:swarmplane:problem:stale',
      status: 412,
      requestId: 'r1',
    });
    const errors = [{ pointer: '/name', detail: 'No.' }];
    expect(extensionsOf(invalid(errors), 'r1')).toMatchObject({ code: 'INVALID', errors });
  });
});
