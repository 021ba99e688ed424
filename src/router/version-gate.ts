import type { RouterConfig } from '../domain/router-config.ts';

/**
 * How long a configuration of a lower version must stand on a live connection before it is taken, in milliseconds. A
 * server that lags catches up meanwhile; of a swarm that was made anew all versions are low, and stay so.
 */
const STANDS_AFTER_MS = 10_000;

/** Lets configurations through that are not older than the newest one before. */
export class VersionGate {
  private held: RouterConfig | null = null;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param newest the version of the newest configuration there is; null when there is none
   * @param taken is given each configuration that is let through
   */
  constructor(
    private newest: number | null,
    private readonly taken: (config: RouterConfig) => void,
    private readonly standsAfterMs = STANDS_AFTER_MS,
  ) {}

  /** Takes in what a server says is the newest. */
  offer(config: RouterConfig): void {
    if (this.newest === null || config.version >= this.newest) return this.take(config);
    this.held = config;
    this.timer ??= setTimeout(() => this.held && this.take(this.held), this.standsAfterMs);
  }

  /** Forgets what it holds back: the connection it came by is gone. */
  forget(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.held = null;
  }

  private take(config: RouterConfig): void {
    this.forget();
    this.newest = config.version;
    this.taken(config);
  }
}
