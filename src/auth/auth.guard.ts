import type { IncomingMessage } from 'node:http';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { GqlContextType } from '@nestjs/graphql';
import { Authenticator } from '../api/authenticator.ts';
import { noteNeeds } from '../api/record-of.ts';
import { assertNeed, NEEDS, principalOf, PUBLIC, textOfNeed, TICKET, type Need } from '../api/access.ts';
import { credentialsOf } from '../api/credentials.ts';
import type { Principal } from '../domain/role.ts';

interface Request {
  readonly raw: IncomingMessage;
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

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const need = this.reflector.getAllAndOverride<Need | undefined>(NEEDS, targets);
    if (need === undefined)
      throw new Error(`${context.getHandler().name} does not say what it needs: @Needs.`);
    noteNeeds(context, textOfNeed(need));
    if (context.getType<GqlContextType>() !== 'graphql') {
      const request = context.switchToHttp().getRequest<Request>();
      const credentials = credentialsOf(request.raw);
      const { ticket } = request.query ?? {};
      const mayBeTicket = this.reflector.getAllAndOverride<boolean | undefined>(TICKET, targets) === true;
      request.principal =
        mayBeTicket && credentials.authorization === undefined && typeof ticket === 'string'
          ? this.authenticator.redeem(ticket)
          : await this.authenticator.authenticate(credentials);
    }
    assertNeed(principalOf(context), need);
    return true;
  }
}
