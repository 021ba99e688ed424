import type { Account } from './accounts.ts';

/** A request that is under way: it counts as its principal's until it is over. */
export class Visit {
  isOver = false;

  constructor(readonly account: Account) {
    account.underWay++;
  }

  /** Says that it is over; more often than once does no harm. */
  leave(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.account.underWay--;
  }
}
