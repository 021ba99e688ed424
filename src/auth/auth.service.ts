import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Authenticator } from '../api/authenticator.ts';
import { DomainError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
import { hashOf, isWellFormed } from './token-format.ts';
import { TokensService } from './tokens.service.ts';

const ADMIN: Principal = { id: 'admin', name: 'Installation', role: 'admin' };

/** The hash of the installation's admin token. */
export class AdminTokenHash {
  constructor(readonly hex: string) {}
}

/** Proves who makes a request, the same way on every surface. */
@Injectable()
export class AuthService extends Authenticator {
  constructor(
    private readonly admin: AdminTokenHash,
    private readonly tokens: TokensService,
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
    if (timingSafeEqual(Buffer.from(hashOf(token), 'hex'), Buffer.from(this.admin.hex, 'hex'))) return ADMIN;
    if (!isWellFormed(token)) {
      throw unauthenticated('This is no token of Swarmplane: it is incomplete or mistyped.');
    }
    const principal = this.tokens.recognise(token);
    if (!principal) {
      throw unauthenticated('The token is unknown, expired or revoked. Ask an admin for a new one.');
    }
    return principal;
  }
}

function unauthenticated(message: string): DomainError {
  return new DomainError('unauthenticated', message);
}
