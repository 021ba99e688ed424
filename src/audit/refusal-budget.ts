/** So many refusals of one who asks are put on record in a minute. */
export const MAX_REFUSALS = 300;
const MINUTE_MS = 60_000;

/** Keeps those who are refused from filling the disk: of each, and of all who are nobody, so many a minute count. */
export class RefusalBudget {
  private minute = 0;
  private readonly spent = new Map<string | null, number>();

  /**
   * Whether one more may be put on record.
   * @param id of the principal; null for nobody
   * @param now milliseconds of any clock
   */
  take(id: string | null, now: number = performance.now()): boolean {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.minute) this.spent.clear();
    this.minute = minute;
    const spent = (this.spent.get(id) ?? 0) + 1;
    this.spent.set(id, spent);
    return spent <= MAX_REFUSALS;
  }
}
