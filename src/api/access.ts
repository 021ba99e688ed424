import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import { DomainError } from '../domain/errors.ts';
import { THE_SWARM, type ResourceKind, type Target, type Verb } from '../domain/access/resource-kind.ts';
import type { Rights } from '../domain/access/rights.ts';
import type { Principal } from '../domain/role.ts';
import type { RequestContext } from './request-context.ts';

export const NEEDS = 'swarmplane:needs';
export const PUBLIC = 'swarmplane:public';
export const TICKET = 'swarmplane:ticket';

/** What it takes to call a handler: a verb on one of these kinds, on whatever object; null for nothing but an identity. */
export type Need = { readonly verb: Verb; readonly kinds: readonly ResourceKind[] } | null;

/**
 * What it takes to call a handler. With which objects is for what it calls to see to. Who lacks it altogether is told so
 * before anything is looked up. A handler without it is for nobody.
 */
export function Needs(nothing: 'any'): MethodDecorator & ClassDecorator;
export function Needs(verb: Verb, ...kinds: readonly ResourceKind[]): MethodDecorator & ClassDecorator;
export function Needs(
  verb: Verb | 'any',
  ...kinds: readonly ResourceKind[]
): MethodDecorator & ClassDecorator {
  return SetMetadata(NEEDS, verb === 'any' ? null : ({ verb, kinds } satisfies Need));
}

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

/** Fails `forbidden` unless there can be an object with which somebody may do what is needed. */
export function assertNeed({ rights }: Principal, need: Need): void {
  if (need === null || need.kinds.some((kind) => canHave(rights, need.verb, kind))) return;
  throw refusal(`This needs the right "${textOfNeed(need)}".`);
}

/** Of which there is one for the whole swarm. */
export const WHOLE: readonly ResourceKind[] = [
  'swarm',
  'metrics',
  'policy',
  'audit',
  'join-token',
  'routing-table',
];

function canHave(rights: Rights, verb: Verb, kind: ResourceKind): boolean {
  return WHOLE.includes(kind) ? rights.may(verb, kind, THE_SWARM) : rights.anywhere(verb, kind);
}

/** Fails `forbidden` unless somebody may do this with an object. That they may see it was found out before. */
export function assertMay({ rights }: Principal, verb: Verb, kind: ResourceKind, target: Target): void {
  if (!rights.may(verb, kind, target)) throw refusal(`You may not ${verb} the ${kind} "${target.name}".`);
}

function refusal(sentence: string): DomainError {
  const advice = 'Ask an admin for a grant; GET /v1/me says what you may do.';
  return new DomainError('forbidden', `${sentence} ${advice}`);
}

/** `update service`, as it is on record. */
export function textOfNeed(need: Need): string {
  return need === null ? 'any' : `${need.verb} ${need.kinds.join(' or ')}`;
}

/** A handler's parameter: who makes the request. */
export const Me = createParamDecorator((_: unknown, context: ExecutionContext): Principal =>
  principalOf(context),
);
