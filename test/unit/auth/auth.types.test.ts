import { describe, expect, it } from 'vitest';
import { InputPipe } from '../../../src/api/validation.pipe.ts';
import { CreateTokenInput } from '../../../src/auth/auth.types.ts';

const check = (fields: object): unknown =>
  new InputPipe().transform(
    { name: 'ci', role: 'viewer', ...fields },
    { type: 'body', metatype: CreateTokenInput },
  );

describe('CreateTokenInput', () => {
  it.each([
    {},
    { name: 'a'.repeat(64) },
    { name: 'Grüße, 世界' },
    { role: 'admin' },
    { expiresAt: null },
    { expiresAt: '2030-01-01T00:00:00Z' },
    { expiresAt: '2030-01-01T00:00:00.5+01:00' },
  ])('takes %j', (fields) => {
    expect(check(fields)).toMatchObject(fields);
  });

  it.each([
    [{ name: '' }, '/name'],
    [{ name: 'a'.repeat(65) }, '/name'],
    [{ name: 'a\nb' }, '/name'],
    [{ role: 'root' }, '/role'],
    [{ role: 'ADMIN' }, '/role'],
    [{ expiresAt: 'tomorrow' }, '/expiresAt'],
    [{ expiresAt: 1_900_000_000 }, '/expiresAt'],
    [{ expiresAt: '2030-W01-1' }, '/expiresAt'],
    [{ expiresAt: '2030-01-01' }, '/expiresAt'],
    // Without an offset it would mean something else on every server.
    [{ expiresAt: '2030-01-01T00:00:00' }, '/expiresAt'],
    [{ id: 'chosen' }, '/id'],
    [{ token: 'chosen' }, '/token'],
  ])('refuses %j at %s', (fields, pointer) => {
    expect(() => check(fields)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        message: expect.stringContaining(`${pointer}: `) as string,
      }) as Error,
    );
  });
});
