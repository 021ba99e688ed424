import type { Account } from './accounts.ts';
import type { Waiting } from './queue.ts';

/** For how long requests are begun before the event loop goes on with everything else, in milliseconds. */
const TURN_MS = 10;
/** At most so many are begun or refused in a turn. */
const TURN_LENGTH = 256;

/**
 * Begins requests, but only so many in a turn of the event loop: what comes when the turn has lasted long waits for the
 * next ones. So what goes past it, such as health checks, is answered soon whatever else is asked for, and who has waited
 * for too long can be told so at little cost. Principals take turns: whoever asks for more than the others waits for
 * themselves.
 */
export class WaitingLine {
  /** Whoever waits, in the order of their turns. */
  private readonly accounts = new Set<Account>();
  /** When the turn of the event loop should end; 0 before anything was begun in it. */
  private turnEnd = 0;
  private isMoving = false;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** How many wait. */
  get length(): number {
    let length = 0;
    for (const { waiting } of this.accounts) length += waiting.length;
    return length;
  }

  /** Begins it at once where nobody waits and there is time, else in its turn. Answers whether it has begun. */
  enter(account: Account, now: number, waiting: () => Waiting): boolean {
    if (this.accounts.size === 0 && this.hasTime(now)) return true;
    account.waiting.add(waiting());
    this.accounts.add(account);
    this.move();
    return false;
  }

  private hasTime(now: number): boolean {
    if (this.turnEnd === 0) {
      this.turnEnd = now + TURN_MS;
      setImmediate(this.endTurn);
    }
    return now < this.turnEnd;
  }

  private readonly endTurn = (): void => {
    this.turnEnd = 0;
  };

  /** Each has an immediate of its own, so that the promises that it settles are dealt with before the time is looked at. */
  private move(): void {
    if (this.isMoving) return;
    this.isMoving = true;
    this.schedule();
  }

  private schedule(): void {
    const count = Math.min(this.length, TURN_LENGTH);
    setImmediate(this.endTurn);
    for (let index = 0; index < count; index++) setImmediate(this.step);
    setImmediate(this.goOn);
  }

  private readonly step = (): void => {
    const now = this.now();
    if (!this.hasTime(now)) return;
    for (const account of this.accounts) {
      const { waiting } = account;
      const next = waiting.take();
      const isTooLate = next !== undefined && waiting.isTooLate(next, now);
      this.accounts.delete(account);
      if (waiting.length > 0) this.accounts.add(account);
      if (next) return isTooLate ? next.refuse() : next.start();
    }
  };

  private readonly goOn = (): void => {
    this.isMoving = false;
    if (this.accounts.size > 0) this.move();
  };
}
