import { expect, it } from 'vitest';
import { MAX_REFUSALS, RefusalBudget } from '../../../src/audit/refusal-budget.ts';

it('a budget of refusals is of each who asks, and of each minute', () => {
  const budget = new RefusalBudget();
  const taken = (id: string | null, now: number): number =>
    Array.from({ length: MAX_REFUSALS + 10 }, () => budget.take(id, now)).filter((one) => one).length;
  expect(taken(null, 1_000)).toBe(MAX_REFUSALS);
  expect(taken('a', 59_999)).toBe(MAX_REFUSALS);
  expect(budget.take(null, 59_999)).toBe(false);
  expect(taken(null, 60_000)).toBe(MAX_REFUSALS);
});
