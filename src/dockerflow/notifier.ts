import { setTimeout as pass } from 'node:timers/promises';

/** What somebody is to be told of a service. */
export interface Notice {
  /** With all that is told, as its query. */
  readonly url: string;
  /** Statuses that say that it has been understood. */
  readonly fine: readonly number[];
}

/** How long one request may take, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Pauses after a failure, in milliseconds: twice as long after each that follows on another. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;
/** What is refused is sent so often. What nobody answers is sent until somebody does. */
const MAX_REFUSALS = 10;

/** What a proxy is still to be told of a service. */
interface Errand {
  readonly notices: readonly Notice[];
  refusals: number;
}

/**
 * Tells one proxy of services, one after another, so that nothing old comes after something new. What it could not be
 * told waits, the newest of each service only: a proxy that was away is told all that it has missed.
 */
export class Notifier {
  private readonly errands = new Map<string, Errand>();
  private readonly stopping = new AbortController();
  private working: Promise<void> | undefined;

  /** @param giveUp told of the id of a service that the proxy refuses, and of the status that it answers */
  constructor(private readonly giveUp: (service: string, status: number) => void) {}

  /** Has notices of a service sent, in the place of those that wait. */
  tell(service: string, notices: readonly Notice[]): void {
    this.errands.delete(service);
    this.errands.set(service, { notices, refusals: 0 });
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.working;
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      const [next] = this.errands;
      if (!next) return;
      const [service, errand] = next;
      const status = await this.send(errand.notices);
      // Something newer is to be told meanwhile.
      if (this.errands.get(service) !== errand || signal.aborted) continue;
      this.errands.delete(service);
      const isGivenUp = typeof status === 'number' && ++errand.refusals >= MAX_REFUSALS;
      if (isGivenUp) this.giveUp(service, status);
      if (status === 'understood' || isGivenUp) {
        failures = 0;
        continue;
      }
      // After the others, of which none has to wait for one that is refused.
      this.errands.set(service, errand);
      const pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++);
      await pass(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Sends notices until one is not understood: answers its status, or null where nobody answers. */
  private async send(notices: readonly Notice[]): Promise<'understood' | number | null> {
    for (const { url, fine } of notices) {
      const status = await this.statusOf(url);
      if (status === null || !fine.includes(status)) return status;
    }
    return 'understood';
  }

  private async statusOf(url: string): Promise<number | null> {
    try {
      const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = await fetch(url, { signal, redirect: 'manual' });
      await response.body?.cancel();
      return response.status;
    } catch {
      return null;
    }
  }
}
