/** So many a second in the long run, and so many at once after a rest. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What is lost where fractions of milliseconds are added up; far less than one. */
const ROUNDING = 1e-6;

/**
 * A bucket of tokens that fills by itself: in no stretch of `t` seconds more than `burst + perSecond · t` can be taken out.
 * It is one number, as in the generic cell rate algorithm (ITU-T I.371, annex A). Times are milliseconds of a clock that
 * does not go back.
 */
export class Bucket {
  /** When nothing will be missing from it. */
  private fullAt = -Infinity;

  constructor(private readonly rate: Rate) {}

  /** Takes one out. False where there is none. */
  take(now: number): boolean {
    if (this.level(now) < 1) return false;
    this.fullAt = Math.max(this.fullAt, now) + this.msForOne;
    return true;
  }

  /** How many can be taken at once. */
  left(now: number): number {
    return Math.floor(this.level(now));
  }

  /** How long until one can be taken, in milliseconds. */
  untilNext(now: number): number {
    return Math.max(0, 1 - this.level(now)) * this.msForOne;
  }

  /** How long until it is full, in milliseconds. */
  untilFull(now: number): number {
    return Math.max(0, this.fullAt - now);
  }

  private level(now: number): number {
    return this.rate.burst - this.untilFull(now) / this.msForOne + ROUNDING;
  }

  private get msForOne(): number {
    return 1000 / this.rate.perSecond;
  }
}
