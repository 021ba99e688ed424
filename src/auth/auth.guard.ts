import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { GqlContextType } from '@nestjs/graphql';
import { Authenticator } from '../api/authenticator.ts';
import { noteNeeds } from '../api/record-of.ts';
import { assertRole, NEEDS, principalOf, PUBLIC, TICKET } from '../api/access.ts';
import type { NeededRole, Principal } from '../domain/role.ts';

interface Request {
  readonly headers: { readonly authorization?: string };
  readonly query?: Readonly<Record<string, unknown>>;
  principal?: Principal;
}

/**
 * Lets a request through when its role covers what the handler needs. GraphQL operations come with their
 * principal: the context was built from it, over HTTP and WebSocket alike.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const needed = this.reflector.getAllAndOverride<NeededRole | undefined>(NEEDS, targets) ?? 'viewer';
    noteNeeds(context, needed);
    if (context.getType<GqlContextType>() !== 'graphql') {
      const request = context.switchToHttp().getRequest<Request>();
      const { authorization } = request.headers;
      const { ticket } = request.query ?? {};
      const mayBeTicket = this.reflector.getAllAndOverride<boolean | undefined>(TICKET, targets) === true;
      request.principal =
        mayBeTicket && authorization === undefined && typeof ticket === 'string'
          ? this.authenticator.redeem(ticket)
          : this.authenticator.authenticate(authorization);
    }
    assertRole(principalOf(context), needed);
    return true;
  }
}
