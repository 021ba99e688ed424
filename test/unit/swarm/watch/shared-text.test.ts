import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedText, TextPool } from '../../../../src/swarm/watch/shared-text.ts';

describe('TextPool', () => {
  it('answers the same text, and holds a bounded number, each once while it is recent', () => {
    const kept = 5;
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 })), (texts) => {
        const pool = new TextPool(kept);
        for (const text of texts) {
          expect(pool.share(text)).toBe(text);
          expect(pool.size).toBeLessThanOrEqual(2 * kept);
        }
        const size = pool.size;
        for (const text of texts.slice(-1)) pool.share(text);
        expect(pool.size).toBe(size);
      }),
    );
  });

  it('does not hold what is too long to be worth it', () => {
    const pool = new TextPool(5);
    const long = 'x'.repeat(1000);
    expect(pool.share(long)).toBe(long);
    expect(pool.size).toBe(0);
    expect(sharedText('web')).toBe('web');
  });
});
