import { Injectable } from '@nestjs/common';
import { Authenticator } from '../api/authenticator.ts';
import type { Credentials } from '../api/credentials.ts';
import { DomainError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
import { RightsBook } from '../grants/rights-book.ts';
import { InstallationTokens } from './installation-tokens.ts';
import { isWellFormed } from './token-format.ts';
import { TicketsService } from './tickets.service.ts';
import { TokensService } from './tokens.service.ts';

/** Proves who makes a request, the same way on every surface. */
@Injectable()
export class AuthService extends Authenticator {
  constructor(
    private readonly installation: InstallationTokens,
    private readonly tokens: TokensService,
    private readonly tickets: TicketsService,
    private readonly rights: RightsBook,
  ) {
    super();
  }

  authenticate({ authorization }: Credentials): Principal | Promise<Principal> {
    if (!authorization) {
      throw unauthenticated('Send a token: "Authorization: Bearer <token>".');
    }
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) {
      throw unauthenticated('The Authorization header must be "Bearer <token>".');
    }
    const holder = this.installation.holderOf(token);
    if (holder) return holder;
    if (!isWellFormed(token)) {
      throw unauthenticated('This is no token of Swarmplane: it is incomplete or mistyped.');
    }
    const proven = this.tokens.recognise(token);
    if (!proven) {
      throw unauthenticated('The token is unknown, expired or revoked. Ask an admin for a new one.');
    }
    return this.rights.principalOf(proven);
  }

  isInForce(principal: Principal): boolean {
    if (this.installation.has(principal)) return true;
    const proven = this.tokens.provenBy(principal.id);
    return proven !== undefined && this.rights.principalOf(proven).rights.key === principal.rights.key;
  }

  redeem(ticket: string): Principal {
    const principal = this.tickets.take(ticket);
    if (principal && this.isInForce(principal)) return principal;
    throw unauthenticated('The ticket is unknown, used or expired. POST /v1/events/ticket makes another.');
  }
}

function unauthenticated(message: string): DomainError {
  return new DomainError('unauthenticated', message);
}
