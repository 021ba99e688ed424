import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { enumName, enumOf, enumValues } from '../../../src/api/enums.ts';

describe('enumOf', () => {
  const Mode = enumOf('TestMode', ['replicated', 'replicated-job', 'rollback_started'], 'For a test.');

  it('has the words of the domain under the names that GraphQL can have', () => {
    expect(Mode).toEqual({
      REPLICATED: 'replicated',
      REPLICATED_JOB: 'replicated-job',
      ROLLBACK_STARTED: 'rollback_started',
    });
    expect(enumValues(Mode)).toEqual(['replicated', 'replicated-job', 'rollback_started']);
    expect(enumName(Mode)).toBe('TestMode');
  });

  it('knows its own enums only', () => {
    expect(() => enumName({ A: 'a' })).toThrow(/enumOf/);
  });
});
