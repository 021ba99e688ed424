import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf, isWellFormed, newToken } from '../../../src/auth/token-format.ts';

const ALPHABET = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
/** fast-check shrinks badly over randomness of its own; a handful of real tokens serves as well. */
const TOKENS = Array.from({ length: 50 }, newToken);
const token = fc.constantFrom(...TOKENS);

describe('newToken', () => {
  it('makes well-formed tokens that scanners can find, each a new one', () => {
    for (const each of TOKENS) {
      expect(each).toMatch(/^swp_[A-Za-z0-9_-]{43}[0-9a-z]{7}$/);
      expect(isWellFormed(each)).toBe(true);
    }
    expect(new Set(TOKENS).size).toBe(TOKENS.length);
  });
});

describe('isWellFormed', () => {
  it('notices any one character that is wrong', () => {
    fc.assert(
      fc.property(
        token,
        fc.nat(53),
        fc.constantFrom(...ALPHABET, ' ', '.', 'é', '\n'),
        (good, place, wrong) => {
          fc.pre(good[place] !== wrong);
          expect(isWellFormed(good.slice(0, place) + wrong + good.slice(place + 1))).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('notices two neighbours in the wrong order, and what is missing or too much', () => {
    fc.assert(
      fc.property(token, fc.nat(52), fc.constantFrom(...ALPHABET), (good, place, extra) => {
        const swapped =
          good.slice(0, place) + (good[place + 1] ?? '') + (good[place] ?? '') + good.slice(place + 2);
        if (swapped !== good) expect(isWellFormed(swapped)).toBe(false);
        expect(isWellFormed(good.slice(0, place) + good.slice(place + 1))).toBe(false);
        expect(isWellFormed(good.slice(0, place) + extra + good.slice(place))).toBe(false);
        expect(isWellFormed(good.slice(0, place))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('takes no other text for a token', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        expect(isWellFormed(text)).toBe(false);
        expect(isWellFormed(`swp_${text}`)).toBe(false);
      }),
    );
    const [good = ''] = TOKENS;
    for (const text of [` ${good}`, `${good} `, `${good}\n`, good.toUpperCase(), `Bearer ${good}`]) {
      expect(isWellFormed(text)).toBe(false);
    }
  });
});

describe('hashOf', () => {
  it('is SHA-256 in hex, which says nothing of the token', () => {
    expect(hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    fc.assert(
      fc.property(token, (each) => {
        expect(hashOf(each)).toMatch(/^[0-9a-f]{64}$/);
        expect(hashOf(each)).toBe(hashOf(each));
      }),
    );
    expect(new Set(TOKENS.map(hashOf)).size).toBe(TOKENS.length);
  });
});
