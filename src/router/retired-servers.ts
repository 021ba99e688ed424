/** When the first attempt is made, in milliseconds; each one that fails doubles it. */
const FIRST_MS = 200;
const MOST_MS = 30_000;

interface Retired {
  readonly backend: string;
  readonly server: string;
  waitMs: number;
  timer: NodeJS.Timeout | undefined;
  attempt: Promise<void>;
}

/**
 * Servers that get no new requests and are to be taken out of HAProxy, which it lets happen only once they have no
 * connections: that is asked again and again, beside everything else, until it happens or there is a reload, which
 * leaves them out.
 */
export class RetiredServers {
  private readonly waiting = new Map<string, Retired>();

  /** @param remove takes a server out; false while it has connections */
  constructor(private readonly remove: (backend: string, server: string) => Promise<boolean>) {}

  get size(): number {
    return this.waiting.size;
  }

  /** Takes it out as soon as that can be. */
  add(backend: string, server: string): void {
    const retired: Retired = {
      backend,
      server,
      waitMs: FIRST_MS,
      timer: undefined,
      attempt: Promise.resolve(),
    };
    this.waiting.set(keyOf(backend, server), retired);
    this.later(retired);
  }

  /** Leaves it in after all. False when it is not there any more. */
  async withdraw(backend: string, server: string): Promise<boolean> {
    const retired = this.waiting.get(keyOf(backend, server));
    if (!retired) return false;
    clearTimeout(retired.timer);
    await retired.attempt;
    clearTimeout(retired.timer);
    return this.waiting.delete(keyOf(backend, server));
  }

  /** Forgets them all. */
  clear(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }

  private later(retired: Retired): void {
    retired.timer = setTimeout(() => {
      retired.attempt = this.try(retired);
    }, retired.waitMs);
  }

  private async try(retired: Retired): Promise<void> {
    const { backend, server } = retired;
    const key = keyOf(backend, server);
    const isGone = await this.remove(backend, server).catch(() => false);
    if (this.waiting.get(key) !== retired) return;
    if (isGone) {
      this.waiting.delete(key);
      return;
    }
    retired.waitMs = Math.min(MOST_MS, retired.waitMs * 2);
    this.later(retired);
  }
}

const keyOf = (backend: string, server: string): string => `${backend}/${server}`;
