import { Injectable } from '@nestjs/common';
import { DomainError, isKind, type ErrorKind } from '../domain/errors.ts';
import type { Swarm } from '../domain/swarm.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';

/** The engine answers in some milliseconds, or, while a leader is elected, not for many seconds. */
const ANSWERS_WITHIN_MS = 2_000;
/** What does not change while there is the swarm is asked for again now and then, for it may be another swarm. */
const KEPT_MS = 60_000;

/** The settings as they are known. */
export interface KnownSettings {
  readonly settings: Swarm;
  /** When the engine said them last (RFC 3339); null means just now. */
  readonly staleSince: string | null;
  /** Why it does not say them now. */
  readonly failure: ErrorKind | null;
}

/**
 * The settings of the swarm. They are the engine's to say: swarmkit's stream would tell of them with the key of the
 * certificate authority beside (`cluster` objects), so it is not asked to. While the engine is away or has no leader,
 * those of before are good enough.
 */
@Injectable()
export class SwarmSettings {
  private known: { readonly settings: Swarm; readonly readAt: number } | null = null;
  private asking: Promise<Swarm> | null = null;

  constructor(private readonly gateway: SwarmGateway) {}

  /** The settings as they are now; those known when the engine does not say. Fails as the gateway does. */
  async current(): Promise<KnownSettings> {
    try {
      return { settings: await this.ask(), staleSince: null, failure: null };
    } catch (error) {
      const isAway = isKind(error, 'engine-unreachable', 'not-a-manager', 'no-leader', 'timeout');
      if (!isAway || !this.known) throw error;
      const { settings, readAt } = this.known;
      return { settings, staleSince: new Date(readAt).toISOString(), failure: error.kind };
    }
  }

  /** The UDP port of the overlay traffic: set for good when the swarm is made. Fails as the gateway does. */
  async dataPathPort(): Promise<number> {
    if (this.known && Date.now() - this.known.readAt < KEPT_MS) return this.known.settings.dataPathPort;
    return (await this.current()).settings.dataPathPort;
  }

  private async ask(): Promise<Swarm> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new DomainError('timeout', 'The engine did not answer in time. Try again.')),
      ANSWERS_WITHIN_MS,
    );
    try {
      // One question at a time: an engine that hangs is not asked by everybody.
      this.asking ??= this.read();
      return await Promise.race([this.asking, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async read(): Promise<Swarm> {
    try {
      const settings = await this.gateway.swarm();
      this.known = { settings, readAt: Date.now() };
      return settings;
    } finally {
      this.asking = null;
    }
  }
}
