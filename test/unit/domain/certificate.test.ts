import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXPIRING_MS, servingCertificates, stateAt } from '../../../src/domain/certificate.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const at = (ms: number): string => new Date(NOW + ms).toISOString();

describe('the state of a certificate', () => {
  it.each([
    [-10, EXPIRING_MS + 1, 'ok'],
    [-10, EXPIRING_MS, 'expiring'],
    [-10, 1, 'expiring'],
    [-10, 0, 'expired'],
    [-10, -5, 'expired'],
    [1, EXPIRING_MS + 1, 'not-yet-valid'],
  ] as const)('valid from %i to %i ms from now is %s', (from, to, state) => {
    expect(stateAt({ notBefore: at(from), expiresAt: at(to) }, NOW)).toBe(state);
  });
});

describe('the certificate that serves a name', () => {
  const certificate = fc.record({
    id: fc.stringMatching(/^[0-9a-f]{4}$/),
    names: fc.subarray(['a.com', '*.a.com', 'b.com']),
    notBefore: fc.nat(3).map((day) => at(day * 1000)),
  });

  it('is the one that became valid last, whatever their order, and every name has one', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(certificate, { selector: ({ id }) => id, maxLength: 6 }),
        fc.array(fc.nat()),
        (all, keys) => {
          const serving = servingCertificates(all);
          const shuffled = all
            .map((each, index) => ({ each, key: keys[index] ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ each }) => each);
          expect(servingCertificates(shuffled)).toEqual(serving);
          expect([...serving.keys()].sort()).toEqual([...new Set(all.flatMap(({ names }) => names))].sort());
          for (const [name, id] of serving) {
            const winner = all.find((each) => each.id === id);
            const others = all.filter(({ names }) => names.includes(name));
            expect(winner?.names).toContain(name);
            for (const other of others) expect(winner && winner.notBefore >= other.notBefore).toBe(true);
          }
        },
      ),
    );
  });
});
