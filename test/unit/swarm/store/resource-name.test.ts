import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseResourceName,
  RESOURCE_NAME_PREFIX,
  resourceName,
} from '../../../../src/swarm/store/resource-name.ts';

const MAX_LENGTH = 64;
const part = fc
  .array(fc.constantFrom(...'abcxyz0189-'), { minLength: 1, maxLength: 20 })
  .map((characters) => characters.join(''))
  .filter((text) => !text.startsWith('-') && !text.endsWith('-'));

describe('resourceName', () => {
  it('is read back as the kind and id that it was made from', () => {
    fc.assert(
      fc.property(part, part, (kind, id) => {
        const name = resourceName(kind, id);
        expect(name.startsWith(RESOURCE_NAME_PREFIX)).toBe(true);
        expect(parseResourceName(name)).toEqual({ kind, id });
        // What the engine takes as the name of a config.
        expect(name).toMatch(/^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_.]*[a-zA-Z0-9])?$/);
      }),
    );
  });

  it.each(['', '-a', 'a-', 'a.b', 'A', 'a_b', 'a b', 'ä', 'a\n', '../a', 'a/b'])(
    'is never made of the id "%s"',
    (id) => {
      expect(() => resourceName('token', id)).toThrow(
        expect.objectContaining({
          kind: 'invalid',
          errors: [expect.objectContaining({ pointer: '/id' })],
        }) as Error,
      );
    },
  );

  it('is at most as long as Swarm allows, and the advice says how long an id can be', () => {
    const room = MAX_LENGTH - RESOURCE_NAME_PREFIX.length - 'token.'.length;
    expect(resourceName('token', 'a'.repeat(room))).toHaveLength(MAX_LENGTH);
    expect(() => resourceName('token', 'a'.repeat(room + 1))).toThrow(new RegExp(`${room} at most`));
  });
});

describe('parseResourceName', () => {
  it.each([
    'nginx.conf',
    'swarmplane',
    'swarmplane.',
    'swarmplane.token',
    'swarmplane.token.',
    'swarmplane..a1',
    'swarmplane.token.a.1',
    'Swarmplane.token.a1',
    'my-swarmplane.token.a1',
    'swarmplane.token.A1',
    'swarmplane.Token.a1',
    'swarmplane.token.a_1',
    'swarmplane.token.-a',
  ])('passes over "%s", which is not ours', (name) => {
    expect(parseResourceName(name)).toBeUndefined();
  });
});
