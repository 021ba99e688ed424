import { Injectable } from '@nestjs/common';
import { Authenticator, type Standing } from '../api/authenticator.ts';
import type { Credentials } from '../api/credentials.ts';
import type { Principal } from '../domain/role.ts';
import type { Proven } from '../grants/proven.ts';
import { RightsBook } from '../grants/rights-book.ts';
import { ClientCertificates } from './client-certificates.ts';
import { InstallationTokens } from './installation-tokens.ts';
import { looksLikeJwt } from './oidc/compact-token.ts';
import { OidcTokens } from './oidc/oidc-tokens.ts';
import { isWellFormed } from './token-format.ts';
import { TicketsService } from './tickets.service.ts';
import { TokensService } from './tokens.service.ts';
import { unauthenticated } from './unauthenticated.ts';

/** Proves who makes a request, the same way on every surface. */
@Injectable()
export class AuthService extends Authenticator {
  constructor(
    private readonly installation: InstallationTokens,
    private readonly tokens: TokensService,
    private readonly tickets: TicketsService,
    private readonly rights: RightsBook,
    private readonly certificates: ClientCertificates,
    private readonly oidc: OidcTokens,
  ) {
    super();
  }

  authenticate({ authorization, certificate, page }: Credentials): Principal | Promise<Principal> {
    // One that proves nothing is refused whatever comes with it: its holder thinks that it does.
    if (certificate !== null && (!authorization || 'problem' in certificate)) {
      return this.certificates.principalOf(certificate, page);
    }
    if (!authorization) {
      throw unauthenticated('Send a token: "Authorization: Bearer <token>".');
    }
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) {
      throw unauthenticated('The Authorization header must be "Bearer <token>".');
    }
    const holder = this.installation.holderOf(token);
    if (holder) return holder;
    if (looksLikeJwt(token)) return this.holderOf(this.oidc.recognise(token));
    if (!isWellFormed(token)) {
      throw unauthenticated('This is no token of Swarmplane: it is incomplete or mistyped.');
    }
    const proven = this.tokens.recognise(token);
    if (!proven) {
      throw unauthenticated('The token is unknown, expired or revoked. Ask an admin for a new one.');
    }
    return this.rights.principalOf(proven);
  }

  standing(principal: Principal): Standing {
    if (principal.proof === 'installation-token') return 'in-force';
    const proven = this.provenBy(principal);
    if (!proven) return 'ended';
    return this.rights.principalOf(proven).rights.key === principal.rights.key ? 'in-force' : 'other-rights';
  }

  redeem(ticket: string): Principal {
    const principal = this.tickets.take(ticket);
    if (principal && this.isInForce(principal)) return principal;
    throw unauthenticated('The ticket is unknown, used or expired. POST /v1/events/ticket makes another.');
  }

  /** What somebody still proves by what they have proven themselves with. */
  private provenBy(principal: Principal): Proven | undefined {
    switch (principal.proof) {
      case 'client-certificate':
        return this.certificates.provenBy(principal);
      case 'oidc':
        return this.oidc.provenBy(principal);
      default:
        return this.tokens.provenBy(principal.id, principal.rotation);
    }
  }

  private holderOf(proven: Proven | Promise<Proven>): Principal | Promise<Principal> {
    if (proven instanceof Promise) return proven.then((known) => this.rights.principalOf(known));
    return this.rights.principalOf(proven);
  }
}
