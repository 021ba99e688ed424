import { invalid } from '../domain/errors.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The key by which a client marks a create that it may repeat; null without one. Fails `invalid` for one that is not 1 to
 * 255 visible ASCII characters.
 */
export function parseIdempotencyKey(value: unknown, pointer: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && KEY.test(value)) return value;
  throw invalid([
    {
      pointer,
      detail:
        'An idempotency key has 1 to 255 visible ASCII characters and no spaces; a new UUID is a good one.',
    },
  ]);
}
