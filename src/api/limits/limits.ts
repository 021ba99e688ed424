import { AsyncResource } from 'node:async_hooks';
import { DomainError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/role.ts';
import { Accounts, type Account } from './accounts.ts';
import type { LimitSettings } from './limit-settings.ts';
import type { Refusals } from './refusals.ts';
import { HeldRefusals } from './held-refusals.ts';
import { secondsOf } from './seconds.ts';
import { Visit } from './visit.ts';
import { WaitingLine } from './waiting-line.ts';

/** One for all: an error is told apart by what it says, and to make one takes as long as to send it. */
const OVERLOADED = new DomainError(
  'overloaded',
  'More is asked of the server than it can do. Try again later.',
);

/** How much each principal asks of this server, and what they are told when it is too much. */
export class Limits {
  private readonly accounts: Accounts;
  private readonly line: WaitingLine;

  constructor(
    readonly settings: LimitSettings,
    private readonly refusals: Refusals,
    readonly now: () => number = () => performance.now(),
    private readonly held: Pick<HeldRefusals, 'hold'> = new HeldRefusals(),
  ) {
    this.accounts = new Accounts(settings.requests);
    this.line = new WaitingLine(now);
  }

  /** How many requests wait for their turn. */
  get waiting(): number {
    return this.line.length;
  }

  accountOf({ id }: Pick<Principal, 'id'>): Account {
    return this.accounts.of(id);
  }

  /** Counts one more request. Answers why it may not be made, if that is so. */
  count(account: Account, now: number): DomainError | undefined {
    const { requests, underWay } = account;
    if (underWay >= this.settings.concurrentRequests) {
      this.refusals.add('concurrency');
      const detail = `You have ${underWay} requests under way, the most there can be. Wait for some of them.`;
      return new DomainError('too-many', detail, { retryAfter: 1 });
    }
    if (requests === null || requests.take(now)) return undefined;
    this.refusals.add('rate');
    const retryAfter = secondsOf(requests.untilNext(now));
    const detail =
      'You make more requests than you may in the long run. The header RateLimit-Policy says how many.';
    return new DomainError('too-many', detail, { retryAfter });
  }

  /**
   * Begins a request that was counted, in its turn.
   * @param refuse called instead, with `overloaded`, when it has waited for too long
   */
  begin(visit: Visit, now: number, start: () => void, refuse: (error: DomainError) => void): void {
    const hasBegun = this.line.enter(visit.account, now, () => ({
      since: now,
      isGone: () => visit.isOver,
      // Who asks is known by the context (`asker`), which is another's by then.
      start: AsyncResource.bind(start),
      refuse: () => {
        this.refusals.add('overload');
        this.held.hold(() => {
          if (!visit.isOver) refuse(OVERLOADED);
        });
      },
    }));
    if (hasBegun) start();
  }

  /** Resolves when an operation of somebody may begin that came in no request of its own. Rejects with `too-many` and `overloaded`. */
  async admit(principal: Principal): Promise<void> {
    const account = this.accountOf(principal);
    const now = this.now();
    const refusal = this.count(account, now);
    if (refusal) throw refusal;
    const visit = new Visit(account);
    try {
      await new Promise<void>((resolve, reject) => this.begin(visit, now, resolve, reject));
    } finally {
      visit.leave();
    }
  }
}
