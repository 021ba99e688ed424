/** Something that is done a while after it was asked for, once for all who asked meanwhile. */
export class Later {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  /** @param action must not throw */
  constructor(private readonly action: () => void) {}

  /** Asks for it within `ms` milliseconds, or sooner where somebody has asked before. */
  within(ms: number): void {
    if (this.isStopped) return;
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.action();
      },
      Math.max(0, ms),
    );
  }

  /** Asks for it in `ms` milliseconds, whoever has asked before. */
  in(ms: number): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.within(ms);
  }

  /** What was asked for is not done, nor what is asked for from now on. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }
}
