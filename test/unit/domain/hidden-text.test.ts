import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutTokens, withoutValues } from '../../../src/domain/hidden-text.ts';

const secret = fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme' }).map((text) => `§${text}§`);

describe('a text without values', () => {
  it('has none of them, wherever they were in an object and however they were written', () => {
    const ways: ((text: string) => string)[] = [
      (text) => text,
      (text) => JSON.stringify({ text }),
      (text) => Buffer.from(text).toString('base64'),
      (text) => `?x=${encodeURIComponent(text)}`,
    ];
    fc.assert(
      fc.property(secret, fc.constantFrom(...ways), fc.string(), (value, way, around) => {
        const said = { deep: [{ env: { A: value } }] };
        const text = withoutValues(`${around} ${way(value)} ${around}`, said);
        expect(text).not.toContain(way(value));
        expect(text).toContain('(hidden)');
      }),
    );
  });

  it('is hidden as a whole where there are too many to be looked for', () => {
    const many = Array.from({ length: 100_000 }, (_, at) => `value ${at}`);
    expect(withoutValues('some text', many)).toBe('(hidden)');
  });

  it('loses a value that has another in it as a whole, and no short words', () => {
    expect(withoutValues('a password-and-more', ['password', 'password-and-more', 'a'])).toBe('a (hidden)');
  });
});

describe('a text without tokens', () => {
  it.each([
    ['Bearer abc.def-g', 'Bearer (hidden)'],
    ['authorization: basic bWU6eA==, next', 'authorization: basic (hidden), next'],
    ['token swp_abc-DEF_1 was', 'token (hidden) was'],
    ['join with SWMTKN-1-0abc-9xyz now', 'join with (hidden) now'],
    ['eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.sig rest', '(hidden) rest'],
    ['postgresql://me:hush@db/x', 'postgresql://(hidden)@db/x'],
    ['a -----BEGIN EC PRIVATE KEY-----\nMIIB\n-----END EC PRIVATE KEY----- b', 'a (hidden) b'],
    ['cut off -----BEGIN PRIVATE KEY-----\nMIIB', 'cut off (hidden)'],
  ])('%s', (text, left) => expect(withoutTokens(text)).toBe(left));

  it.each(['GET http://10.0.0.1:2375/v1.41/services', 'nginx@sha256:00ff', 'The bearer is unknown.'])(
    'is told as it is: %s',
    (text) => expect(withoutTokens(text)).toBe(text),
  );
});
