import { describe, expect, it } from 'vitest';
import { DomainError, invalid, isKind, pointerTo } from '../../../src/domain/errors.ts';

describe('invalid', () => {
  it('repeats the first field error in its message and counts the others', () => {
    const errors = [
      { pointer: '/a', detail: 'No.' },
      { pointer: '/b', detail: 'No either.' },
      { pointer: '/c', detail: 'Nor this.' },
    ];
    const error = invalid(errors);
    expect(error).toMatchObject({ kind: 'invalid', message: '/a: No. (and 2 more)', errors });
    expect(invalid(errors.slice(0, 1)).message).toBe('/a: No.');
  });

  it('has a message without any pointer too', () => {
    expect(invalid([{ pointer: '', detail: 'Send a JSON object.' }]).message).toBe(
      'The request: Send a JSON object.',
    );
    expect(invalid([]).message).not.toBe('');
  });
});

describe('isKind', () => {
  it('is true of domain errors of the given kinds only', () => {
    const error = new DomainError('stale', 'Read it again.');
    expect(isKind(error, 'stale')).toBe(true);
    expect(isKind(error, 'conflict', 'stale')).toBe(true);
    expect(isKind(error, 'conflict')).toBe(false);
    expect(isKind(Object.assign(new Error(), { kind: 'stale' }), 'stale')).toBe(false);
    expect(isKind(undefined, 'stale')).toBe(false);
  });
});

describe('DomainError', () => {
  it('keeps its cause for the log', () => {
    const cause = new Error('socket');
    expect(new DomainError('internal', 'Sorry.', { cause }).cause).toBe(cause);
    expect('cause' in new DomainError('internal', 'Sorry.')).toBe(false);
  });
});

describe('pointerTo', () => {
  it.each([
    ['', 'name', '/name'],
    ['/ports/0', 'targetPort', '/ports/0/targetPort'],
    ['/env', 'a/b~c', '/env/a~1b~0c'],
    ['/env', '~1', '/env/~01'],
    ['/env', '', '/env/'],
  ])('makes of "%s" and "%s" the pointer %s', (parent, key, pointer) => {
    expect(pointerTo(parent, key)).toBe(pointer);
  });
});
