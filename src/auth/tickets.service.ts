import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
import { hashOf } from './token-format.ts';

/** How long a ticket can be used, in milliseconds. */
export const TICKET_LIFE_MS = 60_000;
/** How many unused tickets one principal can have, and all together: they are kept in memory. */
export const MAX_TICKETS_EACH = 1_000;
const MAX_TICKETS = 10_000;
const SECRET_BYTES = 32;

interface Kept {
  readonly principal: Principal;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A new ticket. `expiresAt` is RFC 3339. */
export interface IssuedTicket {
  readonly ticket: string;
  readonly expiresAt: string;
}

/**
 * Tickets for those that cannot send a header: whoever holds one is its maker, once, for a minute, on this server.
 * Unlike a token, one may be in a URL: by the time it is found in a log or a history, it is used up.
 */
@Injectable()
export class TicketsService {
  /** By hash, in the order of their expiry. */
  private readonly tickets = new Map<string, Kept>();

  /** Makes a ticket. Fails `too-many` when too many are unused. */
  issue(principal: Principal, now: number = Date.now()): IssuedTicket {
    this.forgetExpired(now);
    const own = [...this.tickets.values()].filter((kept) => kept.principal.id === principal.id).length;
    if (own >= MAX_TICKETS_EACH || this.tickets.size >= MAX_TICKETS) {
      throw new DomainError('too-many', 'Too many tickets are unused. Use them, or wait a minute.');
    }
    const ticket = randomBytes(SECRET_BYTES).toString('base64url');
    const expiresAt = now + TICKET_LIFE_MS;
    this.tickets.set(hashOf(ticket), { principal, expiresAt });
    return { ticket, expiresAt: new Date(expiresAt).toISOString() };
  }

  /** Uses a ticket up. Undefined when there is none, or no longer. */
  take(ticket: string, now: number = Date.now()): Principal | undefined {
    const hash = hashOf(ticket);
    const kept = this.tickets.get(hash);
    this.tickets.delete(hash);
    return kept && kept.expiresAt > now ? kept.principal : undefined;
  }

  private forgetExpired(now: number): void {
    for (const [hash, { expiresAt }] of this.tickets) {
      if (expiresAt > now) return;
      this.tickets.delete(hash);
    }
  }
}
