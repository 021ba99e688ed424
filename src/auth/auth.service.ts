import { Injectable } from '@nestjs/common';
import { Authenticator } from '../api/authenticator.ts';
import { DomainError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
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
  ) {
    super();
  }

  authenticate(authorization: string | undefined): Principal {
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
    const principal = this.tokens.recognise(token);
    if (!principal) {
      throw unauthenticated('The token is unknown, expired or revoked. Ask an admin for a new one.');
    }
    return principal;
  }

  isInForce(principal: Principal): boolean {
    return this.installation.has(principal) || this.tokens.isInForce(principal);
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
