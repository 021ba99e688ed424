import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import { DomainError } from '../domain/errors.ts';
import { covers, type NeededRole, type Principal } from '../domain/role.ts';
import type { RequestContext } from './request-context.ts';

export const NEEDS = 'swarmplane:needs';
export const PUBLIC = 'swarmplane:public';
export const TICKET = 'swarmplane:ticket';

/** The least role that may call a handler, or `any`. Without it, `viewer` is needed. */
export const Needs = (role: NeededRole): MethodDecorator & ClassDecorator => SetMetadata(NEEDS, role);

/** Marks a handler that answers without a token. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/** Marks a handler that takes a single-use ticket in `?ticket=` from who cannot send a header. */
export const TakesTicket = (): MethodDecorator => SetMetadata(TICKET, true);

/** Who makes the request of an execution context, once the guard has let it through. */
export function principalOf(context: ExecutionContext): Principal {
  return context.getType<GqlContextType>() === 'graphql'
    ? GqlExecutionContext.create(context).getContext<RequestContext>().principal
    : context.switchToHttp().getRequest<{ principal: Principal }>().principal;
}

/** Fails `forbidden` unless the role of who makes the request covers what is needed. */
export function assertRole({ role }: Principal, needed: NeededRole): void {
  if (covers(role, needed)) return;
  throw new DomainError(
    'forbidden',
    `This needs the role "${needed}", and the token has "${role}". Use another token.`,
  );
}

/** A handler's parameter: who makes the request. */
export const Me = createParamDecorator((_: unknown, context: ExecutionContext): Principal =>
  principalOf(context),
);
