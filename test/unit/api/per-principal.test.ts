import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PerPrincipal } from '../../../src/api/per-principal.ts';
import type { Principal } from '../../../src/domain/role.ts';

it('lets each principal have as many as it may, whatever is taken and given back', () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b'),
    takes: fc.boolean(),
    limit: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const counted = new PerPrincipal();
      const held = new Map<string, (() => void)[]>([
        ['a', []],
        ['b', []],
      ]);
      for (const { id, takes, limit } of steps) {
        const own = held.get(id) ?? [];
        if (!takes) {
          own.pop()?.();
          continue;
        }
        const giveBack = counted.take({ id } as Principal, limit);
        expect(giveBack !== undefined).toBe(own.length < limit);
        if (giveBack) own.push(giveBack);
      }
      for (const own of held.values()) for (const giveBack of own) giveBack();
      // Nothing is kept of who has nothing.
      expect(counted['counts'].size).toBe(0);
    }),
  );
});
