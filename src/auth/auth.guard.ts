import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { GqlContextType } from '@nestjs/graphql';
import { Authenticator } from '../api/authenticator.ts';
import { noteNeeds } from '../api/record-of.ts';
import { assertNeed, NEEDS, principalOf, PUBLIC, textOfNeed, TICKET, type Need } from '../api/access.ts';
import { FailedProofs } from '../api/limits/failed-proofs.ts';
import { proven, type Proving } from '../api/proof.ts';
import type { Principal } from '../domain/role.ts';

interface Request extends Proving {
  readonly ip: string | undefined;
  readonly headers: { readonly authorization?: string };
  readonly query?: Readonly<Record<string, unknown>>;
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
    private readonly failedProofs: FailedProofs,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const need = this.reflector.getAllAndOverride<Need | undefined>(NEEDS, targets);
    if (need === undefined) {
      throw new Error(`${context.getHandler().name} does not say what it needs: @Needs.`);
    }
    noteNeeds(context, textOfNeed(need));
    if (context.getType<GqlContextType>() !== 'graphql') {
      const request = context.switchToHttp().getRequest<Request>();
      const { ticket } = request.query ?? {};
      const mayBeTicket = this.reflector.getAllAndOverride<boolean | undefined>(TICKET, targets) === true;
      request.principal =
        mayBeTicket && request.headers.authorization === undefined && typeof ticket === 'string'
          ? this.redeem(ticket, request.ip)
          : proven(request);
    }
    assertNeed(principalOf(context), need);
    return true;
  }

  private redeem(ticket: string, address: string | undefined): Principal {
    try {
      return this.authenticator.redeem(ticket);
    } catch (error) {
      throw this.failedProofs.judge(error, address);
    }
  }
}
