import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openKey, sealKey } from '../../../src/proxy/sealed-key.ts';

const KEY = randomBytes(32);
const ID = '0123456789abcdef';

describe('a sealed key', () => {
  it('opens to what was sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (pem) => {
        expect(openKey(sealKey(pem, ID, KEY), ID, KEY)).toBe(Buffer.from(pem).toString());
      }),
    );
  });

  it('has the format of the contract and never the same text twice', () => {
    const sealed = sealKey('key', ID, KEY);
    expect(sealed).toMatch(/^v1\.[\w-]{16}\.[\w-]+$/);
    expect(sealKey('key', ID, KEY)).not.toBe(sealed);
  });

  it('does not open with another key, for another certificate, or when it was changed', () => {
    const sealed = sealKey('a private key', ID, KEY);
    expect(() => openKey(sealed, ID, randomBytes(32))).toThrow(/cannot be opened/);
    expect(() => openKey(sealed, 'fedcba9876543210', KEY)).toThrow(/cannot be opened/);
    for (const broken of [
      '',
      'v1',
      'v1..',
      sealed.replace('v1', 'v2'),
      sealed.slice(0, -4),
      sealed.slice(4),
    ]) {
      expect(() => openKey(broken, ID, KEY)).toThrow(/cannot be opened/);
    }
  });
});
